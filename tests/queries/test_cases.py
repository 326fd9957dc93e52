"""The list of cases: its filters, its pages, what a row says, and what it costs."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask import Flask
from sqlalchemy import insert

from service import instances
from service.models import Instance, Task, db
from service.queries import cases
from service.queries.cases import CaseFilters, CasesPage
from tests import stage
from tests.answers import BLITAR, NGANJUK
from tests.conftest import on_sqlite
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
    ({"left": "late"}, [1]),
    ({"order": "tenggat"}, [1, 4, 3, 2]),
    ({"order": "zzz"}, [4, 3, 2, 1]),
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


@pytest.mark.usefixtures("four_cases")
def test_the_list_reads_neither_states_nor_diagrams(app: Flask, player: Player) -> None:
    actor = player.actor("auditor", "nganjuk")

    with stage.statements(app) as ran:
        cases.cases(actor, player.now, CaseFilters(), 1)

    assert [
        statement for statement in ran if "instance.state," in statement or "definition.content," in statement
    ] == []


@pytest.mark.parametrize(
    ("days", "left"),
    [(0, "in-time"), (2, "in-time"), (3.1, "soon"), (6.9, "soon"), (7.1, "late")],
    ids=["on the day", "three working days before", "two working days before", "on the last day", "over"],
)
def test_cases_are_narrowed_by_the_time_that_is_left_as_their_chip_says(player: Player, days: float, left: str) -> None:
    player.reach(BLITAR, "row_04_bidang")  # due on Monday, in a week
    player.now += timedelta(days=days)

    found = {wanted: listed(player, office="blitar", left=wanted).rows for wanted in cases.LEFT}

    assert {wanted: len(rows) for wanted, rows in found.items()} == {wanted: wanted == left for wanted in cases.LEFT}
    (row,) = found[left]
    assert row.remaining is not None
    assert {"in-time": "wait"}.get(left, left) == row.remaining.colour


@on_sqlite
def test_what_is_due_first_is_found_without_reading_all_open_tasks_for_each_case(player: Player) -> None:
    many = 500
    case = player.start(NGANJUK)
    (task,) = player.open_tasks(case)
    own, opened = _columns(db.session.get_one(Instance, ("nganjuk", case))), _columns(task)
    copies = [(uuid4(), number) for number in range(2, many)]
    db.session.execute(insert(Instance), [own | {"id": copy, "number": number} for copy, number in copies])
    db.session.execute(insert(Task), [opened | {"id": uuid4(), "instance_id": copy} for copy, _ in copies])
    worked: list[None] = []
    connection: Any = db.session.connection().connection.driver_connection
    connection.set_progress_handler(lambda: worked.append(None), 100)

    listed(player, order="tenggat")

    connection.set_progress_handler(None, 0)
    assert len(worked) * 100 < many * many


def _columns(row: Instance | Task) -> dict[str, Any]:
    return {column.key: getattr(row, column.key) for column in row.__mapper__.column_attrs}
