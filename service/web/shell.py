"""What surrounds every page: who reads it for which office, and the one navigation."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import current_app, g, request, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as later

from service import catalogue, identity
from service.engine.appointment import Mandate
from service.engine.assignment import Actor, Role
from service.queries import cases, inbox, news, organisation, readings
from service.web import presentation
from service.web.auth import locale, office_zone

SYSTEM = "system.page"
"""The page that leads an admin to everything that has no entry of its own."""
SECTIONS = {
    "analyst": "analyst.processes",
    "cases": "cases.cases",
    "claims": "tasks.inbox",
    "collections": "cases.cases",
    "completeness": "tasks.inbox",
    "completeness.report": "cases.cases",
    "deliveries": SYSTEM,
    "evidence": "cases.cases",
    "exports": "exports.page",
    "filters": "tasks.inbox",
    "incidents": "cases.cases",
    "moves": "cases.cases",
    "mutu_baku": "mutu_baku.board",
    "offices": "offices.offices",
    "pauses": "cases.cases",
    "people": "people.people",
    "positions": "positions.tree",
    "previews": "cases.cases",
    "readings": SYSTEM,
    "reminders": "analyst.processes",
    "removals": "analyst.processes",
    "spreadsheet": "positions.tree",
    "starts": "starts.start_list",
    "system": SYSTEM,
    "tasks": "tasks.inbox",
    "together": "tasks.inbox",
    "workdays": "workdays.page",
}
"""The entry of the navigation that the pages of a blueprint, or one page of it, belong to; others belong to none."""
STOPPED = "incident"
"""The filter of the list of cases behind the entry that only admins have."""


@dataclass(frozen=True, slots=True)
class NavItem:
    """An entry of the one navigation list."""

    address: str
    label: str
    icon: str
    count: int
    current: bool


@dataclass(frozen=True, slots=True)
class Shell:
    """What surrounds every page."""

    office_name: str
    position: str
    acting: str
    acting_until: str
    person_name: str
    mandate: Mandate | None
    """Under which decree and until when an auditor looks."""
    roles: frozenset[str]
    open_tasks: int
    unread: int
    now: datetime
    zone_label: str
    hours: str
    nav: tuple[NavItem, ...]
    can_switch: bool
    locale: str


NAVIGATION: dict[Role, tuple[tuple[str, Any, str], ...]] = {
    Role.STAFF: (
        ("tasks.inbox", later("Tugas"), "inbox"),
        ("cases.cases", later("Berkas"), "folder2-open"),
        ("starts.start_list", later("Mulai"), "plus-circle"),
        ("mutu_baku.board", later("Mutu Baku"), "clock"),
        ("analyst.processes", later("SOP"), "journal-text"),
    ),
    Role.ANALYST: (
        ("analyst.processes", later("SOP"), "journal-text"),
        ("cases.cases", later("Berkas"), "folder2-open"),
        ("mutu_baku.board", later("Mutu Baku"), "clock"),
    ),
    Role.AUDITOR: (
        ("cases.cases", later("Berkas"), "folder2-open"),
        ("mutu_baku.board", later("Mutu Baku"), "clock"),
        ("analyst.processes", later("SOP"), "journal-text"),
        ("exports.page", later("Ekspor"), "download"),
    ),
    Role.ADMIN: (
        ("positions.tree", later("Jabatan"), "diagram-3"),
        ("people.people", later("Orang"), "people"),
        ("cases.cases", later("Berkas"), "folder2-open"),
        ("workdays.page", later("Hari kerja"), "calendar3"),
        (SYSTEM, later("Sistem"), "gear"),
    ),
    Role.SYSTEM: (("offices.offices", later("Kantor"), "building"),),
}


def context() -> dict[str, Any]:
    """Return what every template gets."""
    who, provider = g.get("actor"), current_app.config["LAKSANA"].provider
    shell = _shell(who) if who and not who.must_change_password else None
    return {"shell": shell, "provider_label": provider.label if provider else ""}


def _shell(who: Actor) -> Shell:
    now, post = presentation.now().astimezone(office_zone()), who.shown_post
    spans = catalogue.calendar(who.office).hours_of(now.date())
    tasks = inbox.open_count(who, presentation.now()) if Role.STAFF in who.roles else 0
    return Shell(
        office_name=organisation.office_name(who),
        position=post.name if post else _role_name(who),
        acting=post.capacity.prefix if post else "",
        acting_until=presentation.last_day(post.end) if post and post.is_acting and post.end else "",
        person_name=who.name,
        mandate=readings.mandate(who, now) if Role.AUDITOR in who.roles else None,
        roles=frozenset(role.value for role in who.roles),
        open_tasks=tasks,
        unread=news.unread(who, presentation.now()) if Role.STAFF in who.roles else 0,
        now=now,
        zone_label=presentation.ZONES.get(str(office_zone()), ""),
        hours=f"{_clock(spans[0][0])}–{_clock(spans[-1][1])}" if spans else "",
        nav=(*_navigation(who, tasks), *_incidents(who)),
        can_switch=len(identity.offices(who, now)) > 1,
        locale=locale(),
    )


def _navigation(who: Actor, tasks: int) -> tuple[NavItem, ...]:
    role = next((role for role in NAVIGATION if role in who.roles), Role.AUDITOR)
    current = "" if Role.ADMIN in who.roles and _among_incidents() else _section(role)
    return tuple(
        NavItem(url_for(endpoint), str(label), icon, tasks if endpoint == "tasks.inbox" else 0, endpoint == current)
        for endpoint, label, icon in NAVIGATION[role]
    )


def _incidents(who: Actor) -> tuple[NavItem, ...]:
    """Return the way to the cases that stand still, for those who can let them go on."""
    if Role.ADMIN not in who.roles:
        return ()
    address = url_for("cases.cases", keadaan=STOPPED)
    return (NavItem(address, gettext("Gangguan"), "exclamation-triangle", cases.stopped(who), _among_incidents()),)


def _among_incidents() -> bool:
    endpoint = request.endpoint or ""
    return endpoint.startswith("incidents.") or (endpoint == "cases.cases" and request.args.get("keadaan") == STOPPED)


def _section(role: Role) -> str:
    """Return the entry of the navigation that this page belongs to, nothing where it belongs to none."""
    section = SECTIONS.get(request.endpoint or "") or SECTIONS.get(request.blueprint or "", "")
    entries = {endpoint for endpoint, _, _ in NAVIGATION[role]}
    return SYSTEM if section and SYSTEM in entries and section not in entries else section


def _role_name(who: Actor) -> str:
    names = {
        Role.ANALYST: gettext("Analis proses"),
        Role.AUDITOR: gettext("Auditor"),
        Role.ADMIN: gettext("Admin"),
        Role.SYSTEM: gettext("Admin sistem"),
    }
    return next((name for role, name in names.items() if role in who.roles), who.name)


def _clock(minutes: int) -> str:
    sign = ":" if presentation.language() == "en" else "."
    return f"{minutes // 60:02d}{sign}{minutes % 60:02d}"
