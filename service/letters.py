"""What is told outside, in words for people and without them for programs."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_datetime
from flask_babel import force_locale, get_locale, gettext, ngettext

from service.mail import Letter


@dataclass(frozen=True, slots=True)
class Receiver:
    """To whom a letter goes."""

    email: str
    name: str
    language: str


def written(kind: str, body: Mapping[str, Any], to: Receiver, url: str) -> Letter:
    """Return an e-mail about an event, or about a morning."""
    with force_locale(to.language):
        subject, lines = _morning(body, url) if kind == "digest" else _event(kind, body, url)
        text = [gettext("Yth. %(name)s,", name=to.name), "", *lines, "", _closing(url)]
    return Letter(to.email, to.name, subject, "\n".join(text))


def without_words(body: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a program is told: ids, numbers and places of the process, nothing that somebody typed."""
    return {**body, "case": {name: value for name, value in body["case"].items() if name != "title"}}


def _event(kind: str, body: Mapping[str, Any], url: str) -> tuple[str, list[str]]:
    case, task = body["case"], body.get("task", {})
    told = _due_words(kind, body) if "due_at" in body else _words(kind, case["title"], task.get("name", ""))
    subject, sentence = told
    place = f"/tugas/{task['id']}" if task and kind != "task-escalated" else f"/berkas/{case['id']}"
    return subject, [
        sentence,
        *_said(body),
        gettext("Berkas nomor %(number)s: %(title)s", number=case["number"], title=case["title"]),
        *([gettext("Buka di Laksana: %(address)s", address=url + place)] if url else []),
    ]


def _said(body: Mapping[str, Any]) -> list[str]:
    return [f"{body['by']}: {body['reason']}"] if body.get("reason") else []


def _words(kind: str, title: str, task: str) -> tuple[str, str]:
    match kind:
        case "task-returned":
            return (
                gettext("Dikembalikan: %(task)s", task=task),
                gettext("Tugas “%(task)s” dikembalikan kepada jabatan Anda.", task=task),
            )
        case "task-handed":
            return (
                gettext("Tugas untuk Anda: %(task)s", task=task),
                gettext("Tugas “%(task)s” diteruskan kepada Anda.", task=task),
            )
        case "task-taken-away":
            return (
                gettext("Tugas beralih: %(task)s", task=task),
                gettext("Tugas “%(task)s” tidak lagi di tangan Anda.", task=task),
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


def _due_words(kind: str, body: Mapping[str, Any]) -> tuple[str, str]:
    task, moment = body["task"]["name"], _moment(body["due_at"], ZoneInfo(body["zone"]))
    match kind:
        case "task-due":
            return (
                gettext("Segera jatuh tempo: %(task)s", task=task),
                gettext("Tugas “%(task)s” harus selesai paling lambat %(moment)s.", task=task, moment=moment),
            )
        case "task-late":
            return (
                gettext("Lewat waktu: %(task)s", task=task),
                gettext("Tenggat tugas “%(task)s” sudah lewat sejak %(moment)s.", task=task, moment=moment),
            )
        case _:
            return (
                gettext("Perlu perhatian atasan: %(task)s", task=task),
                ngettext(
                    "Tugas “%(task)s” pada %(holder)s sudah lewat %(num)s hari kerja dari tenggatnya, %(moment)s.",
                    "Tugas “%(task)s” pada %(holder)s sudah lewat %(num)s hari kerja dari tenggatnya, %(moment)s.",
                    body["days"], task=task, holder=body["holder"], moment=moment,
                ),
            )  # fmt: skip


def _moment(text: str, zone: ZoneInfo) -> str:
    return format_datetime(datetime.fromisoformat(text), "d MMMM y HH.mm", zone, get_locale())


def _morning(body: Mapping[str, Any], url: str) -> tuple[str, list[str]]:
    counts, tasks = body["counts"], body["tasks"]
    open_tasks, late = counts["saya"], counts["lewat"]
    sentence = ngettext("Ada %(num)s tugas untuk Anda.", "Ada %(num)s tugas untuk Anda.", open_tasks)
    if late:
        sentence += " " + ngettext("%(num)s tugas lewat waktu.", "%(num)s tugas lewat waktu.", late)
    lines = [sentence, "", *(line for task in tasks for line in _task(task, ZoneInfo(body["zone"]), url))]
    if more := open_tasks - len(tasks):
        lines.append(ngettext("Dan %(num)s tugas lain di kotak tugas.", "Dan %(num)s tugas lain di kotak tugas.", more))
    subject = ngettext("%(num)s tugas menunggu Anda hari ini", "%(num)s tugas menunggu Anda hari ini", open_tasks)
    return subject, lines


def _task(task: Mapping[str, Any], zone: ZoneInfo, url: str) -> Iterator[str]:
    yield f"- {task['name']} ({task['case']})"
    if task["is_returned"]:
        yield "  " + gettext("Dikembalikan kepada Anda.")
    if task.get("is_suspended"):  # letters that were written before cases could be suspended do not say
        yield "  " + gettext("Berkasnya ditangguhkan: belum dapat dikerjakan.")
    if task["due_at"]:
        yield "  " + gettext("Tenggat %(moment)s", moment=_moment(task["due_at"], zone))
    if url:
        yield f"  {url}/tugas/{task['id']}"


def _closing(url: str) -> str:
    closing: str = gettext("Surat ini dikirim oleh Laksana. Balasan tidak dibaca.")
    if not url:
        return closing
    settings = gettext("Atur pemberitahuan: %(address)s", address=f"{url}/pemberitahuan/pengaturan")
    return f"{closing}\n{settings}"
