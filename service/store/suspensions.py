"""Cases in which nothing goes on for a while."""

from collections.abc import Mapping

from sqlalchemy import update

from service.models import Instance, db
from service.store.history import Fact, add_lines
from service.store.instances import advance

RUNS_ON: Mapping[str, object] = {"suspended_at": None, "suspended_by": "", "suspension": ""}
"""Columns of a case that is not suspended."""


def set_suspension(instance: Instance, fact: Fact, *, suspended: bool) -> None:
    """Suspend a case or let it go on, with its history line.

    Raises:
        InstanceChanged: somebody else saved this case first.

    """
    advance(instance, lines=instance.lines + 1)
    reason = fact.body["reason"]
    told = {"suspended_at": fact.at, "suspended_by": fact.position, "suspension": reason} if suspended else RUNS_ON
    write(instance, told)
    add_lines(instance, instance.lines + 1, [fact])
    db.session.commit()


def write(instance: Instance, told: Mapping[str, object]) -> None:
    """Write what is told of a suspension, in the transaction that moved the case on."""
    own = (Instance.tenant_id == instance.tenant_id, Instance.id == instance.id)
    db.session.execute(update(Instance).where(*own).values(told).execution_options(synchronize_session=False))
