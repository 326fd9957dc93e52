"""Look after offices."""

import click

from service import offices as use_cases
from service.cli.session import application, now
from service.offices import ZONES, NewOffice
from service.queries import organisation


@click.group()
def offices() -> None:
    """Look after offices: list, add."""


@offices.command("list")
def list_offices() -> None:
    """List every office."""
    with application():
        for office in organisation.all_offices(now()):
            click.echo(f"{office.key:<20} {office.zone:<14} {office.name}")


@offices.command("add")
@click.argument("key")
@click.option("--name", required=True, help="Full name, e.g. Dinas Sosial Kabupaten Blitar.")
@click.option("--zone", type=click.Choice(ZONES), default=ZONES[0], show_default=True, help="Its clock.")
def add_office(key: str, name: str, zone: str) -> None:
    """Set an office up; then add its admin: laksana users add NAME --role KEY.admin."""
    with application():
        use_cases.set_up(NewOffice(key, name, zone))
        click.echo(f"{key} set up")
