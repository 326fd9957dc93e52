"""What every list of the history has in common: how it is narrowed down, paged and counted, and who was shown it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Generic, TypeVar
from uuid import UUID

from flask import Response, jsonify, request

from service.queries.past.narrowing import Page, Span
from service.rest import reading
from service.rest.reading import Fields
from service.web import auth
from service.web.admin import readings

Sought = TypeVar("Sought")
Row = TypeVar("Row")
MILLISECOND = timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True)
class Listing(Generic[Sought, Row]):
    """How one resource is listed."""

    orders: Sequence[str]
    read: Callable[[Fields], Sought | None]
    """Which rows are meant, None for such as nobody has."""
    found: Callable[[Sought, Page], Sequence[Row]]
    count: Callable[[Sought], int]
    shown: Callable[[Row], Mapping[str, Any]]

    def by_address(self) -> Response:
        """Answer with the rows that the address asks for; some clients send an empty body with it."""
        if request.content_length:
            reading.body().end()
        return self._listed(reading.query(), None)

    def by_body(self) -> Response:
        """Answer with the rows that a body asks for; the page stands in the address."""
        return self._listed(reading.body(), reading.query())

    def counted_by_address(self) -> Response:
        """Count the rows that the address asks for."""
        return self._counted(reading.query())

    def counted_by_body(self) -> Response:
        """Count the rows that a body asks for."""
        return self._counted(reading.body())

    def _listed(self, fields: Fields, address: Fields | None) -> Response:
        order = reading.order(fields, self.orders)
        first, most = reading.page(address or fields)
        sought = self._read(fields)
        if address is not None:
            address.without_effect("deserializeValues")
            address.end()
        rows = self.found(sought, Page(order, first, most)) if sought is not None else ()
        return jsonify([self.shown(row) for row in rows])

    def _counted(self, fields: Fields) -> Response:
        sought = self._read(fields)
        return jsonify(count=self.count(sought) if sought is not None else 0)

    def _read(self, fields: Fields) -> Sought | None:
        fields.without_effect("deserializeValues")
        sought = self.read(fields)
        fields.end()
        return sought


def cases(fields: Fields, *names: str) -> frozenset[UUID] | None:
    """Read of which cases rows are wanted; a list that names one case shows it as its page does."""
    found = reading.identifiers(either(*(_texts(fields, name) for name in names)))
    if found is not None and len(found) == 1:
        tell_of(next(iter(found)))
    return found


def tell_of(case: UUID) -> None:
    """Let it be written down that an auditor was shown a case."""
    readings.about(case_id=case)


def definitions(fields: Fields, *names: str) -> frozenset[UUID] | None:
    """Read which versions are meant, by the ids that the dialect writes."""
    texts = either(*(_texts(fields, name) for name in names))
    return reading.identifiers(None if texts is None else frozenset(text.rpartition(":")[2] for text in texts))


def words(fields: Fields, *names: str) -> frozenset[str] | None:
    """Read one word or several by the names of their fields, all of which have to fit."""
    return either(*(_texts(fields, name) for name in names))


def word(fields: Fields, name: str) -> str | None:
    """Read a text that has to be the same."""
    return fields.text(name) or None


def span(fields: Fields, after: str, before: str) -> Span:
    """Read between which moments something lies."""
    return Span(fields.moment(after), fields.moment(before))


def around(fields: Fields, name: str) -> Span:
    """Read between which moments something lies: before, after, or to the millisecond as it is written."""
    exact, between = fields.moment(name), span(fields, f"{name}After", f"{name}Before")
    if exact is None:
        return between
    after = exact - MILLISECOND if between.after is None else max(between.after, exact - MILLISECOND)
    before = exact + MILLISECOND if between.before is None else min(between.before, exact + MILLISECOND)
    return Span(after, before)


def statuses(fields: Fields, meant: Mapping[str, frozenset[str]]) -> frozenset[str] | None:
    """Read by flags how something has to stand; several flags leave what all of them mean."""
    return either(*(status for name, status in meant.items() if fields.flag(name)))


def is_elsewhere(fields: Fields) -> bool:
    """Tell whether another office is asked about, of which nothing is ever found."""
    offices = fields.texts("tenantIdIn")
    fields.without_effect("withoutTenantId")
    return offices is not None and auth.actor().office not in offices


def either(*found: frozenset[str] | None) -> frozenset[str] | None:
    """Return what all of these have in common, None where nothing was asked."""
    given = [one for one in found if one is not None]
    return frozenset.intersection(*given) if given else None


def milliseconds(start: datetime, end: datetime | None) -> int | None:
    """Return how long something took, None while it goes on."""
    return None if end is None else (end - start) // MILLISECOND


def _texts(fields: Fields, name: str) -> frozenset[str] | None:
    """Read a field of one text, or of several where its name says so."""
    if name.endswith(("In", "Ids")):
        return fields.texts(name)
    text = fields.text(name)
    return frozenset({text}) if text else None
