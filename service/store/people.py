"""Offices, their units and positions, and the people in them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    CursorResult,
    FromClause,
    Select,
    SQLColumnExpression,
    bindparam,
    delete,
    insert,
    literal,
    select,
    update,
)
from sqlalchemy.exc import IntegrityError

from service import remembered
from service.columns import Moment
from service.engine.appointment import Capacity
from service.engine.assignment import PERSON, Post
from service.engine.worktime import OFFICE, Workdays
from service.errors import Conflict
from service.models import (
    Holding,
    Office,
    Person,
    Position,
    Role,
    Session,
    Token,
    Unit,
    WorkHours,
    db,
    valid_at,
)
from service.prepared import Prepared
from service.store.workdays import save_workdays

Rows = Select[*tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Standing:
    """A person with what he is in one office."""

    user_name: str
    name: str
    is_active: bool
    nip: str
    must_change_password: bool
    posts: tuple[Post, ...]
    roles: frozenset[str]


def performers_of(office: str) -> frozenset[str]:
    """Return every candidate group that an office has: positions, units, and each person as a group of his own."""
    positions = select(Position.code).where(Position.tenant_id == office, Position.closed_at.is_(None))
    units = select(Unit.code).where(Unit.tenant_id == office, Unit.closed_at.is_(None))
    people = select(Person.user_name).join(Role, Role.person_id == Person.id).where(Role.tenant_id == office)
    groups = db.session.scalars(positions.union(units))
    return frozenset([*groups, *(PERSON + name for name in db.session.scalars(people))])


def reporting_units(office: str) -> list[dict[str, str]]:
    """Return the units that are asked for data, as the process variable `unit_kantor`."""
    rows = db.session.execute(
        select(Unit.code, Unit.name)
        .where(Unit.tenant_id == office, Unit.reports_data, Unit.closed_at.is_(None))
        .order_by(Unit.code)
    )
    return [{"kode": row.code, "nama": row.name} for row in rows]


def has_office(office: str) -> bool:
    """Tell whether there is such an office."""
    return db.session.get(Office, office) is not None


def has_position(office: str, code: str) -> bool:
    """Tell whether an office has a position."""
    return db.session.get(Position, (office, code)) is not None


def find_person(user_name: str) -> Person | None:
    """Return the person with a user name."""
    return db.session.scalars(select(Person).where(Person.user_name == user_name)).first()


def get_person(person_id: UUID) -> Person | None:
    """Return a person by id."""
    return db.session.get(Person, person_id)


def offices_of(person_id: UUID, now: datetime) -> list[str]:
    """Return the offices in which a person has a position or a role at a moment."""
    return sorted({row.tenant_id for row in _OFFICES.all({"person": person_id, "now": now})})


def standings(office: SQLColumnExpression[str], people: FromClause = Person.__table__) -> Rows:
    """Build the statement that reads what people are in an office `now`, one row for each position and role."""
    now = bindparam("now", type_=Moment())
    return (
        select(
            Person.user_name,
            Person.name,
            Person.is_active,
            Person.nip,
            Person.must_change_password,
            Position.code.label("post"),
            Position.name.label("post_name"),
            Position.unit_code,
            Holding.capacity,
            Holding.starts_at,
            Holding.ends_at,
            Holding.decree,
            Role.name.label("role"),
            select(Office.revision).where(Office.id == office).scalar_subquery().label("revision"),
        )
        .select_from(people)
        .outerjoin(Role, (Role.tenant_id == office) & (Role.person_id == Person.id) & valid_at(Role, now))
        .outerjoin(Holding, (Holding.tenant_id == office) & (Holding.person_id == Person.id) & valid_at(Holding, now))
        .outerjoin(Position, (Position.tenant_id == Holding.tenant_id) & (Position.code == Holding.position_code))
        .order_by(Holding.capacity, Position.code)
    )


_NOW: BindParameter[datetime] = bindparam("now", type_=Moment())
_OFFICES = Prepared(
    select(Holding.tenant_id)
    .where(Holding.person_id == bindparam("person"), valid_at(Holding, _NOW))
    .union(select(Role.tenant_id).where(Role.person_id == bindparam("person"), valid_at(Role, _NOW)))
)
_STANDING = Prepared(standings(bindparam("office")).where(Person.id == bindparam("person")))


def standing_at(office: str, rows: Sequence[Any]) -> Standing:
    """Put together what the rows of `standings` say of one person; the session hears whether his office changed."""
    remembered.note(office, rows[0].revision or 0)
    return Standing(
        rows[0].user_name,
        rows[0].name,
        rows[0].is_active,
        rows[0].nip or "",
        rows[0].must_change_password,
        posts=tuple(dict.fromkeys(_post(row) for row in rows if row.post is not None)),
        roles=frozenset(row.role for row in rows if row.role is not None),
    )


def _post(row: Any) -> Post:  # noqa: ANN401 - columns by name
    return Post(
        row.post, row.post_name, row.unit_code or "", Capacity(row.capacity), row.starts_at, row.ends_at, row.decree
    )


def standing(office: str, person_id: UUID, now: datetime) -> Standing | None:
    """Return a person with his positions and roles in an office at a moment, None when there is no such person."""
    rows = _STANDING.all({"office": office, "person": person_id, "now": now})
    return standing_at(office, rows) if rows else None


def add_office(
    office: Office, units: Sequence[Unit], positions: Sequence[Position], workdays: Callable[[], Workdays]
) -> None:
    """Save an office with its units and positions, replacing what is there under the same codes.

    Its working time is that which it has, or else the one that `workdays` makes.
    """
    saved = db.session.merge(office)
    rows = [saved, *map(db.session.merge, (*units, *positions))]
    if any(db.session.is_modified(row) for row in rows):
        saved.revision = (saved.revision or 0) + 1
    if db.session.get(WorkHours, (office.id, OFFICE)) is None:
        save_workdays(office.id, None, workdays())
    db.session.commit()
    remembered.changed(office.id)


def add_person(person: Person, holdings: Sequence[Holding], roles: Sequence[Role]) -> None:
    """Add a person with positions and roles to what is being changed.

    Raises:
        Conflict: the user name is taken.

    """
    db.session.add(person)
    try:
        db.session.flush()
    except IntegrityError:
        raise Conflict("the user name is taken") from None
    db.session.add_all([*holdings, *roles])


def put_password(person_id: UUID, password_hash: str, *, must_change: bool, seen: str | None = None) -> bool:
    """Replace a password, unless it is another than was `seen`; tell whether it was replaced. The caller commits."""
    stands = [Person.id == person_id] if seen is None else [Person.id == person_id, Person.password_hash == seen]
    changed = update(Person).where(*stands).execution_options(synchronize_session=False)
    put = db.session.execute(changed.values(password_hash=password_hash, must_change_password=must_change))
    return cast("CursorResult[Any]", put).rowcount == 1


def set_password(
    person_id: UUID, password_hash: str, keep: str = "", *, must_change: bool, seen: str | None = None
) -> bool:
    """Replace a password as `put_password`; wherever else than in a session to `keep` he was signed in, he is out."""
    was_put = put_password(person_id, password_hash, must_change=must_change, seen=seen)
    if was_put:
        end_sessions(person_id, keep)
    db.session.commit()
    return was_put


def let_in(entry: Session | Token, *stands: ColumnElement[bool]) -> bool:
    """Save what lets a person or his program in if he still is as he was seen; tell whether it was.

    Whoever changes him waits until it is saved, and finds it then.
    """
    columns = entry.__table__.columns
    row = select(*(literal(getattr(entry, column.key), column.type) for column in columns))
    person = row.where(Person.id == entry.person_id, Person.is_active, *stands).with_for_update(read=True)
    added = insert(type(entry)).from_select([column.key for column in columns], person).returning(columns.id)
    is_in = db.session.scalar(added) is not None
    db.session.commit()
    return is_in


def set_active(person: Person, *, is_active: bool) -> None:
    """Let a person sign in, or stop him; wherever he was signed in, he is out, and so are his programs."""
    person.is_active = is_active
    end_sessions(person.id)
    if not is_active:
        db.session.execute(delete(Token).where(Token.person_id == person.id))
    db.session.commit()


def end_sessions(person_id: UUID, keep: str = "") -> None:
    """Let a person out at all of his browsers but one; the caller commits."""
    db.session.execute(delete(Session).where(Session.person_id == person_id, Session.id != keep))
