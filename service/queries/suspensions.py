"""What pages say of a case in which nothing goes on for a while."""

from dataclasses import dataclass
from datetime import datetime

from service.models import Instance


@dataclass(frozen=True, slots=True)
class Suspension:
    """Since when a case is suspended, by whom and why."""

    since: datetime
    by: str
    """Position."""
    reason: str
    """Empty when a program did it."""


def suspension_of(instance: Instance) -> Suspension | None:
    """Return what is told of a suspended case, nothing of any other."""
    if instance.suspended_at is None:
        return None
    return Suspension(instance.suspended_at, instance.suspended_by, instance.suspension)
