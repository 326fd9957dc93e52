"""`/history`: what was, of the cases of an office. It is only ever added to, so nothing here changes or deletes."""

from flask import Blueprint

from service.rest.history import process_instances, tasks

blueprint = Blueprint("history", __name__, url_prefix="/history")
for _resource in (process_instances, tasks):
    blueprint.register_blueprint(_resource.blueprint)
