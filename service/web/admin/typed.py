"""What was typed into a form of an admin: read field by field, kept when it is refused, a sentence beside the field."""

from collections.abc import Callable, Collection, Mapping
from datetime import date

from flask import request
from flask_babel import gettext

from service.engine.day import read_day
from service.errors import Conflict, Invalid, NotFound, PersonChanged, Refused
from service.web.admin import complaints

ELSEWHERE = ""
"""Where a sentence stands that is about no field."""
CARRIED = frozenset({"csrf_token", "_kunci"})
LONGEST = 300
EARLIEST, LATEST = date(1950, 1, 1), date(2150, 1, 1)


class Typed:
    """A form as it was sent, or as it is shown first; the sentences say what is wrong with its fields."""

    def __init__(self, shown: Mapping[str, str] | None = None, fields: Collection[str] = ()) -> None:
        self.values: dict[str, str] = dict(shown or {})
        self.sentences: dict[str, str] = {}
        self._fields = fields

    @classmethod
    def sent(cls, *fields: str) -> "Typed":
        """Return the form of this request; a field that came twice or that the page does not have is refused."""
        typed = cls({name: request.form.get(name, "") for name in fields}, fields)
        for name, values in request.form.lists():
            if name in CARRIED:
                continue
            if name not in fields:
                typed.sentences.setdefault(ELSEWHERE, gettext("Formulir ini memuat isian yang tidak dikenal."))
            elif len(values) > 1:
                typed.sentences[name] = gettext("Isi satu jawaban saja.")
            elif len(values[0]) > LONGEST:
                typed.sentences[name] = gettext("Paling banyak %(limit)s huruf.", limit=LONGEST)
            elif "\x00" in values[0]:
                typed.sentences[name] = gettext("Ada huruf yang tidak dapat disimpan. Ketik ulang.")
        return typed

    def __getitem__(self, name: str) -> str:
        """Return the text of a field, for a template too."""
        return self.values.get(name, "")

    def text(self, name: str) -> str:
        """Return the text of a field without spaces around it."""
        return self[name].strip()

    def day(self, name: str, *, required: bool = False) -> date | None:
        """Return the day of a field, and note what is wrong with it."""
        text = self.text(name)
        if not text:
            if required:
                self.sentences.setdefault(name, gettext("Wajib diisi."))
            return None
        found = _day(text)
        if found is None or not EARLIEST <= found <= LATEST:
            self.sentences.setdefault(name, gettext("Isi dengan tanggal, misalnya 2/11/2026."))
            return None
        return found

    def chosen(self, name: str, choices: Collection[str]) -> str:
        """Return the choice of a field, and note one that is not offered."""
        text = self.text(name)
        if text not in choices:
            self.sentences.setdefault(name, gettext("Pilih salah satu dari daftar."))
        return text

    def ticked(self, name: str) -> bool:
        """Tell whether a box is ticked."""
        return bool(self[name])

    def carry_out(self, act: Callable[[], object]) -> bool:
        """Do what was typed if it can be read, and tell whether it was done; a refusal becomes a sentence."""
        if self.sentences:
            return False
        try:
            act()
        except PersonChanged:
            raise  # the page shows what is known by now
        except (Invalid, Conflict, NotFound) as refusal:
            self.note(refusal)
            return False
        return True

    def note(self, *refusals: Refused) -> None:
        """Put the sentence of each refusal beside its field, if the page has it; the first about a field stays."""
        for refusal in refusals:
            name = next((name for name in complaints.fields(refusal) if name in self._fields), ELSEWHERE)
            self.sentences.setdefault(name, complaints.sentence(refusal))


def _day(text: str) -> date | None:
    try:
        return read_day(text)
    except ValueError:
        return None
