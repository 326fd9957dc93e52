"""What people are told of the due dates of an SOP: as sentences on its page, and settled by its analyst."""

from http import HTTPStatus

from flask import Blueprint, redirect, render_template, url_for
from flask_babel import gettext, ngettext
from werkzeug.wrappers import Response

from service import reminders
from service.engine.assignment import Role
from service.engine.reminders import LARGEST, UNITS, Rule
from service.engine.worktime import Unit
from service.queries import definitions
from service.queries import reminders as found
from service.web import auth, policies, presentation, sessions
from service.web.admin.typed import Typed
from service.web.policies import Whose

blueprint = Blueprint("reminders", __name__)
TICKS = ("is_on", "when_late")
LONGEST_NUMBER = 4


@blueprint.get("/sop/<key>/pengingat", endpoint="page")
@policies.people(Role.ANALYST, whose=Whose.OF_THE_OFFICE)
def show(key: str) -> str:
    """Show what people are told of the due dates of a process."""
    rule = found.rule(auth.actor(), key)
    shown = {name: str(getattr(rule, name)) for name in LARGEST} | {"ahead_unit": str(rule.ahead_unit)}
    return _page(key, Typed(shown | {name: "1" for name in TICKS if getattr(rule, name)}))


@blueprint.post("/sop/<key>/pengingat")
@policies.people(Role.ANALYST, whose=Whose.OF_THE_OFFICE)
def settle(key: str) -> Response | tuple[str, int]:
    """Tell people of the due dates of a process by another rule from now on."""
    typed = Typed.sent(*TICKS, *LARGEST, "ahead_unit")
    rule = Rule(
        is_on=typed.ticked("is_on"),
        ahead=_number(typed, "ahead"),
        ahead_unit=_unit(typed),
        when_late=typed.ticked("when_late"),
        every=_number(typed, "every"),
        times=_number(typed, "times"),
        escalate_after=_number(typed, "escalate_after"),
    )
    if not typed.carry_out(lambda: reminders.settle(auth.actor(), key, rule, presentation.now())):
        return _page(key, typed), HTTPStatus.UNPROCESSABLE_ENTITY
    sessions.tell(gettext("Pengingat disimpan dan berlaku untuk semua tugas yang terbuka."))
    return redirect(url_for("analyst.process", key=key), HTTPStatus.SEE_OTHER)


def sentences(rule: Rule) -> tuple[str, ...]:
    """Say what people are told of due dates, whom first."""
    said = [_ahead(rule), _late(rule), _escalated(rule)] if rule.is_on else []
    return tuple(filter(None, said))


def _ahead(rule: Rule) -> str:
    if not rule.ahead:
        return ""
    if rule.ahead_unit is Unit.HOURS:
        return ngettext(
            "Pemegang tugas diingatkan %(num)s jam kerja sebelum tenggat.",
            "Pemegang tugas diingatkan %(num)s jam kerja sebelum tenggat.",
            rule.ahead,
        )
    return ngettext(
        "Pemegang tugas diingatkan %(num)s hari kerja sebelum tenggat.",
        "Pemegang tugas diingatkan %(num)s hari kerja sebelum tenggat.",
        rule.ahead,
    )


def _late(rule: Rule) -> str:
    if not rule.when_late:
        return ""
    if not (rule.every and rule.times):
        return gettext("Pemegang tugas diingatkan ketika tenggatnya lewat.")
    return ngettext(
        "Pemegang tugas diingatkan ketika tenggatnya lewat, lalu setiap %(num)s hari kerja, "
        "paling banyak %(times)s kali.",
        "Pemegang tugas diingatkan ketika tenggatnya lewat, lalu setiap %(num)s hari kerja, "
        "paling banyak %(times)s kali.",
        rule.every,
        times=rule.times,
    )


def _escalated(rule: Rule) -> str:
    if not rule.escalate_after:
        return ""
    return ngettext(
        "Atasan terdekat diberi tahu bila tenggat sudah lewat %(num)s hari kerja.",
        "Atasan terdekat diberi tahu bila tenggat sudah lewat %(num)s hari kerja.",
        rule.escalate_after,
    )


def _number(typed: Typed, name: str) -> int:
    text, largest = typed.text(name), LARGEST[name]
    if text.isascii() and text.isdigit() and len(text) <= LONGEST_NUMBER and int(text) <= largest:
        return int(text)
    typed.sentences.setdefault(name, gettext("Isi dengan angka dari 0 sampai %(largest)s.", largest=largest))
    return 0


def _unit(typed: Typed) -> Unit:
    chosen = typed.chosen("ahead_unit", UNITS)
    return Unit(chosen) if chosen in UNITS else Unit.DAYS


def _page(key: str, typed: Typed) -> str:
    process = definitions.process(auth.actor(), key)
    units = (("hari", gettext("hari kerja")), ("jam", gettext("jam kerja")))
    return render_template("analyst/reminders.html", key=key, name=process.name, typed=typed, units=units)
