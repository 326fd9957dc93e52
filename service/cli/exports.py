"""Take everything of an office away."""

import os
import sys
from pathlib import Path

import click

from service import evidence, exports, oversight
from service.cli.session import acting, application, now
from service.queries import exports as found


@click.group()
def export() -> None:
    """Take everything of an office away: cases. Check what was taken away of one: verify."""


@export.command("cases")
@click.option("--as", "user", required=True, help="User name of the admin or auditor who takes it.")
@click.option("--office", help="Office to export; the first one of the person if not given.")
@click.option("--to", "target", type=click.Path(path_type=Path, dir_okay=False), help="File to write.")
def cases(user: str, office: str | None, target: Path | None) -> None:
    """Write all cases with their history as tables into a ZIP file; it is kept on the page *Ekspor* as well."""
    with application():
        actor = acting(user, office)
        moment = now()
        file = target or Path(f"laksana-{actor.office}-{moment:%Y%m%d-%H%M}.zip")
        if not (
            file.absolute().parent.is_dir() and os.access(file if file.exists() else file.absolute().parent, os.W_OK)
        ):
            raise click.ClickException(f"{file} cannot be written")
        export_id = exports.ask(actor, moment, at_work=True)
        for percent in exports.made(actor.office, export_id, now):
            click.echo(f"\r{percent:3} %", nl=False, err=True)
        click.echo("", err=True)
        if found.one(actor, export_id, now()).state != "done":
            sys.exit(1)
        oversight.note_reading(actor, "laksana export cases", {}, now())
        with file.open("wb") as stream:
            for piece in found.content(actor, export_id):
                stream.write(piece)
        click.echo(str(file))


@export.command("verify")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
def verify(file: Path) -> None:
    """Check a pack of evidence, without a database: one line per file that is not as it was packed, then exit 1."""
    with file.open("rb") as stream:
        found = list(evidence.problems(stream))
    for what, name in found:
        click.echo(f"{file}: {name}: {what}")
    if found:
        sys.exit(1)
    click.echo(f"{file}: every file is as it was packed")
