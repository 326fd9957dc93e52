"""What a page needs to show a form: plain data per field, escaped and translated by the template."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from service.engine.expression import JSON
from service.engine.form.model import CHOICES, Answers, Field, Form, Span, context, inside, joined, seen
from service.engine.form.settling import Settled, options_of, parts, place_of, settle
from service.engine.form.starting import base_rows, blank_row, fixed_columns, mapping, origins
from service.engine.form.wording import Locale, choice_words, is_file, moment_words, number_input, words
from service.errors import FieldError

PLACEHOLDER = "_"
"""Stands for the number of a row in the names of a blank row."""


@dataclass(frozen=True, slots=True)
class FileView:
    """A file that was attached."""

    id: str
    name: str
    size: int


@dataclass(frozen=True, slots=True)
class OptionView:
    """A choice and whether it is chosen."""

    value: str
    label: str
    selected: bool


@dataclass(frozen=True, slots=True)
class TextSpan:
    """A piece of text of one look; may hold line breaks from long answers."""

    text: str
    strong: bool = False
    emphasis: bool = False


@dataclass(frozen=True, slots=True)
class TextBlock:
    """A paragraph ("p"), heading ("h"), or list ("ul", "ol")."""

    kind: str
    lines: tuple[tuple[TextSpan, ...], ...]


@dataclass(frozen=True, slots=True)
class Cell:
    """One value of a table as it is read."""

    text: str
    numeric: bool = False
    files: tuple[FileView, ...] = ()


@dataclass(slots=True)
class FieldView:
    """One component as a template shows it."""

    kind: str
    key: str
    name: str
    """Name of the HTML control, as "isian.0.realisasi"."""
    id: str
    """Id in the page."""
    label: str
    description: str = ""
    blocks: tuple[TextBlock, ...] = ()
    visible: bool = True
    required: bool = False
    readonly: bool = False
    value: str = ""
    """What stands in the control."""
    display: str = ""
    """The value as it is read."""
    checked: bool = False
    options: tuple[OptionView, ...] = ()
    files: tuple[FileView, ...] = ()
    error: FieldError | None = None
    is_asked_back: bool = False
    """Whether who returned the work asked to look at this again."""
    before: str = ""
    """What was answered in the round that was returned, where it is short."""
    role: str = ""
    returns: frozenset[str] = frozenset()
    """Chosen values of an outcome that mean a return."""
    prefix: str = ""
    suffix: str = ""
    min_length: int | None = None
    max_length: int | None = None
    minimum: float | None = None
    maximum: float | None = None
    decimals: int | None = None
    input_type: str = "text"
    """HTML type of a simple control."""
    multiple: bool = False
    accept: str = ""
    outline: bool = False
    layout_row: str = ""
    """Fields with the same one may stand side by side."""
    layout_columns: int | None = None
    """Width out of 16."""

    fields: "tuple[FieldView, ...]" = ()
    """What a group holds; what the columns of a list are, for headings."""
    rows: "tuple[RowView, ...]" = ()
    blank: "RowView | None" = None
    """A row as it is added; "_" stands for its number."""
    can_add: bool = False
    can_remove: bool = False
    rows_name: str = ""
    """Name of the hidden inputs that list the rows in order."""
    columns: tuple[str, ...] = ()
    """Headings of a table."""
    cells: tuple[tuple[Cell, ...], ...] = ()
    """Rows of a table, and of a list of which nothing can be written."""


@dataclass(frozen=True, slots=True)
class RowView:
    """One row of a list."""

    number: str
    name: str
    """Start of the names in this row, as "isian.0"."""
    origin: str
    """For the hidden input `<name>._awal`: the given row that this one goes on with, or ""."""
    fields: tuple[FieldView, ...] = field(default=())


def view(form: Form, answers: Answers, variables: Mapping[str, object], locale: Locale = "id") -> list[FieldView]:
    """Return what a page shows for these answers."""
    first = seen(variables)
    settled = settle(form.fields, answers.values, first)
    viewer = _Viewer(answers, settled, first, locale)
    return list(viewer.fields(form.fields, settled.values, context(first, settled.values), ""))


class _Viewer:
    def __init__(self, answers: Answers, settled: Settled, variables: Mapping[str, object], locale: Locale) -> None:
        self.answers = answers
        self.settled = settled
        self.variables = variables
        self.locale = locale

    def fields(
        self, fields: tuple[Field, ...], values: Mapping[str, JSON], sight: Mapping[str, object], path: str
    ) -> Iterator[FieldView]:
        for entry in fields:
            yield self.one(entry, values, sight, path)

    def one(self, entry: Field, values: Mapping[str, JSON], sight: Mapping[str, object], path: str) -> FieldView:
        here = place_of(entry, path)
        made = FieldView(
            entry.kind,
            key=entry.key,
            name=here if entry.key else "",
            id="f-" + here.replace(".", "-").replace("#", "-"),
            label=entry.label,
            description=entry.description,
            visible=here not in self.settled.hidden,
            required=entry.required,
            readonly=entry.readonly or entry.kind == "expression",
            error=self.answers.errors.get(here) if entry.key else None,
            role=entry.role,
            returns=entry.returns,
            prefix=entry.prefix,
            suffix=entry.suffix,
            min_length=entry.min_length,
            max_length=entry.max_length,
            minimum=entry.minimum,
            maximum=entry.maximum,
            decimals=entry.decimals,
            outline=entry.outline,
            layout_row=entry.row,
            layout_columns=entry.columns,
        )
        if entry.kind == "group":
            return self.group(entry, made, values, sight, path)
        if entry.kind == "dynamiclist":
            return self.rows(entry, made, values, sight, here)
        if entry.kind in {"text", "table"}:
            return self.shown(entry, made, sight)
        return self.answered(entry, made, values.get(entry.key), sight, here)

    # Containers.

    def group(
        self, entry: Field, made: FieldView, values: Mapping[str, JSON], sight: Mapping[str, object], path: str
    ) -> FieldView:
        if not entry.key:
            made.fields = tuple(self.fields(entry.fields, values, sight, path))
            return made
        value = values.get(entry.key)
        inner = value if isinstance(value, dict) else {}
        made.fields = tuple(self.fields(entry.fields, inner, inside(sight, inner), joined(path, entry.key)))
        return made

    def rows(
        self, entry: Field, made: FieldView, values: Mapping[str, JSON], sight: Mapping[str, object], here: str
    ) -> FieldView:
        inner = list(parts(entry, values, here))
        places = self.origins(entry, [row for row, _ in inner], here)
        rows = tuple(
            RowView(
                str(number),
                where,
                "" if place is None else str(place),
                tuple(self.fields(entry.fields, row, inside(sight, row), where)),
            )
            for number, ((row, where), place) in enumerate(zip(inner, places, strict=True))
        )
        start = joined(here, PLACEHOLDER)
        fresh = blank_row(entry, self.variables)
        blank = RowView(PLACEHOLDER, start, "", tuple(self.fields(entry.fields, fresh, inside(sight, fresh), start)))
        made.rows = rows
        made.blank = blank if entry.can_add else None
        made.fields = blank.fields
        made.can_add = made.can_remove = entry.can_add
        made.rows_name = joined(here, "rows")
        made.columns = tuple(column.label for column in blank.fields if column.key)
        made.cells = tuple(tuple(_cell_of(column) for column in row.fields if column.key) for row in rows)
        return made

    def origins(self, entry: Field, rows: list[dict[str, JSON]], here: str) -> list[int | None]:
        """Find the given row behind each row, as `clean` will be told by the page."""
        if not entry.can_add or not fixed_columns(entry):
            return [None] * len(rows)
        own, first = self.variables, seen(self.variables)
        for key in here.split(".")[:-1]:
            own = mapping(own.get(key))
            first = inside(first, own)
        return origins(entry, rows, base_rows(entry, first, own))

    # What is only shown.

    def shown(self, entry: Field, made: FieldView, sight: Mapping[str, object]) -> FieldView:
        if entry.kind == "text":
            made.blocks = self.blocks(entry, sight)
            return made
        listed = entry.expression.evaluate(sight) if entry.expression else None
        rows = [row for row in listed if isinstance(row, dict)] if isinstance(listed, list) else []
        made.columns = tuple(column.label for column in entry.fields)
        made.cells = tuple(tuple(cell(row.get(column.key), self.locale) for column in entry.fields) for row in rows)
        return made

    def blocks(self, entry: Field, sight: Mapping[str, object]) -> tuple[TextBlock, ...]:
        return tuple(
            TextBlock(block.kind, tuple(tuple(self.span(span, sight) for span in line) for line in block.lines))
            for block in entry.blocks
        )

    def span(self, span: Span, sight: Mapping[str, object]) -> TextSpan:
        text = span.text if span.expression is None else words(span.expression.evaluate(sight), self.locale)
        return TextSpan(text, span.strong, span.emphasis)

    # Answers.

    def answered(self, entry: Field, made: FieldView, value: JSON, sight: Mapping[str, object], here: str) -> FieldView:
        made.value = self.answers.typed.get(here, control_text(entry, value))
        if entry.kind in CHOICES:
            chosen = value if isinstance(value, list) else [value]
            options = options_of(entry, sight)
            made.options = tuple(OptionView(o.value, o.label, o.value in chosen) for o in options)
            made.display = choice_words(value, options)
            return made
        made.display = display(entry, value, sight, self.locale)
        if entry.kind == "checkbox":
            made.checked = value is True
        elif entry.kind == "filepicker":
            made.files, made.multiple, made.accept = file_views(value), entry.multiple, ",".join(entry.accept)
        elif entry.kind == "datetime":
            made.input_type = "datetime-local" if entry.subtype == "datetime" else entry.subtype
        elif entry.email:
            made.input_type = "email"
        return made


def control_text(entry: Field, value: JSON) -> str:
    """Return what stands in the control for a stored value."""
    if entry.kind == "number":
        return number_input(value)
    return value if isinstance(value, str) else ""


def display(entry: Field, value: object, sight: Mapping[str, object], locale: Locale) -> str:
    """Return a stored value as it is read."""
    if entry.kind in CHOICES:
        return choice_words(value, options_of(entry, sight))
    if entry.kind in {"textfield", "textarea"}:
        return value if isinstance(value, str) else ""
    if entry.kind == "datetime":
        return moment_words(value, locale) if isinstance(value, str) else ""
    return words(value, locale)


def file_views(value: object) -> tuple[FileView, ...]:
    """Return the files that a value refers to."""
    return tuple(
        FileView(str(item["id"]), str(item["name"]), item["size"])
        for item in (value if isinstance(value, list) else [])
        if is_file(item)
    )


def cell(value: object, locale: Locale) -> Cell:
    """Return any value as it is read in a table."""
    files = file_views(value)
    numeric = isinstance(value, int | float) and not isinstance(value, bool)
    return Cell("" if files else words(value, locale), numeric, files)


def _cell_of(column: FieldView) -> Cell:
    return Cell("" if column.files else column.display, column.kind == "number", column.files)
