"""Which variables a form supplies and which it reads, for the check of a whole process."""

from collections.abc import Iterator

from service.engine.expression import Expression
from service.engine.form.model import Field, Form, flat
from service.engine.form.settling import inner_fields


def names(form: Form) -> frozenset[str]:
    """Return the process variables that a form supplies; what only shows a variable supplies nothing."""
    return frozenset(entry.key for entry in inner_fields(form.fields) if not entry.mirrors)


def reads(form: Form) -> frozenset[str]:
    """Return the process variables that a form surely reads."""
    shown = {entry.key for entry in inner_fields(form.fields) if entry.mirrors}
    own = frozenset(entry.key for entry in inner_fields(form.fields))
    # At the top sop.awal is worked out before anything is answered, so even its own key means a variable.
    first = {name for entry in flat(form.fields) if entry.initial is not None for name in entry.initial.needs}
    return frozenset(_reads(form.fields, own)) | shown | first


def _reads(fields: tuple[Field, ...], bound: frozenset[str]) -> Iterator[str]:
    for entry in fields:
        # A computed field may go on from the variable of its own name.
        outside = bound - {entry.key} if entry.kind == "expression" else bound
        for expression in _expressions(entry):
            yield from expression.needs - outside
        if entry.kind == "group" and not entry.key:
            yield from _reads(entry.fields, bound)
        elif entry.kind != "table":
            inner = {child.key for child in inner_fields(entry.fields)}
            yield from _inner_reads(entry, bound | inner | {"this"})


def _inner_reads(entry: Field, bound: frozenset[str]) -> Iterator[str]:
    for child in flat(entry.fields):
        if child.initial is not None:
            yield from child.initial.needs - bound
    yield from _reads(entry.fields, bound)


def _expressions(entry: Field) -> Iterator[Expression]:
    found = [entry.hide, entry.options_from, entry.expression]
    found += [span.expression for block in entry.blocks for line in block.lines for span in line]
    yield from (expression for expression in found if expression is not None)
