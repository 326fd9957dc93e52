"""Look after people."""

import sys
from datetime import datetime
from getpass import getpass

import click

from service import deliveries, identity, subjects
from service.cli.session import DAY, application, now
from service.engine.assignment import Role
from service.identity import NewPerson
from service.queries import organisation


@click.group()
def users() -> None:
    """Look after people: list, add, password, email, disable, enable, unlink."""


@users.command("list")
def list_users() -> None:
    """List everybody."""
    with application():
        for user_name, name, is_active in organisation.user_names():
            click.echo(f"{user_name:<28} {name}" + ("" if is_active else "  (disabled)"))


@users.command("add")
@click.argument("user_name")
@click.option("--name", required=True, help="Name or title of the person.")
@click.option("--position", "positions", multiple=True, metavar="OFFICE.CODE", help="Position held, e.g. blitar.kadis.")
@click.option(
    "--role",
    "roles",
    multiple=True,
    metavar="OFFICE.ROLE",
    help="staff, analyst, auditor, admin or system (who sets offices up).",
)
@click.option("--nip", default="", help="Service number of 18 digits.")
@click.option("--decree", default="", help="Number of the decree that sends an auditor.")
@click.option("--until", type=DAY, help="Last day of an auditor, e.g. 2027-12-31.")
def add_user(
    user_name: str,
    name: str,
    positions: tuple[str, ...],
    roles: tuple[str, ...],
    nip: str,
    decree: str,
    until: datetime | None,
) -> None:
    """Add a person; the first password is asked for, or read from standard input."""
    with application():
        held = [_pair(text) for text in positions]
        try:
            given = [(office, Role(role)) for office, role in map(_pair, roles)]
        except ValueError as error:
            raise click.ClickException(str(error)) from None
        given += [(office, Role.STAFF) for office in {office for office, _ in held}]
        password = _asked_password()
        person = NewPerson(
            user_name, name, password, held, sorted(set(given)), nip=nip, decree=decree,
            last=until.date() if until else None, must_change_password=True,
        )  # fmt: skip
        identity.add_person(person, now())
        click.echo(f"{user_name} added")


@users.command("password")
@click.argument("user_name")
def password_of_user(user_name: str) -> None:
    """Give somebody a new password, which he has to change before he does anything."""
    with application():
        identity.change_password(user_name, _asked_password(), must_change=True)
        click.echo(f"password of {user_name} changed; it has to be changed again at the next sign-in")


@users.command("email")
@click.argument("user_name")
@click.argument("email", default="")
def email_of_user(user_name: str, email: str) -> None:
    """Set where somebody is told of his work; without EMAIL nowhere."""
    with application():
        deliveries.set_email(user_name, email)
        click.echo(f"{user_name} is told at {email}" if email else f"{user_name} is not told")


@users.command("disable")
@click.argument("user_name")
def disable_user(user_name: str) -> None:
    """Stop somebody from signing in; a running session ends with its next request."""
    with application():
        identity.set_active(user_name, is_active=False)
        click.echo(f"{user_name} disabled")


@users.command("enable")
@click.argument("user_name")
def enable_user(user_name: str) -> None:
    """Let somebody sign in again."""
    with application():
        identity.set_active(user_name, is_active=True)
        click.echo(f"{user_name} enabled")


@users.command("unlink")
@click.argument("user_name")
def unlink_user(user_name: str) -> None:
    """Forget whom the provider means by somebody: the next one whom it calls so is he."""
    with application():
        was_tied = subjects.untie(user_name)
        click.echo(f"{user_name} unlinked" if was_tied else f"{user_name} was not linked")


def _pair(text: str) -> tuple[str, str]:
    office, dot, code = text.partition(".")
    if not dot or not office or not code:
        raise click.ClickException(f"{text}: write it as OFFICE.CODE")
    return office, code


def _asked_password() -> str:
    try:
        password = getpass("Password: ") if sys.stdin.isatty() else sys.stdin.readline().rstrip("\n")
    except UnicodeDecodeError:
        raise click.ClickException("the password on the standard input is no UTF-8") from None
    identity.require_strong(password)
    return password
