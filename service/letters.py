"""What is told outside, in words for people and without them for programs."""

from collections.abc import Mapping
from typing import Any

from flask_babel import force_locale, gettext

from service.mail import Letter

LANGUAGE = "id"


def written(kind: str, body: Mapping[str, Any], email: str, name: str, url: str) -> Letter:
    """Return an e-mail about an event."""
    case, task = body["case"], body.get("task", {})
    with force_locale(LANGUAGE):
        subject, sentence = _words(kind, case["title"], task.get("name", ""))
        place = f"/tugas/{task['id']}" if task else f"/berkas/{case['id']}"
        lines = [
            gettext("Yth. %(name)s,", name=name),
            "",
            sentence,
            gettext("Berkas nomor %(number)s: %(title)s", number=case["number"], title=case["title"]),
            *([gettext("Buka di Laksana: %(address)s", address=url + place)] if url else []),
            "",
            gettext("Surat ini dikirim oleh Laksana. Balasan tidak dibaca."),
        ]
    return Letter(email, name, subject, "\n".join(lines))


def without_words(body: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a program is told: ids, numbers and places of the process, nothing that somebody typed."""
    return {**body, "case": {name: value for name, value in body["case"].items() if name != "title"}}


def _words(kind: str, title: str, task: str) -> tuple[str, str]:
    match kind:
        case "task-returned":
            return (
                gettext("Dikembalikan: %(task)s", task=task),
                gettext("Tugas “%(task)s” dikembalikan kepada jabatan Anda.", task=task),
            )
        case "case-ended":
            return (
                gettext("Selesai: %(title)s", title=title),
                gettext("Berkas yang Anda mulai telah berakhir."),
            )
        case _:
            return (
                gettext("Tugas baru: %(task)s", task=task),
                gettext("Tugas “%(task)s” menunggu jabatan Anda.", task=task),
            )
