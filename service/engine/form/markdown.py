"""The small Markdown of text components, with `{{ expression }}`; values can never become markup."""

import re
from collections.abc import Iterator
from typing import Final

from service.engine.expression import Expression, ExpressionInvalid, compile_expression
from service.engine.form.model import Block, Span

_TEMPLATE: Final = re.compile(r"\{\{(.*?)\}\}", re.DOTALL)
_HEADING: Final = re.compile(r"#{1,6} +(.*?)(?: +#+)?$")
_ITEM: Final = re.compile(r" {0,3}(?:([-*+])|[0-9]{1,3}[.)]) +(.*)$")
_LOOK: Final = re.compile(r"(\*\*|__|\*|\b_|_\b)")
_HOLD: Final = "\ue000"
_HELD: Final = re.compile(_HOLD + r"([0-9]+)" + _HOLD)


def read_text(source: str) -> tuple[Block, ...]:
    """Cut a text into blocks and spans; raise ExpressionInvalid for a template that is not supported."""
    expressions: list[Expression] = []

    def hold(match: re.Match[str]) -> str:
        expressions.append(_template(match[1]))
        return f"{_HOLD}{len(expressions) - 1}{_HOLD}"

    held = _TEMPLATE.sub(hold, source.replace(_HOLD, "").replace("\r\n", "\n").replace("\r", "\n"))
    return tuple(
        Block(kind, tuple(tuple(_spans(line, expressions)) for line in lines)) for kind, lines in _blocks(held)
    )


def _template(inside: str) -> Expression:
    if inside.strip()[:1] in {"#", "/", "{"}:
        raise ExpressionInvalid(
            1,
            f"Templat {{{{{inside.strip()[:20]}}}}} tidak didukung; hanya {{{{ekspresi}}}}.",
            f"The template {{{{{inside.strip()[:20]}}}}} is not supported; only {{{{expression}}}} is.",
        )
    return compile_expression(inside.strip())


def _blocks(source: str) -> Iterator[tuple[str, list[str]]]:
    """Yield kind and lines of each block; lines of a paragraph stay lines."""
    kind, lines = "", list[str]()
    for line in [*source.split("\n"), ""]:
        new_kind, content = _line(line)
        # A line after an item, without its own sign, goes on with that item.
        if new_kind == "p" and kind in {"ul", "ol"} and line.startswith(" "):
            lines[-1] += " " + content.strip()
            continue
        if new_kind != kind or kind == "h":
            if kind:
                yield kind, lines
            kind, lines = new_kind, []
        if new_kind:
            lines.append(content)


def _line(line: str) -> tuple[str, str]:
    if not line.strip():
        return "", ""
    heading = _HEADING.match(line)
    if heading:
        return "h", heading[1]
    item = _ITEM.match(line)
    if item:
        return ("ul" if item[1] else "ol"), item[2].strip()
    return "p", line.strip()


def _spans(line: str, expressions: list[Expression]) -> Iterator[Span]:
    strong = emphasis = False
    parts = _LOOK.split(line)
    for place, part in enumerate(parts):
        if place % 2 and _pairs(parts, place, part, open_already=strong if len(part) == 2 else emphasis):  # noqa: PLR2004 - ** or __
            if len(part) == 2:  # noqa: PLR2004 - ** or __
                strong = not strong
            else:
                emphasis = not emphasis
        elif part:
            yield from _pieces(part, strong, emphasis, expressions)


def _pairs(parts: list[str], place: int, sign: str, *, open_already: bool) -> bool:
    """Tell whether a sign opens or closes something; a lone star stays a star."""
    return open_already or sign in parts[place + 2 :: 2]


def _pieces(text: str, strong: bool, emphasis: bool, expressions: list[Expression]) -> Iterator[Span]:  # noqa: FBT001 - the look of a span
    for place, piece in enumerate(_HELD.split(text)):
        if place % 2:
            yield Span("", strong, emphasis, expressions[int(piece)])
        elif piece:
            yield Span(piece, strong, emphasis)
