"""`/message`: what comes from outside to the case that waits for it, or begins one."""

from dataclasses import dataclass
from typing import Literal, TypedDict
from uuid import UUID

from flask import Blueprint

from service import instances, messages
from service.engine.assignment import Role
from service.engine.workflow import Message
from service.errors import Invalid
from service.rest import process_definitions, repeats, variables
from service.rest.operations import operation
from service.rest.process_definitions import StartedInstance
from service.rest.reading import Fields, whole
from service.rest.shapes import Id
from service.web import auth, policies, presentation

blueprint = Blueprint("messages", __name__, url_prefix="/message")
LONGEST = 300


@dataclass(frozen=True, slots=True)
class Sending:
    """What a program sends."""

    message: Message
    business_key: str
    office: str
    wants_result: bool


class Execution(TypedDict):
    """A case that goes on."""

    id: Id
    processInstanceId: Id
    ended: bool
    tenantId: str


class Correlated(TypedDict):
    """Where a message arrived: in a case that goes on, or in one that it began."""

    resultType: Literal["Execution", "ProcessDefinition"]
    execution: Execution | None
    processInstance: StartedInstance | None
    variables: None


def _sending(fields: Fields) -> Sending:
    name = fields.required("messageName", longest=LONGEST)
    business_key = fields.text("businessKey", longest=LONGEST, of_people=True)
    message = Message(name, _key(fields, business_key), variables.read(fields, "processVariables"))
    sending = Sending(message, business_key, fields.text("tenantId"), bool(fields.flag("resultEnabled")))
    fields.without_effect("withoutTenantId")
    fields.empty(
        "processInstanceId", "localCorrelationKeys", "processVariablesLocal", "all", "variablesInResultEnabled"
    )
    return sending


@blueprint.post("")
@policies.programs(Role.ADMIN)
@operation(body=_sending, is_repeatable=True)
def send(body: Sending) -> list[Correlated] | None:
    """Give a message to the case that waits for it the longest, or start one with it."""
    who, now = auth.actor(), presentation.now()
    if body.office not in ("", who.office):
        raise Invalid("the token is for another office", field="tenantId")
    told = repeats.once(
        lambda once: messages.send(who, body.message, now, once, business_key=body.business_key).id, _correlated
    )
    return told if body.wants_result else None


def _correlated(case_id: UUID) -> list[Correlated]:
    case = instances.one(auth.actor(), case_id)
    if case.version == 1:
        begun = process_definitions.begun(case_id)
        return [{"resultType": "ProcessDefinition", "execution": None, "processInstance": begun, "variables": None}]
    execution: Execution = {
        "id": str(case_id),
        "processInstanceId": str(case_id),
        "ended": case.ended_at is not None,
        "tenantId": case.tenant_id,
    }
    return [{"resultType": "Execution", "execution": execution, "processInstance": None, "variables": None}]


def _key(fields: Fields, business_key: str) -> str:
    """Return what the receiver must agree on: the one correlation key, by default the business key."""
    given = variables.read(fields, "correlationKeys").values()
    keys = [str(whole(value)) for value in given if value is not None]
    if len(keys) > 1 or any(len(key) > LONGEST for key in keys):
        raise Invalid(f"a message has one key of at most {LONGEST} letters", field="correlationKeys")
    return keys[0] if keys else business_key
