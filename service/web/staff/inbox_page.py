"""The page of the inbox: which view is asked for, and what in the address cannot be read."""

from dataclasses import dataclass
from typing import Any

from flask import render_template, request
from flask_babel import gettext
from werkzeug.datastructures import MultiDict

from service.queries import filters, inbox
from service.queries.inbox import ORDERS, TABS, View
from service.web import auth, presentation, wording
from service.web.staff import sent

NAMES = {"tampilan": "tab", "q": "q", "sop": "process", "unit": "unit", "urutan": "order"}
"""Parameter of the address and field of the view."""
LONGEST = 200


@dataclass(frozen=True, slots=True)
class Asked:
    """A view as an address asks for it."""

    view: View
    misread: tuple[str, ...]
    """Sentences about what was left out."""


def render() -> str:
    """Return the page, without a wish as the reader has chosen it to open."""
    kept = filters.own(auth.actor())
    chosen = next((one.wanted for one in kept if one.is_default), {})
    wanted = asked(request.args or MultiDict(chosen))
    page = inbox.inbox(auth.actor(), presentation.now(), wanted.view)
    return render_template(
        "staff/inbox.html",
        page=wording.localised(page, auth.office_zone()),
        misread=wanted.misread,
        address=address(page.view),
        kept=kept,
        is_choosing="pilih" in request.args,
    )


def asked(parameters: MultiDict[str, str]) -> Asked:
    """Read the view that the parameters of an address ask for."""
    values = {field: parameters.get(name, "").strip()[:LONGEST] for name, field in NAMES.items()}
    view = View(**values, page=sent.page_number())
    misread = [
        gettext("“%(name)s” disebut lebih dari sekali; yang pertama dipakai.", name=name)
        for name in (*NAMES, "hal")
        if len(parameters.getlist(name)) > 1
    ]
    if view.tab and view.tab not in TABS:
        misread.append(gettext("Tampilan yang diminta tidak ada."))
    if view.order and view.order not in ORDERS:
        misread.append(gettext("Urutan yang diminta tidak ada; tugas diurutkan menurut tenggat."))
    return Asked(view, tuple(misread))


def address(view: View) -> dict[str, Any]:
    """Return the parameters under which a view is found again, without the number of the page."""
    return {name: value for name, field in NAMES.items() if (value := getattr(view, field))}
