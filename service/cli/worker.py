"""Do background work on PostgreSQL, beside the servers of the pages."""

import os
import platform
import sys

import click

from service import logs, schema
from service.application import create_app
from service.cli import stopping
from service.errors import Refused
from service.jobs.executor import Executor
from service.settings import Settings


@click.command()
@click.option(
    "--id", "name", default=platform.node, show_default="name of the machine",
    help="Its name: different for each worker, the same when it is started again.",
)  # fmt: skip
def worker(name: str) -> None:
    """Do background work on PostgreSQL until told to stop: timers, messages, deliveries, exports."""
    try:
        settings = Settings.read(os.environ)
        app = create_app(settings)
    except Refused as refusal:
        raise click.ClickException(str(refusal)) from None
    if settings.is_embedded:
        raise click.ClickException("on SQLite `laksana serve` does the background work itself")
    logs.configure(sys.stderr)
    with app.app_context():
        schema.upgrade()
    told = stopping.on_signal()
    click.echo(f"Laksana: worker {name}")
    Executor(app.app_context, name, settings).work(told)
