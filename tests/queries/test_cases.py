"""Cases: the list and its filters, the page with everything that happened, and who owes data."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask import Flask

from service import instances, store
from service.errors import NotFound
from service.queries import cases, history, progress
from service.queries.case_page import CasePage, case_page
from service.queries.cases import CaseFilters, CasesPage
from service.queries.collection import collection
from tests import answers, stage
from tests.answers import BLITAR, NGANJUK, WRONG_DATA
from tests.racing import Race
from tests.stage import Demo
from tests.walking import Player


def listed(
    player: Player, page: int = 1, user: str = "auditor", office: str = "nganjuk", **filters: object
) -> CasesPage:
    wanted = CaseFilters(**filters)  # type: ignore[arg-type] # passed on as given
    return cases.cases(player.actor(user, office), player.now, wanted, page)


def numbers(page: CasesPage) -> list[int]:
    return [row.number for row in page.rows]


def page_of(player: Player, case: UUID, office: str) -> CasePage:
    return case_page(player.actor("auditor", office), player.now, case)


@pytest.fixture
def four_cases(demo: Demo, player: Player) -> dict[str, UUID]:
    """Four cases of Nganjuk: one late, one ended, one cancelled, one new a month later."""

    def play() -> dict[str, UUID]:
        found = {"late": player.reach(NGANJUK, "row_02", title="Data Kinerja 50% Desa_Wisata")}
        found["ended"] = player.finish(player.start(NGANJUK, title="Laporan Triwulan I")).id
        found["cancelled"] = player.start(NGANJUK, title="Laporan Triwulan II")
        instances.cancel(player.actor("nganjuk.sekretaris"), found["cancelled"], "Permintaan dicabut.", player.now)
        player.now = stage.MONDAY + timedelta(days=30)
        found["new"] = player.start(NGANJUK, title="LAPORAN triwulan III \\ IV")
        return found

    found = demo.scene("four cases", play)
    player.now = stage.MONDAY + timedelta(days=30, minutes=5)
    return found


FILTERS: list[tuple[dict[str, Any], list[int]]] = [
    ({}, [4, 3, 2, 1]),
    ({"q": "laporan"}, [4, 3, 2]),
    ({"q": "  triwulan ii "}, [4, 3]),
    ({"q": "50%"}, [1]),
    ({"q": "%"}, [1]),
    ({"q": "_"}, [1]),
    ({"q": "\\"}, [4]),
    ({"q": "0003"}, [3]),
    ({"q": "3"}, [3]),
    ({"q": "' OR 1=1 --"}, []),
    ({"q": "tidak ada"}, []),
    ({"state": "running"}, [4, 1]),
    ({"state": "ended"}, [2]),
    ({"state": "cancelled"}, [3]),
    ({"state": "zzz"}, [4, 3, 2, 1]),
    ({"process": NGANJUK}, [4, 3, 2, 1]),
    ({"process": BLITAR}, []),
    ({"since": date(2026, 11, 3)}, [4]),
    ({"until": date(2026, 11, 2)}, [3, 2, 1]),
    ({"since": date(2026, 11, 2), "until": date(2026, 11, 2)}, [3, 2, 1]),
    ({"since": date(2026, 11, 3), "until": date(2026, 11, 2)}, []),
    ({"since": date.min}, [4, 3, 2, 1]),
    ({"until": date.max}, [4, 3, 2, 1]),
    ({"late": True}, [1]),
    ({"returned": True}, []),
    ({"q": "laporan", "state": "running"}, [4]),
]


@pytest.mark.usefixtures("four_cases")
@pytest.mark.parametrize(("filters", "found"), FILTERS, ids=[str(filters) for filters, _ in FILTERS])
def test_filters_narrow_the_list(player: Player, filters: dict[str, Any], found: list[int]) -> None:
    page = listed(player, **filters)

    assert (numbers(page), page.total, page.pages) == (found, len(found), 1)


@pytest.mark.usefixtures("four_cases")
def test_a_row_of_the_list_says_where_the_case_is(player: Player) -> None:
    rows = {row.title: row for row in listed(player).rows}

    said = {
        title: (row.state, row.step, row.steps, row.who, row.late, row.returned, row.ended_at is None)
        for title, row in rows.items()
    }
    assert said == {
        "Data Kinerja 50% Desa_Wisata": ("running", 2, 7, "Kasubbag Program dan Evaluasi", True, 0, True),
        "Laporan Triwulan I": ("ended", 7, 7, "", False, 0, False),
        "Laporan Triwulan II": ("cancelled", 0, 7, "", False, 0, False),
        "LAPORAN triwulan III \\ IV": ("running", 1, 7, "Sekretaris Dinas", False, 0, True),
    }


def test_a_case_at_many_places_names_one_and_counts_the_others(player: Player) -> None:
    player.reach(NGANJUK, "row_04_bidang")

    (row,) = listed(player).rows

    assert row.who.endswith("+3")


@pytest.mark.usefixtures("four_cases")
def test_the_list_stays_inside_the_office(player: Player) -> None:
    assert listed(player, office="blitar").rows == ()


def test_pages_of_the_list_follow_each_other(player: Player) -> None:
    for _ in range(cases.PAGE_SIZE + 1):
        player.start(NGANJUK)

    first, second, beyond = (listed(player, page=page) for page in (1, 2, 9))

    assert (numbers(first), numbers(second), numbers(beyond)) == (list(range(51, 1, -1)), [1], [])
    assert [(page.total, page.pages) for page in (first, second)] == [(51, 2)] * 2


@pytest.mark.parametrize("words", ["a\x00b", "\x00", "'", '"', "\\", "%%%", "x" * 5000, "\u202e", "🙂"])
def test_odd_words_find_nothing_on_either_database(race: Race, words: str) -> None:
    with race.player() as player:
        assert listed(player, office="blitar", q=words, process=words, state=words).rows == ()


# One case -------------------------------------------------------------------------------------------


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
    assert [place.title for place in page.places] == ["Memperbaiki data Bidang"]


def test_a_cancelled_case_says_why(player: Player, four_cases: dict[str, UUID]) -> None:
    page = page_of(player, four_cases["cancelled"], "nganjuk")

    assert (page.case.state, page.case.cancel_reason, page.places) == ("cancelled", "Permintaan dicabut.", ())
    assert [line.kind for line in page.history] == ["cancelled", "started"]
    assert page.history[0].quote == "Permintaan dicabut."


def test_the_history_keeps_the_values_and_files_of_every_round(player: Player) -> None:
    case = player.reach(BLITAR, "row_09")
    player.complete(case, "row_09", outcome="kembalikan")
    player.complete(case, "row_07")

    drafts = [line for line in page_of(player, case, "blitar").history if line.title == "Menyusun draf dokumen"]

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

    line = page_of(player, case, "blitar").history[0]

    told = {answer.key: answer.text for answer in line.details}
    assert told["tanggapan"] == "Angka sudah disamakan dengan rekap panti, putaran 2. Rekap kami lampirkan."


def test_the_files_of_a_case_are_those_that_were_sent(player: Player) -> None:
    case = player.reach(NGANJUK, "row_05")
    before = page_of(player, case, "nganjuk").files
    task = player.task(case, "row_05")
    raw = player.answers(task)

    while_typing = page_of(player, case, "nganjuk").files
    player.complete_raw("nganjuk.kasubbag", task.id, {**raw, "berkas_rekap": []})

    assert [file.name for file in while_typing] == [file.name for file in before]
    assert [file.name for file in page_of(player, case, "nganjuk").files] == [file.name for file in before]


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


def test_a_case_of_another_office_is_as_unknown_as_none(player: Player, four_cases: dict[str, UUID]) -> None:
    for office, case in (("blitar", four_cases["new"]), ("nganjuk", uuid4())):
        actor = player.actor("auditor", office)
        for read in (cases.head, progress.diagram_marks, cases.export_history):
            with pytest.raises(NotFound):
                read(actor, case)
        with pytest.raises(NotFound):
            case_page(actor, player.now, case)
        with pytest.raises(NotFound):
            collection(actor, player.now, case, "row_04_bidang")


# Who owes data --------------------------------------------------------------------------------------


def test_the_board_tells_who_handed_in_what(player: Player) -> None:
    case = player.reach(NGANJUK, "row_04_bidang")
    player.complete(case, "row_04_bidang", "bidang1")

    page = collection(player.actor("nganjuk.bidang2"), player.now, case, "row_04_bidang")

    assert (page.received, page.total, page.title, page.order, page.steps) == (1, 4, "Mengisi data Bidang", 4, 7)
    assert [(unit.code, unit.state, unit.filled, unit.of, unit.evidence, unit.mine) for unit in page.units] == [
        ("bidang2", "open", 0, 0, 0, True),
        ("bidang3", "open", 0, 0, 0, False),
        ("sekretariat", "open", 0, 0, 0, False),
        ("bidang1", "received", 2, 2, 2, False),
    ]
    assert (page.next_order, page.next_title) == (4, "Menghimpun isian dan meneruskannya")


def test_a_unit_that_repairs_its_data_is_told_why(player: Player) -> None:
    case = player.reach(WRONG_DATA, "row_07")
    player.complete(case, "row_07", wrong=("bidang1",))
    player.complete(case, "row_08", wrong=("bidang1",))

    page = collection(player.actor("blitar.kasubbag"), player.now, case, "row_08_bidang")

    assert [(unit.code, unit.state, unit.reason) for unit in page.units] == [
        ("bidang1", "returned", "Angka sama persis dengan tahun lalu. Mohon diperbaiki dan dilampirkan bukti dukung.")
    ]


@pytest.mark.parametrize("element", ["row_01", "gw_06", "tidak_ada", "", "\x00"])
def test_a_step_that_collects_nothing_has_no_board(player: Player, element: str) -> None:
    case = player.start(BLITAR)

    with pytest.raises(NotFound):
        collection(player.actor("auditor", "blitar"), player.now, case, element)


# Cost -----------------------------------------------------------------------------------------------


def test_one_case_in_the_list_costs_as_many_queries_as_three(app: Flask, player: Player) -> None:
    def cost() -> tuple[int, int]:
        actor = player.actor("auditor", "nganjuk")
        with stage.statements(app) as ran:
            page = cases.cases(actor, player.now, CaseFilters(), 1)
        return len(page.rows), len(ran)

    player.reach(NGANJUK, "row_02")
    cost()
    one = cost()
    for element in ("row_03", "row_04_bidang"):
        player.reach(NGANJUK, element)
    three = cost()

    assert (one[0], three[0]) == (1, 3)
    assert one[1] == three[1]


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


def test_a_board_of_one_unit_costs_as_many_queries_as_one_of_four(app: Flask, player: Player) -> None:
    def cost(case: UUID) -> tuple[int, int]:
        actor = player.actor("auditor", "nganjuk")
        with stage.statements(app) as ran:
            page = collection(actor, player.now, case, "row_04_bidang")
        return page.total, len(ran)

    def asked(*units: str) -> UUID:
        case = player.reach(NGANJUK, "row_03")
        player.complete(case, "row_03", asked=units)
        return case

    one, four = asked("bidang1"), asked(*answers.units(NGANJUK))
    cost(one)

    assert [total for total, _ in (cost(one), cost(four))] == [1, 4]
    assert cost(one)[1] == cost(four)[1]


@pytest.mark.usefixtures("four_cases")
def test_the_list_reads_neither_states_nor_diagrams(app: Flask, player: Player) -> None:
    actor = player.actor("auditor", "nganjuk")

    with stage.statements(app) as ran:
        cases.cases(actor, player.now, CaseFilters(), 1)

    assert [
        statement for statement in ran if "instance.state," in statement or "definition.content," in statement
    ] == []
