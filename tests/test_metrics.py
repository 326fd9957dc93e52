"""What a monitoring system reads, and who may read it."""

from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from flask import Flask
from prometheus_client.parser import text_string_to_metric_families

from service import pauses, store
from service.models import Dispatch, StartTrigger, Waiting, Worker, db
from service.queries import workload
from service.settings import Settings
from tests import stage
from tests.answers import NGANJUK
from tests.racing import Race
from tests.walking import Player


def measured(app: Flask) -> dict[str, float]:
    """Return every sample by name and labels."""
    text = app.test_client().get("/metrics").text
    return {
        " ".join([sample.name, *sample.labels.values()]): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def grown(app: Flask, before: dict[str, float], name: str) -> float:
    return measured(app)[name] - before.get(name, 0)


def test_steps_are_counted_by_kind_and_timed(app: Flask, player: Player) -> None:
    before = measured(app)

    case = player.start(NGANJUK)
    for element in ("row_01", "row_02"):
        player.complete(case, element)

    assert grown(app, before, "laksana_steps_total started") == 1
    assert grown(app, before, "laksana_steps_total completed") == 2
    assert grown(app, before, "laksana_step_seconds_count") == 2
    assert grown(app, before, "laksana_step_seconds_sum") > 0


def test_a_case_that_somebody_else_saved_first_is_a_conflict(race: Race) -> None:
    before = measured(race.app)
    with race.player() as player:
        case = player.reach(NGANJUK, "row_04_bidang")
        open_tasks = {unit: player.task(case, "row_04_bidang", unit).id for unit in ("bidang1", "bidang2")}
        sent = {unit: player.answers(player.task(case, "row_04_bidang", unit)) for unit in open_tasks}

    race.run(
        "UPDATE instance",
        *[
            lambda player, unit=unit: player.complete_raw(f"nganjuk.{unit}", open_tasks[unit], sent[unit])
            for unit in open_tasks
        ],
    )

    assert grown(race.app, before, "laksana_conflicts_total") == 1


def test_what_waits_is_counted_with_one_statement_each(app: Flask, player: Player) -> None:
    case = player.reach(NGANJUK, "row_05")
    instance, task = store.get_instance("nganjuk", case), player.task(case, "row_05")
    act = {"kind": "complete", "task": str(task.id)}
    failure = store.Failure(NGANJUK, task.element, "no-flow", "no condition holds", {}, act)
    store.record_incident(instance, failure, store.Fact("incident", player.now, None, ""))
    own = {"tenant_id": "nganjuk", "id": uuid4(), "instance_id": case}
    times = {"since": player.now, "due_at": player.now - timedelta(seconds=90)}
    db.session.add(Waiting(**own, process_key=NGANJUK, element="x", kind="timer", **times))
    db.session.add(Dispatch(**own, kind="message", name="x", sent_at=player.now))
    db.session.commit()
    store.see_worker("one", player.now, player.now, done=9, failed=2)
    store.see_worker("gone", player.now, player.now, done=9, failed=3)
    gone = db.session.get_one(Worker, "gone")
    gone.seen_at -= timedelta(minutes=2)
    db.session.commit()
    db.session.remove()

    with stage.statements(app) as ran:
        found = workload.counted(player.now)

    assert found == {
        "database_up": 1,
        "overdue_timers": 1,
        "open_incidents": 1,
        "pending_dispatches": 1,
        "pending_deliveries": 0,
        "dead_deliveries": 0,
        "living_workers": 1,
        "failed_jobs": 5,
        "job_lag_seconds": 90,
    }
    assert [statement.split()[0] for statement in ran] == ["SELECT"] * 12
    assert measured(app)["laksana_open_incidents"] == 1


def test_a_timer_of_a_suspended_case_is_not_overdue(player: Player) -> None:
    case = player.reach(NGANJUK, "row_05")
    due = {"since": player.now, "due_at": player.now - timedelta(hours=2)}
    own = {"tenant_id": "nganjuk", "id": uuid4(), "instance_id": case}
    db.session.add(Waiting(**own, process_key=NGANJUK, element="x", kind="timer", **due))
    db.session.commit()
    pauses.suspend(player.actor("admin", "nganjuk"), case, "Menunggu surat.", player.now)

    found = workload.counted(player.now)

    assert (found["overdue_timers"], found["job_lag_seconds"]) == (0, 0)


@pytest.mark.parametrize(("is_suspended", "lag"), [(False, 90), (True, 0)])
def test_a_process_whose_time_to_begin_has_come_is_work_that_is_due(
    player: Player, *, is_suspended: bool, lag: int
) -> None:
    due_at = player.now - timedelta(seconds=90)
    trigger = StartTrigger(tenant_id="nganjuk", process_key="x", kind="timer", due_at=due_at, is_suspended=is_suspended)
    db.session.add(trigger)
    db.session.commit()

    assert workload.counted(player.now)["job_lag_seconds"] == lag


def test_a_database_that_is_away_is_told_beside_what_was_counted(tmp_path: Path) -> None:
    away = stage.started(Settings(data=tmp_path, database=f"sqlite:///{tmp_path / 'gone' / 'laksana.db'}"))

    found = measured(away)

    assert found["laksana_database_up"] == 0
    assert "laksana_conflicts_total" in found
    assert "laksana_open_incidents" not in found


@pytest.mark.parametrize(
    ("token", "machine", "header", "status"),
    [
        ("", "127.0.0.1", "", 200),
        ("", "192.0.2.7", "", 403),
        ("", "192.0.2.7", "Bearer ", 403),
        ("rahasia", "127.0.0.1", "", 403),
        ("rahasia", "127.0.0.1", "Bearer salah", 403),
        ("rahasia", "127.0.0.1", "Bearer ráhasia", 403),
        ("rahasia", "192.0.2.7", "Bearer rahasia", 200),
    ],
)
def test_who_may_read(app: Flask, token: str, machine: str, header: str, status: int) -> None:
    settings = Settings(data=app.config["LAKSANA"].data, metrics_token=token)
    guarded = stage.started(settings)

    answer = guarded.test_client().get(
        "/metrics", headers={"Authorization": header}, environ_overrides={"REMOTE_ADDR": machine}
    )

    assert (answer.status_code, "laksana_conflicts_total" in answer.text) == (status, status == 200)
    stage.release(guarded)
