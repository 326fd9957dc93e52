"""Posts, roles and their periods in words, and what was changed about them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from flask_babel import gettext

from service.engine.appointment import Capacity, Period
from service.engine.assignment import Role
from service.queries.establishment import Change
from service.web.presentation.formats import day_full, last_day

NOTHING = "–"


def span(period: Period) -> str:
    """Return "2 Januari 2023 – 6 November 2026"; open ends say so."""
    if period.is_empty:
        return gettext("dibatalkan sebelum mulai")
    first = day_full(period.start)
    if period.end is None:
        return gettext("sejak %(first)s", first=first)
    last = last_day(period.end)
    return first if first == last else f"{first} – {last}"


def capacity_name(capacity: str) -> str:
    """Return as what somebody holds a post."""
    return {
        Capacity.DEFINITIVE: gettext("Pejabat definitif"),
        Capacity.PLH: gettext("Pelaksana harian (Plh.)"),
        Capacity.PLT: gettext("Pelaksana tugas (Plt.)"),
    }[Capacity(capacity)]


def role_name(role: str) -> str:
    """Return the name of a role."""
    return {
        Role.ADMIN: gettext("Admin"),
        Role.ANALYST: gettext("Analis proses"),
        Role.AUDITOR: gettext("Auditor"),
        Role.STAFF: gettext("Staf"),
        Role.SYSTEM: gettext("Admin sistem"),
    }[Role(role)]


def change_sentence(change: Change) -> str:
    """Say what an admin did, as a verb with its object: he stands before it."""
    after, before = change.after, change.before
    match change.kind:
        case "appointed":
            return gettext(
                "menunjuk %(person)s sebagai %(capacity)s, %(span)s%(decree)s",
                person=after.get("person", ""),
                capacity=capacity_name(after.get("capacity", "")),
                span=_span(after),
                decree=_decree(after),
            )
        case "appointment-ended" | "role-ended":
            return gettext("mengakhiri masa pada %(last)s", last=_last(after))
        case "role-given":
            return gettext(
                "memberi peran %(role)s, %(span)s%(decree)s",
                role=role_name(after.get("role", "")),
                span=_span(after),
                decree=_decree(after),
            )
        case "unit-closed" | "position-closed":
            return gettext("menutup %(name)s", name=before.get("name", ""))
        case "unit-added" | "position-added" | "person-added":
            return gettext("menambahkan %(name)s", name=after.get("name", ""))
        case "password-renewed":
            return gettext("memberi kata sandi baru")
        case "subject-untied":
            return gettext("melepas hubungan dengan akun penyedia")
        case _:
            return gettext("mengubah %(changes)s", changes="; ".join(_changed(before, after)))


def _changed(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    labels = {
        "email": gettext("surel"),
        "is_active": gettext("akun aktif"),
        "is_shared": gettext("dipegang bersama"),
        "name": gettext("nama"),
        "nip": "NIP",
        "parent": gettext("unit induk"),
        "reports_data": gettext("diminta data"),
        "superior": gettext("atasan"),
        "unit": gettext("unit"),
    }
    return [
        gettext(
            "%(what)s dari %(before)s menjadi %(after)s",
            what=labels.get(name, name),
            before=_said(before.get(name)),
            after=_said(after.get(name)),
        )
        for name in sorted({*before, *after})
    ]


def _said(value: object) -> str:
    if isinstance(value, bool):
        return gettext("ya") if value else gettext("tidak")
    return str(value) if value else NOTHING


def _span(facts: Mapping[str, Any]) -> str:
    start, end = _moment(facts.get("starts_at")), _moment(facts.get("ends_at"))
    return span(Period(start, end)) if start else NOTHING


def _last(facts: Mapping[str, Any]) -> str:
    end = _moment(facts.get("ends_at"))
    return last_day(end) if end else NOTHING


def _decree(facts: Mapping[str, Any]) -> str:
    return gettext(", SK %(decree)s", decree=facts["decree"]) if facts.get("decree") else ""


def _moment(text: object) -> datetime | None:
    return datetime.fromisoformat(text) if isinstance(text, str) else None
