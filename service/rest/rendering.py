"""Forms as clients of the dialect get them: the file of form-js, HTML for their own page, or the way to ours."""

import json
from collections.abc import Mapping
from typing import Any, Literal, TypedDict
from uuid import UUID

from flask import Response, render_template, request

from service.engine import form as forms
from service.engine.form import Answers, Form
from service.errors import NotFound
from service.queries import deployed
from service.web import auth

TYPES = {
    "checkbox": "Boolean",
    "datetime": "String",
    "number": "Double",
    "radio": "String",
    "select": "String",
    "textarea": "String",
    "textfield": "String",
}
"""By kind of a field; what is none of these is Json."""


class FormReference(TypedDict):
    """A form of form-js."""

    key: str
    binding: Literal["deployment"]
    version: None


class FormAddress(TypedDict):
    """Where the form is: a file of form-js, or our page."""

    key: str | None
    camundaFormRef: FormReference | None
    operatonFormRef: FormReference | None
    contextPath: str


def reference(form: str) -> FormReference | None:
    """Return how the dialect names a form of form-js."""
    return {"key": form, "binding": "deployment", "version": None} if form else None


def where(form: str, page: str) -> FormAddress:
    """Tell which form there is, or where our page is if no form can be filled in by a program."""
    ref = reference(form)
    root = request.url_root.rstrip("/")
    return {"key": None if ref else page, "camundaFormRef": ref, "operatonFormRef": ref, "contextPath": root}


def file(definition: UUID, form: str) -> dict[str, object]:
    """Return what stands in the file of a form.

    Raises:
        NotFound: there is no form.

    """
    if not form:
        raise NotFound("it has no form")
    found: dict[str, object] = json.loads(deployed.form(auth.actor(), definition, form))
    return found


def html(form: Form, answers: Answers, variables: Mapping[str, Any]) -> Response:
    """Return a form as HTML without a page around it."""
    views = forms.view(form, answers, variables, auth.locale())
    plain = {key: _plain(value) for key, value in answers.values.items()}
    return Response(render_template("rest/form.html", fields=views, plain=plain, types=TYPES), mimetype="text/html")


def _plain(value: object) -> str:
    return "" if value is None else json.dumps(value, ensure_ascii=False)
