"""How far a case has come, on its diagram."""

from service.queries import progress
from tests.answers import BLITAR
from tests.walking import Player


def test_marks_of_the_diagram_count_every_passage(player: Player) -> None:
    case = player.reach(BLITAR, "row_09")
    player.complete(case, "row_09", outcome="kembalikan")

    head, marks, counts = progress.diagram_marks(player.actor("auditor", "blitar"), case)

    assert (head.process_key, head.version) == (BLITAR, 1)
    assert marks == {
        **dict.fromkeys(["mulai", "row_01", "row_02", "row_03", "row_04", "row_04_bidang", "row_05"], "done"),
        **dict.fromkeys(["row_06", "gw_06", "join_07", "row_08", "join_09", "row_09", "gw_09"], "done"),
        "row_07": "returned",
    }
    assert (counts["row_07"], counts["join_07"], counts["row_04_bidang"]) == (1, 2, 5)
