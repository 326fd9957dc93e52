"""Look after what is told outside: deliveries that were given up, programs that listen."""

import os
from uuid import UUID

import click

from service import deliveries as outside
from service.cli.session import acting, application, now
from service.errors import NotFound
from service.queries import deliveries as found
from service.settings import Settings

AS = click.option("--as", "user", required=True, help="User name of the admin who acts.")
OFFICE = click.option("--office", help="Office to act in; the first one of the person if not given.")


@click.group()
def deliveries() -> None:
    """Look after e-mails and webhooks that could not be delivered: list, retry."""


@deliveries.command("list")
@AS
@OFFICE
def list_deliveries(user: str, office: str | None) -> None:
    """List what was given up."""
    with application():
        page = found.page(acting(user, office))
        for row in page.dead:
            since = row.dead_at.isoformat(timespec="minutes")
            click.echo(f"{row.id}  {since}  {row.channel}  {row.kind}  {row.receiver}  {row.failure}")
        click.echo(f"{page.dead_count} given up, {page.waiting} tried again later")


@deliveries.command("retry")
@click.argument("delivery", type=click.UUID, nargs=-1)
@AS
@OFFICE
def retry_deliveries(delivery: tuple[UUID, ...], user: str, office: str | None) -> None:
    """Try the deliveries DELIVERY… again, or all that were given up."""
    with application():
        count = outside.retry(acting(user, office), now(), delivery or None)
        if count < len(set(delivery)):
            raise NotFound(f"{len(set(delivery)) - count} of these were not given up here; {count} tried again")
        click.echo(f"{count} tried again")


@click.group()
def webhooks() -> None:
    """Look after the programs that are told of an office: list, add, remove."""


@webhooks.command("list")
@AS
@OFFICE
def list_webhooks(user: str, office: str | None) -> None:
    """List the programs that listen."""
    with application():
        for row in found.listeners(acting(user, office)):
            click.echo(f"{row.id}  {row.address}  {' '.join(row.kinds)}")


@webhooks.command("add")
@click.argument("address")
@click.option("--event", "kinds", multiple=True, type=click.Choice(outside.EVENTS), help="What to tell, else all.")
@AS
@OFFICE
def add_webhook(address: str, kinds: tuple[str, ...], user: str, office: str | None) -> None:
    """Tell the program at ADDRESS what happens; prints the secret that signs it, once."""
    with application():
        settings = Settings.read(os.environ)
        added, secret = outside.add_webhook(acting(user, office), address, kinds, now(), settings)
        click.echo(f"{added}\nsecret: {secret}")


@webhooks.command("remove")
@click.argument("webhook", type=click.UUID)
@AS
@OFFICE
def remove_webhook(webhook: UUID, user: str, office: str | None) -> None:
    """Tell a program nothing any more."""
    with application():
        outside.remove_webhook(acting(user, office), webhook)
        click.echo("removed")
