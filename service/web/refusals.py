"""How refusals become answers: one table from the class of an error to the status of the page."""

import logging
import secrets
from collections.abc import Sequence
from http import HTTPStatus
from urllib.parse import urlsplit

from flask import Flask, current_app, g, jsonify, make_response, render_template, request, url_for
from flask_babel import gettext
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

from service import readiness
from service.errors import (
    AnswersInvalid,
    AttachmentRefused,
    CaseSuspended,
    Conflict,
    EngineFailed,
    FormForeign,
    FormOutdated,
    IncidentClosed,
    Invalid,
    KeyReused,
    NotAllowed,
    NotConfirmed,
    NotFound,
    NotSignedIn,
    OfficeChanged,
    OrganisationRefused,
    OutputsMissing,
    PasswordWrong,
    Refused,
    Suspended,
    TaskClosed,
    TaskTaken,
    TooManyAttempts,
)
from service.queries import tasks
from service.web import patience, policies, presentation, programs, wording

STATUS: dict[type[Refused], HTTPStatus] = {
    NotSignedIn: HTTPStatus.UNAUTHORIZED,
    NotFound: HTTPStatus.NOT_FOUND,
    NotAllowed: HTTPStatus.FORBIDDEN,
    TooManyAttempts: HTTPStatus.TOO_MANY_REQUESTS,
    Conflict: HTTPStatus.CONFLICT,
    AttachmentRefused: HTTPStatus.UNPROCESSABLE_ENTITY,
    Invalid: HTTPStatus.UNPROCESSABLE_ENTITY,
    EngineFailed: HTTPStatus.INTERNAL_SERVER_ERROR,
    Refused: HTTPStatus.BAD_REQUEST,
}
Answer = tuple[str, int]
CORRECTION = "nilai."
"""What the name of a field begins with that corrects a value of a case."""
SECRET = frozenset({"baru", "kata_sandi", "lama", "password", "ulang"})
"""Names of the fields for passwords: what was typed there is not given back."""
RETRY_AFTER = 5
"""Seconds after which a database that failed over is likely to be back."""
_log = logging.getLogger("laksana.web")


def status_of(error: Refused) -> HTTPStatus:
    """Return the status for a refusal: that of its nearest class in the table."""
    return next(STATUS[kind] for kind in type(error).__mro__ if kind in STATUS)


def register(app: Flask) -> None:
    """Answer every refusal and every failure with a page that says what was not changed."""
    app.register_error_handler(Refused, _refused)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, _unexpected)


def _refused(error: Refused) -> Answer | Response:
    if isinstance(error, EngineFailed) and "case" in error.facts and not policies.is_for_programs():
        return _stopped(error)
    status = status_of(error)
    if policies.is_for_programs() and status < HTTPStatus.INTERNAL_SERVER_ERROR:
        return programs.refused(error, status)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return _failed(error)
    if isinstance(error, CaseSuspended):
        return _suspended(error)
    if isinstance(error, OfficeChanged):
        other = (url_for("auth.switch"), gettext("Ganti jabatan"))
        return _page(status, *_words(error, status), back=other, typed=_written())
    title, sentence = _words(error, status)
    back = _door() if isinstance(error, NotSignedIn) else _again(error) or _case(error)
    return _page(status, title, sentence, back=back, typed=_given_back(error, status))


def _given_back(error: Refused, status: HTTPStatus) -> Sequence[tuple[str, str]]:
    if isinstance(error, FormOutdated | NotAllowed | NotSignedIn):
        return _written()
    return _typed() if status == HTTPStatus.CONFLICT else ()


def _written() -> list[tuple[str, str]]:
    """Return the texts that came with a form which its sender may not open (any more), without their labels.

    One word is soon typed again, and marks, ids and codes are single words.
    """
    sent = request.form.items(multi=True)
    return [("", text) for name, text in sent if name not in SECRET and len(text.split()) > 1]


def _door() -> tuple[str, str]:
    """Lead to the door, and from there to the page that somebody was at."""
    return url_for("auth.sign_in", next=_seen()), gettext("Masuk lagi")


def _again(error: Refused) -> tuple[str, str] | None:
    """Lead from a form that is too old to its page as it is now."""
    page = _seen() if isinstance(error, FormOutdated) else None
    return (page, gettext("Buka lagi halamannya")) if page else None


def _seen() -> str | None:
    """Return the page of this site that somebody was at, if his browser says so."""
    seen = urlsplit(request.referrer or "")
    return seen.path if seen.netloc == request.host else None


def sentence(error: Refused) -> str:
    """Say in one sentence why something was refused."""
    if isinstance(error, AnswersInvalid):
        return gettext("Ada isian yang wajib diisi. Buka tugasnya, lalu isi di sana.")
    if isinstance(error, EngineFailed):
        return wording.cause(error.cause)
    return _words(error, status_of(error))[1]


def password(error: Refused) -> str:
    """Say why somebody has not proven himself."""
    if isinstance(error, TooManyAttempts):
        return patience.wait(error)
    if isinstance(error, PasswordWrong):
        return gettext("Kata sandi tidak cocok. Periksa huruf besar dan kecil, lalu coba lagi.")
    return gettext("Tulis kata sandi Anda untuk menandatangani.")


def closed(error: Conflict, typed: Sequence[tuple[str, str]]) -> Answer:
    """Say who ended or took a task first, and show the texts that were typed for it with their labels."""
    status = status_of(error)
    return _page(status, *_words(error, status), back=_case(error), typed=typed)


def _case(error: Refused) -> tuple[str, str] | None:
    """Lead from what cannot be done in a case to the page that says how it stands."""
    if not isinstance(error, CaseSuspended | IncidentClosed | TaskClosed) or "instance" not in error.facts:
        return None
    return url_for("cases.case", case_id=error.facts["instance"]), gettext("Kembali ke berkas")


def _suspended(error: CaseSuspended) -> Answer:
    """Say how the case stands, and give back what was typed for it."""
    status = status_of(error)
    return _page(status, *_words(error, status), back=_case(error), typed=_typed())


def corrections() -> dict[str, str]:
    """Return the values of a case that were corrected, as they were typed."""
    sent = request.form.items()
    return {name.removeprefix(CORRECTION): text for name, text in sent if name.startswith(CORRECTION)}


def _typed() -> list[tuple[str, str]]:
    """Return what was typed beside the answers to a form, to give it back with its labels."""
    labels = {"alasan": gettext("Alasan"), "catatan": gettext("Catatan"), "_catatan": gettext("Catatan")}
    said = [(label, request.form.get(name, "")) for name, label in labels.items()]
    return [(label, text) for label, text in (*corrections().items(), *said) if text.strip()]


def _stopped(error: EngineFailed) -> Answer:
    """Say that nothing is lost where an incident was recorded: the person can do nothing wrong here."""
    _log.warning("incident %s at %s: %s", error.facts["incident"], request.endpoint, error.cause)
    safe = gettext(
        "Tidak ada yang hilang: isian Anda tersimpan sebagai draf dan tugas tetap terbuka. "
        "Gangguan ini tercatat pada berkas dan tampak bagi admin kantor, yang dapat memperbaiki data lalu mencoba lagi."
    )
    return _page(
        HTTPStatus.CONFLICT,
        gettext("Berkas berhenti karena gangguan"),
        f"{wording.cause(error.cause)} {safe}",
        back=(url_for("cases.case", case_id=error.facts["case"]), gettext("Kembali ke berkas")),
    )


def _words(error: Refused, status: HTTPStatus) -> tuple[str, str]:
    if isinstance(error, CaseSuspended | IncidentClosed | TaskClosed | TaskTaken):
        return _not_open(error)
    if isinstance(error, KeyReused):
        return gettext("Formulir ini sudah dikirim"), gettext(
            "Formulir ini sudah dikirim dengan isian lain. Buka formulir yang baru, lalu kirim dari sana."
        )
    if isinstance(error, FormForeign):
        return gettext("Halaman ini sudah terlalu lama terbuka"), gettext(
            "Tidak ada yang berubah. Demi keamanan, buka lagi halamannya, lalu kirim dari sana."
        )
    if isinstance(error, OfficeChanged):
        return gettext("Kantor lain sedang terbuka"), wording.office_changed(error)
    if isinstance(error, TooManyAttempts):
        return gettext("Terlalu banyak percobaan"), patience.wait(error)
    if isinstance(error, AttachmentRefused | NotConfirmed | OrganisationRefused | OutputsMissing | PasswordWrong):
        return _not_taken(error)
    if isinstance(error, Conflict) and (told := _of_versions(error)):
        return told
    if isinstance(error, NotAllowed) and error.facts.get("own_work"):
        return gettext("Orang lain yang memutuskan"), gettext(
            "Anda mengerjakan langkah yang diputuskan di sini, jadi orang lain yang memutuskan. Tugas tetap terbuka."
        )
    if isinstance(error, NotAllowed) and (told := _of_a_former_post()):
        return told
    return {
        HTTPStatus.NOT_FOUND: (
            gettext("Halaman tidak tersedia"),
            gettext("Halaman ini tidak ada atau tidak tersedia untuk jabatan Anda."),
        ),
        HTTPStatus.FORBIDDEN: (
            gettext("Bukan untuk jabatan Anda"),
            gettext("Tindakan ini dikerjakan oleh jabatan lain. Tidak ada yang berubah."),
        ),
        HTTPStatus.CONFLICT: (
            gettext("Berkas ini berubah sementara itu"),
            gettext("Orang lain menyimpan berkas ini lebih dulu. Tidak ada yang hilang; muat ulang dan coba lagi."),
        ),
        HTTPStatus.UNAUTHORIZED: (
            gettext("Sesi berakhir"),
            gettext("Isian ini belum dikirim. Yang sudah tersimpan sebagai draf tetap ada."),
        ),
    }.get(status, (gettext("Permintaan tidak dapat diterima"), gettext("Tidak ada yang berubah.")))


def _of_a_former_post() -> tuple[str, str] | None:
    """Say that somebody's time in the post was over before he did the task that he asks for; nothing of other tasks."""
    actor, task_id = g.get("actor"), (request.view_args or {}).get("task_id")
    post = tasks.post_that_ended(actor, task_id, presentation.now()) if actor and task_id else None
    if post is None or post.end is None:
        return None
    return gettext("Masa jabatan Anda sudah berakhir"), gettext(
        "Anda menjabat %(post)s sampai dengan %(last)s. Sesudah itu pemegang jabatannya yang mengerjakan tugas ini. "
        "Tidak ada yang berubah.",
        post=post.title,
        last=presentation.last_day(post.end),
    )


def _of_versions(error: Conflict) -> tuple[str, str] | None:
    """Say why the version of an SOP stands in the way, nothing where it does not."""
    called = error.facts.get("called")
    match error.code if isinstance(error, Suspended) else error.facts.get("cause"):
        case Suspended.code if called:
            return gettext("SOP ini sedang ditangguhkan"), gettext(
                "SOP yang dipanggilnya sedang ditangguhkan: %(called)s. Tidak ada berkas yang dimulai sampai SOP itu "
                "diaktifkan lagi.",
                called=called,
            )
        case Suspended.code:
            return gettext("SOP ini sedang ditangguhkan"), gettext(
                "Tidak ada berkas yang dimulai dengannya sampai analis mengaktifkannya lagi."
            )
        case "called-missing":
            return gettext("SOP yang dipanggil belum berlaku"), gettext(
                "SOP lain yang dipanggilnya belum berlaku: %(called)s. Lepas SOP itu lebih dahulu.", called=called
            )
        case "call-cycle":
            return gettext("SOP ini akan memanggil dirinya sendiri"), gettext(
                "Dengan versi ini SOP memanggil dirinya sendiri lewat SOP lain yang berlaku. Versi ini tetap menunggu; "
                "putuskan dulu lingkaran pemanggilan itu."
            )
        case "deployed-beside":
            return gettext("Unggahan ini tidak disimpan"), gettext(
                "SOP ini, atau SOP yang dipanggil atau memanggilnya, berubah sementara itu. Unggah lagi berkas "
                "yang sama."
            )
        case "decided":
            return gettext("Versi ini sudah diputuskan"), gettext(
                "Orang lain sudah memutuskan versi ini, atau ada versi yang lebih baru. Muat ulang halaman."
            )
        case _:
            return None


def _not_open(error: CaseSuspended | IncidentClosed | TaskClosed | TaskTaken) -> tuple[str, str]:
    if isinstance(error, IncidentClosed):
        return gettext("Gangguan ini sudah selesai"), gettext(
            "Gangguan ini sudah diselesaikan, atau berkasnya dibatalkan. Tidak ada yang berubah."
        )
    if isinstance(error, CaseSuspended):
        return gettext("Berkas ini sedang ditangguhkan"), wording.suspended(error)
    if isinstance(error, TaskClosed):
        return gettext("Tugas ini sudah ditutup"), wording.closed(error)
    return gettext("Tugas ini sudah diambil"), wording.taken(error)


def _not_taken(
    error: AttachmentRefused | NotConfirmed | OrganisationRefused | OutputsMissing | PasswordWrong,
) -> tuple[str, str]:
    if isinstance(error, NotConfirmed | PasswordWrong):
        return gettext("Kata sandi diperlukan"), password(error)
    if isinstance(error, OutputsMissing):
        return gettext("Output langkah ini belum lengkap"), wording.outputs_missing(error)
    if isinstance(error, OrganisationRefused):
        return gettext("Susunan kantor tidak diubah"), wording.organisation(error)
    return gettext("Berkas tidak diterima"), wording.attachment(error)


def _http(error: HTTPException) -> Answer | Response:
    status = HTTPStatus(error.code or 500)
    if policies.is_for_programs():
        return programs.answer(status, _code(status), status.phrase)
    if status == HTTPStatus.NOT_FOUND:
        return _refused(NotFound())
    if status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        return _page(
            status,
            gettext("Kiriman terlalu besar"),
            gettext("Isian atau berkas melebihi batas dan tidak disimpan. Perkecil berkas, lalu kirim lagi."),
        )
    return _page(status, gettext("Permintaan tidak dapat diterima"), gettext("Tidak ada yang berubah."))


def _unexpected(error: Exception) -> Answer | Response:
    if readiness.is_away(error):
        return _away(error)
    g.actor = None  # what surrounds a page asks the database too, whose transaction may have failed
    return _failed(error)


def _away(error: Exception) -> Response:
    """Say that the database is away for a moment; a commit may have arrived before, so nothing is promised."""
    _log.error("database away at %s: %s", request.endpoint, type(error).__name__)
    g.actor = None  # what surrounds a page asks the database too
    status = HTTPStatus.SERVICE_UNAVAILABLE
    wants_json = request.accept_mimetypes.best_match(["text/html", "application/json"]) == "application/json"
    if wants_json or policies.is_for_programs():
        answer = jsonify(status="not-ready", code="database-away")
    else:
        title = gettext("Layanan sedang tidak tersedia")
        sentence = gettext(
            "Tunggu sebentar, lalu muat ulang halaman. Yang sudah tersimpan tetap ada; yang belum dapat dikirim lagi."
        )
        answer = make_response(_page(status, title, sentence))
    answer.status_code = status
    answer.headers["Retry-After"] = str(RETRY_AFTER)
    return answer


def _failed(error: Exception) -> Answer | Response:
    code = noted(error)
    if policies.is_for_programs():
        status = HTTPStatus.INTERNAL_SERVER_ERROR
        return programs.answer(status, _code(status), status.phrase, incident=code)
    return _page(
        HTTPStatus.INTERNAL_SERVER_ERROR,
        gettext("Permintaan belum dapat diproses"),
        gettext("Tidak ada yang berubah; coba lagi, atau sebut kode %(code)s kepada admin.", code=code),
        code,
    )


def noted(error: Exception) -> str:
    """Write a failure into the log under a code that somebody can tell an admin."""
    code = secrets.token_hex(2).upper()
    _log.error("incident %s at %s", code, request.endpoint, exc_info=error)
    if current_app.testing and not isinstance(error, EngineFailed):
        raise error
    return code


def _code(status: HTTPStatus) -> str:
    return status.phrase.lower().replace(" ", "-")


def _page(
    status: HTTPStatus,
    title: str,
    sentence: str,
    code: str = "",
    back: tuple[str, str] | None = None,
    typed: Sequence[tuple[str, str]] = (),
) -> Answer:
    back_url, back_label = back or (url_for("web.home"), gettext("Kembali ke halaman awal"))
    page = render_template(
        "errors/error.html",
        status=status.value,
        title=title,
        sentence=sentence,
        hint="",
        back_url=back_url,
        back_label=back_label,
        code=code,
        typed=typed,
    )
    return page, status.value
