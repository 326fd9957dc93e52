"""What lists of the dialect have in common: how they are narrowed down, paged and counted, and who was shown them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import GenericAlias
from typing import Any, Generic, TypeVar, get_type_hints
from uuid import UUID

from flask import Blueprint

from service.engine.assignment import Role
from service.queries.past.narrowing import Order, Page, Span
from service.rest import reading
from service.rest.operations import View, nothing, operation
from service.rest.outline import Reader
from service.rest.reading import Fields
from service.rest.shapes import Count
from service.web import auth, policies
from service.web.admin import readings

Sought = TypeVar("Sought")
Row = TypeVar("Row")
Shown = TypeVar("Shown")
MOST_NAMED = 50
"""Cases of one answer that are written down by themselves."""
MILLISECOND = timedelta(milliseconds=1)
KINDS_OF_CASES = ("caseInstanceId", "caseExecutionId", "caseDefinitionId", "caseDefinitionKey")
"""Fields about what the dialect calls a case, of which there are none here."""


@dataclass(frozen=True, slots=True)
class Asked(Generic[Sought]):
    """Which rows are meant, and in which order."""

    sought: Sought
    cases: frozenset[UUID] | None
    offices: frozenset[str] | None
    is_nowhere: bool
    """Whether nothing is like that here."""
    order: Order


@dataclass(frozen=True, slots=True)
class Listing(Generic[Sought, Row, Shown]):
    """How one resource is listed."""

    found: Callable[[Sought, Page], Sequence[Row]]
    count: Callable[[Sought], int]
    shown: Callable[[Row], Shown]

    def rows(self, asked: Asked[Sought], page: reading.Page) -> list[Shown]:
        """Return one page; a list of cases that were named, or of one alone, shows them as their pages do."""
        if _is_nowhere(asked):
            return []
        shown = [self.shown(row) for row in self.found(asked.sought, Page(asked.order, *page))]
        tell_of_rows(asked.cases, shown)
        return shown

    def number(self, asked: Asked[Sought]) -> Count:
        """Return how many there are."""
        _tell_of(asked.cases)
        return {"count": 0 if _is_nowhere(asked) else self.count(asked.sought)}


def serve(
    blueprint: Blueprint,
    listed: Listing[Sought, Row, Shown],
    asked: Callable[[Fields], Asked[Sought]],
    what: str,
    *roles: Role,
    by_body: Reader | None = reading.page,
) -> None:
    """Serve a list and its length, asked for by the address and, with a reader of the page, by a body as well.

    `what` it lists is said in the description of the operations.
    """
    shape = GenericAlias(list, (get_type_hints(listed.shown)["return"],))

    def paged(fields: Fields) -> tuple[Asked[Sought], reading.Page]:
        return asked(fields), reading.page(fields)

    def rows(query: tuple[Asked[Sought], reading.Page]) -> list[Shown]:
        return listed.rows(*query)

    def number(query: Asked[Sought]) -> Count:
        return listed.number(query)

    def rows_by_body(query: reading.Page, body: Asked[Sought]) -> list[Shown]:
        return listed.rows(body, query)

    def number_by_body(body: Asked[Sought]) -> Count:
        return listed.number(body)

    def add(method: str, address: str, name: str, words: str, answer: View, **read: Reader) -> None:
        answer.__module__, answer.__doc__ = blueprint.import_name, words
        answer.__annotations__.update({part: get_type_hints(reader)["return"] for part, reader in read.items()})
        policy = policies.programs(*roles, whose=policies.Whose.OF_THE_OFFICE, only_looks=method == "POST")
        declared = operation(query=read.get("query", nothing), body=read.get("body", nothing))
        blueprint.add_url_rule(address, name, policy(declared(answer)), methods=[method])

    rows.__annotations__["return"] = rows_by_body.__annotations__["return"] = shape
    by_address = " by the address" if by_body else ""
    add("GET", "", "listed", f"List {what}{by_address}.", rows, query=paged)
    add("GET", "/count", "count", f"Count {what}{by_address}.", number, query=asked)
    if by_body:
        words = f"List {what} by a body; the page stands in the address."
        add("POST", "", "asked", words, rows_by_body, query=by_body, body=asked)
        add("POST", "/count", "asked_count", f"Count {what} by a body.", number_by_body, body=asked)


def page(fields: Fields) -> reading.Page:
    """Read which rows are wanted of what a body asks for."""
    fields.without_effect("deserializeValues")
    return reading.page(fields)


def cases(fields: Fields, *names: str) -> frozenset[UUID] | None:
    """Read of which cases rows are wanted, by the names of fields that all have to fit."""
    return reading.identifiers(words(fields, *names))


def definitions(fields: Fields, *names: str) -> frozenset[UUID] | None:
    """Read which versions are meant, by the ids that the dialect writes."""
    texts = words(fields, *names)
    return reading.identifiers(None if texts is None else frozenset(text.rpartition(":")[2] for text in texts))


def words(fields: Fields, *names: str) -> frozenset[str] | None:
    """Read one word or several by the names of their fields, all of which have to fit."""
    return either(*(_texts(fields, name) for name in names))


def word(fields: Fields, name: str) -> str | None:
    """Read a text that has to be the same."""
    return fields.sought(name) or None


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


def offices(fields: Fields) -> frozenset[str] | None:
    """Read whose rows are wanted; of another office than that of the token nothing is ever found."""
    fields.without_effect("withoutTenantId")
    return fields.texts("tenantIdIn")


def either(*found: frozenset[str] | None) -> frozenset[str] | None:
    """Return what all of these have in common, None where nothing was asked."""
    given = [one for one in found if one is not None]
    return frozenset.intersection(*given) if given else None


def milliseconds(start: datetime, end: datetime | None) -> int | None:
    """Return how long something took, None while it goes on."""
    return None if end is None else (end - start) // MILLISECOND


def tell_of(case: UUID) -> None:
    """Let it be written down that an auditor was shown a case."""
    readings.about(case_id=case)


def tell_of_rows(named: frozenset[UUID] | None, shown: Sequence[Any]) -> None:
    """Let it be written down which cases rows show that were asked for, or that one of which all of them are."""
    ids = {row.get("processInstanceId", row.get("id")) for row in shown}
    of_one = {UUID(row["processInstanceId"]) for row in shown if row.get("processInstanceId")}
    cases = {case for case in named if str(case) in ids} if named else of_one if len(of_one) == 1 else set()
    for case in sorted(cases)[:MOST_NAMED]:
        tell_of(case)


def _tell_of(found: frozenset[UUID] | None) -> None:
    if found is not None and len(found) == 1:
        tell_of(next(iter(found)))


def _is_nowhere(asked: Asked[Sought]) -> bool:
    return asked.is_nowhere or (asked.offices is not None and auth.actor().office not in asked.offices)


def _texts(fields: Fields, name: str) -> frozenset[str] | None:
    """Read a field of one text, or of several where its name says so."""
    if name.endswith(("In", "Ids")):
        return fields.texts(name)
    text = fields.sought(name)
    return frozenset({text}) if text else None
