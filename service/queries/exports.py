"""Exports of an office: what goes into them, how far they are, what they hold."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, case, exists, func, select

from service import catalogue
from service.engine import form as forms
from service.engine.assignment import Actor
from service.engine.form import Shown
from service.errors import NotFound
from service.models import (
    Definition,
    Export,
    ExportPart,
    History,
    Incident,
    Instance,
    InstanceStatus,
    Person,
    db,
)
from service.queries.history import WITHOUT_FORM

KEPT = timedelta(days=7)
"""How long a file is kept."""
PAGE = 100
"""Cases that are read at a time."""
SHOWN = 20


@dataclass(frozen=True, slots=True)
class ExportRow:
    """An export as the one who asked for it sees it."""

    id: UUID
    asked_at: datetime
    state: str
    """waiting, running, done, failed"""
    percent: int
    size: int
    until: datetime | None
    """When the file is deleted."""


@dataclass(frozen=True, slots=True)
class Told:
    """What a line names by codes, in the words of its SOP."""

    sop: str = ""
    step: str = ""
    order: int = 0
    answers: tuple[Shown, ...] = ()


def own(actor: Actor, now: datetime) -> list[ExportRow]:
    """Return the exports that somebody asked for and that are still kept, the newest first."""
    found = (
        select(Export)
        .where(
            Export.tenant_id == actor.office,
            Export.person_id == actor.person_id,
            Export.ended_at.is_(None) | (Export.ended_at > now - KEPT),
        )
        .order_by(Export.asked_at.desc(), Export.id.desc())
        .limit(SHOWN)
    )
    return [_row(export) for export in db.session.scalars(found.execution_options(populate_existing=True))]


def one(actor: Actor, export_id: UUID, now: datetime) -> ExportRow:
    """Return an export that somebody asked for.

    Raises:
        NotFound: not his, or not any more.

    """
    found = next((row for row in own(actor, now) if row.id == export_id), None)
    if found is None:
        raise NotFound(export=export_id)
    return found


def content(actor: Actor, export_id: UUID) -> Iterator[bytes]:
    """Return the file of an export, piece by piece."""
    mine = (ExportPart.tenant_id == actor.office, ExportPart.export_id == export_id)
    number = 0
    while True:
        found = db.session.scalars(
            select(ExportPart.content)
            .join(Export, (Export.tenant_id == ExportPart.tenant_id) & (Export.id == ExportPart.export_id))
            .where(*mine, ExportPart.attempt == Export.attempt, ExportPart.number == number)
            .where(Export.person_id == actor.person_id)
        ).one_or_none()
        if found is None:
            return
        yield found
        number += 1


def count_cases(office: str, until: datetime) -> int:
    """Return how many cases an office had at a moment."""
    mine = (Instance.tenant_id == office, Instance.started_at <= until)
    return db.session.scalar(select(func.count()).select_from(Instance).where(*mine)) or 0


def cases(office: str, until: datetime) -> Iterator[Sequence[Row[*tuple[Any, ...]]]]:
    """Return the cases that an office had at a moment, as they stood then, a page at a time."""
    had_ended = Instance.ended_at <= until
    columns = (
        Instance.id, Instance.number, Instance.title, Definition.key, Definition.version, Definition.name,
        _state_at(office, until), Instance.started_at, Instance.started_position,
        case((had_ended, Instance.ended_at)).label("ended_at"),
        case((had_ended, Instance.end_reason), else_="").label("end_reason"),
        _returns_at(office, until), Instance.business_key,
    )  # fmt: skip
    last = 0
    while True:
        page = db.session.execute(
            select(*columns)
            .join(Definition, (Definition.tenant_id == Instance.tenant_id) & (Definition.id == Instance.definition_id))
            .where(Instance.tenant_id == office, Instance.number > last, Instance.started_at <= until)
            .order_by(Instance.number)
            .limit(PAGE)
        ).all()
        if not page:
            return
        last = page[-1].number
        yield page


def _state_at(office: str, until: datetime) -> ColumnElement[str]:
    """Build how a case stood at a moment: ended, suspended, held by an incident, or running."""
    paused = (
        select(History.kind)
        .where(_of_case(office, History), History.kind.in_(("suspended", "activated")), History.at <= until)
        .order_by(History.sequence.desc())
        .limit(1)
        .correlate(Instance)
        .scalar_subquery()
    )
    held = exists().where(
        _of_case(office, Incident),
        Incident.opened_at <= until,
        Incident.closed_at.is_(None) | (Incident.closed_at > until),
    )
    return case(
        (Instance.ended_at <= until, Instance.status),
        (paused == "suspended", "suspended"),
        (held, "incident"),
        else_=InstanceStatus.RUNNING.value,
    ).label("status")


def _returns_at(office: str, until: datetime) -> ColumnElement[int]:
    """Build how often a case had gone back at a moment."""
    since = select(func.count()).where(
        _of_case(office, History), History.kind.in_(("returned", "moved")), History.at > until
    )
    return (Instance.returns - since.correlate(Instance).scalar_subquery()).label("returns")


def _of_case(office: str, table: type[History | Incident]) -> ColumnElement[bool]:
    return (table.tenant_id == office) & (table.instance_id == Instance.id)


def lines(office: str, page: list[UUID], until: datetime) -> Sequence[Row[*tuple[Any, ...]]]:
    """Return what had happened in some cases until a moment, case by case in order."""
    found = (
        select(
            Instance.number, History.sequence, History.at, History.kind, History.position, Person.name,
            History.process_key, History.element, History.body, History.person_id, Instance.definition_id,
            Instance.called,
        )
        .join(Instance, (Instance.tenant_id == History.tenant_id) & (Instance.id == History.instance_id))
        .outerjoin(Person, Person.id == History.person_id)
        .where(History.tenant_id == office, History.instance_id.in_(page), History.at <= until)
        .order_by(Instance.number, History.sequence)
    )  # fmt: skip
    return db.session.execute(found).all()


def told(office: str, row: Row[*tuple[Any, ...]], offered: Mapping[str, object]) -> Told:
    """Return what a line names, in the words of the version that its case runs on and of what forms `offered`."""
    if not row.process_key:
        return Told()
    called = row.called.get(row.process_key)
    version = UUID(called) if called else row.definition_id
    diagram, values = catalogue.diagram(office, version), row.body.get("values")
    node = diagram.nodes.get(row.element)
    answers: tuple[Shown, ...] = ()
    if values and row.person_id is not None and row.kind not in WITHOUT_FORM:
        form = catalogue.deployed(office, version).forms[(node or diagram.start).form]
        answers = tuple(forms.shown(form, values, offered))
    sop = diagram.properties.get("sop.judul") or diagram.name
    return Told(sop, node.name if node else "", node.order if node else 0, answers)


def _row(export: Export) -> ExportRow:
    ended = export.ended_at
    if ended is not None:
        state = "failed" if export.has_failed else "done"
    else:
        state = "running" if export.attempt else "waiting"
    percent = 100 if state == "done" else min(99, 100 * export.done // max(1, export.total))
    return ExportRow(export.id, export.asked_at, state, percent, export.size, ended + KEPT if ended else None)
