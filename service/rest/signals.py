"""`/signal`: to every case that waits for it, and to the processes that begin with it."""

from dataclasses import dataclass

from flask import Blueprint

from service import messages
from service.engine.assignment import Role
from service.engine.expression import JSON
from service.errors import Invalid
from service.rest import repeats, variables
from service.rest.operations import operation
from service.rest.reading import Fields
from service.web import auth, policies, presentation

blueprint = Blueprint("signals", __name__, url_prefix="/signal")
LONGEST = 300


@dataclass(frozen=True, slots=True)
class Sending:
    """What a program sends."""

    name: str
    values: dict[str, JSON]
    office: str


def _sending(fields: Fields) -> Sending:
    fields.without_effect("withoutTenantId")
    fields.empty("executionId")
    name = fields.required("name", longest=LONGEST)
    return Sending(name, variables.read(fields, "variables"), fields.text("tenantId"))


@blueprint.post("")
@policies.programs(Role.ADMIN)
@operation(body=_sending, is_repeatable=True)
def send(body: Sending) -> None:
    """Give a signal to all that wait for it; nobody waiting is no failure."""
    who = auth.actor()
    if body.office not in ("", who.office):
        raise Invalid("the token is for another office", field="tenantId")
    now = presentation.now()
    repeats.once(lambda once: messages.broadcast(who, body.name, body.values, now, once), lambda _: None)
