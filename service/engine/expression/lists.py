"""Functions on lists."""

from collections.abc import Callable
from decimal import Decimal
from functools import cmp_to_key

from service.engine.expression.refusals import too_large
from service.engine.expression.values import ITEMS, NUMBERS, Run, Value, equal, finite, lift, ordered


def count(_run: Run, items: list[object]) -> Value:
    """Count items."""
    return Decimal(len(items))


def total(_run: Run, *numbers: Decimal) -> Value:
    """Add numbers; of no numbers there is no sum."""
    if not numbers:
        return None
    total = Decimal(0)
    for number in numbers:
        total = NUMBERS.add(total, number)
    return finite(total)


def mean(run: Run, *numbers: Decimal) -> Value:
    """Return the average."""
    added = total(run, *numbers)
    return finite(NUMBERS.divide(added, Decimal(len(numbers)))) if isinstance(added, Decimal) else None


def extreme(sign: str) -> Callable[..., Value]:
    """Return a function that finds the least or the greatest of values that have an order."""

    def compute(_run: Run, *values: Value) -> Value:
        best: Value = values[0] if values else None
        if ordered("<=", best, best) is None:
            return None
        for value in values[1:]:
            better = ordered(sign, value, best)
            if better is None:
                return None
            best = value if better else best
        return best

    return compute


def conjunction(_run: Run, *values: Value) -> Value:
    """Join by and."""
    if False in [value for value in values if isinstance(value, bool)]:
        return False
    return True if all(value is True for value in values) else None


def disjunction(_run: Run, *values: Value) -> Value:
    """Join by or."""
    if True in [value for value in values if isinstance(value, bool)]:
        return True
    return False if all(value is False for value in values) else None


def list_contains(run: Run, items: list[object], wanted: Value) -> Value:
    """Tell whether an item is among others."""
    return any(equal(run, lift(item), wanted) is True for item in items)


def places(run: Run, items: list[object], wanted: Value) -> Value:
    """Return the places of an item, counted from 1."""
    return [Decimal(place) for place, item in enumerate(items, 1) if equal(run, lift(item), wanted) is True]


def distinct(run: Run, items: list[object]) -> Value:
    """Keep the first of equal items."""
    seen: set[tuple[type, object]] = set()
    kept: list[object] = []
    nested: list[Value] = []
    for item in map(lift, items):
        if isinstance(item, list | dict):
            run.spend(len(nested))
            if not any(equal(run, item, other) is True for other in nested):
                nested.append(item)
                kept.append(item)
        elif (type(item), item) not in seen:
            seen.add((type(item), item))
            kept.append(item)
    return kept


def concatenate(run: Run, *lists: list[object]) -> Value:
    """Join lists."""
    joined = [item for items in lists for item in items]
    return bounded(run, joined)


def append(run: Run, items: list[object], *more: Value) -> Value:
    """Add items at the end."""
    return bounded(run, [*items, *more])


def union(run: Run, *lists: list[object]) -> Value:
    """Join lists, keeping the first of equal items."""
    return distinct(run, [item for items in lists for item in items])


def flatten(run: Run, items: list[object]) -> Value:
    """Open lists in lists."""
    flat: list[object] = []
    waiting = list(reversed(items))
    while waiting:
        run.spend(1)
        item = waiting.pop()
        if isinstance(item, list):
            run.spend(len(item))
            waiting.extend(reversed(item))
        else:
            flat.append(item)
    return bounded(run, flat)


def bounded(run: Run, items: list[object]) -> Value:
    """Refuse a list that became too long."""
    run.spend(len(items))
    if len(items) > ITEMS:
        raise too_large()
    return items


def sorted_list(run: Run, items: list[object]) -> Value:
    """Sort values of one kind in ascending order; anything else is null."""
    values = [lift(item) for item in items]
    run.spend(4 * len(values))
    numbers = [value for value in values if isinstance(value, Decimal)]
    texts = [value for value in values if isinstance(value, str)]
    if len(numbers) == len(values):
        return list[object](sorted(numbers))
    if len(texts) == len(values):
        return list[object](sorted(texts))
    run.spend(20 * len(values))
    first = values[0]
    if any(isinstance(value, str) or ordered("<", value, first) is None for value in values):
        return None
    return list[object](sorted(values, key=cmp_to_key(_order)))


def _order(left: object, right: object) -> int:
    return -1 if ordered("<", lift(left), lift(right)) else int(ordered(">", lift(left), lift(right)) is True)


def reversed_list(_run: Run, items: list[object]) -> Value:
    """Turn the order round."""
    return items[::-1]


def sublist(_run: Run, items: list[object], start: Decimal, length: Decimal | None = None) -> Value:
    """Cut a part out of a list."""
    part = part_of(len(items), start, length)
    return None if part is None else items[part]


def part_of(size: int, start: Decimal, length: Decimal | None) -> slice | None:
    """Turn a start counted from 1 (negative: from the end) and a length into a slice; null where there is none."""
    if start == 0 or start != start.to_integral_value() or abs(start) > ITEMS * 100:
        return None
    first = int(start) - 1 if start > 0 else max(0, size + int(start))
    if length is None:
        return slice(first, None)
    return slice(first, first + max(0, int(min(length, Decimal(size)))))
