"""Units and posts of the office, who holds them, and every change of that by its admins."""

from collections.abc import Callable
from functools import partial
from http import HTTPStatus
from uuid import UUID

from flask import Blueprint, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from service import organisation
from service.engine.appointment import MONTHS, Capacity, mandate_flaws
from service.engine.assignment import Role
from service.organisation import Appointment, PositionPlan, UnitPlan
from service.queries import establishment, people
from service.web import auth, policies, presentation, sessions
from service.web.admin.typed import Typed
from service.web.policies import Whose

blueprint = Blueprint("positions", __name__)
Page = Response | tuple[str, int]
UNIT_FIELDS = ("name", "parent", "reports_data")
POSITION_FIELDS = ("name", "unit", "superior", "is_shared")
APPOINTMENT_FIELDS = ("capacity", "user_name", "decree", "first", "last")


@blueprint.get("/organisasi")
@policies.people(Role.ADMIN)
def tree() -> str:
    """Show the units with their posts and who holds them."""
    return render_template("admin/tree.html", branches=establishment.tree(auth.actor(), presentation.now()))


@blueprint.get("/organisasi/jabatan/<code>")
@policies.people(Role.ADMIN, whose=Whose.OF_THE_OFFICE)
def position(code: str) -> str:
    """Show who holds a post, who held it and who will, and what was changed about it."""
    actor, now = auth.actor(), presentation.now()
    view = establishment.position(actor, code, now)
    return render_template("admin/position.html", view=view, branches=establishment.tree(actor, now))


@blueprint.get("/organisasi/unit-baru")
@policies.people(Role.ADMIN)
def new_unit() -> str:
    """Show the form of a new unit."""
    return _unit_form(Typed({"parent": request.args.get("induk", ""), "reports_data": "1"}))


@blueprint.post("/organisasi/unit-baru")
@policies.people(Role.ADMIN)
def add_unit() -> Page:
    """Add a unit."""
    typed = Typed.sent("code", *UNIT_FIELDS)
    typed.note(*organisation.naming_flaws(auth.actor(), typed["name"], typed.text("code")))
    if typed.carry_out(
        lambda: organisation.add_unit(auth.actor(), typed.text("code"), _unit_plan(typed), presentation.now())
    ):
        return _done(gettext("Unit %(name)s ditambahkan.", name=typed.text("name")), url_for("positions.tree"))
    return _unit_form(typed), HTTPStatus.UNPROCESSABLE_ENTITY


@blueprint.get("/organisasi/unit/<unit>", endpoint="unit")
@policies.people(Role.ADMIN, whose=Whose.OF_THE_OFFICE)
def show_unit(unit: str) -> str:
    """Show a unit to be renamed, moved or closed."""
    view = establishment.unit(auth.actor(), unit)
    shown = {"name": view.name, "parent": view.parent, "reports_data": "1" if view.reports_data else ""}
    return _unit_form(Typed(shown), view)


@blueprint.post("/organisasi/unit/<unit>")
@policies.people(Role.ADMIN, whose=Whose.OF_THE_OFFICE)
def change_unit(unit: str) -> Page:
    """Rename or move a unit."""
    typed = Typed.sent(*UNIT_FIELDS)
    if typed.carry_out(lambda: organisation.change_unit(auth.actor(), unit, _unit_plan(typed), presentation.now())):
        return _done(gettext("Unit %(name)s disimpan.", name=typed.text("name")), url_for("positions.tree"))
    return _unit_form(typed, establishment.unit(auth.actor(), unit)), HTTPStatus.UNPROCESSABLE_ENTITY


@blueprint.get("/organisasi/unit/<unit>/tutup")
@policies.people(Role.ADMIN, whose=Whose.OF_THE_OFFICE)
def closing_unit(unit: str) -> str:
    """Ask whether a unit shall be closed."""
    return _closing(Typed(), establishment.unit(auth.actor(), unit).name, url_for("positions.unit", unit=unit))


@blueprint.post("/organisasi/unit/<unit>/tutup")
@policies.people(Role.ADMIN, whose=Whose.OF_THE_OFFICE)
def close_unit(unit: str) -> Page:
    """Close a unit."""
    name = establishment.unit(auth.actor(), unit).name
    back = url_for("positions.unit", unit=unit)
    return _close(lambda: organisation.close_unit(auth.actor(), unit, presentation.now()), name, back)


@blueprint.get("/organisasi/jabatan-baru")
@policies.people(Role.ADMIN)
def new_position() -> str:
    """Show the form of a new post."""
    return _position_form(Typed({"unit": request.args.get("unit", "")}))


@blueprint.post("/organisasi/jabatan-baru")
@policies.people(Role.ADMIN)
def add_position() -> Page:
    """Add a post."""
    typed = Typed.sent("code", *POSITION_FIELDS)
    code = typed.text("code")
    typed.note(*organisation.naming_flaws(auth.actor(), typed["name"], code))
    if typed.carry_out(
        lambda: organisation.add_position(auth.actor(), code, _position_plan(typed), presentation.now())
    ):
        return _done(gettext("Jabatan %(name)s ditambahkan.", name=typed.text("name")), _post(code))
    return _position_form(typed), HTTPStatus.UNPROCESSABLE_ENTITY


@blueprint.get("/organisasi/jabatan/<code>/ubah")
@policies.people(Role.ADMIN, whose=Whose.OF_THE_OFFICE)
def editing_position(code: str) -> str:
    """Show a post to be renamed, moved or closed."""
    view = establishment.position(auth.actor(), code, presentation.now())
    shown = {
        "name": view.name,
        "unit": view.unit,
        "superior": view.superior,
        "is_shared": "1" if view.is_shared else "",
    }
    return _position_form(Typed(shown), code)


@blueprint.post("/organisasi/jabatan/<code>/ubah")
@policies.people(Role.ADMIN, whose=Whose.OF_THE_OFFICE)
def change_position(code: str) -> Page:
    """Rename a post or move it."""
    typed = Typed.sent(*POSITION_FIELDS)
    plan = _position_plan(typed)
    if typed.carry_out(lambda: organisation.change_position(auth.actor(), code, plan, presentation.now())):
        return _done(gettext("Jabatan %(name)s disimpan.", name=plan.name.strip()), _post(code))
    establishment.position(auth.actor(), code, presentation.now())
    return _position_form(typed, code), HTTPStatus.UNPROCESSABLE_ENTITY


@blueprint.get("/organisasi/jabatan/<code>/tutup")
@policies.people(Role.ADMIN, whose=Whose.OF_THE_OFFICE)
def closing_position(code: str) -> str:
    """Ask whether a post shall be closed."""
    return _closing(Typed(), establishment.position(auth.actor(), code, presentation.now()).name, _post(code))


@blueprint.post("/organisasi/jabatan/<code>/tutup")
@policies.people(Role.ADMIN, whose=Whose.OF_THE_OFFICE)
def close_position(code: str) -> Page:
    """Close a post."""
    name = establishment.position(auth.actor(), code, presentation.now()).name
    return _close(lambda: organisation.close_position(auth.actor(), code, presentation.now()), name, _post(code))


@blueprint.get("/organisasi/jabatan/<code>/tunjuk")
@policies.people(Role.ADMIN, whose=Whose.OF_THE_OFFICE)
def appointing(code: str) -> str:
    """Show the form of an appointment."""
    view = establishment.position(auth.actor(), code, presentation.now())
    capacity = request.args.get("sebagai") or (Capacity.PLH if view.holders and not view.is_shared else "definitive")
    today = presentation.now().astimezone(auth.office_zone()).date()
    return _appointment_form(Typed({"capacity": capacity, "first": today.isoformat()}), view)


@blueprint.post("/organisasi/jabatan/<code>/tunjuk")
@policies.people(Role.ADMIN, whose=Whose.OF_THE_OFFICE)
def appoint(code: str) -> Page:
    """Let somebody hold a post."""
    typed = Typed.sent(*APPOINTMENT_FIELDS)
    new = _appointment(typed, code)
    if new and typed.carry_out(partial(organisation.appoint, auth.actor(), new, presentation.now())):
        return _done(gettext("Penunjukan dicatat."), _post(code))
    view = establishment.position(auth.actor(), code, presentation.now())
    return _appointment_form(typed, view), HTTPStatus.UNPROCESSABLE_ENTITY


@blueprint.get("/organisasi/jabatan/<code>/akhiri/<uuid:holding_id>")
@policies.people(Role.ADMIN, whose=Whose.OF_THE_OFFICE)
def ending(code: str, holding_id: UUID) -> str:
    """Ask until which day somebody shall hold a post."""
    today = presentation.now().astimezone(auth.office_zone()).date()
    return _ending_form(Typed({"last": today.isoformat()}), code, holding_id)


@blueprint.post("/organisasi/jabatan/<code>/akhiri/<uuid:holding_id>")
@policies.people(Role.ADMIN, whose=Whose.OF_THE_OFFICE)
def end(code: str, holding_id: UUID) -> Page:
    """Let somebody hold a post until a day."""
    typed = Typed.sent("last")
    last = typed.day("last", required=True)

    def act() -> None:
        if last is not None:
            organisation.end(auth.actor(), holding_id, last, presentation.now())

    establishment.seat(auth.actor(), code, holding_id, presentation.now())
    if typed.carry_out(act):
        return _done(gettext("Masa jabatan diakhiri."), _post(code))
    return _ending_form(typed, code, holding_id), HTTPStatus.UNPROCESSABLE_ENTITY


def _appointment(typed: Typed, code: str) -> Appointment | None:
    """Return the appointment that was typed, if it can be read, and note everything that speaks against it."""
    first, last = typed.day("first", required=True), typed.day("last")
    capacity = typed.chosen("capacity", set(Capacity))
    user_name, decree = typed.text("user_name"), typed.text("decree")
    if not user_name:
        typed.sentences.setdefault("user_name", gettext("Pilih orangnya."))
    if first is None or typed.sentences.keys() & {"capacity", "user_name", "last"}:
        if capacity in MONTHS:
            typed.note(*mandate_flaws(decree, has_end=bool(typed.text("last"))))
        return None
    new = Appointment(user_name, code, first, last, Capacity(capacity), decree)
    typed.note(*organisation.appointment_flaws(auth.actor(), new))
    return new


def _unit_plan(typed: Typed) -> UnitPlan:
    return UnitPlan(typed["name"], typed.text("parent"), typed.ticked("reports_data"))


def _position_plan(typed: Typed) -> PositionPlan:
    return PositionPlan(typed["name"], typed.text("unit"), typed.text("superior"), typed.ticked("is_shared"))


def _unit_form(typed: Typed, view: establishment.UnitView | None = None) -> str:
    choices = establishment.unit_choices(auth.actor())
    return render_template("admin/unit.html", typed=typed, view=view, choices=choices)


def _position_form(typed: Typed, code: str = "") -> str:
    actor = auth.actor()
    return render_template(
        "admin/position_form.html",
        typed=typed,
        code=code,
        units=establishment.unit_choices(actor),
        positions=[one for one in establishment.position_choices(actor) if one[0] != code],
    )


def _appointment_form(typed: Typed, view: establishment.PositionView) -> str:
    return render_template("admin/appoint.html", typed=typed, view=view, people=people.choices(auth.actor()))


def _ending_form(typed: Typed, code: str, holding_id: UUID) -> str:
    actor, now = auth.actor(), presentation.now()
    seat = establishment.seat(actor, code, holding_id, now)
    return render_template(
        "admin/end.html",
        typed=typed,
        seat=seat,
        view=establishment.position(actor, code, now),
        in_hand=establishment.in_hand(actor, holding_id, now),
    )


def _closing(typed: Typed, name: str, back: str) -> str:
    return render_template("admin/close.html", typed=typed, name=name, back=back)


def _close(act: Callable[[], None], name: str, back: str) -> Page:
    typed = Typed.sent()
    if typed.carry_out(act):
        return _done(gettext("%(name)s ditutup.", name=name), url_for("positions.tree"))
    return _closing(typed, name, back), HTTPStatus.UNPROCESSABLE_ENTITY


def _post(code: str) -> str:
    return url_for("positions.position", code=code)


def _done(sentence: str, address: str) -> Response:
    sessions.tell(sentence)
    return redirect(address, HTTPStatus.SEE_OTHER)
