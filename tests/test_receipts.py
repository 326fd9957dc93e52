"""Receipts: one act per request, on both databases, whoever comes at the same moment."""

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import func, select

from service import instances, messages, store, tasks
from service.attachments import Tray
from service.engine.workflow import Message
from service.errors import InstanceChanged, KeyReused, Repeated, TaskClosed
from service.models import Attachment, History, Instance, Receipt, db
from service.once import Once
from service.queries import receipts
from tests import answers, stage
from tests.drafting import OFFICE, Sketch, catch, message
from tests.engine.drawing import end, line, process, task
from tests.engine.drawing import start as start_event
from tests.racing import Race
from tests.walking import Player

PROCESS = answers.NGANJUK
STARTER = stage.starter_of(PROCESS)


def asked(key: str, *what: object) -> Once:
    return Once.of("sekretaris", key, *what)


def start(player: Player, once: Once) -> Instance:
    raw = answers.for_element(PROCESS, "mulai")
    return instances.start(player.actor(STARTER), PROCESS, raw, player.now, once)


def first_step(race: Race) -> tuple[UUID, Once, Callable[[Player], object]]:
    """Start a case; return it, what the request to complete its first task is known by, and that request."""
    with race.player() as player:
        case = player.start(PROCESS)
        task = player.task(case, "row_01").id
        raw = player.answers(player.task(case, "row_01"))
    once = asked(str(case), "a")

    def complete(player: Player) -> object:
        return tasks.complete(player.actor(STARTER), task, raw, player.now, once=once)

    return case, once, complete


def test_two_equal_starts_at_once_make_one_case(race: Race) -> None:
    with race.player():
        before = db.session.scalar(select(func.count()).select_from(Instance)) or 0
    once = asked(f"bersama {before}", "a")

    outcomes = race.run("SELECT office.id \nFROM office", *[lambda player: start(player, once).id] * 2)

    with race.player() as player:
        (case,) = (outcome for outcome in outcomes if not isinstance(outcome, Repeated))
        assert receipts.case_of(player.actor(STARTER), once) == case
        assert db.session.scalar(select(func.count()).select_from(Instance)) == before + 1


def test_two_equal_completions_at_once_complete_once(race: Race) -> None:
    case, once, complete = first_step(race)

    outcomes = race.run("UPDATE instance", complete, complete)

    with race.player() as player:
        assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Completed", "TaskClosed"]
        assert receipts.case_of(player.actor(STARTER), once) == case
        kinds = db.session.scalars(select(History.kind).where(History.instance_id == case))
        assert sorted(kinds) == ["completed", "started"]


def test_two_equal_messages_at_once_reach_one_case(race: Race) -> None:
    with race.player():
        sketch = Sketch()
        flow = line("mulai", "tunggu", "baca", "selesai")
        sketch.deploy(
            process(start_event(), catch("tunggu", message()), task("baca"), end(), flow),
            roots='<bpmn:message id="m" name="Surat"/>',
        )
        cases = [sketch.begin(), sketch.begin()]
    once = asked("surat", "a")

    def send(player: Player) -> UUID:
        return messages.send(player.actor("admin", OFFICE), Message("Surat", "", {}), player.now, once).id

    outcomes = race.run("UPDATE instance", send, send)

    with race.player() as player:
        (case,) = (outcome for outcome in outcomes if not isinstance(outcome, Repeated))
        assert receipts.case_of(player.actor("admin", OFFICE), once) == case
        assert {one: player.open_elements(one) for one in cases} == {
            one: ["baca"] if one == case else [] for one in cases
        }


def test_two_equal_completions_at_once_keep_one_file(race: Race) -> None:
    with race.player() as player:
        task = player.task(player.reach(PROCESS, "row_05"), "row_05")
        user, task_id = stage.user_of(PROCESS, task.element), task.id
    raw = answers.for_element(PROCESS, "row_05")
    (name,) = answers.files_in(raw)
    once = asked(str(task_id), "a")

    def complete(player: Player) -> object:
        tray = Tray(player.actor(user), task_id, player.now)
        sent = answers.with_files(raw, {name: tray.take(name, answers.content(name)).id})
        return tasks.complete(player.actor(user), task_id, sent, player.now, once=once, new_files=tray.new)

    outcomes = race.run("UPDATE instance", complete, complete)

    with race.player():
        assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Completed", "TaskClosed"]
        (kept,) = db.session.scalars(select(Attachment.id).where(Attachment.task_id == task_id))
        (told,) = db.session.scalars(select(History.body).where(History.task_id == task_id))
        assert str(kept) in str(told["values"])


def test_who_tries_again_and_sends_the_same_waits_for_nobody_who_waits_for_him(race: Race) -> None:
    case, _, complete = first_step(race)

    def complete_at_last(player: Player) -> object:
        with store.locked(InstanceChanged(office="nganjuk", instance=case)):
            return complete(player)

    outcomes = race.between("UPDATE instance", complete, complete_at_last)

    assert [type(outcome).__name__ for outcome in outcomes] == ["TaskClosed", "Completed"]


def test_nothing_of_a_repeated_act_is_saved(player: Player) -> None:
    once = asked("satu", "a")
    start(player, once)
    case = player.start(PROCESS)
    task = player.task(case, "row_01")

    with pytest.raises(Repeated):
        tasks.complete(player.performer(task), task.id, player.answers(task), player.now, once=once)

    assert player.open_elements(case) == ["row_01"]
    tasks.complete(player.performer(task), task.id, player.answers(task), player.now)
    with pytest.raises(TaskClosed):
        tasks.complete(player.performer(task), task.id, {}, player.now, once=once)


def test_receipts_are_found_by_content_and_office_and_forgotten_by_age(player: Player) -> None:
    head = player.actor(STARTER)
    old, new = asked("lama", "a"), asked("baru", "a")
    start(player, old)
    player.now += timedelta(days=2)
    case = start(player, new).id

    assert receipts.case_of(player.actor("blitar.kadis"), new) is None
    with pytest.raises(KeyReused):
        receipts.case_of(head, asked("baru", "b"))
    assert store.forget_receipts(player.now) == 1
    assert (receipts.case_of(head, old), receipts.case_of(head, new)) == (None, case)
    assert db.session.scalar(select(func.count()).select_from(Receipt)) == 1
