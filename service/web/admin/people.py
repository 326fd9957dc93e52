"""The people of the office: found, added, given roles for a time, stopped from signing in."""

from collections.abc import Callable
from http import HTTPStatus
from uuid import UUID

from flask import Blueprint, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from service import identity, organisation
from service.engine.appointment import mandate_flaws
from service.engine.assignment import Role
from service.errors import NotAllowed, NotFound, PersonChanged
from service.organisation import PersonPlan
from service.queries import people as found
from service.web import auth, policies, presentation, sessions
from service.web.admin.typed import ELSEWHERE, Typed
from service.web.policies import Whose

blueprint = Blueprint("people", __name__)
Page = Response | tuple[str, int]
PERSON_FIELDS = ("name", "nip", "email")
SEEN = "semula"
"""Marks what the form showed, so that it replaces nothing else."""
ROLE_FIELDS = ("role", "decree", "first", "last")
LONGEST_QUERY = 100


@blueprint.get("/orang", endpoint="people")
@policies.people(Role.ADMIN)
def show() -> str:
    """List the people of the office."""
    q = request.args.get("q", "")[:LONGEST_QUERY]
    state = request.args.get("keadaan", "")
    page = presentation.page_number(request.args.get("hal", ""))
    people = found.people(auth.actor(), presentation.now(), q, state, page)
    return render_template("admin/people.html", page=people, q=q, state=state if state in found.STATES else "")


@blueprint.get("/orang-baru")
@policies.people(Role.ADMIN)
def new_person() -> str:
    """Show the form of a new person."""
    return render_template("admin/person_new.html", typed=Typed())


@blueprint.post("/orang-baru")
@policies.people(Role.ADMIN)
def add_person() -> str | tuple[str, int]:
    """Add somebody, and show his first password once."""
    typed = Typed.sent("user_name", *PERSON_FIELDS)
    password = identity.new_password()
    user_name, plan = typed.text("user_name").lower(), _plan(typed)
    typed.note(*organisation.person_flaws(plan, user_name))
    if typed.carry_out(lambda: organisation.add_person(auth.actor(), user_name, password, plan, presentation.now())):
        return _person_page(user_name, password=password)
    return render_template("admin/person_new.html", typed=typed), HTTPStatus.UNPROCESSABLE_ENTITY


@blueprint.get("/orang/<user_name>")
@policies.people(Role.ADMIN, whose=Whose.OF_THE_OFFICE)
def person(user_name: str) -> str:
    """Show what somebody held, holds and may."""
    return _person_page(user_name)


@blueprint.post("/orang/<user_name>")
@policies.people(Role.ADMIN, whose=Whose.OF_THE_OFFICE)
def change_person(user_name: str) -> Page:
    """Say how somebody is called and where he is told of work."""
    typed = Typed.sent(SEEN, *PERSON_FIELDS)
    actor, now, plan = auth.actor(), presentation.now(), _plan(typed)
    found.person(actor, user_name, now)
    typed.note(*organisation.person_flaws(plan))
    try:
        if _carry_out(typed, lambda: organisation.change_person(actor, user_name, plan, now, typed[SEEN])):
            return _done(gettext("Data %(name)s disimpan.", name=typed.text("name")), user_name)
    except PersonChanged:
        known = found.person(actor, user_name, now)
        typed.values[SEEN] = _shown(known).mark
        typed.sentences[ELSEWHERE] = _meanwhile(known)
        return _person_page(user_name, typed), HTTPStatus.CONFLICT
    return _person_page(user_name, typed), HTTPStatus.UNPROCESSABLE_ENTITY


@blueprint.post("/orang/<user_name>/akun")
@policies.people(Role.ADMIN, whose=Whose.OF_THE_OFFICE)
def switch_account(user_name: str) -> Page:
    """Stop somebody from signing in, at once, or let him again."""
    typed = Typed.sent("aktif")
    actor, now, is_active = auth.actor(), presentation.now(), typed.ticked("aktif")
    known = found.person(actor, user_name, now)
    if _carry_out(typed, lambda: organisation.switch_account(actor, user_name, now, is_active=is_active)):
        sentence = gettext("Akun %(name)s diaktifkan.") if is_active else gettext("Akun %(name)s dinonaktifkan.")
        return _done(sentence % {"name": known.name}, user_name)
    return _person_page(user_name, typed), HTTPStatus.UNPROCESSABLE_ENTITY


@blueprint.post("/orang/<user_name>/kata-sandi")
@policies.people(Role.ADMIN, whose=Whose.OF_THE_OFFICE)
def renew_password(user_name: str) -> str | tuple[str, int]:
    """Give somebody a new password and show it once."""
    typed = Typed.sent()
    made: list[str] = []
    found.person(auth.actor(), user_name, presentation.now())
    try:
        made.append(organisation.renew_password(auth.actor(), user_name, presentation.now()))
    except NotAllowed:
        typed.sentences[ELSEWHERE] = _of_others()
        return _person_page(user_name, typed), HTTPStatus.UNPROCESSABLE_ENTITY
    return _person_page(user_name, password=made[0])


@blueprint.post("/orang/<user_name>/penyedia")
@policies.people(Role.ADMIN, whose=Whose.OF_THE_OFFICE)
def untie(user_name: str) -> Page:
    """Forget whom the provider means by somebody."""
    typed = Typed.sent()
    known = found.person(auth.actor(), user_name, presentation.now())
    try:
        organisation.untie(auth.actor(), user_name, presentation.now())
    except NotAllowed:
        typed.sentences[ELSEWHERE] = _of_others()
        return _person_page(user_name, typed), HTTPStatus.UNPROCESSABLE_ENTITY
    return _done(gettext("Hubungan %(name)s dengan akun penyedia dilepas.", name=known.name), user_name)


@blueprint.get("/orang/<user_name>/peran")
@policies.people(Role.ADMIN, whose=Whose.OF_THE_OFFICE)
def granting(user_name: str) -> str:
    """Show the form of a new role."""
    today = presentation.now().astimezone(auth.office_zone()).date()
    return _role_form(Typed({"role": "", "first": today.isoformat()}), user_name)


@blueprint.post("/orang/<user_name>/peran")
@policies.people(Role.ADMIN, whose=Whose.OF_THE_OFFICE)
def grant(user_name: str) -> Page:
    """Give somebody a role for a time."""
    typed = Typed.sent(*ROLE_FIELDS)
    role = typed.chosen("role", set(Role) - {Role.SYSTEM})
    first, last = typed.day("first", required=True), typed.day("last")
    if role == Role.AUDITOR:
        typed.note(*mandate_flaws(typed.text("decree"), has_end=bool(typed.text("last"))))

    def act() -> None:
        if first is not None:
            now = presentation.now()
            organisation.grant(auth.actor(), user_name, Role(role), first, last, typed.text("decree"), now)

    found.person(auth.actor(), user_name, presentation.now())
    if typed.carry_out(act):
        return _done(gettext("Peran diberikan."), user_name)
    return _role_form(typed, user_name), HTTPStatus.UNPROCESSABLE_ENTITY


@blueprint.get("/orang/<user_name>/peran/<uuid:role_id>/akhiri")
@policies.people(Role.ADMIN, whose=Whose.OF_THE_OFFICE)
def revoking(user_name: str, role_id: UUID) -> str:
    """Ask until when somebody shall have a role."""
    return _revoking_form(Typed(), user_name, role_id)


@blueprint.post("/orang/<user_name>/peran/<uuid:role_id>/akhiri")
@policies.people(Role.ADMIN, whose=Whose.OF_THE_OFFICE)
def revoke(user_name: str, role_id: UUID) -> Page:
    """Take a role away."""
    typed = Typed.sent("last")
    last = typed.day("last")
    _role(user_name, role_id)
    if typed.carry_out(lambda: organisation.revoke(auth.actor(), role_id, presentation.now(), last)):
        return _done(gettext("Peran diakhiri."), user_name)
    return _revoking_form(typed, user_name, role_id), HTTPStatus.UNPROCESSABLE_ENTITY


def _plan(typed: Typed) -> PersonPlan:
    return PersonPlan(typed["name"], typed["nip"], typed["email"])


def _shown(view: found.PersonView) -> PersonPlan:
    return PersonPlan(view.name, view.nip, view.email)


def _meanwhile(known: found.PersonView) -> str:
    stored = " · ".join(text for text in (known.name, known.nip, known.email) if text)
    return gettext(
        "Data orang ini diubah dari tempat lain setelah halaman ini dibuka. Yang tersimpan sekarang: %(stored)s. "
        "Simpan lagi bila isian Anda yang berlaku.",
        stored=stored,
    )


def _carry_out(typed: Typed, act: Callable[[], None]) -> bool:
    try:
        return typed.carry_out(act)
    except NotAllowed:
        typed.sentences[ELSEWHERE] = _of_others()
        return False


def _of_others() -> str:
    return gettext(
        "Orang ini juga bekerja untuk kantor yang tidak Anda kelola. Admin sistem mengubahnya lewat baris perintah."
    )


def _person_page(user_name: str, typed: Typed | None = None, password: str = "") -> str:
    actor = auth.actor()
    view = found.person(actor, user_name, presentation.now())
    shown = typed or Typed()
    for name in PERSON_FIELDS:
        shown.values.setdefault(name, getattr(view, name))
    shown.values.setdefault(SEEN, _shown(view).mark)
    is_self = view.id == actor.person_id
    return render_template("admin/person.html", view=view, typed=shown, password=password, is_self=is_self)


def _role(user_name: str, role_id: UUID) -> found.RoleHeld:
    roles = found.person(auth.actor(), user_name, presentation.now()).roles
    held = next((one for one in roles if one.id == role_id), None)
    if held is None:
        raise NotFound(role=role_id)
    return held


def _role_form(typed: Typed, user_name: str) -> str:
    view = found.person(auth.actor(), user_name, presentation.now())
    return render_template("admin/role.html", typed=typed, view=view)


def _revoking_form(typed: Typed, user_name: str, role_id: UUID) -> str:
    view = found.person(auth.actor(), user_name, presentation.now())
    return render_template("admin/role_end.html", typed=typed, view=view, held=_role(user_name, role_id))


def _done(sentence: str, user_name: str) -> Response:
    sessions.tell(sentence)
    return redirect(url_for("people.person", user_name=user_name), HTTPStatus.SEE_OTHER)
