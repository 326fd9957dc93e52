"""One form-js component to one Field, with everything said that the server would not do."""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from service.engine.expression import JSON, Expression, ExpressionInvalid
from service.engine.expression.lexer import KEYWORDS
from service.engine.expression.pattern import Pattern, PatternInvalid
from service.engine.form.complaints import NOWHERE, Complaints, Component, short
from service.engine.form.kinds import NotTaken, option_text, typed
from service.engine.form.markdown import read_text
from service.engine.form.model import CHOICES, CONTAINERS, ROWS, SILENT, Block, Field, Option, every
from service.errors import Remedy, remedy

OPTIONS: Final = 1_000
KEY: Final = re.compile(r"[a-z][a-z0-9_]{0,63}")
RESERVED: Final = KEYWORDS | {"typename", "item", "this", "parent", "not"}

_COMMON: Final = frozenset({"id", "type", "layout", "conditional", "properties", "appearance", "label", "description"})
_INPUT: Final = _COMMON | {"key", "defaultValue", "disabled", "readonly", "validate"}
_CHOICE: Final = _INPUT | {"values", "valuesExpression", "valuesKey"}
_CONTAINER: Final = _COMMON | {"path", "components", "showOutline", "verticalAlignment"}
KNOWN: Final[Mapping[str, frozenset[str]]] = {
    "text": _COMMON | {"text"},
    "textfield": _INPUT,
    "textarea": _INPUT,
    "number": _INPUT | {"decimalDigits", "increment", "serializeToString"},
    "select": _CHOICE | {"searchable"},
    "radio": _CHOICE,
    "checkbox": _INPUT,
    "checklist": _CHOICE,
    "datetime": _INPUT
    | {"subtype", "dateLabel", "timeLabel", "timeInterval", "timeSerializingFormat", "use24h", "disallowPassedDates"},
    "filepicker": _INPUT | {"multiple", "accept"},
    "expression": _COMMON | {"key", "expression", "computeOn"},
    "dynamiclist": _CONTAINER
    | {"allowAddRemove", "defaultRepetitions", "disableCollapse", "nonCollapsedItems", "isRepeating", "validate"},
    "group": _CONTAINER,
    "table": _COMMON | {"dataSource", "columns", "columnsExpression", "rowCount"},
    "separator": _COMMON,
    "spacer": _COMMON | {"height"},
}
"""Properties of each supported kind, ours and those that change nothing on this server."""

_VALIDATE: Final[Mapping[str, frozenset[str]]] = {
    "textfield": frozenset({"minLength", "maxLength", "pattern", "validationType"}),
    "textarea": frozenset({"minLength", "maxLength"}),
    "number": frozenset({"min", "max"}),
    **dict.fromkeys(["checklist", "filepicker", "dynamiclist"], frozenset({"minItems", "maxItems"})),
}
_ROLES: Final[Mapping[str, frozenset[str]]] = {
    "keputusan": frozenset({"radio", "select"}),
    "alasan": frozenset({"textarea", "textfield"}),
    "bagian": frozenset({"checklist", "textarea", "textfield"}),
}
_SOP: Final = frozenset({"sop.peran", "sop.kembali", "sop.awal"})


def field(component: Component, kind: str, children: tuple[Field, ...], complaints: Complaints) -> Field:
    """Read one component of a supported kind, its children read before."""
    reader = _Reader(component, kind, complaints)
    reader.check()
    entry = Field(
        kind,
        id=complaints.text(component, "id"),
        key=reader.key(),
        label=reader.label(),
        description=complaints.text(component, "description"),
        line=complaints.line(component),
        hide=reader.hide(),
        fields=children,
    )
    entry = reader.with_looks(reader.with_rules(reader.with_role(reader.with_content(entry))))
    return reader.with_default(entry)


class _Reader:
    """Reads the parts of one component."""

    def __init__(self, component: Component, kind: str, complaints: Complaints) -> None:
        self.component = component
        self.kind = kind
        self.complaints = complaints

    def tell(self, code: str, message: str, message_en: str, fix: Remedy) -> None:
        self.complaints.tell(self.component, code, message, message_en, fix)

    def unsupported(self, code: str, what_id: str, what_en: str, fix: Remedy) -> None:
        self.complaints.unsupported(self.component, code, what_id, what_en, fix)

    def part(self, name: str) -> Component:
        """Return an object inside the component, with its id and label for complaints."""
        inside = self.complaints.part(self.component, name)
        return {**inside, "id": self.component.get("id"), "label": self.component.get("label")} if inside else NOWHERE

    # What is not supported.

    def check(self) -> None:
        for name in sorted(self.component.keys() - KNOWN[self.kind]):
            self.complaints.tell(
                self.component,
                "property-unknown",
                f'Sifat "{short(name)}" tidak dikenal dan diabaikan.',
                f'The property "{short(name)}" is unknown and ignored.',
                remedy("Hapus sifat itu."),
                warning=True,
            )
        for name in ("label", "description", "dateLabel", "timeLabel"):
            text = self.component.get(name)
            if isinstance(text, str) and ("{{" in text or text.startswith("=")):
                self.unsupported(
                    "label-template",
                    f'Templat atau ekspresi di dalam "{name}"',
                    f'A template or expression in "{name}"',
                    remedy("Pakai komponen text untuk menampilkan data."),
                )
        if self.component.get("serializeToString"):
            self.unsupported(
                "serialize-to-string",
                "Bilangan yang disimpan sebagai teks",
                "A number stored as text",
                remedy("Matikan serializeToString."),
            )
        if self.component.get("disallowPassedDates"):
            self.unsupported(
                "passed-dates",
                "Larangan tanggal lampau",
                "Disallowing passed dates",
                remedy("Matikan disallowPassedDates."),
            )
        time_format = self.component.get("timeSerializingFormat", "no_timezone")
        if time_format != "no_timezone" and self.component.get("subtype") != "date":
            self.unsupported(
                "time-format",
                f"Bentuk waktu {short(time_format)}",
                f"The time format {short(time_format)}",
                remedy("Pilih no_timezone: waktu selalu menurut zona kantor."),
            )

    # Identity.

    def key(self) -> str:
        if self.kind in SILENT:
            return ""
        name = "path" if self.kind in CONTAINERS else "key"
        key = self.complaints.text(self.component, name)
        if not key and self.kind == "group":
            return ""
        if not KEY.fullmatch(key):
            self.tell(
                "key-invalid",
                f'Kunci "{short(key)}" tidak sah.',
                f'The key "{short(key)}" is not valid.',
                remedy("Pakai huruf kecil, angka, dan garis bawah, diawali huruf, paling banyak 64 karakter."),
            )
        elif key in RESERVED:
            self.tell(
                "key-reserved",
                f'Kunci "{key}" adalah kata yang dicadangkan.',
                f'The key "{key}" is a reserved word.',
                remedy("Pilih kunci lain."),
            )
        return key

    def label(self) -> str:
        label = self.complaints.text(self.component, "label")
        if self.kind == "datetime" and not label:
            name = "timeLabel" if self.component.get("subtype") == "time" else "dateLabel"
            label = self.complaints.text(self.component, name)
        if not label and self.kind not in SILENT | {"group", "expression"}:
            self.complaints.tell(
                self.component,
                "label-missing",
                "Isian tidak memiliki label.",
                "The field has no label.",
                remedy("Beri label agar isian dapat dibacakan."),
                warning=True,
            )
        return label

    def hide(self) -> Expression | None:
        conditional = self.part("conditional")
        other = conditional.keys() - {"hide", "id", "label"}
        if other:
            self.unsupported(
                "conditional-unsupported",
                f'Syarat tampil "{short(min(other))}"',
                f'The condition "{short(min(other))}"',
                remedy("Pakai conditional.hide."),
            )
        hide = conditional.get("hide")
        return None if hide is None or hide == "" else self.complaints.expression(self.component, "hide", hide)

    # Content.

    def with_content(self, entry: Field) -> Field:
        readers = {
            "text": self.with_text,
            "expression": self.with_expression,
            "table": self.with_table,
            "dynamiclist": self.with_rows,
            "datetime": self.with_subtype,
            "filepicker": self.with_files,
            "number": self.with_digits,
            **dict.fromkeys(CHOICES, self.with_options),
        }
        return readers[self.kind](entry) if self.kind in readers else entry

    def with_text(self, entry: Field) -> Field:
        source = self.complaints.text(self.component, "text")
        if source.startswith("="):
            self.unsupported(
                "text-expression",
                "Teks yang seluruhnya ekspresi",
                "A text that is an expression",
                remedy("Tulis teks biasa dengan {{ ekspresi }}."),
            )
            return entry
        blocks: tuple[Block, ...] = ()
        try:
            blocks = read_text(source)
        except ExpressionInvalid as error:
            self.complaints.bad_expression(self.component, "text", error)
        return replace(entry, text=source, blocks=blocks)

    def with_expression(self, entry: Field) -> Field:
        compute_on = self.component.get("computeOn", "change")
        if short(compute_on) not in {"change", "presubmit"}:
            self.unsupported(
                "compute-on",
                f"computeOn {short(compute_on)}",
                f"computeOn {short(compute_on)}",
                remedy("Pakai presubmit."),
            )
        text = self.component.get("expression")
        return replace(entry, expression=self.complaints.expression(self.component, "expression", text))

    def with_table(self, entry: Field) -> Field:
        source = self.complaints.expression(self.component, "dataSource", self.component.get("dataSource"))
        if self.component.get("columnsExpression"):
            self.unsupported(
                "table-columns", "columnsExpression", "columnsExpression", remedy("Tulis kolom tabel satu per satu.")
            )
        listed = self.component.get("columns")
        columns = [column for column in listed if isinstance(column, dict)] if isinstance(listed, list) else []
        if not columns:
            self.tell(
                "table-empty", "Tabel tidak memiliki kolom.", "The table has no columns.", remedy("Tambahkan kolom.")
            )
        return replace(entry, expression=source, fields=tuple(self.column(column) for column in columns))

    def column(self, column: Component) -> Field:
        key, label = column.get("key"), column.get("label")
        if not isinstance(key, str) or not re.fullmatch(r"[^\W\d]\w{0,63}", key):
            self.tell(
                "key-invalid",
                f'Kunci kolom "{short(key)}" tidak sah.',
                f'The column key "{short(key)}" is not valid.',
                remedy("Pakai huruf, angka, dan garis bawah."),
            )
        return Field("column", key=short(key), label=label if isinstance(label, str) else short(key))

    def with_rows(self, entry: Field) -> Field:
        if not entry.fields:
            self.tell(
                "list-empty", "Daftar tidak memiliki isian.", "The list has no fields.", remedy("Tambahkan isian.")
            )
        if any(inner.kind == "dynamiclist" for inner in every(entry.fields)):
            self.unsupported(
                "list-nested",
                "Daftar di dalam daftar",
                "A list inside a list",
                remedy("Pindahkan daftar dalam ke tingkat atas formulir."),
            )
        repetitions = self.complaints.count(self.component, "defaultRepetitions", ROWS)
        return replace(
            entry,
            can_add=self.complaints.flag(self.component, "allowAddRemove", default=True),
            repetitions=1 if repetitions is None else repetitions,
        )

    def with_subtype(self, entry: Field) -> Field:
        subtype = self.component.get("subtype", "date")
        if short(subtype) not in {"date", "time", "datetime"}:
            self.unsupported(
                "date-subtype",
                f"Jenis tanggal {short(subtype)}",
                f"The subtype {short(subtype)}",
                remedy("Pilih date, time, atau datetime."),
            )
            subtype = "date"
        return replace(entry, subtype=str(subtype))

    def with_files(self, entry: Field) -> Field:
        accept = [part.strip().lower() for part in self.complaints.text(self.component, "accept").split(",")]
        for part in accept:
            if part and not re.fullmatch(r"\.[a-z0-9]{1,10}", part):
                self.unsupported(
                    "accept-unsupported",
                    f'Jenis lampiran "{short(part)}"',
                    f'The kind of file "{short(part)}"',
                    remedy('Tulis akhiran nama berkas, misalnya ".pdf,.docx".'),
                )
        multiple = self.complaints.flag(self.component, "multiple")
        return replace(entry, accept=tuple(filter(None, accept)), multiple=multiple)

    def with_digits(self, entry: Field) -> Field:
        return replace(entry, decimals=self.complaints.count(self.component, "decimalDigits", 15))

    # Options.

    def with_options(self, entry: Field) -> Field:
        sources = [name for name in ("values", "valuesExpression", "valuesKey") if self.component.get(name)]
        if len(sources) != 1:
            self.tell(
                "options-missing" if not sources else "options-twice",
                "Pilihan harus berasal dari tepat satu sumber.",
                "The options must come from exactly one source.",
                remedy("Isi values atau valuesExpression, salah satu saja."),
            )
            return entry
        if sources == ["values"]:
            return replace(entry, options=self.static_options())
        return replace(
            entry, options_from=self.complaints.expression(self.component, sources[0], self.component[sources[0]])
        )

    def static_options(self) -> tuple[Option, ...]:
        listed = self.component["values"]
        options: dict[str, Option] = {}
        for item in listed[:OPTIONS] if isinstance(listed, list) else []:
            value = option_text(item.get("value")) if isinstance(item, dict) else None
            if not value or value in options:
                self.tell(
                    "option-invalid",
                    f'Pilihan "{short(value)}" kosong, bukan teks, atau berulang.',
                    f'The option "{short(value)}" is empty, no text, or repeated.',
                    remedy("Beri setiap pilihan nilai teks yang berbeda."),
                )
                continue
            options[value] = Option(value, option_text(item.get("label")) or value)
        return tuple(options.values())

    # Role and initial value.

    def with_role(self, entry: Field) -> Field:
        properties = self.part("properties")
        for name in sorted(properties.keys() - _SOP - {"id", "label"}):
            if name.startswith("sop."):
                self.unsupported(
                    "property-sop",
                    f'Sifat "{short(name)}"',
                    f'The property "{short(name)}"',
                    remedy("Periksa ejaannya."),
                )
        role = self.complaints.text(properties, "sop.peran")
        if role and self.kind not in _ROLES.get(role, frozenset()):
            self.unsupported(
                "role-unsupported",
                f'Peran "{short(role)}" pada isian berjenis {self.kind}',
                f'The role "{short(role)}" on a {self.kind}',
                remedy("keputusan: radio atau select; alasan: textarea; bagian: checklist."),
            )
        initial = properties.get("sop.awal")
        if initial is not None and (role or not entry.key or self.kind in {"expression", "group"}):
            self.unsupported(
                "initial-unsupported", "sop.awal pada isian ini", "sop.awal on this field", remedy("Hapus sop.awal.")
            )
        return replace(
            entry,
            role=role,
            returns=self.returns(properties, role, entry),
            initial=None if initial is None else self.complaints.expression(self.component, "sop.awal", initial),
        )

    def returns(self, properties: Component, role: str, entry: Field) -> frozenset[str]:
        values = {part.strip() for part in self.complaints.text(properties, "sop.kembali").split(",") if part.strip()}
        known = {option.value for option in entry.options}
        if values and (role != "keputusan" or not values < known):
            self.tell(
                "returns-invalid",
                "sop.kembali harus menyebut sebagian pilihan dari isian keputusan.",
                "sop.kembali must name some of the options of the deciding field.",
                remedy("Samakan sop.kembali dengan nilai pilihan."),
            )
        if role == "keputusan" and not entry.options:
            self.tell(
                "outcome-options",
                "Isian keputusan harus memiliki pilihan tetap.",
                "The deciding field must have static options.",
                remedy("Isi values."),
            )
        return frozenset(values)

    # Rules.

    def with_rules(self, entry: Field) -> Field:
        rules = self.part("validate")
        allowed = _VALIDATE.get(self.kind, frozenset()) | {"required"}
        for name in sorted(rules.keys() - allowed - {"id", "label"}):
            self.unsupported(
                "validate-unsupported",
                f'Aturan "{short(name)}" pada isian berjenis {self.kind}',
                f'The rule "{short(name)}" on a {self.kind}',
                remedy("Hapus aturan itu."),
            )
        entry = replace(
            entry,
            readonly=self.complaints.flag(self.component, "readonly")
            or self.complaints.flag(self.component, "disabled"),
            required=self.complaints.flag(rules, "required"),
            min_length=self.complaints.count(rules, "minLength"),
            max_length=self.complaints.count(rules, "maxLength"),
            minimum=self.complaints.number(rules, "min"),
            maximum=self.complaints.number(rules, "max"),
            min_items=self.complaints.count(rules, "minItems", ROWS),
            max_items=self.complaints.count(rules, "maxItems", ROWS),
            pattern=self.pattern(rules),
            email=self.email(rules),
        )
        self.check_order(entry)
        return entry

    def check_order(self, entry: Field) -> None:
        pairs = [
            (entry.min_length, entry.max_length),
            (entry.minimum, entry.maximum),
            (entry.min_items, entry.max_items),
        ]
        if any(low is not None and high is not None and low > high for low, high in pairs):
            self.tell(
                "validate-reversed",
                "Batas bawah lebih besar daripada batas atas.",
                "The lower limit is above the upper limit.",
                remedy("Tukar kedua batas."),
            )

    def pattern(self, rules: Component) -> Pattern | None:
        text = self.complaints.text(rules, "pattern")
        if not text:
            return None
        try:
            return Pattern.of(text)
        except PatternInvalid as error:
            self.tell(
                "pattern-invalid",
                f"Aturan pola: {error.message_id}.",
                f"The rule pattern: {error.message_en}.",
                remedy("Sederhanakan pola itu."),
            )
            return None

    def email(self, rules: Component) -> bool:
        kind = self.complaints.text(rules, "validationType")
        if kind not in {"", "custom", "email"}:
            self.unsupported(
                "validate-unsupported",
                f"Jenis pemeriksaan {short(kind)}",
                f"The validation type {short(kind)}",
                remedy("Pakai pattern."),
            )
        return kind == "email"

    # Looks.

    def with_looks(self, entry: Field) -> Field:
        layout = self.part("layout")
        appearance = self.part("appearance")
        return replace(
            entry,
            row=self.complaints.text(layout, "row"),
            columns=self.complaints.count(layout, "columns", 16),
            prefix=self.adorner(appearance, "prefixAdorner"),
            suffix=self.adorner(appearance, "suffixAdorner"),
            outline=self.complaints.flag(self.component, "showOutline"),
        )

    def adorner(self, appearance: Component, name: str) -> str:
        text = self.complaints.text(appearance, name)
        if "{{" in text or text.startswith("="):
            self.unsupported(
                "label-template",
                f'Ekspresi di dalam "{name}"',
                f'An expression in "{name}"',
                remedy("Tulis teks biasa."),
            )
        return text

    # Default.

    def with_default(self, entry: Field) -> Field:
        default = self.component.get("defaultValue")
        if default is None or default == "" or "defaultValue" not in KNOWN[self.kind]:
            return entry
        try:
            value: JSON = typed(entry, default, {})
        except NotTaken:
            self.complaints.wrong(
                self.component, "defaultValue", "nilai yang sah untuk isian ini", "a valid value of this field"
            )
            return entry
        if entry.role:
            self.unsupported(
                "default-role", "Nilai bawaan pada isian ini", "A default on this field", remedy("Hapus defaultValue.")
            )
        return replace(entry, default=value)
