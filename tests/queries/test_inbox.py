"""The inbox: whose task is where, in which order, and that it costs the same for one row as for many."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from flask import Flask

from service.queries import inbox
from service.queries.inbox import InboxPage, InboxRow
from tests import stage
from tests.answers import BLITAR, NGANJUK, WRONG_DATA
from tests.drafting import Sketch
from tests.engine.drawing import end, line, process, start, task
from tests.walking import Player


def look(player: Player, user: str, **wanted: str | int) -> InboxPage:
    return inbox.inbox(player.actor(user), player.now, inbox.View(**wanted))  # type: ignore[arg-type] # passed on as given


def titles(page: InboxPage) -> list[str]:
    return [row.title for row in page.rows]


def test_a_row_says_what_whose_and_by_when(player: Player) -> None:
    case = player.reach(BLITAR, "row_04_bidang")

    (row,) = look(player, "blitar.bidang1").rows

    task = player.task(case, "row_04_bidang", "bidang1")
    assert row == InboxRow(
        task_id=str(task.id),
        title="Mengisi data Bidang",
        case_id=str(case),
        case_title="Laporan Kinerja Triwulan III Tahun 2026",
        case_number=1,
        step=4,
        steps=15,
        round=1,
        received_at=task.created_at,
        due_at=task.due_at,
        remaining=row.remaining,
        returned=False,
        reason="",
        returned_by="",
        came_from="Kasubbag Perencanaan",
        unit_name="Bidang Pemberdayaan Sosial",
        process_name=row.process_name,
        group="next",
    )
    assert row.remaining is not None


def test_what_came_back_says_why_and_from_whom(player: Player) -> None:
    case = player.reach(BLITAR, "row_09")
    player.complete(case, "row_09", outcome="kembalikan")

    (row,) = look(player, "blitar.kasubbag", tab="dikembalikan").rows

    assert (row.returned, row.returned_by, row.round) == (True, "Sekretaris", 2)
    assert row.reason == "Realisasi indikator 2 belum sama dengan bukti dukung (putaran 1). Mohon diperbaiki."


def test_tabs_count_and_show_the_same(player: Player) -> None:
    player.reach(BLITAR, "row_02")
    returned = player.reach(BLITAR, "row_09")
    player.complete(returned, "row_09", outcome="kembalikan")
    player.start(WRONG_DATA, user="blitar.kasubbag")
    player.now += timedelta(days=60)

    pages = {tab: look(player, "blitar.kasubbag", tab=tab) for tab in inbox.TABS}

    # the second case is mine again; of the first I did nothing yet, and the third, which I started, waits for the head
    assert {tab: titles(page) for tab, page in pages.items()} == {
        "saya": [],
        "jabatan": ["Menyusun draf dokumen"],
        "dikembalikan": ["Menyusun draf dokumen"],
        "lewat": ["Menyusun draf dokumen"],
        "menunggu": ["Menerbitkan disposisi awal"],
        "semua": ["Menyusun draf dokumen"],
    }
    assert {tuple(page.counts.items()) for page in pages.values()} == {
        (("saya", 0), ("jabatan", 1), ("dikembalikan", 1), ("lewat", 1), ("menunggu", 1))
    }


def test_the_most_urgent_comes_first_or_the_newest(player: Player) -> None:
    player.reach(NGANJUK, "row_06", title="Lama")
    player.now += timedelta(minutes=30)
    player.reach(NGANJUK, "row_02", title="Baru")

    rows = {order: look(player, "nganjuk.kasubbag", order=order).rows for order in ("tenggat", "terbaru")}

    # the analysis has two days, the assignment twenty minutes
    assert {order: [row.case_title for row in found] for order, found in rows.items()} == {
        "tenggat": ["Baru", "Lama"],
        "terbaru": ["Baru", "Lama"],
    }
    player.now += timedelta(minutes=30)
    player.reach(NGANJUK, "row_07", title="Terakhir")
    newest, *_ = look(player, "nganjuk.kasubbag", order="terbaru").rows
    assert newest.case_title == "Terakhir"
    due = [row.due_at for row in look(player, "nganjuk.kasubbag").rows]
    assert due == sorted(due, key=lambda moment: moment or player.now)


def test_rows_are_grouped_by_urgency(player: Player) -> None:
    player.reach(NGANJUK, "row_02")
    groups = []
    for days in (0, 30):
        player.now += timedelta(days=days)
        groups.append([row.group for row in look(player, "nganjuk.kasubbag").rows])

    assert groups[1] == ["late"]
    assert groups[0][0] in {"today", "next"}


def test_processes_narrow_the_list(player: Player) -> None:
    player.reach(BLITAR, "row_02")
    player.reach(WRONG_DATA, "row_02")

    page = look(player, "blitar.sekretaris", process=WRONG_DATA)

    assert {key for key, _ in page.processes} == {WRONG_DATA, BLITAR}
    assert titles(page) == ["Menghadiri rapat persiapan data"]
    assert look(player, "blitar.sekretaris", process="tidak_ada").rows == ()


def test_pages_hold_fifty_rows(player: Player) -> None:
    for _ in range(inbox.PAGE_SIZE + 1):
        player.start(NGANJUK)

    first, second, third = (look(player, "nganjuk.sekretaris", page=page) for page in (1, 2, 3))

    assert [len(page.rows) for page in (first, second, third)] == [50, 1, 0]
    assert [page.next_page for page in (first, second, third)] == [2, None, None]
    assert len({row.task_id for page in (first, second) for row in page.rows}) == 51


def test_the_inbox_shows_nothing_of_other_offices_units_and_ended_cases(player: Player) -> None:
    player.reach(BLITAR, "row_04_bidang")
    player.finish(player.start(NGANJUK))

    found = {user: titles(look(player, user)) for office in ("blitar", "nganjuk") for user in stage.positions(office)}

    assert {user: shown for user, shown in found.items() if shown} == {
        f"blitar.{user}": ["Mengisi data Bidang"] for user in ("bidang1", "bidang2", "bidang3", "sekretaris")
    }


@pytest.mark.parametrize("user", ["analis", "auditor", "admin"])
def test_somebody_without_a_position_has_an_empty_inbox(player: Player, user: str) -> None:
    player.reach(BLITAR, "row_02")

    page = inbox.inbox(player.actor(user, "blitar"), player.now, inbox.View())

    assert (page.rows, set(page.counts.values()), page.waiting) == ((), {0}, ())


def test_the_count_in_the_navigation_is_that_of_the_list(player: Player) -> None:
    for _ in range(3):
        player.reach(NGANJUK, "row_02")

    assert (
        inbox.open_count(player.actor("nganjuk.kasubbag"), player.now)
        == len(look(player, "nganjuk.kasubbag").rows)
        == 3
    )


def test_one_row_costs_as_many_queries_as_three(app: Flask, player: Player) -> None:
    def cost() -> tuple[int, int]:
        actor = player.actor("nganjuk.kasubbag")
        with stage.statements(app) as ran:
            page = inbox.inbox(actor, player.now, inbox.View())
        return len(page.rows), len(ran)

    player.reach(NGANJUK, "row_02")
    cost()
    one = cost()
    for _ in range(2):
        player.reach(NGANJUK, "row_02")
    three = cost()

    assert (one[0], three[0]) == (1, 3)
    assert one[1] == three[1]


def test_the_inbox_reads_no_state_of_any_case(app: Flask, player: Player) -> None:
    player.reach(NGANJUK, "row_02")
    actor = player.actor("nganjuk.kasubbag")

    with stage.statements(app) as ran:
        inbox.inbox(actor, player.now, inbox.View())

    assert [statement for statement in ran if "instance.state," in statement] == []


# How urgent -----------------------------------------------------------------------------------------

URGENT: list[dict[str, str]] = [
    {},
    {"priority": "74"},
    {"priority": "75"},
    {"priority": "90", "followUpDate": "2026-12-24"},
]


def local_day(moment: datetime | None) -> str:
    return f"{moment.astimezone(ZoneInfo('Asia/Jakarta')):%Y-%m-%d}" if moment else ""


def test_the_earlier_due_comes_first_then_the_more_important(sketch: Sketch) -> None:
    for number, attributes in enumerate(URGENT):
        given = " ".join(f'camunda:{name}="{value}"' for name, value in attributes.items())
        for due in ("", "2026-11-05"):
            dated = f'{given} camunda:dueDate="{due}"' if due else given
            drawn = task("isi", attributes=dated).replace('name="isi"', f'name="{number} {due}"')
            sketch.deploy(process(start(), drawn, end(), line("mulai", "isi", "selesai")))
            sketch.begin()

    page = look(sketch, "blitar.kadis")

    assert [(row.title.strip(), row.pressing, row.group == "aside") for row in page.rows] == [
        ("2 2026-11-05", True, False),
        ("1 2026-11-05", False, False),
        ("0 2026-11-05", False, False),
        ("2", True, False),
        ("1", False, False),
        ("0", False, False),
        ("3 2026-11-05", True, True),
        ("3", True, True),
    ]
    assert {local_day(row.aside_until) for row in page.rows} == {"", "2026-12-24"}


def test_a_task_to_follow_up_later_is_there_already(sketch: Sketch) -> None:
    drawn = task("isi", attributes='camunda:followUpDate="2027-01-04"')
    sketch.deploy(process(start(), drawn, end(), line("mulai", "isi", "selesai")))

    case = sketch.begin()

    later = sketch.task(case, "isi").follow_up_at
    assert later is not None
    assert later > sketch.now
    assert titles(look(sketch, "blitar.kadis")) == ["isi"]
