"""Items of Kelengkapan and Output as the model writes them: the printed words, and a marker in brackets behind them."""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from service.engine.diagram import Node

Side = Literal["kelengkapan", "output"]
Kind = Literal["", "berkas", "data"]
SIDES: tuple[Side, ...] = ("kelengkapan", "output")
REQUIRED = "wajib"
_MARKED = re.compile(r"(?P<text>[^\[\]]*[^\[\]\s])\s*\[(?P<words>[^\[\]]*)\]")
_KEY = re.compile(r"[A-Za-z_]\w{0,127}", re.ASCII)
_STEP = re.compile(r"[A-Za-z_][\w.-]{0,127}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that a step needs or yields."""

    side: Side
    number: int
    """Its place in the list, from 0."""
    text: str
    """As printed."""
    is_required: bool = False
    kind: Kind = ""
    key: str = ""
    """The question of a form whose answer it is."""
    step: str = ""
    """The step whose outputs it is, instead of a key."""
    faults: tuple[str, ...] = ()
    """Words of the marker that say nothing."""

    @property
    def is_followed(self) -> bool:
        """Tell whether the model says what fulfils it."""
        return bool(self.key or self.step)


def items_of(node: Node, side: Side) -> tuple[Item, ...]:
    """Return the items of a step in their order; a marker that cannot be read counts as printed words."""
    return read(node.properties.get(f"sop.{side}", ""), side)


@lru_cache(maxsize=4_096)
def read(text: str, side: Side) -> tuple[Item, ...]:
    """Read a list of items separated by semicolons."""
    parts = [part.strip() for part in text.split(";")]
    return tuple(_item(part, side, number) for number, part in enumerate(part for part in parts if part))


def printed(text: str) -> tuple[str, ...]:
    """Return what the SOP prints of a list: its items without their markers."""
    return tuple(item.text for item in read(text, "output"))


def _item(part: str, side: Side, number: int) -> Item:
    match = _MARKED.fullmatch(part)
    if match is None:
        return Item(side, number, part, faults=(part,) if _is_torn(part) else ())
    is_required = False
    sources: dict[str, str] = {}
    faults: list[str] = []
    for word in map(str.strip, match["words"].split(",")):
        name, _, value = (piece.strip() for piece in word.partition(":"))
        pattern = {"berkas": _KEY, "data": _KEY, "dari": _STEP}.get(name)
        if word == REQUIRED and not is_required:
            is_required = True
        elif pattern is not None and pattern.fullmatch(value) and not sources:
            sources[name] = value
        else:
            faults.append(word)
    if faults:
        return Item(side, number, part, faults=tuple(faults))
    kind: Kind = "berkas" if "berkas" in sources else "data" if "data" in sources else ""
    key = sources.get("berkas") or sources.get("data") or ""
    return Item(side, number, match["text"], is_required, kind, key, sources.get("dari", ""))


def _is_torn(part: str) -> bool:
    """Tell whether a marker was cut in two, by a semicolon inside it, or stands alone."""
    return part.count("[") != part.count("]") or part.startswith("[")
