"""From a form-js document to a Form, naming everything that the server does not render and check."""

import re
from typing import Final

from service.engine.form import components
from service.engine.form.complaints import NOWHERE, Complaints, Component, short
from service.engine.form.document import read_json
from service.engine.form.model import CONTAINERS, Field, Form, FormRefused, every, flat
from service.errors import Problem, remedy

SCHEMA: Final = 19
FIELDS: Final = 500
_BUTTONS: Final = frozenset({"submit", "reset"})
_NAMES: Final = {
    "button": "tombol",
    "documentPreview": "pratinjau dokumen",
    "html": "HTML",
    "iframe": "bingkai",
    "image": "gambar",
    "taglist": "daftar tag",
}
_RETRY: Final = remedy("Simpan kembali formulir dari Camunda Modeler.")


def read(content: bytes, file: str) -> Form:
    """Return the form, or raise FormRefused with its problems."""
    form, found = examine(content, file)
    errors = [problem for problem in found if problem.severity == "error"]
    if form is None or errors:
        raise FormRefused(errors)
    return form


def problems(content: bytes, file: str) -> list[Problem]:
    """Return everything that is wrong with a form, errors before warnings."""
    return examine(content, file)[1]


def examine(content: bytes, file: str) -> tuple[Form | None, list[Problem]]:
    """Return a form as far as it can be read, and everything that is wrong with it, errors before warnings."""
    document, lines, found = read_json(content, file)
    if document is None:
        return None, found
    reader = _Reader(Complaints(file, lines))
    form = reader.form(document)
    return form, sorted(reader.complaints.problems, key=lambda problem: (problem.severity, problem.line))


class _Reader:
    """Walks the components of one document."""

    def __init__(self, complaints: Complaints) -> None:
        self.complaints = complaints
        self.seen = 0
        self.ids: set[str] = set()

    def form(self, document: Component) -> Form:
        identity = document.get("id")
        self.complaints.form_id = short(identity or "")
        if not isinstance(identity, str) or not re.fullmatch(r"[A-Za-z_][\w.-]{0,127}", identity):
            self.complaints.tell(
                NOWHERE,
                "form-id",
                "Formulir tidak memiliki id yang sah.",
                "The form has no valid id.",
                remedy("Isi id formulir."),
            )
        self.check_version(document)
        fields = self.components(document.get("components"), NOWHERE)
        self.check_keys(fields)
        self.check_roles(fields)
        title = document.get("title")
        return Form(short(identity or ""), title if isinstance(title, str) else _heading(fields), fields)

    def check_version(self, document: Component) -> None:
        if document.get("type", "default") != "default":
            self.complaints.unsupported(
                NOWHERE,
                "form-type",
                "Jenis formulir ini",
                "This type of form",
                remedy("Pakai formulir berjenis default."),
            )
        version = document.get("schemaVersion", SCHEMA)
        if type(version) is not int or not 1 <= version <= SCHEMA:
            self.complaints.unsupported(
                NOWHERE,
                "form-schema",
                f"Versi skema formulir {short(version)}",
                f"The schema version {short(version)}",
                remedy("Simpan formulir dengan versi skema paling tinggi %(most)s.", most=SCHEMA),
            )

    def components(self, listed: object, parent: Component) -> tuple[Field, ...]:
        if not isinstance(listed, list):
            self.complaints.tell(
                parent, "form-components", "Daftar komponen tidak ada.", "There is no list of components.", _RETRY
            )
            return ()
        fields = [self.component(component) for component in listed[: FIELDS + 1]]
        return tuple(entry for entry in fields if entry is not None)

    def component(self, component: object) -> Field | None:
        if not self.has_room():
            return None
        if not isinstance(component, dict):
            self.complaints.tell(
                NOWHERE, "form-component", "Ada komponen yang bukan objek.", "A component is no object.", _RETRY
            )
            return None
        kind = component.get("type")
        if kind == "button" and short(component.get("action", "submit")) in _BUTTONS:
            return None
        if not isinstance(kind, str) or kind not in components.KNOWN:
            self.complaints.unsupported(
                component,
                "component-unsupported",
                f"Komponen {_NAMES.get(short(kind), 'berjenis')} ({short(kind)})",
                f"The component {short(kind)}",
                remedy("Hapus komponen ini atau ganti dengan jenis yang didukung."),
            )
            return None
        self.check_id(component)
        children = self.components(component.get("components"), component) if kind in CONTAINERS else ()
        return components.field(component, kind, children, self.complaints)

    def has_room(self) -> bool:
        self.seen += 1
        if self.seen == FIELDS + 1:
            self.complaints.tell(
                NOWHERE,
                "form-too-many-fields",
                f"Formulir memuat lebih dari {FIELDS} komponen.",
                f"The form has more than {FIELDS} components.",
                remedy("Bagi formulir menjadi beberapa langkah."),
            )
        return self.seen <= FIELDS

    def check_id(self, component: Component) -> None:
        identity = component.get("id")
        if not isinstance(identity, str) or not re.fullmatch(r"[\w.-]{1,128}", identity):
            self.complaints.tell(
                component,
                "component-id",
                "Komponen tidak memiliki id yang sah.",
                "The component has no valid id.",
                remedy("Isi id komponen."),
            )
        elif identity in self.ids:
            self.complaints.tell(
                component,
                "component-id-duplicate",
                f"Id komponen {identity} dipakai dua kali.",
                f"The component id {identity} is used twice.",
                remedy("Beri id yang berbeda."),
            )
        else:
            self.ids.add(identity)

    def check_keys(self, fields: tuple[Field, ...]) -> None:
        """Each key may stand once among its neighbours."""
        seen: set[str] = set()
        for entry in flat(fields):
            if entry.key and entry.key in seen:
                self.complaints.tell(
                    {"id": entry.id, "label": entry.label},
                    "key-duplicate",
                    f'Kunci "{entry.key}" dipakai dua kali.',
                    f'The key "{entry.key}" is used twice.',
                    remedy("Beri kunci yang berbeda."),
                )
            seen.add(entry.key)
            if entry.kind in CONTAINERS:
                self.check_keys(entry.fields)

    def check_roles(self, fields: tuple[Field, ...]) -> None:
        """Each role may be played once, at the top of the form."""
        top = [entry.role for entry in flat(fields) if entry.role]
        for entry in every(fields):
            if entry.role and (top.count(entry.role) != 1 or entry not in flat(fields)):
                self.complaints.tell(
                    {"id": entry.id, "label": entry.label},
                    "role-place",
                    f'Peran "{entry.role}" harus ada pada tepat satu isian di tingkat atas formulir.',
                    f'The role "{entry.role}" must be played by exactly one field at the top of the form.',
                    remedy("Hapus sop.peran dari isian lain."),
                )


def _heading(fields: tuple[Field, ...]) -> str:
    """Return the first heading of the form as its title."""
    for entry in every(fields):
        for block in entry.blocks:
            if block.kind == "h":
                return "".join(span.text for span in block.lines[0])
    return ""
