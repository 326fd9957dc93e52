"""Lines of the step map as SVG."""

from collections.abc import Sequence

Points = Sequence[tuple[float, float]]


def path(points: Points) -> str:
    """Return the drawing commands of a line through points."""
    return "M" + "L".join(f"{x:g} {y:g}" for x, y in points)


def arrowhead(points: Points, length: float = 7, half: float = 4) -> str:
    """Return a triangle at the end of a line of straight pieces; SVG markers go astray in some printers."""
    (before_x, before_y), (x, y) = points[-2:]
    dx = (x > before_x) - (x < before_x)
    dy = 0 if dx else (y > before_y) - (y < before_y)
    back_x, back_y = x - dx * length, y - dy * length
    return path([(x, y), (back_x - dy * half, back_y - dx * half), (back_x + dy * half, back_y + dx * half)]) + "z"
