"""Deliberately wrong programs: each is the real one with one part made wrong, in its own process only."""

import os
import signal
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from threading import Timer
from typing import Any
from unittest.mock import patch

from flask import Flask
from sqlalchemy import Engine, event, func, select, update
from sqlalchemy.orm import Session

from service import store, timers
from service.models import History, Instance, db
from service.store import steps
from service.store.history import add_lines

Part = Callable[..., Any]
SOON = 0.05
"""Seconds in which an answer reaches who waits for it."""
NUMBER = 3
"""Of the call in which a wrong program is killed at its weakest moment."""


def does_not_wait_for_the_disk() -> None:
    """Take a commit for done before it has reached the disk."""

    @event.listens_for(Engine, "connect")
    def hurry(connection: Any, _record: object) -> None:  # noqa: ANN401 - either driver
        if isinstance(connection, sqlite3.Connection):
            connection.execute("PRAGMA synchronous=OFF")
        else:
            connection.execute("SET synchronous_commit = off")
            connection.commit()


def answers_before_it_commits() -> None:
    """Say that a task is completed before it is; killed in between."""
    whole: Part = Flask.wsgi_app

    def hasty(app: Flask, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:  # noqa: ANN401 - WSGI
        if environ["REQUEST_METHOD"] == "POST" and _completes(environ["PATH_INFO"]) and _is_time():
            environ["wsgi.input"].read()
            Timer(SOON, _die).start()
            start_response("303 SEE OTHER", [("Location", "/tugas"), ("Content-Length", "0")])
            return [b""]
        answer: Iterable[bytes] = whole(app, environ, start_response)
        return answer

    patch.object(Flask, "wsgi_app", hasty).start()


def _completes(path: str) -> bool:
    return path.startswith("/tugas/") and path.count("/") == 2


def commits_in_two_halves() -> None:
    """Commit the state of a case first and its history then; killed in between."""
    whole: Part = add_lines

    def halved(*arguments: Any) -> None:  # noqa: ANN401 - whatever it takes
        if _is_time():
            db.session.commit()
            _die()
        whole(*arguments)

    patch.object(steps, "add_lines", halved).start()


def marks_messages_apart() -> None:
    """Mark a message as delivered in a transaction before that of the step which it causes; killed in between."""
    whole: Part = store.take

    def apart(*arguments: Any) -> None:  # noqa: ANN401 - whatever it takes
        whole(*arguments)
        if _is_time():
            db.session.commit()
            _die()

    for module in (store, steps):
        patch.object(module, "take", apart).start()


def _is_time() -> bool:
    """Tell whether this is the moment for the one kill of an office, not its first."""
    folder = Path(os.environ["LAKSANA_DATA"])
    calls = folder / "calls"
    with calls.open("ab") as counting:
        counting.write(b".")
    return calls.stat().st_size >= NUMBER and not (folder / "struck").exists()


def _die() -> None:
    (Path(os.environ["LAKSANA_DATA"]) / "struck").touch()  # a fault may have taken the commit before
    os.kill(os.getpid(), signal.SIGKILL)


def takes_every_error_for_success() -> None:
    """Go on as if everything was saved when nothing could be."""
    whole = Session.commit

    def swallowed(session: Session) -> None:
        try:
            whole(session)
        except Exception:  # noqa: BLE001 - this is what is wrong about it
            session.rollback()

    patch.object(Session, "commit", swallowed).start()


def looks_only_for_what_became_due_since_it_looked_last() -> None:
    """Trust the clock to go forward: what became due while it stood elsewhere is never looked for."""
    whole = timers.due
    seen: list[datetime] = []

    def windowed(now: datetime) -> list[Any]:
        seen.append(now)
        since = seen[-2] if len(seen) > 1 else now
        before = {wait for _, wait, _ in whole(since)}
        return [found for found in whole(now) if found[1] not in before]

    patch.object(timers, "due", windowed).start()


def lets_the_last_writer_win() -> None:
    """Save a step whatever happened to its case since it was read."""

    @contextmanager
    def blind(instance: Instance, **values: Any) -> Iterator[None]:  # noqa: ANN401 - whatever it takes
        own = (Instance.tenant_id == instance.tenant_id, Instance.id == instance.id)
        now = db.session.execute(select(Instance.version, Instance.lines).where(*own).with_for_update()).one()
        values["lines"] += now.lines - instance.lines
        db.session.execute(update(Instance).where(*own).values(version=now.version + 1, **values))
        yield

    def behind(instance: Instance, first: int, *rest: Any) -> None:  # noqa: ANN401 - whatever it takes
        own = (History.tenant_id == instance.tenant_id, History.instance_id == instance.id)
        last = db.session.scalar(select(func.max(History.sequence)).where(*own)) or 0
        add_lines(instance, max(first, last + 1), *rest)

    patch.object(steps, "advancing", blind).start()
    patch.object(steps, "add_lines", behind).start()
