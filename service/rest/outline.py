"""What a reader would take: it is run over an outline instead of fields, and the outline keeps what it asked for.

So nothing is said twice: what `reading` refuses and what the description tells come from the same lines.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, TypeVar

from service.rest import reading
from service.rest.reading import Choice, Fields, Value
from service.rest.shapes import MOMENT, Schema

NO_EFFECT, ONLY_EMPTY = "has no effect here", "not supported here, may only be empty"
MILLISECONDS, COMMAS = "milliseconds", "several, with commas between"
Reader = Callable[[Fields], Any]
_NO_EXPRESSION = r"^(?![$#]\{)"
_WORD = rf"(?![$#]\{{)[^,]{{0,{reading.LONGEST_WORD}}}"
_WORDS = rf"^{_WORD}(,{_WORD})*$"
Found = TypeVar("Found")


class Outline(Fields):
    """Fields that are taken without being there."""

    def __init__(self, *, is_address: bool = False) -> None:
        super().__init__({}, is_address=is_address)
        self.properties: dict[str, Schema] = {}
        self.needed: list[str] = []

    @classmethod
    def of(cls, read: Reader, *, is_address: bool = False) -> "Outline":
        """Return what a reader takes."""
        outline = cls(is_address=is_address)
        read(outline)
        return outline

    def schema(self) -> Schema:
        """Return all of it as one object."""
        needed = {"required": self.needed} if self.needed else {}
        return {"type": "object", "properties": self.properties, **needed, "additionalProperties": False}

    def text(
        self, name: str, default: str = "", *, longest: int = reading.LONGEST_WORD, of_people: bool = False
    ) -> str:
        """Tell of a text."""
        shape = {"type": "string", "maxLength": longest}
        return self._may(name, shape if of_people else shape | {"pattern": _NO_EXPRESSION}, default)

    def sought(
        self, name: str, default: str = "", *, longest: int = reading.LONGEST_WORD, of_people: bool = False
    ) -> str:
        """Tell of a text by which rows are sought."""
        found = self.text(name, default, longest=longest, of_people=of_people)
        self.properties[name]["minLength"] = 1
        return found

    def required(self, name: str, *, longest: int = reading.LONGEST_WORD) -> str:
        """Tell of a text that has to be there."""
        shape = {"type": "string", "minLength": 1, "maxLength": longest, "pattern": _NO_EXPRESSION + r"[\s\S]*\S"}
        return self._must(name, shape, name)

    def matching(self, name: str, pattern: str) -> str:
        """Tell of a text of a certain form."""
        return self._may(name, {"type": "string", "maxLength": reading.LONGEST_TEXT, "pattern": f"^{pattern}$"}, "")

    def plain(self, name: str) -> str | float | bool | None:
        """Tell of a value without parts."""
        kinds = ["string", "number", "boolean", "null"]
        return self._note(name, {"type": kinds, "pattern": _NO_EXPRESSION}, None)

    def whole(self, name: str, default: int | None = None, least: int = 0, most: int = reading.LARGEST) -> int:
        """Tell of a whole number."""
        shape = {"type": "integer", "minimum": least, "maximum": most}
        return self._must(name, shape, least) if default is None else self._may(name, shape, default)

    def span(self, name: str, default: timedelta | None = None) -> timedelta:
        """Tell of milliseconds."""
        found = super().span(name, default)
        self.properties[name]["description"] = MILLISECONDS
        return found

    def flag(self, name: str) -> bool | None:
        """Tell of yes or no."""
        return self._may(name, {"type": "boolean"}, None)

    def yes_or_no(self, name: str) -> bool:
        """Tell of yes or no, which has to be there."""
        return self._must(name, {"type": "boolean"}, found=True)

    def texts(self, name: str) -> frozenset[str] | None:
        """Tell of several texts."""
        if self.is_address:
            shape = {"type": "string", "pattern": _WORDS, "description": COMMAS}
            return self._may(name, shape, None)
        word = {"type": "string", "maxLength": reading.LONGEST_WORD, "pattern": _NO_EXPRESSION}
        return self._may(name, {"type": "array", "items": word, "maxItems": reading.LONGEST_LIST}, None)

    def moment(self, name: str) -> datetime | None:
        """Tell of a moment."""
        return self._may(name, {"type": "string", "pattern": MOMENT}, None)

    def choice(self, name: str, among: Sequence[Choice], default: Choice | None = None) -> Choice:
        """Tell of one of several words."""
        if default is None:
            return self._must(name, {"type": "string", "enum": list(among)}, among[0])
        return self.option(name, among) or default

    def option(self, name: str, among: Sequence[Choice]) -> Choice | None:
        """Tell of one of several words, or none."""
        if self.is_address:
            return self._may(name, {"type": "string", "enum": list(among)}, None)
        return self._may(name, {"enum": [*among, None]}, None)

    def parts(
        self, name: str, read: Callable[[Fields], Value], least: int = 0, most: int = reading.LONGEST_LIST
    ) -> list[Value]:
        """Tell of a list of objects."""
        part = Outline()
        found = [read(part)]
        shape = {"type": "array", "items": part.schema(), "minItems": least, "maxItems": most}
        return self._must(name, shape, found) if least else self._may(name, shape, found)

    def inner(self, name: str, read: Callable[[Fields], Value]) -> Value:
        """Tell of an object."""
        part = Outline()
        found = read(part)
        return self._may(name, part.schema(), found)

    def mapping(self, name: str, each: Schema, most: int) -> Mapping[str, Any]:
        """Tell of an object whose names are free."""
        return self._may(name, {"type": "object", "additionalProperties": each, "maxProperties": most}, {})

    def has(self, name: str) -> bool:  # noqa: ARG002 - whichever
        """Tell of all that is looked for."""
        return True

    def any(self, name: str) -> object:
        """Tell of a value that may be anything."""
        return self._note(name, {"type": "string"} if self.is_address else {}, None)

    def without_effect(self, *names: str) -> None:
        """Tell of what changes nothing."""
        for name in names:
            shape = {"type": "string"} if self.is_address else {}
            self._note(name, shape | {"description": NO_EFFECT}, None)

    def empty(self, *names: str) -> None:
        """Tell of what may only be empty."""
        for name in names:
            allowed: list[object] = [""] if self.is_address else [None, "", [], {}, False]
            self._note(name, {"enum": allowed, "description": ONLY_EMPTY}, None)

    def _may(self, name: str, shape: Schema, found: Found) -> Found:
        kind = shape.get("type")
        return self._note(name, shape if self.is_address or kind is None else shape | {"type": [kind, "null"]}, found)

    def _must(self, name: str, shape: Schema, found: Found) -> Found:
        self.needed.append(name)
        return self._note(name, shape, found)

    def _note(self, name: str, shape: Schema, found: Found) -> Found:
        self.properties[name] = shape
        return found
