"""A command at work: on the database, as somebody, now."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import MAXYEAR, UTC, datetime

import click
from flask import Flask

from service import identity, schema
from service.application import create_app
from service.engine.assignment import Actor
from service.errors import NotSignedIn, Refused


class Day(click.DateTime):
    """A day that another one follows: what lasts to its end ends when the next one begins."""

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """Read a day."""
        day: datetime = super().convert(value, param, ctx)
        if day.year == MAXYEAR:
            self.fail(f"a day is before the year {MAXYEAR}", param, ctx)
        return day


DAY = Day(["%Y-%m-%d"])


@contextmanager
def application() -> Iterator[None]:
    """Run a command on the database."""
    with open_application().app_context():
        try:
            if not schema.is_served(schema.current()):
                raise click.ClickException("the database is not at the newest schema: run `laksana db upgrade`")
            yield
        finally:
            schema.release()


def open_application() -> Flask:
    """Open the application of the environment, whatever the state of its tables."""
    try:
        return create_app()
    except Refused as refusal:
        raise click.ClickException(str(refusal)) from None


def acting(user: str, office: str | None) -> Actor:
    """Return who acts; whoever may run commands on this machine has proven himself to it, so he may sign too.

    Raises:
        Refused: there is no such person, or nothing for him to do in this office.

    """
    person_id = identity.person_named(user)
    actor = identity.actor(person_id, office, now())
    if office and actor.office != office:
        raise NotSignedIn(f"{user} has nothing to do with the office {office}")
    return replace(actor, confirmed_at=now())


def now() -> datetime:
    """Read the clock."""
    return datetime.now(UTC)
