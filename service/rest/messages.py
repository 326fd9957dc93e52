"""`/message`: what comes from outside to the case that waits for it, or begins one."""

from flask import Blueprint, jsonify
from werkzeug.wrappers import Response

from service import messages
from service.engine.assignment import Role
from service.engine.workflow import Message
from service.errors import Invalid
from service.rest import reading, variables
from service.rest.dialect import done
from service.rest.reading import Fields
from service.web import auth, policies, presentation

blueprint = Blueprint("messages", __name__, url_prefix="/message")
LONGEST = 300


@blueprint.post("")
@policies.programs(Role.ADMIN)
def send() -> Response:
    """Give a message to the case that waits for it the longest, or start one with it."""
    fields = reading.body()
    name = fields.required("messageName", longest=LONGEST)
    business_key = fields.text("businessKey", longest=LONGEST, of_people=True)
    key = _key(fields, business_key)
    values = variables.read(fields, "processVariables")
    wants_result = fields.flag("resultEnabled")
    office = fields.text("tenantId")
    fields.without_effect("withoutTenantId")
    fields.empty(
        "processInstanceId", "localCorrelationKeys", "processVariablesLocal", "all", "variablesInResultEnabled"
    )
    fields.end()
    who, now = auth.actor(), presentation.now()
    if office not in ("", who.office):
        raise Invalid("the token is for another office", field="tenantId")
    case = messages.send(who, Message(name, key, values), now, business_key=business_key)
    if not wants_result:
        return done()
    ended = case.ended_at is not None
    execution = {"id": str(case.id), "processInstanceId": str(case.id), "ended": ended, "tenantId": who.office}
    kind = "ProcessDefinition" if case.started_at == now else "Execution"
    return jsonify([{"resultType": kind, "execution": execution, "processInstance": None, "variables": None}])


def _key(fields: Fields, business_key: str) -> str:
    """Return what the receiver must agree on: the one correlation key, by default the business key."""
    keys = [str(value) for value in variables.read(fields, "correlationKeys").values()]
    if len(keys) > 1 or any(len(key) > LONGEST for key in keys):
        raise Invalid(f"a message has one key of at most {LONGEST} letters", field="correlationKeys")
    return keys[0] if keys else business_key
