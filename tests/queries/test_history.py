"""What happened in a case, with the values and files of every round."""

from uuid import UUID

from service import store
from service.queries import history
from service.queries.history import Line
from tests.answers import BLITAR
from tests.walking import Player


def lines(player: Player, case: UUID) -> tuple[Line, ...]:
    return history.task_lines(player.actor("auditor", "blitar"), store.get_instance("blitar", case))


def test_the_history_keeps_the_values_and_files_of_every_round(player: Player) -> None:
    case = player.reach(BLITAR, "row_09")
    player.complete(case, "row_09", outcome="kembalikan")
    player.complete(case, "row_07")

    drafts = [line for line in lines(player, case) if line.title == "Menyusun draf dokumen"]

    told = [
        (
            line.round,
            {answer.key: answer.text for answer in line.details}["ringkasan"],
            [file.name for file in line.files],
        )
        for line in drafts
    ]
    assert told == [
        (2, "Dua dari tiga indikator mencapai target triwulan (putaran 2).", ["draf-v2.pdf"]),
        (1, "Dua dari tiga indikator mencapai target triwulan (putaran 1).", ["draf-v1.pdf"]),
    ]


def test_the_history_keeps_an_answer_that_was_asked_only_because_the_work_came_back(player: Player) -> None:
    case = player.reach(BLITAR, "row_09")
    player.complete(case, "row_09", outcome="kembalikan")
    player.complete(case, "row_07")

    line = lines(player, case)[0]

    told = {answer.key: answer.text for answer in line.details}
    assert told["tanggapan"] == "Angka sudah disamakan dengan rekap panti, putaran 2. Rekap kami lampirkan."


def test_what_changed_since_the_return_is_told_to_who_returned_it(player: Player) -> None:
    case = player.reach(BLITAR, "row_09")
    player.complete(case, "row_09", outcome="kembalikan")
    player.complete(case, "row_07")
    player.complete(case, "row_08")
    task = player.task(case, "row_09")

    changes = history.changes_since_return(store.get_instance("blitar", case), task)

    told = {change.label: (change.before, change.after) for change in changes}
    assert told["Berkas draf"] == ("draf-v1.pdf", "draf-v2.pdf")
    assert (
        "Dua dari tiga indikator mencapai target triwulan (putaran 1).",
        "Dua dari tiga indikator mencapai target triwulan (putaran 2).",
    ) in told.values()
