"""An operation: what it reads, said beside its route, is read before it runs and told by the description."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from inspect import signature
from typing import Any

from flask import jsonify
from werkzeug.wrappers import Response

from service.rest import reading
from service.rest.dialect import done
from service.rest.outline import Reader
from service.rest.reading import Fields

_OPERATION = "operation"
View = Callable[..., Any]


def nothing(_fields: Fields) -> None:
    """Read nothing, so that whatever was sent is refused."""


@dataclass(frozen=True, slots=True)
class Operation:
    """How an operation is asked."""

    view: View
    query: Reader
    body: Reader
    form: Reader
    wants: frozenset[str]
    """What the view is handed of it."""
    is_repeatable: bool
    """Whether the same request with a key is carried out once, see `repeats`."""


def operation(
    *, query: Reader = nothing, body: Reader = nothing, form: Reader = nothing, is_repeatable: bool = False
) -> Callable[[View], Callable[..., Response]]:
    """Declare by which functions the address, the JSON body or the fields of a form are read.

    What each of them returns is handed to the view as `query`, `body` or `form`; what none of them takes is refused.
    The view returns what is answered: None for nothing, a `Response` for what is no JSON.
    """

    def declare(view: View) -> Callable[..., Response]:
        asked = Operation(view, query, body, form, frozenset(signature(view).parameters), is_repeatable)

        @wraps(view)
        def answered(**things: Any) -> Response:  # noqa: ANN401 - as the address names them
            return _answer(view(**things, **_sent(asked)))

        setattr(answered, _OPERATION, asked)
        return answered

    return declare


def of(view: View) -> Operation | None:
    """Return what an operation says of itself, None where a view is none."""
    found: Operation | None = getattr(view, _OPERATION, None)
    return found


def _sent(asked: Operation) -> dict[str, Any]:
    sent = {}
    if asked.form is nothing:
        readers = (("query", asked.query, reading.query), ("body", asked.body, reading.body))
    else:
        readers = (("query", asked.query, reading.query), ("form", asked.form, reading.form))
    for name, read, source in readers:
        fields = source()
        found = read(fields)
        fields.end()
        if name in asked.wants:
            sent[name] = found
    return sent


def _answer(told: object) -> Response:
    if told is None:
        return done()
    return told if isinstance(told, Response) else jsonify(told)
