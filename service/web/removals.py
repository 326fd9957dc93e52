"""The page on which an analyst deletes versions that were never used."""

from http import HTTPStatus

from flask import Blueprint, redirect, render_template, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from service import removals
from service.engine.assignment import Role
from service.errors import Invalid, NotFound
from service.queries import deployed
from service.queries.deployed import Version
from service.web import auth, policies, presentation, sessions
from service.web.policies import Whose

blueprint = Blueprint("removals", __name__)
PAGE = "/sop/<key>/versi/<int(max=99999999):version>/hapus"


@blueprint.get(PAGE)
@policies.people(Role.ANALYST, whose=Whose.OF_THE_OFFICE)
def question(key: str, version: int) -> str:
    """Say what is deleted with a version, or why it stays."""
    wanted = _version(key, version)
    try:
        removals.removable(auth.actor(), wanted.deployment)
    except Invalid as error:
        return _page(wanted, refusal=_refusal(error))
    return _page(wanted)


@blueprint.post(PAGE)
@policies.people(Role.ANALYST, whose=Whose.OF_THE_OFFICE)
def remove(key: str, version: int) -> Response | tuple[str, int]:
    """Delete a version with all that was deployed with it."""
    wanted = _version(key, version)
    try:
        removals.remove(auth.actor(), wanted.deployment, presentation.now())
    except Invalid as error:
        return _page(wanted, refusal=_refusal(error)), HTTPStatus.UNPROCESSABLE_ENTITY
    sessions.tell(gettext("%(name)s, versi %(version)s dihapus.", name=wanted.name, version=version))
    is_left = any(one.key == key for one in deployed.versions(auth.actor()))
    address = url_for("analyst.process", key=key) if is_left else url_for("analyst.processes")
    return redirect(address, HTTPStatus.SEE_OTHER)


def _version(key: str, version: int) -> Version:
    """Return a version.

    Raises:
        NotFound: the office has none.

    """
    for one in deployed.versions(auth.actor()):
        if (one.key, one.version) == (key, version):
            return one
    raise NotFound(process=key, version=version)


def _refusal(error: Invalid) -> str:
    if caller := error.facts.get("caller"):
        return gettext(
            "Tidak dapat dihapus karena %(caller)s memanggilnya. Hapus atau ganti dulu SOP itu.", caller=caller
        )
    again = error.facts.get("again")
    if called := error.facts.get("called"):
        return gettext(
            "Tidak dapat dihapus: versi sebelumnya dari %(again)s akan berlaku lagi dan memanggil SOP yang tidak "
            "berlaku: %(called)s. Unggah dulu SOP itu.",
            again=again,
            called=called,
        )
    if again:
        return gettext(
            "Tidak dapat dihapus: versi sebelumnya dari %(again)s akan berlaku lagi dan memanggil dirinya sendiri "
            "lewat SOP lain. Putuskan dulu lingkaran pemanggilan itu.",
            again=again,
        )
    return gettext(
        "Tidak dapat dihapus karena sudah ada berkas yang dimulai dengannya, atau akan dimulai dengan sendirinya."
    )


def _page(wanted: Version, refusal: str = "") -> str:
    found = deployed.deployment(auth.actor(), wanted.deployment)
    return render_template("analyst/remove.html", version=wanted, together=found.versions, refusal=refusal)
