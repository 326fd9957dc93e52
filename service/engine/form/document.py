"""Reading a .form file strictly: bytes to JSON, with every reason why that may fail as a sentence."""

import json
import re
from typing import Final, NoReturn

from service.errors import Problem, Remedy, remedy

SIZE: Final = 1_000_000
DEPTH: Final = 20
_DIGITS: Final = 30
_QUIET: Final = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)
_ID: Final = re.compile(r'"id"\s*:\s*("(?:[^"\\]|\\.)*")')


class _Unreadable(Exception):
    def __init__(self, code: str, message: str, message_en: str, fix: Remedy, line: int = 0) -> None:
        super().__init__(message_en)
        self.reason = (code, message, message_en, fix, line)


def read_json(content: bytes, file: str) -> tuple[dict[str, object] | None, dict[str, int], list[Problem]]:
    """Return the document, the line of each id, and the problem if it could not be read."""
    try:
        text = _text(content)
        document = _parsed(text)
    except _Unreadable as refusal:
        code, message, message_en, fix, line = refusal.reason
        return None, {}, [Problem(code, message, message_en, file=file, line=line, fix=fix)]
    return document, _lines(text), []


def _text(content: bytes) -> str:
    if len(content) > SIZE:
        raise _Unreadable(
            "form-too-large",
            "Berkas formulir lebih dari 1 MB.",
            "The form is larger than 1 MB.",
            remedy("Pecah formulir menjadi beberapa formulir yang lebih kecil."),
        )
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _Unreadable(
            "form-encoding",
            "Berkas formulir tidak memakai pengodean UTF-8.",
            "The form is not encoded in UTF-8.",
            remedy("Simpan kembali formulir dari Camunda Modeler."),
            content.count(b"\n", 0, error.start) + 1,
        ) from None


def _parsed(text: str) -> dict[str, object]:
    _check_depth(text)
    try:
        document = json.loads(
            text,
            object_pairs_hook=_object,
            parse_constant=_constant,
            parse_float=_float,
            parse_int=_int,
        )
    except json.JSONDecodeError as error:
        raise _Unreadable(
            "form-not-json",
            f"Berkas formulir bukan JSON yang benar: baris {error.lineno}, kolom {error.colno}.",
            f"The form is not valid JSON: {error.msg}, line {error.lineno}, column {error.colno}.",
            remedy("Simpan kembali formulir dari Camunda Modeler."),
            error.lineno,
        ) from None
    if not isinstance(document, dict):
        raise _Unreadable(
            "form-not-object",
            "Berkas formulir bukan sebuah objek JSON.",
            "The form is not a JSON object.",
            remedy("Simpan kembali formulir dari Camunda Modeler."),
        )
    return document


def _check_depth(text: str) -> None:
    depth = 0
    for sign in re.finditer(r"[\[\]{}]", _QUIET.sub('""', text)):
        depth += 1 if sign[0] in "[{" else -1
        if depth > DEPTH:
            raise _Unreadable(
                "form-too-deep",
                f"Isi formulir bertingkat lebih dari {DEPTH}.",
                f"The form is nested more than {DEPTH} levels deep.",
                remedy("Kurangi kelompok di dalam kelompok."),
            )


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    made = dict(pairs)
    if len(made) < len(pairs):
        seen: set[str] = set()
        name = next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value] # add is always falsy
        raise _Unreadable(
            "form-duplicate-name",
            f'Nama "{name[:60]}" muncul dua kali dalam satu objek JSON.',
            f'The name "{name[:60]}" appears twice in one JSON object.',
            remedy("Hapus salah satunya."),
        )
    return made


def _constant(name: str) -> NoReturn:
    raise _bad_number(name)


def _float(text: str) -> float:
    number = float(text)
    if number in {float("inf"), float("-inf")}:
        raise _bad_number(text)
    return number


def _int(text: str) -> int:
    if len(text) > _DIGITS:
        raise _bad_number(text)
    return int(text)


def _bad_number(text: str) -> _Unreadable:
    return _Unreadable(
        "form-number",
        f"Bilangan {text[:40]} tidak dapat dipakai.",
        f"The number {text[:40]} cannot be used.",
        remedy("Tulis bilangan biasa."),
    )


def _lines(text: str) -> dict[str, int]:
    """Return the line on which each id first stands."""
    found: dict[str, int] = {}
    line, place = 1, 0
    for match in _ID.finditer(text):
        line += text.count("\n", place, match.start())
        place = match.start()
        found.setdefault(str(json.loads(match[1], strict=False)), line)
    return found
