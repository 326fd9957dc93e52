"""Look after the database."""

import click

from service import schema
from service.cli.session import open_application


@click.group()
def db() -> None:
    """Look after the database."""


@db.command("upgrade")
def upgrade_db() -> None:
    """Bring the tables to the newest revision."""
    with open_application().app_context():
        try:
            click.echo(f"schema revision {schema.upgrade()}")
        finally:
            schema.release()
