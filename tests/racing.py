"""Acts that meet at one statement: all come as far as it before any may run it, or one is done before another runs it.

No sleeps, no luck.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from flask import Flask
from sqlalchemy import event

from service.models import db
from tests.walking import Player

PATIENCE = 20
"""Seconds after which somebody who never comes is a failure."""


class Race:
    """An application on which acts run at once, each in a thread with a session of its own."""

    def __init__(self, app: Flask) -> None:
        self.app = app

    @contextmanager
    def player(self) -> Iterator[Player]:
        """Play alone: before the race, or to look at what it led to."""
        with self.app.app_context():
            yield Player()

    def run(self, statement: str, *acts: Callable[[Player], Any]) -> list[Any]:
        """Run acts at once; all of them reach a statement before the first may run it. Return results and refusals."""
        meeting = threading.Barrier(len(acts))
        arrived = threading.local()
        waited: list[str] = []

        def wait(*arguments: object) -> None:
            if statement in str(arguments[2]) and not getattr(arrived, "once", False):
                arrived.once = True
                waited.append(statement)
                meeting.wait(PATIENCE)

        outcomes: list[Any] = [None] * len(acts)

        def runner(place: int) -> None:
            try:
                with self.app.app_context():
                    outcomes[place] = acts[place](Player())
            except Exception as error:  # noqa: BLE001 - whatever it is, the test compares it
                outcomes[place] = error

        with self.app.app_context():
            engine = db.engine
        event.listen(engine, "before_cursor_execute", wait)
        try:
            threads = [threading.Thread(target=runner, args=(place,)) for place in range(len(acts))]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join(2 * PATIENCE)
        finally:
            event.remove(engine, "before_cursor_execute", wait)
        assert len(waited) == len(acts), "the acts never met"
        return outcomes

    def between(self, statement: str, first: Callable[[Player], Any], second: Callable[[Player], Any]) -> list[Any]:
        """Run the first act as far as a statement, the second from beginning to end, then the rest of the first.

        Return both results or refusals. On SQLite the first may not have written before that statement.
        """
        turn = threading.local()
        outcomes: list[Any] = [None, None]
        stuck: list[Callable[[Player], Any]] = []

        def run(place: int, act: Callable[[Player], Any]) -> None:
            turn.is_first = place == 0
            try:
                with self.app.app_context():
                    outcomes[place] = act(Player())
            except Exception as error:  # noqa: BLE001 - whatever it is, the test compares it
                outcomes[place] = error

        other = threading.Thread(target=run, args=(1, second))

        def let_by(*arguments: object) -> None:
            if getattr(turn, "is_first", False) and statement in str(arguments[2]) and other.ident is None:
                other.start()
                other.join(PATIENCE)
                stuck.extend([second] * other.is_alive())

        with self.app.app_context():
            engine = db.engine
        event.listen(engine, "before_cursor_execute", let_by)
        try:
            one = threading.Thread(target=run, args=(0, first))
            one.start()
            one.join(2 * PATIENCE)
        finally:
            event.remove(engine, "before_cursor_execute", let_by)
        assert other.ident is not None, "the first never came to it"
        assert not stuck, "the second waited for the first"
        return outcomes
