"""Start cases, list tasks, read histories."""

import sys
from uuid import UUID

import click

from service import instances, oversight
from service.cli.session import acting, application, now
from service.engine import form as forms
from service.errors import AnswersInvalid, Repeated
from service.once import Once
from service.queries import cases, inbox, receipts
from service.queries import completeness as in_case
from service.queries.completeness import Entry
from service.queries.inbox import View


@click.command()
@click.argument("key")
@click.option("--as", "user", required=True, help="User name of who starts.")
@click.option("--office", help="Office of the process.")
@click.option("--set", "answers", multiple=True, metavar="NAME=VALUE", help="Answer to a field of the start form.")
@click.option("--once", "name", help="Name of this call: the same one again prints the same case and starts no other.")
def start(key: str, user: str, office: str | None, answers: tuple[str, ...], name: str | None) -> None:
    """Start a case of the process KEY and print its id."""
    with application():
        actor = acting(user, office)
        values = {name: [value] for name, _, value in (answer.partition("=") for answer in answers)}
        _, form, _ = instances.start_form(actor, key)
        unknown = sorted(values.keys() - forms.names(form))
        if unknown:
            raise click.ClickException(f"the start form has no field {', '.join(unknown)}")
        once = Once.of(actor.person_id, name, key, sorted(values.items())) if name else None
        try:
            case: UUID | None = instances.start(actor, key, forms.from_html(form, values), now(), once).id
        except Repeated:
            case = receipts.case_of(actor, once) if once else None
        except AnswersInvalid as refusal:
            for path, error in refusal.errors.items():
                click.echo(f"{path}: {error.code}", err=True)
            sys.exit(1)
        click.echo(str(case))


@click.command()
@click.option("--as", "user", required=True, help="User name whose open tasks are listed.")
@click.option("--office", help="Office to look at.")
def tasks(user: str, office: str | None) -> None:
    """List the open tasks of somebody's positions, the most urgent first."""
    with application():
        actor = acting(user, office)
        page = inbox.inbox(actor, now(), View(tab="semua"))
        for row in page.rows:
            due = row.due_at.isoformat(timespec="minutes") if row.due_at else "-"
            unit = f" ({row.unit_name})" if row.unit_name else ""
            returned = " [dikembalikan]" if row.returned else ""
            click.echo(
                f"{row.task_id}  {due}  {row.case_number:04d} {row.case_title}: {row.step}. {row.title}{unit}{returned}"
            )


@click.command()
@click.argument("instance", type=click.UUID)
@click.option("--as", "user", required=True, help="User name of who reads.")
@click.option("--office", help="Office of the case.")
def history(instance: UUID, user: str, office: str | None) -> None:
    """Print what happened in a case, the oldest line first."""
    with application():
        actor = acting(user, office)
        head, lines = cases.export_history(actor, instance)
        oversight.note_reading(actor, "laksana history", {"case_id": instance}, now())
        click.echo(f"{head.number:04d} {head.title} ({head.process_key} version {head.version}): {head.state}")
        for line in lines:
            step = f"{line.order}. {line.title}" if line.title else ""
            unit = f" ({line.unit_name})" if line.unit_name else ""
            quote = f" “{line.quote}”" if line.quote else ""
            click.echo(f"{line.at.isoformat(timespec='seconds')}  {line.kind:<10} {line.who:<24} {step}{unit}{quote}")


@click.command()
@click.argument("instance", type=click.UUID)
@click.option("--as", "user", required=True, help="User name of who reads.")
@click.option("--office", help="Office of the case.")
def completeness(instance: UUID, user: str, office: str | None) -> None:
    """Print what every step of a case needs and yields: there, missing, or done without, by whom and why."""
    with application():
        found = in_case.report(acting(user, office), instance)
        click.echo(
            f"{found.number:04d} {found.title}: {found.count('missing')} missing, {found.count('waived')} waived"
        )
        for step in found.steps:
            unit = f" ({step.unit_name})" if step.unit_name else ""
            click.echo(f"{step.order}. {step.title}{unit}, round {step.round}: {step.state}, {step.who}")
            for entry in (*step.inputs, *step.outputs):
                click.echo(f"   {entry.item.side:<12} {entry.state:<9} {entry.item.text}{_evidence(entry)}")


def _evidence(entry: Entry) -> str:
    """Say who gave an item, or who does without it and why."""
    if entry.state == "waived" and entry.waiver is not None:
        return f"  {entry.waiver.by}: {entry.waiver.reason}"
    told = [
        f"version {piece.version}, {piece.by}, {piece.at.isoformat(timespec='minutes')}"
        for piece in entry.pieces
        if piece.at is not None
    ]
    return f"  {'; '.join(told)}" if told else ""
