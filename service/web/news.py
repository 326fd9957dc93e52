"""The bell: what has come, which of it is told by letter, and the address of one's own calendar."""

from datetime import timedelta
from http import HTTPStatus

from flask import Blueprint, Response, current_app, redirect, render_template, request, url_for
from flask_babel import force_locale, gettext
from icalendar import Calendar, Event
from werkzeug.wrappers import Response as Answer

from service import identity, news, preferences
from service.errors import Invalid
from service.queries import agenda
from service.web import auth, policies, presentation, sessions, wording

blueprint = Blueprint("news", __name__)
REFRESH = timedelta(hours=1)
"""How often a calendar should ask again."""


@blueprint.get("/pemberitahuan", endpoint="page")
@policies.people()
def show() -> str:
    """Show what has come."""
    items = news.look(auth.actor(), presentation.now())
    return render_template("staff/news.html", items=wording.localised(items, auth.office_zone()))


@blueprint.get("/pemberitahuan/pengaturan")
@policies.people()
def settings() -> str:
    """Show what is told by letter."""
    return _settings()


@blueprint.post("/pemberitahuan/pengaturan")
@policies.people()
def choose() -> Answer | tuple[str, int]:
    """Be told of other events from now on."""
    form = request.form
    try:
        preferences.choose(
            auth.actor(), mail=form.get("surat", ""), digest="pagi" in form, language=form.get("bahasa", "")
        )
    except Invalid:
        sessions.tell(gettext("Pilihan itu tidak ada. Tidak ada yang berubah."), "late")
        return _settings(), HTTPStatus.UNPROCESSABLE_ENTITY
    sessions.tell(gettext("Pengaturan pemberitahuan tersimpan."))
    return redirect(url_for("news.settings"), HTTPStatus.SEE_OTHER)


@blueprint.post("/pemberitahuan/kalender")
@policies.people()
def open_feed() -> str:
    """Make a new address for one's calendar, shown this once."""
    secret = preferences.open_feed(auth.actor())
    base = current_app.config["LAKSANA"].url or request.url_root.rstrip("/")
    return _settings(base + url_for("news.feed", secret=secret))


@blueprint.post("/pemberitahuan/kalender/tutup")
@policies.people()
def close_feed() -> Answer:
    """Let the address lead nowhere."""
    preferences.close_feed(auth.actor())
    sessions.tell(gettext("Alamat kalender tidak berlaku lagi."))
    return redirect(url_for("news.settings"), HTTPStatus.SEE_OTHER)


@blueprint.get("/kalender/<secret>.ics")
@policies.everybody
def feed(secret: str) -> Response:
    """Hand out the due dates of whoever has this address, to a program that cannot sign in.

    Raises:
        NotFound: nobody has it.

    """
    person = preferences.feed_reader(secret)
    base = current_app.config["LAKSANA"].url or request.url_root.rstrip("/")
    calendar = Calendar()
    calendar.add("prodid", "-//Laksana//ID")
    calendar.add("version", "2.0")
    calendar.add("refresh-interval", REFRESH, parameters={"value": "DURATION"})
    with force_locale(preferences.language_of(person)):
        calendar.add("x-wr-calname", gettext("Tenggat tugas Laksana"))
        now = presentation.now()
        for who in identity.everywhere(person, now):
            for due in agenda.dues(who, now):
                calendar.add_component(_event(due, base))
    response = Response(calendar.to_ical(), mimetype="text/calendar")
    response.headers["Content-Disposition"] = 'inline; filename="laksana.ics"'
    return response


def _event(due: agenda.Due, base: str) -> Event:
    event = Event()
    event.add("uid", f"{due.task_id}@laksana")
    event.add("dtstamp", due.created_at)
    event.add("dtstart", due.due_at)
    event.add("dtend", due.due_at)
    event.add("summary", gettext("Tenggat: %(task)s", task=due.task_name))
    event.add(
        "description", gettext("Berkas nomor %(number)s: %(title)s", number=due.case_number, title=due.case_title)
    )
    event.add("url", f"{base}/tugas/{due.task_id}")
    event.add("transp", "TRANSPARENT")
    return event


def _settings(address: str = "") -> str:
    return render_template("staff/news_settings.html", chosen=preferences.of(auth.actor()), address=address)
