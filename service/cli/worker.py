"""Do background work on PostgreSQL, beside the servers of the pages."""

import os
import platform
import sys

import click

from service import logs, metrics, schema
from service.application import create_app
from service.cli import stopping
from service.errors import Refused
from service.jobs.executor import Executor
from service.settings import Settings

LONGEST_NAME = 80


def _name(_context: click.Context, _option: click.Parameter, name: str) -> str:
    if not (name.strip() and name.isprintable() and len(name) <= LONGEST_NAME):
        raise click.BadParameter(f"a name is one line of at most {LONGEST_NAME} characters")
    return name


@click.command()
@click.option(
    "--id", "name", default=platform.node, show_default="name of the machine", callback=_name,
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
    _tell_metrics(settings)
    told = stopping.on_signal()
    click.echo(f"Laksana: worker {name}")
    Executor(app.app_context, name, settings).work(told)


def _tell_metrics(settings: Settings) -> None:
    if settings.metrics_port:
        try:
            metrics.serve(settings.metrics_host, settings.metrics_port)
        except OSError as error:
            place = f"LAKSANA_METRICS_PORT {settings.metrics_port} at {settings.metrics_host}"
            raise click.ClickException(f"{place}: {error.strerror or error}") from None
