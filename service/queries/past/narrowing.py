"""Conditions of a question, and the page of rows that is asked for."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select

Order = Sequence[tuple[str, bool]]
"""Names of fields, each with whether it runs downwards."""


@dataclass(frozen=True, slots=True)
class Span:
    """Between two moments, neither of them included; without one it has no end there."""

    after: datetime | None = None
    before: datetime | None = None

    def has(self, moment: datetime | None) -> bool:
        """Tell whether a moment lies in it; what has not come yet lies only in one without ends."""
        if moment is None:
            return self == ALWAYS
        return (self.after is None or moment > self.after) and (self.before is None or moment < self.before)


ALWAYS = Span()


@dataclass(frozen=True, slots=True)
class Page:
    """Which rows of a list, and how it is sorted."""

    order: Order = ()
    first: int = 0
    most: int = 1


def asked(conditions: Iterable[tuple[object, ColumnElement[bool]]]) -> list[ColumnElement[bool]]:
    """Return the conditions of which something is asked."""
    return [condition for value, condition in conditions if value is not None]


def within(column: Any, span: Span) -> list[ColumnElement[bool]]:  # noqa: ANN401 - a column of any model
    """Return the conditions that a moment lies in a span."""
    after = [column > span.after] if span.after is not None else []
    return [*after, *([column < span.before] if span.before is not None else [])]


def cut(rows: Select[*tuple[Any, ...]], columns: Mapping[str, Any], page: Page, *last: Any) -> Select[*tuple[Any, ...]]:  # noqa: ANN401 - columns
    """Sort rows as asked and keep one page; `last` decides between those that are alike."""
    sorted_by = [columns[name].desc() if down else columns[name] for name, down in page.order]
    return rows.order_by(*sorted_by, *last).offset(page.first).limit(page.most)
