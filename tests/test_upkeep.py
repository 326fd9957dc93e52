"""What has had its time is deleted every night, and nothing else."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select

from service import jobs, store, upkeep
from service.models import Delivery, Dispatch, Export, ExportPart, Session, Worker, db
from service.settings import Settings
from service.store import upkeep as rows

Row = Delivery | Dispatch | Export | Session | Worker
NOW = datetime(2026, 11, 21, 19, 0, tzinfo=UTC)


def ago(**time: float) -> datetime:
    return NOW - timedelta(**time)


def dispatch(done_at: datetime | None) -> Dispatch:
    return Dispatch(
        tenant_id="nganjuk", id=uuid4(), kind="message", name="x", key="k", sent_at=ago(days=90), done_at=done_at
    )


def delivery(done_at: datetime | None = None, dead_at: datetime | None = None) -> Delivery:
    due_at = None if done_at or dead_at else NOW
    return Delivery(
        tenant_id="nganjuk", id=uuid4(), channel="webhook", target=uuid4(), kind="case-ended", body={},
        created_at=ago(days=200), due_at=due_at, done_at=done_at, dead_at=dead_at,
    )  # fmt: skip


def export(ended_at: datetime | None) -> Export:
    return Export(
        tenant_id="nganjuk", id=uuid4(), person_id=uuid4(), asked_at=ago(days=40), attempt=1, ended_at=ended_at
    )


def session(seen_at: datetime) -> Session:
    return Session(id=uuid4().hex, person_id=uuid4(), office="nganjuk", began_at=seen_at, seen_at=seen_at)


def worker(seen_at: datetime) -> Worker:
    return Worker(id=uuid4().hex, started_at=ago(days=40), seen_at=seen_at, jobs_done=0, jobs_failed=0)


@pytest.mark.usefixtures("player")
def test_only_what_has_had_its_time_goes() -> None:
    kept: list[Row] = [
        dispatch(None), dispatch(ago(days=29)), delivery(), delivery(done_at=ago(days=29)),
        delivery(dead_at=ago(days=179)), export(None), export(ago(days=6)), worker(ago(days=6)),
        session(ago(minutes=5)),
    ]  # fmt: skip
    gone: list[Row] = [
        dispatch(ago(days=31)), delivery(done_at=ago(days=31)), delivery(dead_at=ago(days=181)), export(ago(days=8)),
        worker(ago(days=8)), session(ago(hours=1)),
    ]  # fmt: skip
    db.session.add_all([*kept, *gone])
    db.session.flush()
    parts = [row for row in (*kept, *gone) if isinstance(row, Export)]
    db.session.add_all(
        [ExportPart(tenant_id="nganjuk", export_id=row.id, attempt=1, number=0, content=b"x") for row in parts]
    )
    db.session.commit()
    ids = {row.id for row in kept}

    (row,) = jobs.nightly(NOW).rows
    done = [jobs.do("upkeep", row, NOW, Settings()) for _ in range(2)]

    tables = (Dispatch, Delivery, Export, Worker, Session)
    found = {row for table in tables for row in db.session.scalars(select(table.id))}
    assert (done, found) == ([4, 0], ids)
    assert set(db.session.scalars(select(ExportPart.export_id))) == {r.id for r in kept if isinstance(r, Export)}


@pytest.mark.usefixtures("player")
def test_much_is_deleted_a_few_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows, "BATCH", 2)
    db.session.add_all([dispatch(ago(days=31)) for _ in range(5)])
    db.session.commit()

    assert store.drop_dispatches(ago(days=30)) == 5
    assert db.session.scalars(select(Dispatch.id)).all() == []


@pytest.mark.parametrize(
    ("moment", "night"),
    [
        (datetime(2026, 11, 21, 17, 59, tzinfo=UTC), "2026-11-21"),
        (datetime(2026, 11, 21, 18, 0, tzinfo=UTC), "2026-11-22"),
        (datetime(2026, 11, 22, 17, 0, tzinfo=UTC), "2026-11-22"),
    ],
)
def test_a_night_begins_at_one_in_western_indonesia(moment: datetime, night: str) -> None:
    assert (upkeep.night(moment), jobs.nightly(moment).key) == (night, f"upkeep:{night}")
