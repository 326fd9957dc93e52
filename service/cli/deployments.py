"""Deploy diagrams."""

import sys
from pathlib import Path

import click

from service import deployments
from service.cli.drafts import print_problems, with_neighbours
from service.cli.session import acting, application, now
from service.errors import DeploymentRefused


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--as", "user", required=True, help="User name of the analyst who deploys.")
@click.option("--office", help="Office to deploy for; the first one of the analyst if not given.")
def deploy(files: tuple[Path, ...], user: str, office: str | None) -> None:
    """Deploy diagrams with their forms and decision tables as new versions."""
    with application():
        try:
            stored, problems = deployments.deploy(acting(user, office), with_neighbours(files), now())
        except DeploymentRefused as refusal:
            print_problems(refusal.problems)
            sys.exit(1)
        print_problems(problems)
        for one in stored:
            click.echo(
                f"{one.key} version {one.version}"
                + (" (unchanged)" if one.unchanged else "")
                + (" (waits for a second person)" if one.waits else "")
            )
