"""Functions on numbers."""

from collections.abc import Callable
from decimal import Decimal
from typing import Final

from service.engine.expression.timeline import length
from service.engine.expression.values import NUMBERS, Run, Value, finite


def rounding(mode: str) -> Callable[..., Value]:
    """Return a function that rounds in one way to a number of digits."""

    def compute(_run: Run, number: Decimal, scale: Decimal | None = None) -> Value:
        places = Decimal(0) if scale is None else scale
        if places != places.to_integral_value() or abs(places) > _SCALE:
            return None
        rounded = number.quantize(Decimal(1).scaleb(-int(places)), rounding=mode, context=NUMBERS)
        # More digits than can be kept: there is nothing left to round.
        return number if rounded.is_nan() else rounded

    return compute


_SCALE: Final = 100


def modulo(_run: Run, dividend: Decimal, divisor: Decimal) -> Value:
    """Return the rest of a division; it has the sign of the divisor."""
    if not divisor:
        return None
    rest = finite(NUMBERS.remainder(dividend, divisor))
    # The result has the sign of the divisor.
    return NUMBERS.add(rest, divisor) if rest and (rest < 0) != (divisor < 0) else rest


def absolute(_run: Run, value: Value) -> Value:
    """Return a number or a duration without its sign."""
    if isinstance(value, Decimal):
        return NUMBERS.abs(value)
    return length(value)
