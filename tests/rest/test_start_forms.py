"""What is asked by the dialect before a case begins."""

import pytest
from flask import Flask

from tests.drafting import FORM, Sketch
from tests.engine.drawing import end, line, process, start, task
from tests.programs import Program
from tests.rest.test_modeler import STARTED

ASKED = process(start(form="isian"), task("satu"), end(), line("mulai", "satu", "selesai"), key="ditanya")
SILENT = process(start(), task("satu"), end(), line("mulai", "satu", "selesai"), key="diam")


@pytest.fixture
def head(app: Flask, sketch: Sketch) -> Program:
    sketch.deploy(ASKED, SILENT)
    return Program(app, "blitar.kadis")


def test_a_case_begins_by_its_form(app: Flask, sketch: Sketch, head: Program) -> None:
    version = head.get("/process-definition/key/ditanya")["id"]
    ref = {"key": "isian", "binding": "deployment", "version": None}

    for of_process in (f"/process-definition/{version}", "/process-definition/key/ditanya"):
        assert head.get(f"{of_process}/startForm") == {
            "key": None, "camundaFormRef": ref, "operatonFormRef": ref, "contextPath": "http://localhost",
        }  # fmt: skip
        assert head.get(f"{of_process}/deployed-start-form") == FORM
        assert 'cam-variable-name="nilai"' in head.ask("GET", f"{of_process}/rendered-form").text
        assert head.get(f"{of_process}/form-variables", variableNames="nilai,apa")["nilai"]["value"] is None
        begun = head.post(f"{of_process}/submit-form", variables={"nilai": {"value": "x"}}, businessKey="A-7")
        assert (set(begun), begun["businessKey"]) == (STARTED, "A-7")
        (found,) = head.get("/task", processInstanceId=begun["id"], processInstanceBusinessKey="A-7")
        assert head.get(f"/task/{found['id']}/variables/nilai")["value"] == "x"
    wrong: list[dict[str, object]] = [{"variables": {"asing": {"value": 1}}}, {"apa": 1}, {"businessKey": "x" * 301}]
    for body in wrong:
        assert head.refused("POST", "/process-definition/key/ditanya/submit-form", json=body)[0] == 400, body
    silent = head.get("/process-definition/key/diam/startForm")
    assert (silent["key"], silent["camundaFormRef"]) == ("http://localhost/mulai/diam", None)
    assert head.refused("GET", "/process-definition/key/diam/deployed-start-form")[0] == 404
    assert "cam-variable-name" not in head.ask("GET", "/process-definition/key/diam/rendered-form").text

    sketch.deploy(ASKED.replace('name="satu"', 'name="Satu"'), SILENT)
    for name in ("rendered-form", "form-variables"):
        assert head.refused("GET", f"/process-definition/{version}/{name}")[0] == 400, "it is not in force any more"
    assert head.refused("POST", f"/process-definition/{version}/submit-form", json={})[0] == 400
    foreign, auditor = Program(app, "banggai.kadis", "banggai"), Program(app, "auditor")
    names = ("startForm", "deployed-start-form", "rendered-form", "form-variables")
    for of_process in (f"/process-definition/{version}", "/process-definition/key/ditanya"):
        assert [foreign.refused("GET", f"{of_process}/{name}")[0] for name in names] == [404] * 4
        assert foreign.refused("POST", f"{of_process}/submit-form", json={})[0] == 404
        assert [auditor.refused("GET", f"{of_process}/{name}")[0] for name in names[2:]] == [403] * 2
