"""What a task asks by the dialect, what is written into it before it is sent, and files that are brought for it."""

import json
from dataclasses import replace
from io import BytesIO
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask import Flask

from service import deployments
from service.deployments import File
from service.models import AuditReading, db
from service.tokens import Scope
from tests import answers
from tests.conftest import on_sqlite
from tests.drafting import OFFICE, Sketch
from tests.engine.drawing import definitions, end, line, process, start, task
from tests.programs import Program

HOSTILE = '<script>alert(1)</script>"onload=x'
FORM = {
    "type": "default", "id": "isian", "schemaVersion": 19,
    "components": [
        {"type": "text", "id": "f0", "text": HOSTILE},
        {"type": "textfield", "id": "f1", "key": "nilai", "label": HOSTILE, "description": HOSTILE},
        {"type": "number", "id": "f2", "key": "jumlah", "label": "Jumlah"},
        {"type": "checklist", "id": "f3", "key": "daftar", "label": "Unit",
         "values": [{"value": f"bidang{n}", "label": HOSTILE} for n in (1, 2)]},
        {"type": "checkbox", "id": "f4", "key": "setuju", "label": "Setuju"},
        {"type": "textarea", "id": "f5", "key": "alasan", "label": "Alasan"},
        {"type": "filepicker", "id": "f6", "key": "berkas", "label": "Berkas", "accept": ".pdf"},
        {"type": "dynamiclist", "id": "f7", "path": "baris", "label": "Baris", "allowAddRemove": True,
         "components": [{"type": "textfield", "id": "f8", "key": "isi", "label": "Isi"}]},
    ],
}  # fmt: skip
ATTACHMENT = {
    "links", "id", "name", "description", "taskId", "type", "url", "createTime", "removalTime",
    "rootProcessInstanceId",
}  # fmt: skip
SIGNED = (
    "<bpmn:extensionElements><camunda:properties>"
    '<camunda:property name="sop.tanda_tangan" value="ya"/>'
    "</camunda:properties></bpmn:extensionElements>"
)
TWO = process(start(), task("satu"), task("dua", SIGNED), end(), line("mulai", "satu", "dua", "selesai"))
PDF = answers.content("isi")


@pytest.fixture
def case(sketch: Sketch) -> UUID:
    files = [File("proses.bpmn", definitions("", TWO)), File("isian.form", json.dumps(FORM).encode())]
    deployments.deploy(sketch.actor("analis", OFFICE), files, sketch.now)
    sketch.key = "proses"
    return sketch.begin()


@pytest.fixture
def head(app: Flask) -> Program:
    return Program(app, "blitar.kadis")


def of_task(program: Program, case: UUID) -> str:
    (found,) = program.get("/task", processInstanceId=str(case))
    return f"/task/{found['id']}"


def bring(program: Program, task: str, **sent: Any) -> Any:
    content, file = sent.pop("content", PDF), sent.pop("file", "isi.pdf")
    return program.ask("POST", f"{task}/attachment/create", data={"content": (BytesIO(content), file)} | sent)


def test_a_form_is_shown_in_every_way(case: UUID, head: Program) -> None:
    task = of_task(head, case)
    head.post(f"{task}/localVariables", modifications={"nilai": {"value": HOSTILE}, "jumlah": {"value": 94.1}})

    ref = {"key": "isian", "binding": "deployment", "version": None}
    assert head.get(f"{task}/form") == {
        "key": None, "camundaFormRef": ref, "operatonFormRef": ref, "contextPath": "http://localhost",
    }  # fmt: skip
    assert head.get(f"{task}/deployed-form") == FORM
    rendered = head.ask("GET", f"{task}/rendered-form")
    assert (rendered.status_code, rendered.mimetype) == (200, "text/html")
    assert "<script" not in rendered.text
    assert '"onload' not in rendered.text
    for field, kind in {"nilai": "String", "jumlah": "Double", "setuju": "Boolean", "baris": "Json"}.items():
        assert f'cam-variable-name="{field}" cam-variable-type="{kind}"' in rendered.text
    assert 'value="94.1"' in rendered.text
    head.post(f"{task}/complete", variables={})
    signed = of_task(head, case)
    page = f"http://localhost/tugas/{signed.removeprefix('/task/')}"
    assert {name: head.get(f"{signed}/form")[name] for name in ("key", "camundaFormRef")} == {
        "key": page, "camundaFormRef": None,
    }  # fmt: skip


def test_what_is_typed_waits_for_its_person(app: Flask, sketch: Sketch, case: UUID, head: Program) -> None:
    task = of_task(head, case)
    before = sketch.kinds(case)

    assert head.get(f"{task}/localVariables") == {}
    written = {
        "nilai": {"value": "x", "type": None, "valueInfo": None},
        "daftar": {"value": '["bidang1"]', "type": "json"},
    }
    head.post(f"{task}/localVariables", modifications=written, deletions=["jumlah"])
    assert head.ask("PUT", f"{task}/localVariables/alasan", json={"value": "y", "type": "String"}).status_code == 204
    assert head.get(f"{task}/localVariables/alasan", deserializeValue="false")["value"] == "y"
    assert head.ask("DELETE", f"{task}/localVariables/alasan").status_code == 204
    assert head.refused("GET", f"{task}/localVariables/alasan")[0] == 404
    kept = head.get(f"{task}/localVariables")
    assert (kept["nilai"]["value"], kept["daftar"]["value"]) == ("x", '["bidang1"]')
    assert "nilai" not in head.get(f"{task}/variables", deserializeValues="false"), "it is not sent"
    assert Program(app, "blitar.sekretaris").refused("GET", f"{task}/localVariables")[0] == 403

    wrong: list[dict[str, object]] = [
        {"modifications": {"asing": {"value": 1}}}, {"deletions": ["asing"]}, {"modifications": {"nilai": 1}},
        {"modifications": {"nilai": {"value": 1, "type": "File"}}}, {"apa": 1},
    ]  # fmt: skip
    for body in wrong:
        assert head.refused("POST", f"{task}/localVariables", json=body)[0] == 400, body
    assert (head.get(f"{task}/localVariables"), sketch.kinds(case)) == (kept, before)

    head.post(f"{task}/complete", variables=kept | {"jumlah": {"value": 7}})
    second = of_task(head, case)
    assert head.get(f"{second}/variables/jumlah") == {"type": "Integer", "value": 7, "valueInfo": {}}
    assert head.refused("GET", f"{second}/variables/asing")[0] == 404
    assert head.refused("GET", f"{second}/variables/nilai/data")[0] == 400, "it is no file"
    assert head.refused("GET", f"{task}/variables")[0] == 404


def test_files_are_brought_and_handed_in(app: Flask, case: UUID, head: Program) -> None:
    task = of_task(head, case)

    made: Any = bring(head, task, **{"attachment-name": " Surat tugas", "attachment-type": "surat"}).json
    assert (set(made), made["name"], made["type"]) == (ATTACHMENT, "Surat tugas.pdf", "application/pdf")
    assert bring(head, task, **{"attachment-name": "Surat tugas.pdf"}).json == made, "the same is taken once"
    of_file = f"{task}/attachment/{made['id']}"
    assert (head.get(f"{task}/attachment"), head.get(of_file)) == ([made], made)
    given = head.ask("GET", f"{of_file}/data")
    assert (given.data, given.headers["Content-Security-Policy"][:7]) == (PDF, "sandbox")
    assert "Surat tugas.pdf" in given.headers["Content-Disposition"]
    assert head.get(f"{task}/localVariables/berkas")["value"] == json.dumps([made["id"]])
    assert head.ask("GET", f"{task}/localVariables/berkas/data").data == PDF
    auditor = Program(app, "auditor", OFFICE)
    assert auditor.get(f"{task}/attachment") == [], "nobody else sees what was not handed in"
    assert auditor.refused("GET", f"{of_file}/data")[0] == 404

    head.post(f"{task}/complete", variables={"berkas": {"value": json.dumps([made["id"]]), "type": "Json"}})
    assert auditor.get(f"{task}/attachment") == [made]
    assert auditor.ask("GET", f"{of_file}/data").data == PDF
    assert head.ask("GET", f"{of_task(head, case)}/variables/berkas/data").data == PDF
    read = {(row.what, row.case_id) for row in db.session.query(AuditReading)}
    assert ("rest.attachments.data", case) in read, "what an auditor reads is written down"
    assert Program(app, "banggai.kadis", "banggai").refused("GET", f"{of_file}/data")[0] == 404
    assert bring(head, task).status_code == 409


@on_sqlite
def test_files_that_are_not_taken(app: Flask, case: UUID, head: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    task = of_task(head, case)
    wrong: list[dict[str, Any]] = [
        {"content": b""}, {"content": b"MZ", "file": "x.exe"}, {"content": b"x", "file": "x.pdf"},
        {"content": b"x", "file": "x.txt"}, {"content": b"%PDF-" + bytes(10_000_000)}, {"file": ""},
        {"attachment-description": "x"}, {"url": "https://example.org"}, {"apa": "x"}, {"attachment-name": "x" * 300},
    ]  # fmt: skip
    for sent in wrong:
        answer = bring(head, task, **sent)
        assert (answer.status_code, answer.json["type"]) == (400, "InvalidRequestException"), (sent.keys(), answer.text)
    assert head.refused("POST", f"{task}/attachment/create", json={"content": "x"})[0] == 400
    for name in ("blitar.jfu", "auditor"):
        assert bring(Program(app, name), task).status_code == 403
    assert bring(Program(app, "blitar.kadis", scope=Scope.READ), task).status_code == 403
    for command, reason in (("false", "infected"), ("tidak-ada-perintah-ini", "unscanned")):
        scanned = replace(app.config["LAKSANA"], scan_command=command)
        monkeypatch.setitem(app.config, "LAKSANA", scanned)
        answer = bring(head, task)
        assert (answer.status_code, reason in answer.json["message"]) == (400, True), answer.text
    assert head.get(f"{task}/attachment") == []
    assert head.get(f"{task}/localVariables") == {}


def test_others_see_no_more_than_on_the_page(app: Flask, case: UUID, head: Program) -> None:
    task, foreign, staff = of_task(head, case), Program(app, "banggai.kadis", "banggai"), Program(app, "blitar.jfu")
    of_office = ("form", "deployed-form", "attachment", "attachment/x")
    of_doer = ("rendered-form", "variables", "variables/nilai", "localVariables", "localVariables/nilai")

    for name in (*of_office, *of_doer, "variables/nilai/data", "localVariables/nilai/data", "attachment/x/data"):
        for place in (task, f"/task/{uuid4()}", "/task/x"):
            assert foreign.refused("GET", f"{place}/{name}")[0] == 404, name
    for name in of_doer:
        assert staff.refused("GET", f"{task}/{name}")[0] == 403, name
        assert head.refused("GET", f"{task}/{name}?apa=1")[0] in {400, 404}, name
    for method, body in (("PUT", {"value": 1}), ("DELETE", {})):
        for program, status in ((foreign, 404), (staff, 403)):
            assert program.refused(method, f"{task}/localVariables/nilai", json=body)[0] == status
