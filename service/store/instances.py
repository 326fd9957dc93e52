"""Cases as rows: found, made, moved on by one version."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import bindparam, update

from service import metrics
from service.errors import InstanceChanged, NotFound
from service.models import (
    Instance,
    db,
    new_id,
)

_ADVANCE = update(Instance).where(
    Instance.tenant_id == bindparam("office"),
    Instance.id == bindparam("case"),
    Instance.version == bindparam("seen"),
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


def advance(instance: Instance, **values: object) -> None:
    """Move the case on by one version: the first statement of the write transaction, so that a loser learns early."""
    row = {"office": instance.tenant_id, "case": instance.id, "seen": instance.version}
    moved = db.session.connection().execute(_ADVANCE, {**row, "version": instance.version + 1, **values})
    if moved.rowcount != 1:
        db.session.rollback()
        metrics.CONFLICTS.inc()
        raise InstanceChanged(instance=instance.id)


def instance_row(office: str, now: datetime, **columns: object) -> Instance:
    """Build the row of a new case; `add_instance` saves it."""
    return Instance(tenant_id=office, id=new_id(now), version=1, started_at=now, **columns)
