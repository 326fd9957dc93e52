"""The whole office as a spreadsheet: written out, and read back in; first rehearsed, then done in one transaction."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256
from uuid import UUID
from zoneinfo import ZoneInfo

from service import catalogue, organisation, store, workbook
from service.engine.appointment import Capacity, Period
from service.engine.assignment import Actor, Role, require_role
from service.errors import Refused, RosterChanged, SpreadsheetRefused
from service.models import Holding
from service.models import Role as RoleRow
from service.organisation import Appointment, PersonPlan, PositionPlan, UnitPlan

UNITS, POSITIONS, PEOPLE, HOLDINGS, ROLES = "Unit", "Jabatan", "Orang", "Pemangku", "Peran"
HEADERS: dict[str, tuple[str, ...]] = {
    UNITS: ("kode", "nama", "induk", "diminta_data", "tutup"),
    POSITIONS: ("kode", "nama", "unit", "atasan", "dipegang_bersama", "tutup"),
    PEOPLE: ("nama_pengguna", "nama", "nip", "surel", "aktif"),
    HOLDINGS: ("jabatan", "nama_pengguna", "sebagai", "nomor_sk", "mulai", "sampai"),
    ROLES: ("nama_pengguna", "peran", "nomor_sk", "mulai", "sampai"),
}
KEYS = {UNITS: 1, POSITIONS: 1, PEOPLE: 1, HOLDINGS: 3, ROLES: 2}
"""How many cells say which thing a row is about; the day on which something begins belongs to it too."""
YES, NO = frozenset({"ya", "yes", "true", "1"}), frozenset({"", "tidak", "no", "false", "0"})
CAPACITIES = {"definitif": Capacity.DEFINITIVE, "plt": Capacity.PLT, "plh": Capacity.PLH}
NAMES = {capacity: name for name, capacity in CAPACITIES.items()}
MOST_CHANGES = 400
"""Nobody else changes the office, and on SQLite nobody writes at all, while they are done."""
EARLIEST, LATEST = date(1950, 1, 1), date(2150, 1, 1)
Act = Callable[[], object]


@dataclass(frozen=True, slots=True)
class Line:
    """What becomes of a row: it is new, changed, ended or refused."""

    kind: str
    sheet: str
    row: int
    subject: str
    refusal: Refused | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """What a spreadsheet would change, in the order of its rows."""

    lines: tuple[Line, ...]
    unchanged: int

    @property
    def refused(self) -> tuple[Line, ...]:
        """Return the rows that cannot be done."""
        return tuple(line for line in self.lines if line.refusal)

    @property
    def digest(self) -> str:
        """Return what tells this plan from every other."""
        told = [(line.kind, line.sheet, line.row, line.subject, str(line.refusal or "")) for line in self.lines]
        return sha256(repr(told).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class _Row:
    """A row by the names of its columns."""

    sheet: str
    number: int
    cells: Mapping[str, str]

    def __getitem__(self, name: str) -> str:
        return self.cells[name]

    @property
    def subject(self) -> str:
        """Return what it is about."""
        return " · ".join(self.cells[name] for name in HEADERS[self.sheet][: KEYS[self.sheet]])

    def answer(self, name: str) -> bool:
        """Return yes or no."""
        text = self.cells[name].lower()
        if text not in YES | NO:
            raise SpreadsheetRefused("yes-or-no", column=name)
        return text in YES

    def day(self, name: str) -> date | None:
        """Return a day, of an Excel date or of a text."""
        text = self.cells[name]
        return _day(text, name) if text else None

    def first(self) -> date:
        """Return the day on which it begins."""
        found = self.day("mulai")
        if found is None:
            raise SpreadsheetRefused("missing", column="mulai")
        return found


@dataclass(frozen=True, slots=True)
class _Step:
    row: _Row
    kind: str
    act: Act


def sheets(actor: Actor) -> dict[str, list[tuple[str, ...]]]:
    """Return the office as rows of text, with all who hold something now or later.

    Raises:
        NotAllowed: the actor is no admin.

    """
    require_role(actor, Role.ADMIN)
    zone = _zone(actor)
    names = _names(actor)
    rows: dict[str, Iterable[tuple[str, ...]]] = {
        UNITS: (
            (one.code, one.name, one.parent_code or "", _said(one.reports_data), "")
            for one in store.units_of(actor.office).values()
            if one.closed_at is None
        ),
        POSITIONS: (
            (one.code, one.name, one.unit_code or "", one.superior_code or "", _said(one.is_shared), "")
            for one in store.positions_of(actor.office).values()
            if one.closed_at is None
        ),
        PEOPLE: (
            (one.user_name, one.name, one.nip or "", one.email, _said(one.is_active))
            for one in store.people_of(actor.office)
        ),
        HOLDINGS: (
            (one.position_code, names[one.person_id], NAMES[Capacity(one.capacity)], one.decree, *_days(one, zone))
            for one in _holdings_by_key(actor).values()
        ),
        ROLES: (
            (names[one.person_id], one.name, one.decree, *_days(one, zone)) for one in _roles_by_key(actor).values()
        ),
    }
    return {sheet: [HEADERS[sheet], *sorted(found)] for sheet, found in rows.items()}


def rehearse(actor: Actor, content: bytes, now: datetime) -> Plan:
    """Return what a spreadsheet would change; nothing is.

    Raises:
        NotAllowed: the actor is no admin.
        SpreadsheetRefused: the file cannot be read as one.

    """
    require_role(actor, Role.ADMIN)
    rows = _read(content)
    with store.changing(actor.office, actor.person_id, now, is_rehearsal=True):
        return _done(actor, rows, now)


def carry_out(actor: Actor, content: bytes, seen: str, now: datetime) -> Plan:
    """Change everything that a spreadsheet says, if it is what somebody has seen before.

    Raises:
        NotAllowed, SpreadsheetRefused: as `rehearse`.
        RosterChanged: it would change other things by now, or cannot be done whole.

    """
    require_role(actor, Role.ADMIN)
    rows = _read(content)
    with store.changing(actor.office, actor.person_id, now):
        plan = _done(actor, rows, now)
        if plan.digest != seen or plan.refused:
            raise RosterChanged
    return plan


def _read(content: bytes) -> dict[str, list[_Row]]:
    book = workbook.read(content)
    missing = [sheet for sheet in HEADERS if sheet not in book]
    if missing:
        raise SpreadsheetRefused("sheet-missing", sheet=", ".join(missing))
    return {sheet: list(_rows(sheet, book[sheet])) for sheet in HEADERS}


def _rows(sheet: str, found: workbook.Rows) -> Iterator[_Row]:
    header = [cell.lower() for cell in found[0][1]] if found else []
    wanted = HEADERS[sheet]
    absent = [name for name in wanted if header.count(name) != 1]
    unknown = [name for name in header if name and name not in wanted]
    if absent or unknown:
        raise SpreadsheetRefused("header", sheet=sheet, column=", ".join(absent or unknown))
    for number, cells in found[1:]:
        named = dict(zip(header, [*cells, *[""] * len(header)], strict=False))
        yield _Row(sheet, number, {name: named[name] for name in wanted})


def _done(actor: Actor, rows: Mapping[str, Sequence[_Row]], now: datetime) -> Plan:
    """Do what the rows say, each whole or not at all, and tell what became of them."""
    lines: list[Line] = []
    asked = 0
    for sheet, steps_of in PHASES:
        steps: list[_Step] = []
        seen: set[tuple[str, str]] = set()
        current = steps_of(actor, now)
        for row in rows[sheet]:
            try:
                _require_once(row, seen)
                steps += [step for step in [current(row)] if step]
            except Refused as refusal:
                lines.append(Line("refused", row.sheet, row.number, row.subject, refusal))
        asked += len(steps)
        if asked > MOST_CHANGES:
            raise SpreadsheetRefused("too-many-changes", limit=MOST_CHANGES)
        lines += _settled(actor, steps, now)
    told = {(line.sheet, line.row): line for line in lines}
    ordered = sorted(told.values(), key=lambda line: (list(HEADERS).index(line.sheet), line.row))
    return Plan(tuple(ordered), sum(map(len, rows.values())) - len(ordered))


def _require_once(row: _Row, seen: set[tuple[str, str]]) -> None:
    key = (row.subject, row.cells.get("mulai", ""))
    if key in seen:
        raise SpreadsheetRefused("twice")
    seen.add(key)
    for name, text in row.cells.items():
        if text == workbook.RECKONED:
            raise SpreadsheetRefused("formula", column=name)
        if text.endswith("?") and text[:-1].isdecimal():
            raise SpreadsheetRefused("number", column=name)
        if len(text) > workbook.LONGEST_CELL:
            raise SpreadsheetRefused("too-long", column=name)


def _settled(actor: Actor, steps: Sequence[_Step], now: datetime) -> Iterator[Line]:
    """Do steps, those again that were refused while others still went: one may need what a later row makes."""
    waiting, went = list(steps), True
    refusals: dict[int, Refused] = {}
    while waiting and went:
        went, left = False, []
        for step in waiting:
            try:
                with store.changing(actor.office, actor.person_id, now):
                    step.act()
            except Refused as refusal:
                refusals[step.row.number] = refusal
                left.append(step)
            else:
                went = True
                yield Line(step.kind, step.row.sheet, step.row.number, step.row.subject)
        waiting = left
    for step in waiting:
        yield Line("refused", step.row.sheet, step.row.number, step.row.subject, refusals[step.row.number])


Compare = Callable[[_Row], _Step | None]


def _units(actor: Actor, now: datetime) -> Compare:
    known = {one.code: one for one in store.units_of(actor.office).values() if one.closed_at is None}

    def compare(row: _Row) -> _Step | None:
        code, plan = row["kode"], UnitPlan(row["nama"], row["induk"], row.answer("diminta_data"))
        if row.answer("tutup"):
            return None
        one = known.get(code)
        if one is None:
            return _Step(row, "new", lambda: organisation.add_unit(actor, code, plan, now))
        if UnitPlan(one.name, one.parent_code or "", one.reports_data) == plan:
            return None
        return _Step(row, "changed", lambda: organisation.change_unit(actor, code, plan, now))

    return compare


def _positions(actor: Actor, now: datetime) -> Compare:
    known = {one.code: one for one in store.positions_of(actor.office).values() if one.closed_at is None}

    def compare(row: _Row) -> _Step | None:
        code = row["kode"]
        plan = PositionPlan(row["nama"], row["unit"], row["atasan"], row.answer("dipegang_bersama"))
        if row.answer("tutup"):
            return None
        one = known.get(code)
        if one is None:
            return _Step(row, "new", lambda: organisation.add_position(actor, code, plan, now))
        if PositionPlan(one.name, one.unit_code or "", one.superior_code or "", one.is_shared) == plan:
            return None
        return _Step(row, "changed", lambda: organisation.change_position(actor, code, plan, now))

    return compare


def _people(actor: Actor, now: datetime) -> Compare:
    known = {one.user_name: one for one in store.people_of(actor.office)}

    def compare(row: _Row) -> _Step | None:
        user_name = row["nama_pengguna"].lower()
        plan, is_active = PersonPlan(row["nama"], row["nip"], row["surel"]), row.answer("aktif")
        one = known.get(user_name)

        def add() -> None:
            organisation.add_person(actor, user_name, "", plan, now)
            organisation.switch_account(actor, user_name, now, is_active=is_active)

        def change() -> None:
            organisation.change_person(actor, user_name, plan, now)
            organisation.switch_account(actor, user_name, now, is_active=is_active)

        if one is None:
            return _Step(row, "new", add)
        if (PersonPlan(one.name, one.nip or "", one.email), one.is_active) == (plan, is_active):
            return None
        return _Step(row, "changed", change)

    return compare


def _holdings(actor: Actor, now: datetime) -> Compare:
    zone, known = _zone(actor), _holdings_by_key(actor)

    def compare(row: _Row) -> _Step | None:
        code, user_name, first, last = row["jabatan"], row["nama_pengguna"].lower(), row.first(), row.day("sampai")
        capacity = CAPACITIES.get(row["sebagai"].lower().rstrip("."))
        if capacity is None:
            raise SpreadsheetRefused("choice", column="sebagai", choices=", ".join(CAPACITIES))
        one = known.get((code, user_name, capacity, first))
        if one is None:
            new = Appointment(user_name, code, first, last, capacity, row["nomor_sk"])
            return _Step(row, "new", lambda: organisation.appoint(actor, new, now))
        if _is_same(row, one, last, zone) or last is None:
            return None
        return _Step(row, "ended", lambda: organisation.end(actor, one.id, last, now))

    return compare


def _roles(actor: Actor, now: datetime) -> Compare:
    zone, names, known = _zone(actor), _names(actor), _roles_by_key(actor)
    lasting = [one for one in store.all_roles(actor.office) if one.ends_at is None]
    staff = {names[one.person_id] for one in lasting if one.name == Role.STAFF}

    def compare(row: _Row) -> _Step | None:
        user_name, first, last = row["nama_pengguna"].lower(), row.first(), row.day("sampai")
        if row["peran"] not in set(Role):
            raise SpreadsheetRefused("choice", column="peran", choices=", ".join(Role))
        role = Role(row["peran"])
        one = known.get((user_name, role, first))
        if one is None and role is Role.STAFF and last is None and user_name in staff:
            return None
        if one is None:
            return _Step(
                row, "new", lambda: organisation.grant(actor, user_name, role, first, last, row["nomor_sk"], now)
            )
        if _is_same(row, one, last, zone) or last is None:
            return None
        return _Step(row, "ended", lambda: organisation.revoke(actor, one.id, now, last))

    return compare


def _closed_positions(actor: Actor, now: datetime) -> Compare:
    return lambda row: (
        _Step(row, "ended", lambda: organisation.close_position(actor, row["kode"], now))
        if row.answer("tutup")
        else None
    )


def _closed_units(actor: Actor, now: datetime) -> Compare:
    return lambda row: (
        _Step(row, "ended", lambda: organisation.close_unit(actor, row["kode"], now)) if row.answer("tutup") else None
    )


PHASES: tuple[tuple[str, Callable[[Actor, datetime], Compare]], ...] = (
    (UNITS, _units),
    (POSITIONS, _positions),
    (PEOPLE, _people),
    (HOLDINGS, _holdings),
    (ROLES, _roles),
    (POSITIONS, _closed_positions),
    (UNITS, _closed_units),
)
"""In this order, as each needs what those before it made."""


def _is_same(row: _Row, one: Holding | RoleRow, last: date | None, zone: ZoneInfo) -> bool:
    """Tell whether nothing is to be done; what was decided once is ended earlier and decided anew, not rewritten."""
    if row["nomor_sk"] != one.decree:
        raise SpreadsheetRefused("decree-recorded", column="nomor_sk")
    known = _period(one).last_day(zone)
    if known is not None and (last is None or last > known):
        raise SpreadsheetRefused("longer", column="sampai")
    return last == known


def _day(text: str, column: str) -> date:
    parts = text.replace("/", "-").replace(".", "-").split("-")
    if len(parts) != len(("day", "month", "year")) or not all(part.isdecimal() and part.isascii() for part in parts):
        raise SpreadsheetRefused("date", column=column)
    year, month, day = map(int, parts if len(parts[0]) == len("2026") else reversed(parts))
    try:
        found = date(year, month, day)
    except ValueError:
        raise SpreadsheetRefused("date", column=column) from None
    if not EARLIEST <= found <= LATEST:
        raise SpreadsheetRefused("date", column=column)
    return found


def _holdings_by_key(actor: Actor) -> dict[tuple[str, str, str, date], Holding]:
    """Return what people hold by what a row says it is; of what was given twice on one day the later."""
    zone, names = _zone(actor), _names(actor)
    found = sorted(store.all_holdings(actor.office), key=lambda one: one.starts_at)
    return {
        (one.position_code, names[one.person_id], one.capacity, _period(one).first_day(zone)): one
        for one in found
        if not _period(one).is_empty
    }


def _roles_by_key(actor: Actor) -> dict[tuple[str, str, date], RoleRow]:
    """Return the roles of people in the same way."""
    zone, names = _zone(actor), _names(actor)
    found = sorted(store.all_roles(actor.office), key=lambda one: one.starts_at)
    return {
        (names[one.person_id], one.name, _period(one).first_day(zone)): one
        for one in found
        if not _period(one).is_empty
    }


def _names(actor: Actor) -> dict[UUID, str]:
    return {person.id: person.user_name for person in store.people_of(actor.office)}


def _period(one: Holding | RoleRow) -> Period:
    return Period(one.starts_at, one.ends_at)


def _days(one: Holding | RoleRow, zone: ZoneInfo) -> tuple[str, str]:
    last = _period(one).last_day(zone)
    return _period(one).first_day(zone).isoformat(), last.isoformat() if last else ""


def _said(answer: bool) -> str:  # noqa: FBT001 - the cell itself
    return "ya" if answer else "tidak"


def _zone(actor: Actor) -> ZoneInfo:
    return catalogue.calendar(actor.office).time_zone
