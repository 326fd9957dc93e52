"""The offices of this service: who looks after them sets them up, and sees nothing of what is done in them."""

from http import HTTPStatus

from flask import Blueprint, redirect, render_template, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from service import identity, offices
from service.engine.assignment import Role
from service.errors import NotFound
from service.offices import ZONES, NewOffice
from service.organisation import PersonPlan, person_flaws
from service.queries import organisation
from service.queries.organisation import OfficeRow
from service.web import auth, policies, presentation, sessions
from service.web.admin.typed import Typed

blueprint = Blueprint("offices", __name__)


@blueprint.get("/kantor", endpoint="offices")
@policies.people(Role.SYSTEM)
def show() -> str:
    """List the offices."""
    return render_template("admin/offices.html", rows=organisation.all_offices(presentation.now()))


@blueprint.get("/kantor-baru")
@policies.people(Role.SYSTEM)
def new_office() -> str:
    """Show the form of a new office."""
    return _form(Typed({"zone": ZONES[0]}))


@blueprint.post("/kantor-baru")
@policies.people(Role.SYSTEM)
def add_office() -> Response | tuple[str, int]:
    """Set an office up, and go on to its first admin."""
    typed = Typed.sent("code", "name", "zone")
    new = NewOffice(typed.text("code"), typed.text("name"), typed.text("zone"))
    if not typed.carry_out(lambda: offices.add(auth.actor(), new)):
        return _form(typed), HTTPStatus.UNPROCESSABLE_ENTITY
    sessions.tell(gettext("%(name)s siap. Tambahkan adminnya.", name=new.name))
    return redirect(url_for("offices.new_admin", office=new.key), HTTPStatus.SEE_OTHER)


@blueprint.get("/kantor/<office>/admin-baru")
@policies.people(Role.SYSTEM)
def new_admin(office: str) -> str:
    """Show the form of a new admin of an office."""
    return _admin(_office(office), Typed())


@blueprint.post("/kantor/<office>/admin-baru")
@policies.people(Role.SYSTEM)
def add_admin(office: str) -> str | tuple[str, int]:
    """Let somebody new look after an office, and show his first password once."""
    found, typed = _office(office), Typed.sent("user_name", "name")
    told: list[str] = []
    user_name, name = typed.text("user_name").lower(), typed.text("name")
    typed.note(*person_flaws(PersonPlan(name), user_name))
    if not typed.carry_out(
        lambda: told.append(identity.add_admin(auth.actor(), office, user_name, name, presentation.now()))
    ):
        return _admin(found, typed), HTTPStatus.UNPROCESSABLE_ENTITY
    return _admin(_office(office), Typed(), user_name=user_name, password=told[0])


def _form(typed: Typed) -> str:
    zones = [(zone, presentation.ZONES.get(zone, zone)) for zone in ZONES]
    return render_template("admin/office_new.html", typed=typed, zones=zones)


def _admin(office: OfficeRow, typed: Typed, user_name: str = "", password: str = "") -> str:
    return render_template(
        "admin/office_admin.html", office=office, typed=typed, user_name=user_name, password=password
    )


def _office(key: str) -> OfficeRow:
    found = next((row for row in organisation.all_offices(presentation.now()) if row.key == key), None)
    if found is None:
        raise NotFound(office=key)
    return found
