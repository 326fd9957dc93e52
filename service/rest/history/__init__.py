"""`/history`: what was, of the cases of an office. It is only ever added to, so nothing here changes or deletes."""

from flask import Blueprint

from service.rest.history import (
    activity_instances,
    incidents,
    process_instances,
    reports,
    tasks,
    user_operations,
    variables,
)

blueprint = Blueprint("history", __name__, url_prefix="/history")
for _resource in (activity_instances, incidents, process_instances, reports, tasks, user_operations, variables):
    blueprint.register_blueprint(_resource.blueprint)
