"""Look after the working days of an office."""

from collections.abc import Mapping
from datetime import datetime

import click

from service import workdays
from service.cli.session import acting, application, now
from service.engine.worktime import OFFICE, Workdays, write_spans
from service.queries import workdays as found

DAY = click.DateTime(["%Y-%m-%d"])
AS = click.option("--user", required=True, help="The admin who does it.")
OF = click.option("--office", required=True, help="The office, e.g. blitar.")
UNIT = click.option("--unit", default=OFFICE, help="A unit with hours of its own; the office without it.")
TRY = click.option("--dry-run", is_flag=True, help="Only say which due dates would move.")
WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


@click.group()
def calendar() -> None:
    """Look after working days: show, add-day, remove-day."""


@calendar.command("show")
@click.argument("year", type=click.IntRange(2000, 2199))
@UNIT
@AS
@OF
def show(year: int, unit: str, user: str, office: str) -> None:
    """Show hours and days off of a YEAR."""
    with application():
        for line in _lines(found.workdays(acting(user, office)), unit, year):
            click.echo(line)


@calendar.command("add-day")
@click.argument("day", type=DAY)
@click.argument("name")
@UNIT
@TRY
@AS
@OF
def add_day(day: datetime, name: str, unit: str, dry_run: bool, user: str, office: str) -> None:  # noqa: FBT001 - an option
    """Let nobody work on a DAY, e.g. 2026-08-05, called NAME."""
    _change("add-day", {"day": day.date().isoformat(), "name": name, "unit": unit}, user, office, dry_run=dry_run)


@calendar.command("remove-day")
@click.argument("day", type=DAY)
@UNIT
@TRY
@AS
@OF
def remove_day(day: datetime, unit: str, dry_run: bool, user: str, office: str) -> None:  # noqa: FBT001 - an option
    """Make a day off a DAY of work again."""
    _change("remove-day", {"day": day.date().isoformat(), "unit": unit}, user, office, dry_run=dry_run)


def _change(kind: str, typed: Mapping[str, str], user: str, office: str, *, dry_run: bool) -> None:
    with application():
        actor = acting(user, office)
        _, preview = workdays.tried(actor, kind, typed)
        if not dry_run:
            workdays.change(actor, kind, typed, now())
        click.echo(f"{preview.count} due dates {'would move' if dry_run else 'move'}")
        for row in preview.rows:
            click.echo(f"{row.case_number:>6}  {row.task}  {_moment(row.before)} -> {_moment(row.after)}")


def _lines(settled: Workdays, unit: str, year: int) -> list[str]:
    own, calendar = settled.hours.get(unit), settled.calendar(unit if unit in settled.hours else OFFICE)
    if own is None:
        raise click.ClickException(f"{unit} has no hours of its own")
    hours = [f"{name}  {write_spans(spans) or '-'}" for name, spans in zip(WEEKDAYS, own.week, strict=True)]
    months = (one for one in settled.ramadan if year in {one.first.year, one.last.year})
    ramadan = [f"{one.first} - {one.last}  {one.name}" for one in months]
    off = [f"{day}  {name}" for day, name in calendar.days_off.items() if day.year == year]
    special = [f"{day}  {write_spans(spans)}" for day, spans in sorted(own.special_days.items()) if day.year == year]
    state = "not known" if year not in settled.years else "settled" if settled.years[year] else "without a decree"
    return [f"{settled.zone}, {year} {state}", *hours, *ramadan, *off, *special]


def _moment(moment: datetime | None) -> str:
    return moment.isoformat(timespec="minutes") if moment else "none"
