"""The edge for operators: serve, check, deploy, start, list tasks, read histories, look after people."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from getpass import getpass
from pathlib import Path
from uuid import UUID

import click
from flask import Flask

from service import demo, deployments, identity, instances, schema
from service.application import create_app
from service.deployments import File, Shelf
from service.engine import form as forms
from service.engine.assignment import Actor, Role
from service.engine.workflow import Source
from service.errors import AnswersInvalid, DeploymentRefused, NotSignedIn, Problem, Refused
from service.identity import NewPerson
from service.queries import cases, inbox, organisation
from service.settings import LOOPBACK, Settings

THREADS = 8


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="laksana")
def main() -> None:
    """Laksana runs the SOPs of an office as BPMN processes.

    Settings come from LAKSANA_* variables of the environment; see the README.
    """


@main.command()
@click.option("--demo", "with_demo", is_flag=True, help="Three offices with people and the five SOPs; loopback only.")
def serve(*, with_demo: bool) -> None:
    """Serve the pages."""
    from waitress import create_server  # noqa: PLC0415 - only this command needs the server

    try:
        settings = replace(Settings.read(os.environ), demo=with_demo)
    except Refused as refusal:
        raise click.ClickException(str(refusal)) from None
    if with_demo and settings.host not in LOOPBACK:
        raise click.ClickException(f"demo mode listens on loopback only, not on {settings.host}")
    app = create_app(settings)
    with app.app_context():
        schema.upgrade()
        if with_demo:
            demo.prepare(settings.demo_password, _now())
    server = create_server(app, host=settings.host, port=settings.port, threads=THREADS, ident=None)
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    click.echo(f"Laksana: http://{host}:{settings.port}/")
    if with_demo:
        click.echo(
            "Masuk sebagai blitar.kadis, blitar.sekretaris, blitar.kasubbag, blitar.jfu, blitar.bidang1, "
            f"banggai.kadis, nganjuk.sekretaris, analis, auditor, … Kata sandi: {settings.demo_password}"
        )
    server.run()


@main.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
def check(files: tuple[Path, ...]) -> None:
    """Check diagrams (.bpmn), forms (.form) and decision tables (.dmn) together.

    The forms of bpmn/KEY/KEY.bpmn are found in forms/KEY/ by themselves, its decision tables in bpmn/KEY/,
    and so are called processes.
    One line per problem; exit 1 if there is an error.
    """
    given = _with_neighbours(files)
    checked = deployments.check(given, _neighbouring_processes(files))
    _print_problems(checked.problems)
    if checked.errors:
        sys.exit(1)


@main.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--as", "user", required=True, help="User name of the analyst who deploys.")
@click.option("--office", help="Office to deploy for; the first one of the analyst if not given.")
def deploy(files: tuple[Path, ...], user: str, office: str | None) -> None:
    """Deploy diagrams with their forms and decision tables as new versions."""
    with _application():
        try:
            stored, problems = deployments.deploy(_actor(user, office), _with_neighbours(files), _now())
        except DeploymentRefused as refusal:
            _print_problems(refusal.problems)
            sys.exit(1)
        _print_problems(problems)
        for one in stored:
            click.echo(f"{one.key} version {one.version}" + (" (unchanged)" if one.unchanged else ""))


@main.command()
@click.argument("key")
@click.option("--as", "user", required=True, help="User name of who starts.")
@click.option("--office", help="Office of the process.")
@click.option("--set", "answers", multiple=True, metavar="NAME=VALUE", help="Answer to a field of the start form.")
def start(key: str, user: str, office: str | None, answers: tuple[str, ...]) -> None:
    """Start a case of the process KEY and print its id."""
    with _application():
        actor = _actor(user, office)
        values = {name: [value] for name, _, value in (answer.partition("=") for answer in answers)}
        _, form, _ = instances.start_form(actor, key)
        unknown = sorted(values.keys() - forms.names(form))
        if unknown:
            raise click.ClickException(f"the start form has no field {', '.join(unknown)}")
        try:
            instance = instances.start(actor, key, forms.from_html(form, values), _now())
        except AnswersInvalid as refusal:
            for path, error in refusal.errors.items():
                click.echo(f"{path}: {error.code}", err=True)
            sys.exit(1)
        click.echo(str(instance.id))


@main.command()
@click.option("--as", "user", required=True, help="User name whose open tasks are listed.")
@click.option("--office", help="Office to look at.")
def tasks(user: str, office: str | None) -> None:
    """List the open tasks of somebody's positions, the most urgent first."""
    with _application():
        actor = _actor(user, office)
        page = inbox.inbox(actor, _now(), tab="saya", process="", order="tenggat", page=1)
        for row in page.rows:
            due = row.due_at.isoformat(timespec="minutes") if row.due_at else "-"
            unit = f" ({row.unit_name})" if row.unit_name else ""
            returned = " [dikembalikan]" if row.returned else ""
            click.echo(
                f"{row.task_id}  {due}  {row.case_number:04d} {row.case_title}: {row.step}. {row.title}{unit}{returned}"
            )


@main.command()
@click.argument("instance", type=click.UUID)
@click.option("--as", "user", required=True, help="User name of who reads.")
@click.option("--office", help="Office of the case.")
def history(instance: UUID, user: str, office: str | None) -> None:
    """Print what happened in a case, the oldest line first."""
    with _application():
        head, lines = cases.export_history(_actor(user, office), instance)
        click.echo(f"{head.number:04d} {head.title} ({head.process_key} version {head.version}): {head.state}")
        for line in lines:
            step = f"{line.order}. {line.title}" if line.title else ""
            unit = f" ({line.unit_name})" if line.unit_name else ""
            quote = f" “{line.quote}”" if line.quote else ""
            click.echo(f"{line.at.isoformat(timespec='seconds')}  {line.kind:<10} {line.who:<24} {step}{unit}{quote}")


@main.group()
def users() -> None:
    """Look after people: list, add, password, disable, enable."""


@users.command("list")
def list_users() -> None:
    """List everybody."""
    with _application():
        for user_name, name, is_active in organisation.user_names():
            click.echo(f"{user_name:<28} {name}" + ("" if is_active else "  (disabled)"))


@users.command("add")
@click.argument("user_name")
@click.option("--name", required=True, help="Name or title of the person.")
@click.option("--position", "positions", multiple=True, metavar="OFFICE.CODE", help="Position held, e.g. blitar.kadis.")
@click.option("--role", "roles", multiple=True, metavar="OFFICE.ROLE", help="staff, analyst, auditor or admin.")
def add_user(user_name: str, name: str, positions: tuple[str, ...], roles: tuple[str, ...]) -> None:
    """Add a person; the password is asked for, or read from standard input."""
    with _application():
        held = [_pair(text) for text in positions]
        try:
            given = [(office, Role(role)) for office, role in map(_pair, roles)]
        except ValueError as error:
            raise click.ClickException(str(error)) from None
        given += [(office, Role.STAFF) for office in {office for office, _ in held}]
        password = _asked_password()
        identity.add_person(NewPerson(user_name, name, password, held, sorted(set(given))), _now())
        click.echo(f"{user_name} added")


@users.command("password")
@click.argument("user_name")
def password_of_user(user_name: str) -> None:
    """Give somebody a new password."""
    with _application():
        identity.change_password(user_name, _asked_password())
        click.echo(f"password of {user_name} changed")


@users.command("disable")
@click.argument("user_name")
def disable_user(user_name: str) -> None:
    """Stop somebody from signing in; a running session ends with its next request."""
    with _application():
        identity.set_active(user_name, is_active=False)
        click.echo(f"{user_name} disabled")


@users.command("enable")
@click.argument("user_name")
def enable_user(user_name: str) -> None:
    """Let somebody sign in again."""
    with _application():
        identity.set_active(user_name, is_active=True)
        click.echo(f"{user_name} enabled")


@main.group()
def db() -> None:
    """Look after the database."""


@db.command("upgrade")
def upgrade_db() -> None:
    """Bring the tables to the newest revision."""
    with _open_application().app_context():
        click.echo(f"schema revision {schema.upgrade()}")


@contextmanager
def _application() -> Iterator[None]:
    """Run a command on the database, refusals as one sentence."""
    with _open_application().app_context():
        if schema.current() != schema.newest():
            raise click.ClickException("the database is not at the newest schema: run `laksana db upgrade`")
        try:
            yield
        except Refused as refusal:
            raise click.ClickException(f"{refusal.code}: {refusal}") from None


def _open_application() -> Flask:
    try:
        return create_app()
    except Refused as refusal:
        raise click.ClickException(str(refusal)) from None


def _actor(user: str, office: str | None) -> Actor:
    person_id = identity.person_named(user)
    actor = identity.actor(person_id, office)
    if office and actor.office != office:
        raise NotSignedIn(f"{user} has nothing to do with the office {office}")
    return actor


def _with_neighbours(files: tuple[Path, ...]) -> list[File]:
    """Return the files, with the forms in forms/KEY/ and the decision tables in bpmn/KEY/ of bpmn/KEY/KEY.bpmn."""
    named = {path.resolve() for path in files}
    found = [_file(path) for path in files]
    for path in files:
        if path.suffix == ".bpmn":
            home = path.resolve().parent
            forms_of_it = (home.parent.parent / "forms" / path.stem).glob("*.form")
            beside = [*sorted(forms_of_it), *sorted(home.glob("*.dmn"))]
            found += [_file(other) for other in beside if other.resolve() not in named]
            named |= {other.resolve() for other in beside}
    return found


def _file(path: Path) -> File:
    folder = path.resolve().parent
    owned = folder.parent.name == ("bpmn" if path.suffix == ".dmn" else "forms")
    return File(str(path), path.read_bytes(), folder.name if owned else "")


def _neighbouring_processes(files: tuple[Path, ...]) -> Shelf:
    """Return the processes that lie beside the checked ones, so that calls between them can be checked."""
    shelf: dict[str, Source] = {}
    for path in files:
        if path.suffix == ".bpmn":
            for other in path.resolve().parent.parent.glob("*/*.bpmn"):
                shelf.setdefault(other.stem, Source(str(other), other.read_bytes()))
    return Shelf(sources=shelf)


def _print_problems(problems: tuple[Problem, ...]) -> None:
    for problem in problems:
        click.echo(str(problem))


def _pair(text: str) -> tuple[str, str]:
    office, dot, code = text.partition(".")
    if not dot or not office or not code:
        raise click.ClickException(f"{text}: write it as OFFICE.CODE")
    return office, code


def _asked_password() -> str:
    password = getpass("Password: ") if sys.stdin.isatty() else sys.stdin.readline().rstrip("\n")
    identity.require_strong(password)
    return password


def _now() -> datetime:
    return datetime.now(UTC)
