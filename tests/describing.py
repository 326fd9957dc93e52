"""Holds what the dialect answers against what it says of itself."""

from functools import cache
from typing import Any

import jsonschema_rs
from flask import Flask
from werkzeug.exceptions import HTTPException
from werkzeug.test import TestResponse

from service.rest import openapi
from service.rest.openapi import CAMUNDA, OWN, Root

JSON = "application/json"
UNDESCRIBED = ("rest.elsewhere",)
"""What says that something is not there."""


@cache
def document(app: Flask, root: Root) -> dict[str, Any]:
    """Return the description of a root."""
    with app.app_context():
        return openapi.document(app, root)


@cache
def validator(app: Flask, root: Root, path: str, method: str, status: str) -> jsonschema_rs.Draft202012Validator:
    """Return what holds an answer in JSON against its schema."""
    told = document(app, root)
    answer = told["paths"][path][method]["responses"][status]
    if "$ref" in answer:
        answer = told["components"]["responses"][status]
    schema = answer["content"][JSON]["schema"]
    return jsonschema_rs.Draft202012Validator(schema | {"components": told["components"]}, validate_formats=True)


def check(app: Flask, response: TestResponse) -> None:
    """Hold an answer against the description: its status, its type, every field."""
    asked = response.request
    try:
        rule, _ = app.url_map.bind("localhost").match(
            asked.path.replace("/engine/default/", "/"), asked.method, return_rule=True
        )
    except HTTPException:
        return
    root = OWN if rule.rule.startswith(OWN.address) else CAMUNDA
    path, method = openapi.path_of(rule, root), asked.method.lower()
    described = document(app, root)["paths"].get(path, {}).get(method)
    if described is None:
        assert rule.endpoint.startswith(UNDESCRIBED), f"{asked.method} {rule.rule} is not described"
        return
    status = str(response.status_code)
    assert status in described["responses"], (rule.rule, asked.method, status, response.text)
    answer = described["responses"][status]
    content = answer.get("content", {})
    if "$ref" in answer or (JSON in content and response.mimetype not in content.keys() - {JSON}):
        assert response.headers["Content-Type"] == JSON, "clients compare with exactly this"
        validator(app, root, path, method, status).validate(response.json)
    else:
        assert not content or {response.mimetype, "*/*"} & content.keys() or not response.data
