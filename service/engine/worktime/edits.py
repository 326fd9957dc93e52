"""One change of an office's working time, as it is typed: what it makes of the rest, or which field is wrong."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from functools import partial
from typing import Any

from service.engine.day import read_day
from service.engine.worktime.hours import Spans, Week, read_spans, read_week, write_spans
from service.engine.worktime.office import OFFICE, DayOff, Fasting, Hours, Source, Workdays
from service.engine.worktime.refusals import CalendarRefused, EditRefused

Typed = Mapping[str, str]
ZONES = ("Asia/Jakarta", "Asia/Pontianak", "Asia/Makassar", "Asia/Jayapura")
"""Where Indonesian offices are; their clocks are never moved."""
WEEKDAYS = tuple(range(7))
WEEKEND = 5
LONGEST_NAME, LONGEST_WEEK = 150, 400
LONGEST_FASTING = 31


def edited(workdays: Workdays, kind: str, typed: Typed) -> Workdays:
    """Return what a change makes of what an office had settled.

    Raises:
        CalendarRefused: it cannot be done; `field` in the facts of its `faults` names what was typed wrong.

    """
    if kind not in _KINDS:
        raise CalendarRefused("edit-unknown", f"{kind!r} is no change of a calendar")
    changed = _KINDS[kind](workdays, typed)
    for unit in changed.hours:
        with _about(_FIELDS.get(kind, "")):
            changed.calendar(unit)
    return changed


def falls_on_weekend(kind: str, typed: Typed) -> bool:
    """Tell whether a change adds a day off where nobody works anyway."""
    return kind == "add-day" and _day(typed, "day").weekday() >= WEEKEND


def _add_day(workdays: Workdays, typed: Typed) -> Workdays:
    unit = _unit(workdays, typed)
    _check(lambda: _known_day(workdays, typed), lambda: _name(typed))
    day, hours = _known_day(workdays, typed), workdays.hours[unit]
    if day in hours.special_days:
        raise CalendarRefused("has-hours", f"{day} has hours of its own", field="day", day=day)
    known = hours.days_off.get(day)
    off = DayOff(_name(typed), known.source if known else Source.LOCAL)
    return _with(workdays, unit, days_off={**hours.days_off, day: off})


def _remove_day(workdays: Workdays, typed: Typed) -> Workdays:
    unit, day = _unit(workdays, typed), _day(typed, "day")
    days = workdays.hours[unit].days_off
    if day not in days:
        raise CalendarRefused("no-day-off", f"{day} is no day off", field="day", day=day)
    return _with(workdays, unit, days_off={one: off for one, off in days.items() if one != day})


def _set_hours(workdays: Workdays, typed: Typed) -> Workdays:
    unit = _unit(workdays, typed)
    _check(lambda: _known_day(workdays, typed), lambda: _own_hours(typed))
    special = {**workdays.hours[unit].special_days, _known_day(workdays, typed): _own_hours(typed)}
    return _with(workdays, unit, special_days=special)


def _remove_hours(workdays: Workdays, typed: Typed) -> Workdays:
    unit, day = _unit(workdays, typed), _day(typed, "day")
    days = workdays.hours[unit].special_days
    if day not in days:
        raise CalendarRefused("no-special-hours", f"{day} has no hours of its own", field="day", day=day)
    return _with(workdays, unit, special_days={one: spans for one, spans in days.items() if one != day})


def _set_week(workdays: Workdays, typed: Typed) -> Workdays:
    unit = _unit(workdays, typed)
    _check(lambda: _week(typed, "week"), lambda: _week(typed, "ramadan"))
    week, ramadan, now = _week(typed, "week"), _week(typed, "ramadan"), workdays.hours[unit]
    _require_shown(typed, {"week": (week, now.week), "ramadan": (ramadan, now.ramadan)})
    return _with(
        workdays,
        unit,
        week=week,
        ramadan=ramadan,
        day_of_480=bool(typed.get("day_of_480")),
        keeps_days_off=unit == OFFICE or bool(typed.get("keeps_days_off")),
    )


def _set_ramadan(workdays: Workdays, typed: Typed) -> Workdays:
    _check(lambda: _day(typed, "first"), lambda: _day(typed, "last"))
    first, last = _day(typed, "first"), _day(typed, "last")
    if last < first:
        raise CalendarRefused("period-reversed", f"it ends on {last}, before {first}", field="last")
    if (last - first).days >= LONGEST_FASTING:
        raise CalendarRefused("period-long", f"{first} to {last} is longer than a month", field="last")
    others = [one for one in workdays.ramadan if one.first.isoformat() != typed.get("was")]
    name = typed.get("name", "").strip() or f"Ramadan {last.year}"
    return replace(workdays, ramadan=tuple(sorted([*others, Fasting(first, last, name[:LONGEST_NAME])], key=_first)))


def _remove_ramadan(workdays: Workdays, typed: Typed) -> Workdays:
    left = tuple(one for one in workdays.ramadan if one.first.isoformat() != typed.get("first"))
    if left == workdays.ramadan:
        raise CalendarRefused("no-period", "there is no such period", field="first")
    return replace(workdays, ramadan=left)


def _set_zone(workdays: Workdays, typed: Typed) -> Workdays:
    changed = replace(workdays, zone=typed.get("zone", ""))
    with _about("zone"):
        changed.calendar()
    if changed.zone not in ZONES:
        raise CalendarRefused("zone-moves", f"{changed.zone} is no zone of Indonesia", field="zone", zone=changed.zone)
    return changed


def _settle(workdays: Workdays, typed: Typed) -> Workdays:
    text = typed.get("year", "")
    if not (text.isascii() and text.isdigit() and int(text[:9]) in workdays.years):
        raise CalendarRefused("year-unknown", f"{text!r} is no year of the calendar", field="year", year=text)
    return replace(workdays, years={**workdays.years, int(text): bool(typed.get("decreed"))})


def _add_unit(workdays: Workdays, typed: Typed) -> Workdays:
    unit = typed.get("unit", "")
    if not unit or unit in workdays.hours:
        raise CalendarRefused("unit-taken", f"{unit!r} has hours of its own", field="unit", unit=unit)
    office = workdays.hours[OFFICE]
    own = Hours(office.week, office.ramadan, office.day_of_480)
    return replace(workdays, hours={**workdays.hours, unit: own})


def _remove_unit(workdays: Workdays, typed: Typed) -> Workdays:
    unit = _unit(workdays, typed)
    if unit == OFFICE:
        raise CalendarRefused("unit-unknown", "an office keeps its hours", field="unit", unit=unit)
    return replace(workdays, hours={one: hours for one, hours in workdays.hours.items() if one != unit})


_KINDS: Mapping[str, Callable[[Workdays, Typed], Workdays]] = {
    "add-day": _add_day,
    "remove-day": _remove_day,
    "set-hours": _set_hours,
    "remove-hours": _remove_hours,
    "set-week": _set_week,
    "set-ramadan": _set_ramadan,
    "remove-ramadan": _remove_ramadan,
    "set-zone": _set_zone,
    "settle": _settle,
    "add-unit": _add_unit,
    "remove-unit": _remove_unit,
}
_FIELDS = {"set-ramadan": "first", "set-week": "week_0"}
"""Where it is said when a change goes together with what was settled before only in part."""


def _with(workdays: Workdays, unit: str, **changed: Any) -> Workdays:  # noqa: ANN401 - fields of `Hours`
    return replace(workdays, hours={**workdays.hours, unit: replace(workdays.hours[unit], **changed)})


def _first(period: Fasting) -> date:
    return period.first


def _unit(workdays: Workdays, typed: Typed) -> str:
    unit = typed.get("unit", OFFICE)
    if unit not in workdays.hours:
        raise CalendarRefused("unit-unknown", f"{unit!r} has no hours of its own", field="unit", unit=unit)
    return unit


def _day(typed: Typed, field: str) -> date:
    text = typed.get(field, "").strip()
    try:
        return read_day(text)
    except ValueError:
        raise CalendarRefused("not-a-date", f"{text!r} is not a date", field=field, day=text) from None


def _known_day(workdays: Workdays, typed: Typed) -> date:
    day = _day(typed, "day")
    if day.year not in workdays.years:
        raise CalendarRefused("year-unknown", f"{day.year} is no year of the calendar", field="day", year=day.year)
    return day


def _name(typed: Typed) -> str:
    name = " ".join(typed.get("name", "").split())
    if not 0 < len(name) <= LONGEST_NAME:
        raise CalendarRefused("name-invalid", "a day off needs a name", field="name", most=LONGEST_NAME)
    return name


def _own_hours(typed: Typed) -> Spans:
    spans = _spans(typed, "hours")
    if not spans:
        raise CalendarRefused("hours-missing", "no hours; make it a day off instead", field="hours")
    return spans


def _spans(typed: Typed, field: str) -> Spans:
    with _about(field):
        return read_spans(typed.get(field, ""))


def _week(typed: Typed, field: str) -> Week:
    days = [typed.get(f"{field}_{weekday}", "") for weekday in WEEKDAYS]
    _check(*(partial(_spans, typed, f"{field}_{weekday}") for weekday in WEEKDAYS))
    with _about(f"{field}_0"):
        if sum(map(len, days)) > LONGEST_WEEK - len(days):
            raise CalendarRefused("hours-many", "so many hours are not kept")
        return read_week("|".join(days))


def _require_shown(typed: Typed, weeks: Mapping[str, tuple[Week, Week]]) -> None:
    """Refuse to replace hours that somebody else saved since the page showed others (`semula_…`)."""
    faults = [
        CalendarRefused("hours-changed", "somebody else saved others", field=field, hours=_told(now))
        for name, (wanted, settled) in weeks.items()
        for field, new, now in zip((f"{name}_{weekday}" for weekday in WEEKDAYS), wanted, settled, strict=True)
        if new != now != _spans(typed, f"semula_{field}") and f"semula_{field}" in typed
    ]
    if faults:
        raise EditRefused(faults)


def _told(spans: Spans) -> str:
    return ", ".join(write_spans((span,)) for span in spans)


def _check(*reads: Callable[[], object]) -> None:
    """Refuse with all that is wrong in what is read, not with the first of it."""
    faults: list[CalendarRefused] = []
    for read in reads:
        try:
            read()
        except CalendarRefused as refused:
            faults += refused.faults
    if faults:
        raise EditRefused(faults)


@contextmanager
def _about(field: str) -> Iterator[None]:
    """Say of a refusal which field it is about."""
    try:
        yield
    except CalendarRefused as refused:
        refused.facts.setdefault("field", field)
        raise
