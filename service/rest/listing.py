"""What lists of the dialect have in common: whether our office is asked about, and who was shown a case by them."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Generic, TypeVar
from uuid import UUID

from service.rest.reading import Fields
from service.web import auth
from service.web.admin import readings

Sought = TypeVar("Sought")
Order = list[tuple[str, bool]]
"""Names of fields, each with whether it runs downwards."""


@dataclass(frozen=True, slots=True)
class Wanted(Generic[Sought]):
    """Which rows are asked for."""

    sought: Sought | None
    """None stands for such as nobody has."""
    offices: frozenset[str] | None

    def here(self) -> Sought | None:
        """Return which rows of the office of the token are meant."""
        is_ours = self.offices is None or auth.actor().office in self.offices
        return self.sought if is_ours else None


def wanted(fields: Fields, sought: Sought | None) -> Wanted[Sought]:
    """Read which offices are asked about beside which rows."""
    fields.without_effect("withoutTenantId")
    return Wanted(sought, fields.texts("tenantIdIn"))


def tell(cases: Collection[UUID] | None) -> None:
    """Say which case a list shows as its page does, if it is narrowed down to one."""
    if cases is not None and len(cases) == 1:
        readings.about(case_id=next(iter(cases)))
