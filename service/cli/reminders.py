"""Look after what people are told of due dates."""

from dataclasses import replace

import click

from service import reminders as keeping
from service.cli.session import acting, application, now
from service.engine.reminders import UNITS, Rule
from service.engine.worktime import Unit
from service.queries import reminders as found

AS = click.option("--user", required=True, help="The analyst who does it.")
OFFICE = click.option("--office", required=True, help="The office, e.g. blitar.")


@click.group()
def reminders() -> None:
    """Look after what people are told of due dates: show, set."""


@reminders.command("show")
@click.argument("process")
@AS
@OFFICE
def show(process: str, user: str, office: str) -> None:
    """Show what people are told of the due dates of a PROCESS."""
    with application():
        _echo(found.rule(acting(user, office), process))


@reminders.command("set")
@click.argument("process")
@click.option("--on/--off", "is_on", default=None, help="Whether anybody is told.")
@click.option("--ahead", type=int, help="So long before a due date; 0 for not at all.")
@click.option(
    "--unit",
    "ahead_unit",
    type=click.Choice([unit.value for unit in UNITS]),
    help="Working days or working hours before it.",
)
@click.option("--late/--not-late", "when_late", default=None, help="Whether it is told when it is late.")
@click.option("--every", type=int, help="Working days from one time to the next.")
@click.option("--times", type=int, help="How often it is told again.")
@click.option("--escalate-after", type=int, help="Working days late after which the post above is told; 0 for never.")
@AS
@OFFICE
def settle(process: str, user: str, office: str, **wanted: bool | int | str | None) -> None:
    """Tell people of the due dates of a PROCESS by another rule; what is not named stays."""
    with application():
        actor = acting(user, office)
        changes = {name: value for name, value in wanted.items() if value is not None}
        if "ahead_unit" in changes:
            changes["ahead_unit"] = Unit(str(changes["ahead_unit"]))
        keeping.settle(actor, process, replace(found.rule(actor, process), **changes), now())  # type: ignore[arg-type]  # click read each as its kind
        _echo(found.rule(actor, process))


def _echo(rule: Rule) -> None:
    click.echo("on" if rule.is_on else "off")
    click.echo(f"ahead           {rule.ahead} {rule.ahead_unit}")
    click.echo(f"late            {'yes' if rule.when_late else 'no'}, every {rule.every} hari, {rule.times} times")
    click.echo(f"escalate after  {rule.escalate_after} hari")
