"""The page of one case: where it is, how far it came, its files, and what it costs to show."""

from uuid import UUID, uuid4

import pytest
from flask import Flask

from service import instances
from service.errors import NotFound
from service.queries import cases, progress
from service.queries.case_page import CasePage, case_page
from service.queries.collection import collection
from service.queries.completeness import report
from tests import stage
from tests.answers import BLITAR, NGANJUK
from tests.walking import Player


def page_of(player: Player, case: UUID, office: str) -> CasePage:
    return case_page(player.actor("auditor", office), player.now, case)


def cancelled(player: Player) -> UUID:
    case = player.start(NGANJUK)
    instances.cancel(player.actor("nganjuk.sekretaris"), case, "Permintaan dicabut.", player.now)
    return case


def test_a_running_case_tells_its_places_its_rows_and_what_follows(player: Player) -> None:
    case = player.reach(BLITAR, "row_09")
    player.complete(case, "row_09", outcome="kembalikan")

    page = page_of(player, case, "blitar")

    assert [(place.who, place.order, place.title, place.element) for place in page.places] == [
        ("Kasubbag Perencanaan", 7, "Menyusun draf dokumen", "row_07")
    ]
    assert page.next_step == "Mengajukan draf ke Sekretaris (Kasubbag Perencanaan)"
    assert [(row.order, row.state, row.round) for row in page.rows] == [
        *((order, "done", 1) for order in (1, 2, 3, 4, 4, 5, 6)),
        (7, "returned", 2),
        (8, "done", 1),
        (9, "done", 1),
        *((order, "wait", 1) for order in range(10, 16)),
    ]
    assert (page.done, page.running, page.waiting) == (9, 1, 6)
    assert (page.case.state, page.case.returned, page.case.version) == ("running", 1, 1)
    assert page.called == ()


def test_a_called_sop_has_its_own_rows(player: Player) -> None:
    case = player.reach(BLITAR, "row_06")
    player.complete(case, "row_06", outcome="tidak_sesuai", wrong=("bidang2",))
    player.complete(case, "row_07", wrong=("bidang2",))
    player.complete(case, "row_08", wrong=("bidang2",))

    page = page_of(player, case, "blitar")

    (called,) = page.called
    assert [(row.element, row.state, row.who) for row in called.rows] == [
        ("row_07", "done", "Kasubbag Perencanaan"),
        ("row_08", "done", "Kasubbag Perencanaan"),
        ("row_08_bidang", "returned", "Bidang Rehabilitasi Sosial"),
    ]
    assert [(place.title, place.sop) for place in page.places] == [
        ("Memperbaiki data Bidang", "SOP Jika Terdapat Data Salah")
    ]


def test_a_cancelled_case_says_why(player: Player) -> None:
    case = cancelled(player)
    page = page_of(player, case, "nganjuk")

    assert (page.case.state, page.case.cancel_reason, page.places) == ("cancelled", "Permintaan dicabut.", ())
    assert [line.kind for line in page.history] == ["cancelled", "started"]
    assert page.history[0].quote == "Permintaan dicabut."
    steps = report(player.actor("auditor", "nganjuk"), case).steps
    expected = ["cut", *["never"] * (len(page.rows) - 1)]
    assert [step.state for step in page.rows] == [step.state for step in steps] == expected
    assert (page.waiting, page.never) == (0, len(page.rows) - 1)


def test_the_files_of_a_case_are_those_that_were_sent(player: Player) -> None:
    case = player.reach(NGANJUK, "row_05")
    before = page_of(player, case, "nganjuk").files
    task = player.task(case, "row_05")
    raw = player.answers(task)

    while_typing = page_of(player, case, "nganjuk").files
    player.complete_raw("nganjuk.kasubbag", task.id, {**raw, "berkas_rekap": []})

    assert [file.name for file in while_typing] == [file.name for file in before]
    assert [file.name for file in page_of(player, case, "nganjuk").files] == [file.name for file in before]


def test_a_case_of_another_office_is_as_unknown_as_none(player: Player) -> None:
    for office, case in (("blitar", player.start(NGANJUK)), ("nganjuk", uuid4())):
        actor = player.actor("auditor", office)
        for read in (cases.head, progress.diagram_marks, cases.export_history):
            with pytest.raises(NotFound):
                read(actor, case)
        with pytest.raises(NotFound):
            case_page(actor, player.now, case)
        with pytest.raises(NotFound):
            collection(actor, player.now, case, "row_04_bidang")


def test_a_long_case_costs_as_many_queries_as_a_new_one(app: Flask, player: Player) -> None:
    def cost(case: UUID) -> tuple[int, int]:
        actor = player.actor("auditor", "blitar")
        with stage.statements(app) as ran:
            page = case_page(actor, player.now, case)
        return len(page.history), len(ran)

    case = player.start(BLITAR)
    cost(case)
    one = cost(case)
    player.advance(case, "row_04_bidang")
    four_places = cost(case)
    player.advance(case, "row_09")
    player.complete(case, "row_09", outcome="kembalikan")
    many = cost(case)

    assert [lines for lines, _ in (one, four_places, many)] == [1, 5, 14]
    assert one[1] == four_places[1] == many[1]
