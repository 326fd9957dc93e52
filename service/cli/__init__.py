"""The edge for operators: a command line, each command imported when it is typed."""

import gc
import os
from importlib import import_module

import click

from service.errors import Refused
from service.settings import Settings

MODULES = {
    "serve": "serving",
    "worker": "worker",
    "check": "drafts",
    "deploy": "deployments",
    "start": "cases",
    "tasks": "cases",
    "history": "cases",
    "completeness": "cases",
    "work": "operations",
    "message": "operations",
    "signal": "operations",
    "external": "operations",
    "export": "exports",
    "deliveries": "deliveries",
    "webhooks": "deliveries",
    "offices": "offices",
    "users": "people",
    "organisation": "organisation",
    "posts": "posts",
    "calendar": "calendars",
    "reminders": "reminders",
    "db": "database",
    "backup": "backup",
    "restore": "backup",
}
"""Where each command stands, under its own name."""


class Commands(click.Group):
    """The commands of `MODULES`."""

    def invoke(self, ctx: click.Context) -> object:
        """Run a command; what the machine or the database refuses is one sentence, a fault of the program is not."""
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.exceptions.Exit, click.Abort, BrokenPipeError):
            raise
        except Exception as error:
            if sentence := _refusal(error):
                raise click.ClickException(sentence) from None
            raise

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - as click calls it
        """Return the names in the order of the table."""
        return list(MODULES)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Import a command."""
        if cmd_name not in MODULES:
            return None
        gc.disable()  # what is loaded here stays; a seventh of the loading was looking through it for what does not
        try:
            command: click.Command = getattr(import_module(f"{__name__}.{MODULES[cmd_name]}"), cmd_name)
        finally:
            gc.enable()
        return command


def _refusal(error: Exception) -> str:
    from service.readiness import fault  # noqa: PLC0415 - it loads all that a database needs

    if isinstance(error, Refused):
        return f"{error.code}: {error}"
    if isinstance(error, OSError):
        return f"{error.filename}: {error.strerror}" if error.filename else str(error)
    settings, sentence = Settings.read(os.environ), fault(error)
    is_file = sentence and settings.is_embedded  # a server says itself where it is
    return f"{settings.database_url.removeprefix('sqlite:///')}: {sentence}" if is_file else sentence


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="laksana")
def main() -> None:
    """Laksana runs the SOPs of an office as BPMN processes.

    Settings come from LAKSANA_* variables of the environment; see the README.
    """
