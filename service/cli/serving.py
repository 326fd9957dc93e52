"""Serve the pages."""

import gc
import os
import sys
from dataclasses import replace
from threading import Event, Thread

import click
from flask import Flask
from waitress import create_server
from waitress.server import BaseWSGIServer, MultiSocketServer

from service import demo, logs, schema
from service.application import create_app
from service.cli import stopping
from service.cli.dispatching import threads
from service.cli.session import now
from service.errors import Refused
from service.rest.patience import PLACES
from service.settings import LOOPBACK, Settings

THREADS = 8 + PLACES
"""Those that people need, and those that programs may keep waiting."""
EXECUTOR = "serve"
"""The name under which the server does background work on SQLite."""


@click.command()
@click.option("--demo", "with_demo", is_flag=True, help="Three offices with people and the five SOPs; loopback only.")
def serve(*, with_demo: bool) -> None:
    """Serve the pages."""
    try:
        settings = replace(Settings.read(os.environ), demo=with_demo)
    except Refused as refusal:
        raise click.ClickException(str(refusal)) from None
    if with_demo and settings.host not in LOOPBACK:
        raise click.ClickException(f"demo mode listens on loopback only, not on {settings.host}")
    logs.configure(sys.stderr)
    app = create_app(settings)
    with app.app_context():
        schema.upgrade()
        if with_demo:
            demo.prepare(settings.demo_password, now())
    server = _listening(app, settings)
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    click.echo(f"Laksana: http://{host}:{settings.port}/")
    if with_demo:
        click.echo(
            "Masuk sebagai blitar.kadis, blitar.sekretaris, blitar.kasubbag, blitar.jfu, blitar.bidang1, "
            f"banggai.kadis, nganjuk.sekretaris, analis, auditor, … Kata sandi: {settings.demo_password}"
        )
    gc.freeze()  # what is loaded now stays; looking through it again and again costs every request
    told, stop = stopping.on_signal(), Event()
    worker = Thread(target=_work, args=(app, stop), name="background", daemon=True)
    if settings.is_embedded:
        worker.start()
    try:
        stopping.run(server, told)
    finally:
        stop.set()
        if settings.is_embedded:
            worker.join(stopping.PATIENCE)


def _listening(app: Flask, settings: Settings) -> MultiSocketServer | BaseWSGIServer:
    try:
        return create_server(
            app,
            host=settings.host,
            port=settings.port,
            _dispatcher=threads(THREADS),
            ident=None,
            clear_untrusted_proxy_headers=not settings.proxies,
        )
    except (OSError, ValueError) as error:  # taken, or no such place
        sentence = error.strerror if isinstance(error, OSError) else str(error)
        raise click.ClickException(f"LAKSANA_PORT {settings.port} at {settings.host}: {sentence}") from None


def _work(app: Flask, stop: Event) -> None:
    """Do the background work beside the pages, without keeping the first page waiting for its engine."""
    from service.jobs.executor import Executor  # noqa: PLC0415 - it takes a third of a second to load

    Executor(app.app_context, EXECUTOR, app.config["LAKSANA"]).work(stop)
