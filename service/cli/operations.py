"""What an operator does by hand: background work, messages, signals, external tasks."""

import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar
from uuid import UUID

import click

from service import externals, jobs, messages
from service.cli.session import acting, application, now
from service.engine.assignment import Actor
from service.engine.expression import JSON
from service.engine.workflow import Message
from service.errors import AnswersInvalid
from service.externals import Failing
from service.queries import externals as waiting
from service.settings import Settings

Command = TypeVar("Command", bound=Callable[..., Any])


def _acting(command: Command) -> Command:
    command = click.option("--office", help="Office to act in; the first one of the person if not given.")(command)
    return click.option("--as", "user", required=True, help="User name of the admin who acts.")(command)


def _values(command: Command) -> Command:
    return click.option(
        "--set", "values", multiple=True, metavar="NAME=JSON", help="Variable, as JSON; other text is taken as it is."
    )(command)


@click.command()
def work() -> None:
    """Do what is due now: timers, messages, deliveries. `serve` or `worker` do that by themselves."""
    with application():
        click.echo(f"{jobs.run_due(now(), Settings.read(os.environ))} done")


@click.command()
@click.argument("name")
@click.option("--key", default="", help="What the receiver must agree on.")
@_values
@_acting
def message(name: str, key: str, values: tuple[str, ...], user: str, office: str | None) -> None:
    """Send the message NAME to the case that waits for it, or start a case with it."""
    with _as(user, office) as actor:
        click.echo(str(messages.send(actor, Message(name, key, _read(values)), now()).id))


@click.command()
@click.argument("name")
@_values
@_acting
def signal(name: str, values: tuple[str, ...], user: str, office: str | None) -> None:
    """Send the signal NAME to every case that waits for it."""
    with _as(user, office) as actor:
        click.echo(f"{messages.broadcast(actor, name, _read(values), now())} received it")


@click.group()
def external() -> None:
    """Look after external tasks: list, complete, fail, error."""


@external.command("list")
@click.option("--topic", default="", help="Only tasks of this topic.")
@_acting
def list_external(topic: str, user: str, office: str | None) -> None:
    """List the external tasks that wait for a worker."""
    with _as(user, office) as actor:
        for row in waiting.waiting(actor, topic):
            failed = "  [failed]" if row.has_failed else ""
            since = row.since.isoformat(timespec="minutes")
            click.echo(f"{row.id}  {since}  {row.topic}  {row.process} {row.element}{failed}")


@external.command("complete")
@click.argument("task", type=click.UUID)
@_values
@_acting
def complete_external(task: UUID, values: tuple[str, ...], user: str, office: str | None) -> None:
    """Finish an external task with its result."""
    with _as(user, office) as actor:
        externals.complete(actor, task, _read(values), now())
        click.echo("completed")


@external.command("fail")
@click.argument("task", type=click.UUID)
@click.argument("reason")
@_acting
def fail_external(task: UUID, reason: str, user: str, office: str | None) -> None:
    """Tell that an external task could not be done; its incident offers it again."""
    with _as(user, office) as actor:
        externals.fail(actor, task, Failing(reason), now())
        click.echo("failed")


@external.command("error")
@click.argument("task", type=click.UUID)
@click.argument("code")
@_values
@_acting
def end_external(task: UUID, code: str, values: tuple[str, ...], user: str, office: str | None) -> None:
    """End an external task with the BPMN error CODE."""
    with _as(user, office) as actor:
        externals.end_with_error(actor, task, code, _read(values), now())
        click.echo("ended")


@contextmanager
def _as(user: str, office: str | None) -> Iterator[Actor]:
    with application():
        try:
            yield acting(user, office)
        except AnswersInvalid as refusal:
            for name, error in refusal.errors.items():
                click.echo(f"{name}: {error.code}", err=True)
            sys.exit(1)


def _read(pairs: tuple[str, ...]) -> dict[str, JSON]:
    found: dict[str, JSON] = {}
    for pair in pairs:
        name, _, text = pair.partition("=")
        try:
            found[name] = json.loads(text)
        except (ValueError, RecursionError):
            found[name] = text
    return found
