"""The working time of an office in tables of its own, filled with what all offices had so far."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from service.columns import Moment, Text, Whole
from service.engine.worktime import seed, write_week

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None
NEW = ("work_hours", "work_day_off", "work_special_day", "work_ramadan", "work_year", "recomputation")


def upgrade() -> None:
    """Bring the tables forward."""
    op.add_column("office", sa.Column("revision", Whole(), server_default="0", nullable=False))
    hours = _table("work_hours", [_text("unit_code", 40)], [
        _text("week", 400), _text("ramadan", 400), _switch("day_of_480"), _switch("keeps_days_off"),
    ])  # fmt: skip
    off = _table("work_day_off", [_text("unit_code", 40), _text("day", 10)], [_text("name", 300), _text("source", 20)])
    _table("work_special_day", [_text("unit_code", 40), _text("day", 10)], [_text("hours", 400)])
    ramadan = _table("work_ramadan", [_text("first", 10)], [_text("last", 10), _text("name", 300)])
    years = _table("work_year", [sa.Column("year", Whole(), nullable=False)], [_switch("is_settled")])
    op.create_table(
        "recomputation",
        _text("tenant_id", 40),
        sa.Column("asked_at", Moment(), nullable=False),
        sa.Column("reason", Text(), nullable=False),
        sa.Column("last_task", sa.Uuid(), nullable=True),
        *(sa.Column(name, Whole(), nullable=False) for name in ("done", "total", "moved")),
        sa.Column("ended_at", Moment(), nullable=True),
        sa.PrimaryKeyConstraint("tenant_id", name="pk_recomputation"),
    )
    op.create_index("ix_recomputation_tenant_id_ended_at", "recomputation", ["tenant_id", "ended_at"])
    for office, zone in op.get_bind().execute(sa.text("SELECT id, zone FROM office")).all():
        _fill(office, zone, hours, off, ramadan, years)


def _fill(office: str, zone: str, hours: sa.Table, off: sa.Table, ramadan: sa.Table, years: sa.Table) -> None:
    first = seed.seed_workdays(zone, 2024, 2028)
    own, mine = first.hours[""], {"tenant_id": office, "unit_code": ""}
    weeks = {"week": write_week(own.week), "ramadan": write_week(own.ramadan)}
    op.bulk_insert(hours, [{**mine, **weeks, "day_of_480": False, "keeps_days_off": True}])
    days = own.days_off.items()
    op.bulk_insert(off, [{**mine, "day": str(day), "name": one.name, "source": str(one.source)} for day, one in days])
    months = ({"first": str(one.first), "last": str(one.last), "name": one.name} for one in first.ramadan)
    op.bulk_insert(ramadan, [{"tenant_id": office, **month} for month in months])
    settled = first.years.items()
    op.bulk_insert(years, [{"tenant_id": office, "year": year, "is_settled": one} for year, one in settled])


def downgrade() -> None:
    """Take the tables back."""
    for name in reversed(NEW):
        op.drop_table(name)
    op.drop_column("office", "revision")


def _table(name: str, key: list[sa.Column[Any]], columns: list[sa.Column[Any]]) -> sa.Table:
    names = [column.name for column in key]
    return op.create_table(
        name,
        _text("tenant_id", 40),
        *key,
        *columns,
        sa.PrimaryKeyConstraint("tenant_id", *names, name=f"pk_{name}"),
    )


def _text(name: str, length: int) -> sa.Column[Any]:
    return sa.Column(name, sa.String(length), nullable=False)


def _switch(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.Boolean(), nullable=False)
