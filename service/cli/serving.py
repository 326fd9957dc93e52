"""Serve the pages."""

import logging
import os
import sys
from dataclasses import replace
from threading import Event, Thread

import click
from flask import Flask
from waitress import create_server

from service import demo, jobs, logs, schema
from service.application import create_app
from service.cli import stopping
from service.cli.session import now
from service.errors import Refused
from service.settings import LOOPBACK, Settings

THREADS = 8
PAUSE = 2.0
"""Seconds between two rounds of background work."""
LAST_ROUND = 10.0
"""Seconds that a round may take to end when the server stops."""
_log = logging.getLogger(__name__)


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
    server = create_server(app, host=settings.host, port=settings.port, threads=THREADS, ident=None)
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    click.echo(f"Laksana: http://{host}:{settings.port}/")
    if with_demo:
        click.echo(
            "Masuk sebagai blitar.kadis, blitar.sekretaris, blitar.kasubbag, blitar.jfu, blitar.bidang1, "
            f"banggai.kadis, nganjuk.sekretaris, analis, auditor, … Kata sandi: {settings.demo_password}"
        )
    stop = Event()
    worker = Thread(target=work, args=(app, stop), name="background", daemon=True)
    worker.start()
    told = stopping.on_signal()
    try:
        stopping.run(server, told)
    finally:
        stop.set()
        worker.join(LAST_ROUND)


def work(app: Flask, stop: Event) -> None:
    """Do what is due, again and again, until told to stop; a round that fails is tried anew in the next."""
    while not stop.wait(PAUSE):
        with app.app_context():
            try:
                jobs.run_due(now())
            except Exception:  # noqa: BLE001 - the next round must come whatever this one met
                _log.exception("background work failed")
