"""Cases as rows: found, made, moved on by one version."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import cache
from typing import NoReturn
from uuid import UUID

from psycopg.errors import DeadlockDetected
from sqlalchemy import bindparam, select, update
from sqlalchemy.exc import IntegrityError, OperationalError

from service import metrics
from service.errors import CaseSuspended, InstanceChanged, NotFound
from service.models import (
    Instance,
    db,
    new_id,
)
from service.prepared import Prepared, Unmet, together

_VERSION = Prepared(
    select(Instance.version).where(Instance.tenant_id == bindparam("office"), Instance.id == bindparam("case"))
)


def get_instance(office: str, instance_id: UUID) -> Instance:
    """Return a case of the office.

    Raises:
        NotFound: the office has no such case.

    """
    instance = db.session.get(Instance, (office, instance_id))
    if instance is None:
        raise NotFound(instance=instance_id)
    return instance


def require_active(instance: Instance) -> None:
    """Refuse to let anything go on in a case that is suspended.

    Raises:
        CaseSuspended: with who suspended it, when and why.

    """
    if instance.suspended_at is not None:
        raise CaseSuspended(
            instance=instance.id,
            title=instance.title,
            at=instance.suspended_at,
            by=instance.suspended_by,
            reason=instance.suspension,
        )


@contextmanager
def locked(changed: InstanceChanged) -> Iterator[None]:
    """Keep others off a case that somebody was faster on, until the block commits or fails; SQLite has no such lock."""
    facts = changed.facts
    row = (Instance.tenant_id == facts["office"], Instance.id == facts["instance"])
    # no lock on its key: whoever saves papers of a task needs that while he holds the task
    db.session.execute(select(Instance.id).where(*row).with_for_update(key_share=True))
    try:
        yield
    except Exception:
        db.session.rollback()
        raise


def advance(instance: Instance, **values: object) -> None:
    """Move the case on by one version: the first statement of the write transaction, so that a loser learns early.

    Raises:
        InstanceChanged: somebody else saved this case first.

    """
    with advancing(instance, **values):
        pass


@contextmanager
def advancing(instance: Instance, **values: object) -> Iterator[None]:
    """Move the case on by one version, together with what is written in the block.

    Raises:
        InstanceChanged: somebody else saved this case first, or both waited for each other; nothing was written.

    """
    own, seen = {"office": instance.tenant_id, "case": instance.id}, instance.version
    new = {name: value for name, value in values.items() if value != getattr(instance, name)} | {"version": seen + 1}
    given = {f"new_{name}": value for name, value in new.items()}
    try:
        with together((_advance(*new), {**own, "seen": seen, **given})):
            yield
    except Unmet:
        _lose(instance)
    except IntegrityError:  # the faster one had written the same line of the history
        db.session.rollback()
        if any(row.version == seen for row in _VERSION.all(own)):
            raise
        _lose(instance)
    except OperationalError as error:
        if not isinstance(error.orig, DeadlockDetected):
            raise
        _lose(instance)


@cache
def _advance(*changed: str) -> Prepared:
    """Return what writes only what changed: SQLite makes every entry of an index anew whose column is named."""
    return Prepared(
        update(Instance)
        .where(
            Instance.tenant_id == bindparam("office"),
            Instance.id == bindparam("case"),
            Instance.version == bindparam("seen"),
        )
        .values({name: bindparam(f"new_{name}") for name in changed})
    )


def _lose(instance: Instance) -> NoReturn:
    db.session.rollback()
    metrics.CONFLICTS.inc()
    raise InstanceChanged(office=instance.tenant_id, instance=instance.id)


def instance_row(office: str, now: datetime, **columns: object) -> Instance:
    """Build the row of a new case; `add_instance` saves it."""
    return Instance(tenant_id=office, id=new_id(now), version=1, started_at=now, **columns)
