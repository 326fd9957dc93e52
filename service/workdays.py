"""The working time of an office: its admins change it, and the due dates of open tasks follow."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from service import store, timetable
from service.engine.assignment import Actor, Role, require_role
from service.engine.worktime import OFFICE, Workdays, seed
from service.engine.worktime.edits import edited
from service.errors import NotFound
from service.queries import duties
from service.queries import workdays as found

SETTLING = timedelta(seconds=10)
"""By then every process has heard of a change, and no task is opened by the old calendar any more."""
AHEAD = 2
"""Years that are known before they begin."""
_WORDS = {
    "add-day": "hari libur {day}: {name}",
    "remove-day": "hari libur {day} dihapus",
    "set-hours": "jam khusus {day}: {hours}",
    "remove-hours": "jam khusus {day} dihapus",
    "set-week": "jam kerja",
    "set-ramadan": "Ramadan {first} s.d. {last}",
    "remove-ramadan": "Ramadan mulai {first} dihapus",
    "set-zone": "zona waktu {zone}",
    "settle": "ketetapan tahun {year}",
    "add-unit": "kalender sendiri {unit}",
    "remove-unit": "kalender sendiri {unit} dihapus",
}
"""What changed, in the language of the records."""


def tried(actor: Actor, kind: str, typed: Mapping[str, str]) -> tuple[Workdays, found.Preview]:
    """Return what a change would make of the working time, and which due dates it would move; nothing is saved.

    Raises:
        NotAllowed: the actor is no admin.
        NotFound: the office has no such unit.
        CalendarRefused: it cannot be done, with the field.

    """
    wanted = _edited(actor, found.workdays(actor), kind, typed)
    return wanted, found.preview(actor, wanted)


def change(actor: Actor, kind: str, typed: Mapping[str, str], now: datetime) -> None:
    """Change the working time; open due dates follow in the background.

    Raises:
        NotAllowed, NotFound, CalendarRefused: as `tried`.

    """
    require_role(actor, Role.ADMIN)
    with store.changing(actor.office, actor.person_id, now) as ledger:
        before = found.workdays(actor)
        after = _edited(actor, before, kind, typed)
        if after == before:
            return
        store.save_workdays(actor.office, before, after)
        reason = _WORDS[kind].format_map({"name": "", **typed})
        unit = typed.get("unit", OFFICE)
        ledger.note("workdays-changed", unit or actor.office, {}, {"kind": kind, "what": reason})
        store.ask_recomputation(actor.office, reason, now)


def _edited(actor: Actor, workdays: Workdays, kind: str, typed: Mapping[str, str]) -> Workdays:
    if kind == "add-unit" and typed.get("unit") not in found.units(actor):
        raise NotFound(unit=typed.get("unit", ""))
    return edited(workdays, kind, typed)


def due(now: datetime) -> list[tuple[str, str]]:
    """Return the offices whose due dates have to follow a change, with the moment of that change."""
    return duties.recomputations(now - SETTLING)


def recompute(office: str, asked_at: str, now: datetime) -> int:
    """Let open due dates follow a change; return how many moved. What somebody else began is gone on with."""
    moment, count = datetime.fromisoformat(asked_at), 0
    wanted = timetable.drafted(office, timetable.read(office))
    while batch := store.next_batch(office, moment, now):
        moved = tuple(found.moves(batch.tasks, wanted))
        store.move_dues(batch, moved, now)
        count += len(moved)
    return count


def add_years(now: datetime) -> int:
    """Let every office know the days off of the years ahead; what is known already stays as it is."""
    return sum(_add_years(office, now) for office in store.offices())


def _add_years(office: str, now: datetime) -> int:
    missing = [year for year in range(now.year, now.year + AHEAD + 1) if year not in timetable.read(office).years]
    if not missing:
        return 0
    with store.changing(office, None, now) as ledger:
        before = after = timetable.read(office)
        for year in missing:
            after = seed.with_year(after, year)
        store.save_workdays(office, before, after)
        reason = f"tahun {', '.join(map(str, missing))}"
        ledger.note("workdays-changed", office, {}, {"kind": "add-years", "what": reason})
        store.ask_recomputation(office, reason, now)
    return len(missing)
