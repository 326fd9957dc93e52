"""Look after posts: who holds them, as what and until when."""

from datetime import date, datetime
from uuid import UUID

import click

from service import organisation
from service.cli.session import DAY, acting, application, now
from service.engine.appointment import Capacity
from service.organisation import Appointment
from service.queries import posts as found

AS = click.option("--user", required=True, help="The admin who does it.")
OFFICE = click.option("--office", required=True, help="The office, e.g. blitar.")


@click.group()
def posts() -> None:
    """Look after posts: list, appoint, end."""


@posts.command("list")
@AS
@OFFICE
def list_posts(user: str, office: str) -> None:
    """List every post with who holds it now or later."""
    with application():
        actor = acting(user, office)
        for row in found.posts(actor, now()):
            click.echo(f"{row.code:<20} {row.name}")
            for held in row.held:
                title = f"{held.prefix} " if held.prefix else ""
                last = f" to {held.last}" if held.last else ""
                click.echo(f"  {held.id}  {title}{held.person} from {held.first}{last}  {held.decree}".rstrip())


@posts.command("appoint")
@click.argument("person")
@click.argument("position")
@click.option("--capacity", type=click.Choice([one.value for one in Capacity]), default="definitive", help="As what.")
@click.option("--first", type=DAY, required=True, help="First day, e.g. 2026-11-02.")
@click.option("--last", type=DAY, help="Last day; Plt. and Plh. need one.")
@click.option("--decree", default="", help="Number of the decree; Plt. and Plh. need one.")
@AS
@OFFICE
def appoint(
    person: str,
    position: str,
    capacity: str,
    first: datetime,
    last: datetime | None,
    decree: str,
    user: str,
    office: str,
) -> None:
    """Let PERSON hold POSITION for whole days."""
    with application():
        new = Appointment(person, position, first.date(), _day(last), Capacity(capacity), decree)
        click.echo(organisation.appoint(acting(user, office), new, now()))


@posts.command("end")
@click.argument("holding", type=click.UUID)
@click.option("--last", type=DAY, required=True, help="Last day; at once if it is over.")
@AS
@OFFICE
def end(holding: UUID, last: datetime, user: str, office: str) -> None:
    """Let somebody hold a post until a day; HOLDING is the id that `posts list` shows."""
    with application():
        organisation.end(acting(user, office), holding, last.date(), now())
        click.echo("ended")


def _day(moment: datetime | None) -> date | None:
    return moment.date() if moment else None
