"""Cases as rows: found, made, moved on by one version."""

from datetime import datetime
from typing import Any, cast
from uuid import UUID

from sqlalchemy import CursorResult, update

from service.errors import InstanceChanged, NotFound
from service.models import (
    Instance,
    db,
    new_id,
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
    result = db.session.execute(
        update(Instance)
        .where(
            Instance.tenant_id == instance.tenant_id,
            Instance.id == instance.id,
            Instance.version == instance.version,
        )
        .values(version=instance.version + 1, **values)
        .execution_options(synchronize_session=False)
    )
    if cast("CursorResult[Any]", result).rowcount != 1:
        db.session.rollback()
        raise InstanceChanged(instance=instance.id)


def instance_row(office: str, now: datetime, **columns: object) -> Instance:
    """Build the row of a new case; `add_instance` saves it."""
    return Instance(tenant_id=office, id=new_id(now), version=1, started_at=now, **columns)
