"""A form as the server understands it: fields, options, text, and the answers people give."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from service.engine.expression import JSON, Expression, Names, Run
from service.engine.expression.pattern import Pattern
from service.errors import DeploymentRefused, FieldError

CONTAINERS: Final = frozenset({"group", "dynamiclist"})
CHOICES: Final = frozenset({"select", "radio", "checklist"})
SILENT: Final = frozenset({"text", "separator", "spacer", "table"})
"""Kinds that hold no answer."""

ROWS: Final = 1_000
CHARACTERS: Final = 10_000
LONG_CHARACTERS: Final = 100_000
SIGNIFICANT_DIGITS: Final = 15
ANSWERS_KB: Final = 256


class FormRefused(DeploymentRefused):
    """The form has problems; nothing was stored."""

    code = "form-refused"


@dataclass(frozen=True, slots=True)
class Option:
    """One choice: what is stored and what people read."""

    value: str
    label: str


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of text of one look; with an expression, its value stands there."""

    text: str
    strong: bool = False
    emphasis: bool = False
    expression: Expression | None = None


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph ("p"), heading ("h"), or list ("ul", "ol") with its lines."""

    kind: str
    lines: tuple[tuple[Span, ...], ...]


@dataclass(frozen=True, slots=True)
class Field:
    """One component: something to answer, a container, or text."""

    kind: str
    """A form-js type: text textfield textarea number select radio checkbox checklist datetime dynamiclist table group
    filepicker expression separator spacer; the columns of a table have the kind "column"."""
    id: str = ""
    key: str = ""
    """Name of the value; empty for text, tables, and groups without a path."""
    label: str = ""
    description: str = ""
    text: str = ""
    """Markdown source of a text."""
    blocks: tuple[Block, ...] = ()
    """The same, read."""
    line: int = 0
    """Line of the file, for problems."""

    required: bool = False
    readonly: bool = False
    min_length: int | None = None
    max_length: int | None = None
    minimum: float | None = None
    maximum: float | None = None
    decimals: int | None = None
    """Digits after the comma that a number may have."""
    pattern: Pattern | None = None
    email: bool = False
    min_items: int | None = None
    max_items: int | None = None

    role: str = ""
    """ "", or "keputusan", "alasan", "bagian" (sop.peran)."""
    returns: frozenset[str] = frozenset()
    """Values that mean a return (sop.kembali)."""
    hide: Expression | None = None
    initial: Expression | None = None
    """sop.awal."""
    default: JSON = None
    expression: Expression | None = None
    """What a field of the kind expression computes, or where a table takes its rows from."""
    options: tuple[Option, ...] = ()
    options_from: Expression | None = None
    fields: "tuple[Field, ...]" = ()

    subtype: str = ""
    """ "date", "time" or "datetime"."""
    can_add: bool = True
    """People may add and remove rows of a dynamiclist."""
    repetitions: int = 1
    """Blank rows of a dynamiclist that starts with nothing."""
    outline: bool = False
    multiple: bool = False
    accept: tuple[str, ...] = ()
    """Extensions of files, as ".pdf"."""
    prefix: str = ""
    suffix: str = ""
    row: str = ""
    """Components with the same row stand side by side."""
    columns: int | None = None
    """Width out of 16."""

    @property
    def writable(self) -> bool:
        """Whether an answer is taken from the person."""
        return bool(self.key) and not self.readonly and self.kind != "expression" and self.kind not in CONTAINERS

    @property
    def mirrors(self) -> bool:
        """Whether it only shows a variable: such a field never changes it, not even when hidden."""
        return bool(self.key) and self.readonly and self.initial is None


@dataclass(frozen=True, slots=True)
class Form:
    """A deployed form."""

    id: str
    title: str
    fields: tuple[Field, ...]
    _roles: dict[str, Field] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Find the fields with a part to play once: every act asks for them."""
        roles = {entry.role: entry for entry in reversed(list(flat(self.fields))) if entry.role}
        object.__setattr__(self, "_roles", roles)

    @property
    def outcome(self) -> Field | None:
        """Return the field that decides, drawn as buttons."""
        return self.of_role("keputusan")

    def of_role(self, role: str) -> Field | None:
        """Return the field with a part to play in a decision: "keputusan", "alasan" or "bagian"."""
        return self._roles.get(role)


def flat(fields: tuple[Field, ...]) -> Iterator[Field]:
    """Yield the fields whose values stand side by side: groups without a path are opened."""
    for entry in fields:
        if entry.kind == "group" and not entry.key:
            yield from flat(entry.fields)
        else:
            yield entry


def required(fields: tuple[Field, ...]) -> Iterator[str]:
    """Yield the keys of the fields side by side without whose answers the form is never taken."""
    for entry in fields:
        if entry.hide is not None:
            continue  # a hidden question asks nothing
        if entry.kind == "group" and not entry.key:
            yield from required(entry.fields)
        elif (entry.writable or entry.kind == "dynamiclist") and (entry.required or entry.min_items):
            yield entry.key


def every(fields: tuple[Field, ...]) -> Iterator[Field]:
    """Yield every field at every depth."""
    for entry in fields:
        yield entry
        yield from every(entry.fields)


@dataclass(frozen=True, slots=True)
class FileReference:
    """An uploaded file that an answer may name."""

    id: str
    name: str
    size: int = 0


@dataclass(slots=True)
class Answers:
    """What was answered: values to store, errors to show, and what is visible."""

    values: dict[str, JSON] = field(default_factory=dict)
    errors: dict[str, FieldError] = field(default_factory=dict)
    shown: frozenset[str] = frozenset()
    """Paths of the visible fields, as "isian.0.realisasi"."""
    typed: dict[str, str] = field(default_factory=dict)
    """What was typed where it could not be taken as a value; in a draft also where it could."""


def joined(path: str, key: str | int) -> str:
    """Return the path of a value inside another."""
    return f"{path}.{key}" if path else str(key)


WORK: Final = 3_000_000
"""Steps that all expressions of a form may take together, once through: a few seconds at worst."""


def seen(variables: Mapping[str, object]) -> Names:
    """Return the variables with a budget for everything that is worked out from them."""
    return variables if isinstance(variables, Names) else Names(variables, Run(WORK))


def context(variables: Mapping[str, object], values: Mapping[str, object]) -> Names:
    """Return what expressions see: the answers over the variables of the process."""
    return Names({**variables, **values}, seen(variables).run)


def inside(outer: Mapping[str, object], values: Mapping[str, object]) -> Names:
    """Return what expressions in a row or a group with a path see: its own fields first, all of them as `this`."""
    return Names({**outer, **values, "this": values}, seen(outer).run)
