"""The page that leads an admin to what is opened rarely."""

from typing import NamedTuple

from flask import Blueprint, render_template, url_for
from flask_babel import gettext

from service.engine.assignment import Role
from service.queries import deliveries
from service.web import auth, policies

blueprint = Blueprint("system", __name__)


class Way(NamedTuple):
    """A page, and what it is for."""

    address: str
    label: str
    about: str
    icon: str
    waiting: int = 0
    """How much waits there for an admin."""


@blueprint.get("/sistem")
@policies.people(Role.ADMIN)
def page() -> str:
    """Show the ways."""
    actor = auth.actor()
    dead = deliveries.page(actor).dead_count
    ways = (
        Way(
            url_for("analyst.processes"),
            "SOP",
            gettext("SOP yang berlaku dengan versi dan diagramnya."),
            "journal-text",
        ),
        Way(
            url_for("mutu_baku.board"),
            gettext("Mutu Baku"),
            gettext("Waktu baku setiap langkah dan kenyataannya."),
            "clock",
        ),
        Way(
            url_for("deliveries.page"),
            gettext("Kiriman"),
            gettext("Surel dan webhook yang gagal sampai."),
            "send",
            dead,
        ),
        Way(url_for("exports.page"), gettext("Ekspor"), gettext("Semua berkas kantor ini sebagai tabel."), "download"),
        Way(url_for("readings.page"), gettext("Pembacaan auditor"), gettext("Apa yang dibuka auditor."), "eyeglasses"),
    )
    return render_template("admin/system.html", ways=ways)
