"""How far a case has come, on its diagram."""

from uuid import UUID

from service import store
from service.queries import progress
from tests.answers import BLITAR, NGANJUK
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


def walked(case: UUID) -> int:
    drawn = progress.task_map(store.get_instance("nganjuk", case), NGANJUK)
    assert drawn is not None
    return sum(flow.state == "walked" for flow in drawn.flows)


def test_a_collection_is_followed_once_all_its_units_have_handed_in(player: Player) -> None:
    case = player.reach(NGANJUK, "row_04_bidang")
    before = walked(case)

    player.complete(case, "row_04_bidang", "bidang1")

    assert walked(case) == before
    player.advance(case, "row_04")
    assert walked(case) == before + 1
