"""Take the organisation of an office away as a spreadsheet, and bring it back."""

import sys
from pathlib import Path

import click

from service import rosters, workbook
from service.cli.session import acting, application, now


@click.group()
def organisation() -> None:
    """Take the organisation of an office away as a spreadsheet, and bring it back: export, import."""


@organisation.command("export")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--as", "user", required=True, help="User name of an admin of the office.")
@click.option("--office", help="Office; the first one of the admin if not given.")
def export(file: Path, user: str, office: str | None) -> None:
    """Write units, posts, people, holders and roles: XLSX, or CSV tables where FILE ends with .zip."""
    with application():
        sheets = rosters.sheets(acting(user, office))
        file.write_bytes((workbook.csv_tables if file.suffix == ".zip" else workbook.xlsx)(sheets))
        click.echo(str(file))


@organisation.command("import")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@click.option("--as", "user", required=True, help="User name of an admin of the office.")
@click.option("--office", help="Office; the first one of the admin if not given.")
@click.option("--dry-run", is_flag=True, help="Only tell what would change.")
def bring(file: Path, user: str, office: str | None, *, dry_run: bool) -> None:
    """Change everything that FILE says, or nothing if one of its rows is refused."""
    with application():
        actor, content, moment = acting(user, office), file.read_bytes(), now()
        plan = rosters.rehearse(actor, content, moment)
        for line in plan.lines:
            why = f": {line.refusal}" if line.refusal else ""
            click.echo(f"{line.sheet} {line.row}: {line.kind} {line.subject}{why}")
        if plan.refused:
            sys.exit(1)
        if not dry_run:
            rosters.carry_out(actor, content, plan.digest, moment)
            click.echo(f"{len(plan.lines)} changes saved")
