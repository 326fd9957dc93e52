"""The edge for programs that speak the dialect of Camunda 7: one module per resource, over what the pages use too.

It stands above the pages' edge, as it enters by the same door: policies, tokens, and how often one may try.
"""

from flask import Flask

from service.rest import (
    api,
    attachments,
    comments,
    deployments,
    engine,
    external_tasks,
    filters,
    history,
    incidents,
    jobs,
    messages,
    openapi,
    pages,
    people,
    process_definitions,
    process_instances,
    signals,
    start_forms,
    statistics,
    task_forms,
    tasks,
)
from service.rest.dialect import blueprint
from service.rest.paths import Prefixed

for _resource in (
    attachments.blueprint,
    comments.blueprint,
    deployments.blueprint,
    engine.blueprint,
    external_tasks.blueprint,
    filters.blueprint,
    history.blueprint,
    incidents.blueprint,
    jobs.blueprint,
    messages.blueprint,
    openapi.blueprint,
    people.groups,
    people.identity,
    people.users,
    process_definitions.blueprint,
    process_instances.blueprint,
    process_instances.executions,
    signals.blueprint,
    statistics.blueprint,
    start_forms.blueprint,
    task_forms.blueprint,
    tasks.blueprint,
):
    blueprint.register_blueprint(_resource)


def init(app: Flask) -> None:
    """Register the resources, and the links by which modelers find our pages."""
    app.register_blueprint(blueprint)
    app.register_blueprint(engine.links)
    app.register_blueprint(api.blueprint)
    app.register_blueprint(pages.blueprint)
    app.wsgi_app = Prefixed(app.wsgi_app)  # type: ignore[method-assign]  # how middleware is put
