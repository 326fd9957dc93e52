"""Serve the pages."""

import os
from dataclasses import replace

import click
from waitress import create_server

from service import demo, schema
from service.application import create_app
from service.cli.session import now
from service.errors import Refused
from service.settings import LOOPBACK, Settings

THREADS = 8


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
    server.run()
