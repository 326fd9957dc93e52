"""Save everything into one file, and bring it back."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from service import backup as backups
from service.backup.archive import Manifest
from service.cli.session import now
from service.errors import Refused
from service.settings import Settings

_FILE = click.argument("file", type=click.Path(dir_okay=False, path_type=Path))


@click.command()
@_FILE
def backup(file: Path) -> None:
    """Save the database with all attachments, and the key, into FILE.

    The service may go on meanwhile. FILE can be read by its owner only: it holds everything.
    """
    with _refusals():
        _tell(backups.make(Settings.read(os.environ), file, now()))


@click.command()
@_FILE
@click.option("--force", is_flag=True, help="Replace what is there; the service must be stopped.")
def restore(file: Path, *, force: bool) -> None:
    """Bring back what FILE holds, to where the settings say."""
    with _refusals():
        _tell(backups.restore(Settings.read(os.environ), file, force=force))


@contextmanager
def _refusals() -> Iterator[None]:
    try:
        yield
    except Refused as refusal:
        raise click.ClickException(f"{refusal.code}: {refusal}") from None
    except OSError as error:  # no space, no right
        raise click.ClickException(str(error)) from None


def _tell(manifest: Manifest) -> None:
    rows = sum(manifest.tables.values())
    cases = manifest.tables.get("instance", 0)
    click.echo(
        f"{manifest.kind} of {manifest.made_at}, schema revision {manifest.revision}: {cases} cases, {rows} rows"
    )
