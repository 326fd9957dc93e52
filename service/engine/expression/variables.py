"""Which variables an expression reads."""

from collections.abc import Iterator
from dataclasses import fields, is_dataclass

from service.engine.expression.loops import Filter, For, Quantified
from service.engine.expression.tree import ContextLiteral, Name


def parts(node: object) -> list[object]:
    """Return the direct parts of a node, in order."""
    found: list[object] = []
    for item in fields(node) if is_dataclass(node) and not isinstance(node, type) else ():
        value = getattr(node, item.name)
        found += value if isinstance(value, tuple) else [value]
    return found


def names(node: object, bound: frozenset[str] = frozenset(), *, filtered: bool = False) -> Iterator[tuple[str, bool]]:
    """Yield every name read that is not bound inside, and whether it may be a field of an item being filtered."""
    match node:
        case Name(name):
            if name not in bound:
                yield name, filtered
        case For(iterators, body) | Quantified(iterators, body):
            for each in iterators:
                yield from names(each.source, bound, filtered=filtered)
                yield from names(each.end, bound, filtered=filtered)
                bound |= {each.name}
            yield from names(body, bound, filtered=filtered)
        case Filter(target, condition):
            yield from names(target, bound, filtered=filtered)
            yield from names(condition, bound | {"item"}, filtered=True)
        case ContextLiteral(entries):
            for key, entry in entries:
                yield from names(entry, bound, filtered=filtered)
                bound |= {key}
        case _:
            for part in parts(node):
                yield from names(part, bound, filtered=filtered)
