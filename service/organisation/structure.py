"""Units and positions: the tree of an office."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from service import store, timetable
from service.engine.assignment import Actor
from service.errors import OrganisationRefused, Refused
from service.models import Position, Unit
from service.organisation.records import open_position, open_unit
from service.organisation.rules import changing, flaws, lasts, name_of, refuse_if
from service.store import Ledger

CODE = re.compile(r"[a-z][a-z0-9_]{0,39}")


@dataclass(frozen=True, slots=True)
class UnitPlan:
    """A unit as it shall be."""

    name: str
    parent: str = ""
    reports_data: bool = False


@dataclass(frozen=True, slots=True)
class PositionPlan:
    """A position as it shall be."""

    name: str
    unit: str = ""
    superior: str = ""
    is_shared: bool = False


def naming_flaws(actor: Actor, name: str, code: str) -> Iterator[Refused]:
    """Yield what is wrong with the name and the code of a new unit or position."""
    yield from flaws(lambda: name_of(name), lambda: _require_new(actor.office, code))


def add_unit(actor: Actor, code: str, plan: UnitPlan, now: datetime) -> None:
    """Add a unit to the tree of the office.

    Raises:
        NotAllowed: the actor is no admin.
        OrganisationRefused: the code is taken, or the unit above it is not there.

    """
    with changing(actor, now) as ledger:
        _require_new(actor.office, code)
        unit = Unit(tenant_id=actor.office, code=code)
        _place_unit(actor.office, unit, plan)
        ledger.add(unit)
        ledger.note("unit-added", code, {}, _unit(unit))


def change_unit(actor: Actor, code: str, plan: UnitPlan, now: datetime) -> None:
    """Rename or move a unit.

    Raises:
        NotAllowed: the actor is no admin.
        NotFound: the office has no such unit.
        OrganisationRefused: it would stand below itself.

    """
    with changing(actor, now) as ledger:
        unit = open_unit(actor.office, code)
        before = _unit(unit)
        with _due_dates_following(ledger, f"unit {unit.name} dipindahkan"):
            _place_unit(actor.office, unit, plan)
        ledger.note("unit-changed", code, before, _unit(unit))


def close_unit(actor: Actor, code: str, now: datetime) -> None:
    """Close a unit; it stays in the history.

    Raises:
        NotAllowed, NotFound: as `change_unit`.
        OrganisationRefused: units, positions or open tasks are left in it, named.

    """
    with changing(actor, now) as ledger:
        unit = open_unit(actor.office, code)
        below = [one.name for one in store.units_of(actor.office).values() if _is_in(one.parent_code, one, code)]
        below += [one.name for one in store.positions_of(actor.office).values() if _is_in(one.unit_code, one, code)]
        refuse_if("unit-used", below)
        refuse_if("tasks-open", store.open_tasks_for(actor.office, [code]))
        unit.closed_at = now
        ledger.note("unit-closed", code, {"name": unit.name}, {})


def add_position(actor: Actor, code: str, plan: PositionPlan, now: datetime) -> None:
    """Add a position.

    Raises:
        NotAllowed, OrganisationRefused: as `add_unit`.

    """
    with changing(actor, now) as ledger:
        _require_new(actor.office, code)
        position = Position(tenant_id=actor.office, code=code, is_shared=False)
        _place_position(actor.office, position, plan)
        ledger.add(position)
        ledger.note("position-added", code, {}, _position(position))


def change_position(actor: Actor, code: str, plan: PositionPlan, now: datetime) -> None:
    """Rename a position, move it to another unit or below another superior.

    Raises:
        NotAllowed: the actor is no admin.
        NotFound: the office has no such position.
        OrganisationRefused: it would stand above itself, or several people hold what only one may.

    """
    with changing(actor, now) as ledger:
        position = open_position(actor.office, code)
        before = _position(position)
        if position.is_shared and not plan.is_shared:
            _require_held_by_one(actor.office, code, now)
        with _due_dates_following(ledger, f"jabatan {position.name} dipindahkan"):
            _place_position(actor.office, position, plan)
        ledger.note("position-changed", code, before, _position(position))


def close_position(actor: Actor, code: str, now: datetime) -> None:
    """Close a position; who held it stays in the history.

    Raises:
        NotAllowed, NotFound: as `change_position`.
        OrganisationRefused: somebody holds it, others stand below it, or open tasks are for it, named.

    """
    with changing(actor, now) as ledger:
        position = open_position(actor.office, code)
        refuse_if("position-held", [one.name for one in store.tenures(actor.office, code) if lasts(one.period, now)])
        others = store.positions_of(actor.office).values()
        refuse_if("position-used", [one.name for one in others if _is_in(one.superior_code, one, code)])
        refuse_if("tasks-open", store.open_tasks_for(actor.office, [code]))
        position.closed_at = now
        ledger.note("position-closed", code, {"name": position.name}, {})


@contextmanager
def _due_dates_following(ledger: Ledger, reason: str) -> Iterator[None]:
    """Let open due dates follow who comes below a unit with hours of its own, or leaves it."""
    workdays = timetable.read(ledger.office)
    before = timetable.owners(ledger.office, workdays)
    yield
    if timetable.owners(ledger.office, workdays) != before:
        store.ask_recomputation(ledger.office, reason, ledger.at)


def _place_unit(office: str, unit: Unit, plan: UnitPlan) -> None:
    parent = open_unit(office, plan.parent).code if plan.parent else None
    above = {one.code: one.parent_code for one in store.units_of(office).values()}
    _require_tree(above | {unit.code: parent}, unit.code)
    unit.name, unit.parent_code, unit.reports_data = name_of(plan.name), parent, plan.reports_data


def _place_position(office: str, position: Position, plan: PositionPlan) -> None:
    unit = open_unit(office, plan.unit).code if plan.unit else None
    superior = open_position(office, plan.superior).code if plan.superior else None
    above = {one.code: one.superior_code for one in store.positions_of(office).values()}
    _require_tree(above | {position.code: superior}, position.code)
    position.name, position.unit_code, position.superior_code = name_of(plan.name), unit, superior
    position.is_shared = plan.is_shared


def _require_tree(above: Mapping[str, str | None], code: str) -> None:
    """Refuse something that would stand above itself."""
    seen, at = {code}, above[code]
    while at is not None:
        if at in seen:
            raise OrganisationRefused("cycle", code=at)
        seen.add(at)
        at = above.get(at)


def _require_new(office: str, code: str) -> None:
    if not CODE.fullmatch(code):
        raise OrganisationRefused("code-invalid", code=code)
    if code in store.units_of(office) or code in store.positions_of(office):
        raise OrganisationRefused("code-taken", code=code)


def _require_held_by_one(office: str, code: str, now: datetime) -> None:
    holders = [one for one in store.tenures(office, code) if lasts(one.period, now)]
    met = [
        one.name
        for number, one in enumerate(holders)
        for other in holders[:number]
        if one.period.overlaps(other.period)
    ]
    refuse_if("held-by-several", met)


def _is_in(above: str | None, node: Unit | Position, code: str) -> bool:
    return above == code and node.closed_at is None


def _unit(unit: Unit) -> dict[str, object]:
    return {"name": unit.name, "parent": unit.parent_code, "reports_data": unit.reports_data}


def _position(position: Position) -> dict[str, object]:
    return {
        "name": position.name,
        "unit": position.unit_code,
        "superior": position.superior_code,
        "is_shared": position.is_shared,
    }
