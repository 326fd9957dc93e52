"""How long the steps of a case waited and were worked on, each round with its own clock."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from service import catalogue, claims, tasks
from service.models import Task, db
from service.queries.case_page import case_page
from service.queries.timeliness import RoundTime, StepTime
from tests.answers import BLITAR, NGANJUK
from tests.walking import Player

FRIDAY = datetime(2026, 10, 30, 4, 15, tzinfo=UTC)
"""11.15 in Nganjuk: a quarter of an hour before the long break."""


def times(player: Player, case: UUID, office: str = "nganjuk") -> dict[str, StepTime]:
    page = case_page(player.actor("auditor", office), player.now, case)
    return {step.element: step for step in page.times}


def at(player: Player, moment: datetime) -> None:
    player.now = moment - timedelta(minutes=1)


def test_a_step_waits_until_somebody_takes_it_and_is_worked_on_from_then(player: Player) -> None:
    at(player, FRIDAY)
    case = player.start(NGANJUK)
    task = player.task(case, "row_01")
    claims.claim(player.performer(task), task.id, FRIDAY + timedelta(hours=2))  # 13.15, quarter of an hour after it
    at(player, FRIDAY + timedelta(days=3, hours=-3))  # Monday 08.15
    player.complete(case, "row_01")

    step = times(player, case)["row_01"]

    assert step.rounds == (RoundTime(1, "", 30, 195 + 45, step.state, is_open=False),)
    assert (step.order, step.day, step.waiting, step.handling) == (1, 450, 30, 240)


def test_the_first_draft_begins_it_and_later_acts_do_not(player: Player) -> None:
    at(player, FRIDAY)
    case = player.start(NGANJUK)
    task = player.task(case, "row_01")
    actor, task_id = player.performer(task), task.id
    tasks.save_draft(actor, task_id, {"catatan": "a"}, FRIDAY + timedelta(minutes=5))
    tasks.save_draft(actor, task_id, {"catatan": "ab"}, FRIDAY + timedelta(minutes=9))
    claims.claim(actor, task_id, FRIDAY + timedelta(minutes=10))

    db.session.expire_all()
    assert db.session.get_one(Task, ("nganjuk", task_id)).begun_at == FRIDAY + timedelta(minutes=5)
    player.now = FRIDAY + timedelta(minutes=12)
    (one,) = times(player, case)["row_01"].rounds
    assert (one.waiting, one.handling, one.is_open) == (5, 7, True)


def test_who_completes_at_once_let_it_wait_and_worked_no_time(player: Player) -> None:
    at(player, FRIDAY)
    case = player.start(NGANJUK)
    at(player, FRIDAY + timedelta(minutes=10))
    player.complete(case, "row_01")

    (one,) = times(player, case)["row_01"].rounds
    assert (one.waiting, one.handling) == (10, 0)


def test_what_a_superior_gives_to_somebody_has_not_begun(player: Player) -> None:
    case = player.reach(BLITAR, "row_07")
    task = player.task(case, "row_07")
    colleague = player.actor("blitar.sekretaris")
    claims.delegate(player.performer(task), task.id, str(colleague.person_id), "", player.now)

    db.session.expire_all()
    assert db.session.get_one(Task, ("blitar", task.id)).begun_at is None


def test_the_reviewers_time_does_not_count_against_who_got_it_back(player: Player) -> None:
    case = player.reach(BLITAR, "row_09")
    at(player, player.now + timedelta(minutes=90))
    player.complete(case, "row_09", outcome="kembalikan")
    at(player, player.now + timedelta(minutes=20))
    player.complete(case, "row_07")

    found = times(player, case, "blitar")

    calendar = catalogue.calendar("blitar")
    first, second = found["row_07"].rounds
    assert (first.round, second.round) == (1, 2)
    assert first.waiting == 1
    assert second.waiting == 20
    assert found["row_07"].waiting == first.waiting + second.waiting
    assert found["row_09"].waiting == 90
    assert calendar.week[0]


def test_late_is_what_ended_after_its_time_and_what_is_open_after_it(player: Player) -> None:
    case = player.start(NGANJUK)
    task = player.task(case, "row_01")
    assert task.due_at is not None
    due_at = task.due_at
    player.now = due_at
    assert times(player, case)["row_01"].state == ""
    player.now = due_at + timedelta(minutes=1)
    assert times(player, case)["row_01"].state == "late"

    at(player, due_at)
    player.complete(case, "row_01")
    assert times(player, case)["row_01"].state == "in-time"


def test_a_step_of_several_units_has_a_line_for_each(player: Player) -> None:
    case = player.reach(NGANJUK, "row_04_bidang")
    step = times(player, case)["row_04_bidang"]

    assert len(step.rounds) > 2
    assert len({one.unit_name for one in step.rounds}) == len(step.rounds)
    assert step.is_open
