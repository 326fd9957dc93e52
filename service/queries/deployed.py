"""Deployed versions and what came with each, as programs ask for them. An office has some hundreds at most."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from service import catalogue
from service.engine.assignment import Actor, Role
from service.errors import NotFound
from service.models import Definition, DefinitionDecision, DefinitionForm, db


@dataclass(frozen=True, slots=True)
class Version:
    """A deployed version of a process."""

    id: UUID
    key: str
    version: int
    name: str
    file: str
    deployed_at: datetime
    deployment: UUID
    """What was deployed at once: the first id among it."""
    is_released: bool
    """Whether cases may be started with it, or could until there was a newer one."""
    is_in_force: bool
    """Whether new cases are started with it, unless it is suspended."""
    is_suspended: bool
    """Whether nobody starts it for now."""

    @property
    def is_active(self) -> bool:
        """Tell whether it was released and nobody suspended it."""
        return self.is_released and not self.is_suspended

    @property
    def is_startable(self) -> bool:
        """Tell whether new cases are started with it now."""
        return self.is_in_force and not self.is_suspended


@dataclass(frozen=True, slots=True)
class Deployment:
    """What was deployed at once."""

    id: UUID
    at: datetime
    versions: tuple[Version, ...]

    @property
    def name(self) -> str:
        """Return the names of its processes."""
        return ", ".join(version.name for version in self.versions)


def versions(actor: Actor) -> tuple[Version, ...]:
    """Return every version that the actor may see, by key, the newest first.

    Who is staff only sees none that never was in force.
    """
    columns = (
        Definition.id, Definition.key, Definition.version, Definition.name, Definition.file, Definition.deployed_at,
        Definition.released_at, Definition.suspended_at,
    )  # fmt: skip
    found = db.session.execute(
        select(*columns).where(Definition.tenant_id == actor.office).order_by(Definition.key, Definition.version.desc())
    ).all()
    first: dict[datetime, UUID] = {}
    in_force: dict[str, int] = {}
    for row in found:
        first[row.deployed_at] = min(first.get(row.deployed_at, row.id), row.id)
        if row.released_at is not None:
            in_force.setdefault(row.key, row.version)
    return tuple(
        Version(
            id=row.id,
            key=row.key,
            version=row.version,
            name=row.name,
            file=row.file.rpartition("/")[2],
            deployed_at=row.deployed_at,
            deployment=first[row.deployed_at],
            is_released=row.released_at is not None,
            is_in_force=in_force.get(row.key) == row.version,
            is_suspended=row.suspended_at is not None and in_force.get(row.key) == row.version,
        )
        for row in found
        if row.released_at is not None or actor.roles != {Role.STAFF}
    )


def version(actor: Actor, definition_id: UUID) -> Version:
    """Return one version.

    Raises:
        NotFound: the office has none, or not for this actor.

    """
    found = next((one for one in versions(actor) if one.id == definition_id), None)
    if found is None:
        raise NotFound(f"process definition with id {definition_id} does not exist")
    return found


def newest(actor: Actor, key: str) -> Version:
    """Return the version of a process that is in force, the newest if none is.

    Raises:
        NotFound: the office has no such process, or not for this actor.

    """
    found = [one for one in versions(actor) if one.key == key]
    if not found:
        raise NotFound(f"process definition with key {key[:100]} does not exist")
    return next((one for one in found if one.is_in_force), found[0])


def content(actor: Actor, definition_id: UUID) -> bytes:
    """Return the diagram of a version.

    Raises:
        NotFound: as `version`.

    """
    return db.session.get_one(Definition, (actor.office, version(actor, definition_id).id)).content


def form(actor: Actor, definition_id: UUID, form_id: str) -> bytes:
    """Return a form that was deployed with a version.

    Raises:
        NotFound: there is none.

    """
    found = db.session.get(DefinitionForm, (actor.office, definition_id, form_id))
    if found is None:
        raise NotFound(f"form {form_id} does not exist")
    return found.content


def start_form(actor: Actor, definition_id: UUID) -> str:
    """Return the id of the form that begins a case of a version, nothing where it asks for nothing."""
    return catalogue.diagram(actor.office, definition_id).start_form


def deployments(actor: Actor) -> tuple[Deployment, ...]:
    """Return what was deployed at once, the newest first."""
    together: dict[UUID, list[Version]] = {}
    for one in versions(actor):
        together.setdefault(one.deployment, []).append(one)
    found = [Deployment(key, parts[0].deployed_at, tuple(parts)) for key, parts in together.items()]
    return tuple(sorted(found, key=lambda one: one.at, reverse=True))


def deployment(actor: Actor, deployment_id: UUID) -> Deployment:
    """Return one deployment.

    Raises:
        NotFound: the office has none, or not for this actor.

    """
    found = next((one for one in deployments(actor) if one.id == deployment_id), None)
    if found is None:
        raise NotFound(f"deployment with id {deployment_id} does not exist")
    return found


def resources(actor: Actor, deployment_id: UUID) -> list[tuple[str, bytes]]:
    """Return name and content of every file of a deployment, by name.

    Raises:
        NotFound: as `deployment`.

    """
    files: dict[str, bytes] = {}
    for one in deployment(actor, deployment_id).versions:
        files |= dict(files_of(db.session.get_one(Definition, (actor.office, one.id))))
    return sorted(files.items())


def files_of(definition: Definition) -> Iterator[tuple[str, bytes]]:
    """Yield name and content of the diagram of a version and of what came with it."""
    yield definition.file.rpartition("/")[2], definition.content
    forms = (DefinitionForm.tenant_id == definition.tenant_id, DefinitionForm.definition_id == definition.id)
    for row in db.session.execute(select(DefinitionForm.form_id, DefinitionForm.content).where(*forms)):
        yield f"{row.form_id}.form", row.content
    tables = (
        DefinitionDecision.tenant_id == definition.tenant_id,
        DefinitionDecision.definition_id == definition.id,
    )
    for row in db.session.execute(select(DefinitionDecision.file, DefinitionDecision.content).where(*tables)):
        yield row.file.rpartition("/")[2], row.content
