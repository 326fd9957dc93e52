"""Requests that arrive twice: a double click, or sent again because the answer got lost on a weak line."""

import hashlib
import secrets
from collections.abc import Callable, Iterator
from functools import wraps
from http import HTTPStatus
from typing import Any
from uuid import UUID

from flask import Flask, request
from flask_babel import gettext
from werkzeug.wrappers import Response

from service.errors import Refused
from service.once import Once
from service.queries import receipts
from service.web import auth, sessions

FIELD, HEADER = "_kunci", "Idempotency-Key"
"""Where the key of a request stands: of a page in its form, of a program in the header."""
BY_SCRIPT = "Laksana-By-Script"
"""Header of a form that a script of ours sends."""
PAGE = "formulir"
"""Where an address names the key of its form, which is then the same after going back."""
OF_THE_PAGE = frozenset({FIELD, "_draf", "_lanjutan", sessions.FIELD, auth.PROOF})
View = Callable[..., Any]


def register(app: Flask) -> None:
    """Let every form that is shown have a key of its own."""
    app.add_template_global(fresh_key)
    app.after_request(_tell_where_next)


def _tell_where_next(response: Response) -> Response:
    """Let a page that sent its form by script go on by itself: a redirect would be followed out of its sight."""
    if BY_SCRIPT in request.headers and response.status_code == HTTPStatus.SEE_OTHER:
        response.headers["Laksana-Next"] = response.headers.pop("Location")
        response.status_code = HTTPStatus.NO_CONTENT
        response.data = b""
    return response


def answered_by(answer: Callable[[UUID], Response]) -> Callable[[View], View]:
    """Give a request that was carried out before, on this case, the answer of then; what is refused may come again."""

    def once_only(view: View) -> View:
        @wraps(view)
        def answered(**address: object) -> Any:  # noqa: ANN401 - whatever the view returns
            once = _asked()
            try:
                return view(**address, once=once)
            except Refused:
                case = receipts.case_of(auth.actor(), once) if once else None
                if case is None:
                    raise
                sessions.tell(gettext("Kiriman ini sudah diterima sebelumnya."))
                return answer(case)

        return answered

    return once_only


def fresh_key() -> str:
    """Return a key that no form had before."""
    return secrets.token_urlsafe(16)


def page_key() -> str:
    """Return the key of the form on this page: the one that its address names, else a new one."""
    return request.args.get(PAGE) or fresh_key()


def sent_key() -> str:
    """Return the key of this request, nothing for one without."""
    return request.headers.get(HEADER) or request.form.get(FIELD, "")


def carried_out(key: str) -> UUID | None:
    """Return the case on which the form with this key was carried out, whatever was typed there; None if it was not."""
    return receipts.case_under(auth.actor(), Once.of(auth.actor().person_id, key))


def _asked() -> Once | None:
    """Return what this request is known by, None for one without a key."""
    key = sent_key()
    if not key:
        return None
    typed = [pair for pair in request.form.items(multi=True) if pair[0] not in OF_THE_PAGE]
    return Once.of(auth.actor().person_id, key, request.path, typed, list(_files()))


def _files() -> Iterator[tuple[str, str]]:
    for name, file in request.files.items(multi=True):
        yield name, hashlib.file_digest(file.stream, "sha256").hexdigest()  # type: ignore[arg-type]  # as good as a file
        file.stream.seek(0)
