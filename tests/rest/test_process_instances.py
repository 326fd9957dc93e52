"""Running cases by the dialect: listed, counted, looked at; whoever may not see them learns nothing of them."""

from typing import Any
from uuid import UUID, uuid4

import pycamunda.processinst
import pytest
import requests
from flask import Flask
from sqlalchemy import select

from service.models import AuditReading, History, db
from tests.answers import BLITAR
from tests.conftest import on_sqlite
from tests.drafting import OFFICE, Sketch, boundary, catch, message, signal, timer
from tests.engine.drawing import call, each, end, gateway, line, process, said, start, task
from tests.programs import Program, as_body, token
from tests.walking import Player, Visitor

TWO = process(start(), task("satu"), task("dua"), end(), line("mulai", "satu", "dua", "selesai"))
SERVICE = '<bpmn:serviceTask id="hitung" name="Menghitung" camunda:type="external" camunda:topic="capaian"/>'
ROOTS = '<bpmn:message id="m" name="Surat"/>'
OBJECT = {
    "links", "id", "definitionId", "definitionKey", "businessKey", "caseInstanceId", "ended", "suspended", "tenantId",
}  # fmt: skip


@pytest.fixture
def case(sketch: Sketch) -> UUID:
    sketch.deploy(TWO)
    case = sketch.begin()
    sketch.do(case, "satu", nilai="biru_tua", jumlah="7", daftar=["bidang1"])
    return case


@pytest.fixture
def program(app: Flask) -> Program:
    return Program(app, "blitar.jfu")


def test_a_case_is_shown_with_what_it_knows(sketch: Sketch, case: UUID, program: Program) -> None:
    (shown,) = program.get("/process-instance", processInstanceIds=str(case))

    definition = program.get(f"/process-definition/key/{sketch.key}")["id"]
    assert (set(shown), shown["id"], shown["definitionId"]) == (OBJECT, str(case), definition)
    assert (shown["ended"], shown["suspended"], shown["tenantId"]) == (False, False, OFFICE)
    assert program.get(f"/process-instance/{case}") == shown
    known = program.get(f"/process-instance/{case}/variables", deserializeValues="false")
    assert known["nilai"] == {"type": "String", "value": "biru_tua", "valueInfo": {}}
    assert (known["jumlah"]["type"], known["daftar"]["type"]) == ("Integer", "Json")
    for name, typed in known.items():
        assert program.get(f"/process-instance/{case}/variables/{name}", deserializeValue="false") == typed
    assert program.refused("GET", f"/process-instance/{case}/variables/nilai/data")[0] == 400

    sketch.do(case, "dua")
    ended = [f"/process-instance/{case}", f"/process-instance/{uuid4()}", "/process-instance/x"]
    for path in [*ended, *(f"{one}/variables" for one in ended), f"{ended[0]}/variables/nilai"]:
        assert program.refused("GET", path) == (404, "InvalidRequestException"), path


def test_lists_are_narrowed_as_asked(sketch: Sketch, case: UUID, program: Program) -> None:
    definition = program.get(f"/process-definition/key/{sketch.key}")["id"]
    own: dict[str, Any] = {"processInstanceIds": str(case)}
    every: list[tuple[dict[str, Any], int]] = [
        (own, 1),
        ({"processInstanceIds": "x"}, 0),
        ({"processDefinitionKey": sketch.key}, 1),
        ({"processDefinitionKey": sketch.key, "processDefinitionKeyIn": "lain"}, 0),
        ({"processDefinitionId": definition, "active": "true"}, 1),
        ({"processDefinitionId": str(uuid4())}, 0),
        ({**own, "suspended": "true"}, 0),
        ({**own, "tenantIdIn": f"{OFFICE},banggai"}, 1),
        ({**own, "tenantIdIn": "banggai"}, 0),
        ({**own, "withIncident": "true"}, 0),
        ({"processDefinitionKey": sketch.key, "variables": "nilai_eq_biru_tua"}, 1),
        ({"processDefinitionKey": sketch.key, "variables": "nilai_eq_biru"}, 0),
        ({**own, "variables": "jumlah_eq_7"}, 0),  # in an address every value is a text
        ({**own, "variables": "tidak_ada_eq_7"}, 0),
    ]
    for query, found in every:
        assert len(program.get("/process-instance", **query, sortBy="definitionKey", sortOrder="desc")) == found, query
        assert program.get("/process-instance/count", **query) == {"count": found}, query
        if "variables" not in query:
            assert program.post("/process-instance/count", **as_body(query)) == {"count": found}, query
    typed: list[tuple[object, int]] = [(7, 1), (7.0, 0), ("7", 0), (True, 0), (None, 0)]
    for value, found in typed:
        values = [{"name": "jumlah", "operator": "eq", "value": value}]
        assert len(program.post("/process-instance", **as_body(own), variables=values)) == found, value


def test_a_value_that_stands_beside_the_state_is_found(sketch: Sketch, case: UUID, program: Program) -> None:
    long = "panjang " * 600
    sketch.do(case, "dua", nilai=long)
    other = sketch.begin()
    sketch.do(other, "satu", nilai=long.strip())

    for value, found in ((long.strip(), 1), ("panjang", 0)):
        values = [{"name": "nilai", "operator": "eq", "value": value}]
        assert program.post("/process-instance/count", variables=values) == {"count": found}


def test_cases_that_stand_still_are_found(sketch: Sketch, case: UUID, program: Program) -> None:
    row = sketch.instance(case)
    row.incident = "tidak dapat lanjut"
    db.session.commit()

    (found,) = program.get("/process-instance", withIncident="true", processDefinitionKey=sketch.key)
    assert found["id"] == str(case)


def test_the_key_of_a_program_outside_stays_with_the_case(app: Flask, sketch: Sketch) -> None:
    flow = line("mulai", "tunggu", "hitung", "baca", "selesai")
    sketch.deploy(process(start(), catch("tunggu", message()), SERVICE, task("baca"), end(), flow), roots=ROOTS)
    head, admin = Program(app, "blitar.kadis"), Program(app)
    first, second, plain = (
        head.post(f"/process-definition/key/{sketch.key}/start", **given)
        for given in ({"businessKey": "SIPD-2026/7"}, {"businessKey": "SIPD-2026/8"}, {"businessKey": None})
    )
    of_process = {"processDefinitionKey": sketch.key}

    assert [case["businessKey"] for case in (first, second, plain)] == ["SIPD-2026/7", "SIPD-2026/8", None]
    assert head.get("/process-instance", businessKey="SIPD-2026/8") == [second]
    listed = head.get("/process-instance", **of_process, sortBy="businessKey", sortOrder="desc")
    assert [case["businessKey"] for case in listed] == ["SIPD-2026/8", "SIPD-2026/7", None]
    wrong: list[object] = ["x" * 301, "dua\nbaris", "arah\u202e", 7]
    for key in wrong:
        body = {"businessKey": key}
        assert head.refused("POST", f"/process-definition/key/{sketch.key}/start", json=body)[0] == 400, key

    sent = {"messageName": "Surat", "resultEnabled": True}
    (result,) = admin.post("/message", **sent, businessKey="SIPD-2026/8")
    assert (result["resultType"], result["processInstance"]) == ("Execution", None)
    assert result["execution"]["id"] == second["id"], "the first case waits longer, but has another key"
    (work,) = admin.get("/external-task")
    assert (work["businessKey"], work["processInstanceId"]) == ("SIPD-2026/8", second["id"])
    for topic, locked in (
        ({"businessKey": "SIPD-2026/7"}, []),
        ({"processDefinitionId": str(uuid4())}, []),
        ({"businessKey": "SIPD-2026/8", "processDefinitionIdIn": [second["definitionId"]]}, [second["id"]]),
    ):
        topics = [{"topicName": "capaian", "lockDuration": 1000} | topic]
        found = admin.post("/external-task/fetchAndLock", workerId="w", topics=topics)
        assert [one["processInstanceId"] for one in found] == locked, topic
    (result,) = admin.post("/message", **sent, businessKey="lain")
    assert result["execution"]["id"] == plain["id"], "a case without a key takes what is sent to anybody"
    assert admin.refused("POST", "/message", json=sent | {"businessKey": "lain"})[0] == 400
    reader = Visitor(app, "blitar.kadis")
    assert "Nomor dari luar: SIPD-2026/7" in reader.get(f"/berkas/{first['id']}").response.text
    assert first["id"] in reader.get("/berkas?q=SIPD-2026/7").response.text
    assert second["id"] not in reader.get("/berkas?q=SIPD-2026/7").response.text
    (told,) = db.session.scalars(
        select(History.body).where(History.instance_id == UUID(first["id"]), History.kind == "started")
    )
    assert told["business_key"] == "SIPD-2026/7"


def test_a_message_gives_its_key_to_the_case_that_it_begins(app: Flask, sketch: Sketch) -> None:
    begun_by = f'<bpmn:startEvent id="mulai">{message()}</bpmn:startEvent>'
    sketch.deploy(process(begun_by, task("baca"), end(), line("mulai", "baca", "selesai")), roots=ROOTS)
    admin = Program(app)

    admin.post("/message", messageName="Surat", businessKey="S-1")
    admin.post("/message", messageName="Surat", correlationKeys={"nomor": {"value": "S-2"}})

    found = admin.get("/process-instance", processDefinitionKey=sketch.key, sortBy="businessKey", sortOrder="asc")
    assert [case["businessKey"] for case in found] == [None, "S-1"]


def test_a_key_that_is_nothing_leaves_the_business_key(app: Flask, sketch: Sketch) -> None:
    keyed = catch("tunggu", message(), said(kunci="nilai"))
    sketch.deploy(process(start(), task("isi"), keyed, end(), line("mulai", "isi", "tunggu", "selesai")), roots=ROOTS)
    case = sketch.begin()
    sketch.do(case, "isi", nilai="S-1")
    sent = {"messageName": "Surat", "correlationKeys": {"nomor": {"value": None}}}
    admin = Program(app)

    assert admin.refused("POST", "/message", json=sent) == (400, "MismatchingMessageCorrelationException")
    admin.post("/message", **sent, businessKey="S-1")

    assert sketch.status(case) == "completed"


def test_a_case_ends_early_for_a_reason(app: Flask, sketch: Sketch, case: UUID) -> None:
    head, path = Program(app, "blitar.kadis"), f"/process-instance/{case}"
    before = sketch.kinds(case)

    assert Program(app, "analis").refused("DELETE", path, query_string={"deleteReason": "Salah SOP."})[0] == 403
    assert Program(app, "banggai.kadis", "banggai").refused("DELETE", path)[0] == 404
    for query in ({}, {"deleteReason": " "}, {"deleteReason": "x"}, {"deleteReason": "Salah SOP.", "apa": "1"}):
        assert head.refused("DELETE", path, query_string=query)[0] == 400, query
    assert (sketch.status(case), sketch.kinds(case)) == ("running", before)
    answer = head.ask("DELETE", path, query_string={"skipIoMappings": "true", "deleteReason": "Salah SOP, diulang."})
    assert (answer.status_code, answer.data) == (204, b"")
    assert (sketch.status(case), sketch.instance(case).end_reason) == ("cancelled", "Salah SOP, diulang.")
    assert sketch.kinds(case) == [*before, "cancelled"]
    assert head.refused("DELETE", path, json={"deleteReason": "Salah SOP, diulang."})[0] == 404
    other = sketch.begin()
    gone = head.ask("DELETE", f"/process-instance/{other}", json={"deleteReason": "Salah SOP, diulang."})
    assert (gone.status_code, sketch.status(other)) == (204, "cancelled")


ACTIVITY = {
    "id", "parentActivityInstanceId", "activityId", "activityType", "processInstanceId", "processDefinitionId",
    "childActivityInstances", "childTransitionInstances", "executionIds", "activityName", "name", "incidentIds",
    "incidents",
}  # fmt: skip


def outline(one: dict[str, Any], parent: str | None = None) -> Any:
    """Return an activity by its type, with those inside it, and see that it has every field."""
    assert (set(one), one["parentActivityInstanceId"], one["childTransitionInstances"]) == (ACTIVITY, parent, [])
    inside = sorted(outline(inner, one["id"]) for inner in one["childActivityInstances"])
    return f"{one['activityId'].partition(':')[0]} {one['activityType']}", *inside


def test_what_goes_on_stands_one_inside_the_other(app: Flask, sketch: Sketch, program: Program) -> None:
    roots = '<bpmn:message id="m" name="Surat"/><bpmn:signal id="s" name="Mulai"/>'
    inner = f"""<bpmn:subProcess id="dalam" name="Bagian">{start("mulai_dalam")}{task("periksa", each())}
        {boundary("lewat", "periksa", timer("timeDuration", "P1D"), interrupting=False)}{end("henti")}
        {end("selesai_dalam")}{line("mulai_dalam", "periksa", "selesai_dalam")}{line("lewat", "henti")}
        </bpmn:subProcess>"""
    sketch.deploy(
        process(
            start(), task("isi"), gateway("bagi", kind="parallelGateway"), inner, call("panggil"), SERVICE,
            gateway("tunggu", kind="eventBasedGateway"), catch("surat", message()), catch("kabar", signal()),
            gateway("temu"), task("cepat"), gateway("gabung", kind="parallelGateway"), end(),
            line("mulai", "isi", "bagi", "dalam", "gabung", "selesai"), line("bagi", "panggil", "gabung"),
            line("bagi", "hitung", "gabung"), line("bagi", "tunggu", "surat", "temu", "gabung"),
            line("tunggu", "kabar", "temu"), line("bagi", "cepat", "gabung"),
        ),
        process(start(), task("baca"), end(), line("mulai", "baca", "selesai"), key="dipanggil"),
        roots=roots,
    )  # fmt: skip
    case = sketch.begin()
    path = f"/process-instance/{case}/activity-instances"
    assert outline(program.get(path)) == ("proses processDefinition", ("isi userTask",))
    sketch.do(case, "isi", daftar=["bidang1", "bidang2"])
    sketch.do(case, "cepat")

    tree = program.get(path)
    assert outline(tree) == (
        "proses processDefinition",
        ("dalam subProcess", ("periksa#multiInstanceBody multiInstanceBody", *[("periksa userTask",)] * 2)),
        ("gabung parallelGateway",),
        ("hitung serviceTask",),
        ("panggil callActivity", ("baca userTask",)),
        ("tunggu eventBasedGateway",),
    )
    by_element = {one["activityId"]: one for one in tree["childActivityInstances"]}
    (read,) = by_element["panggil"]["childActivityInstances"]
    assert (read["id"], read["processDefinitionId"].partition(":")[0]) == (
        f"baca:{sketch.task(case, 'baca').id}",
        "dipanggil",
    )
    assert (tree["id"], tree["executionIds"], by_element["dalam"]["name"]) == (str(case), [str(case)], "Bagian")
    admin = Program(app)
    (work,) = admin.get("/external-task", processInstanceId=str(case))
    admin.post(f"/external-task/{work['id']}/lock", workerId="w", lockDuration=1000)
    admin.post(f"/external-task/{work['id']}/failure", workerId="w", errorMessage="rusak")
    (incident,) = admin.get("/incident", processInstanceId=str(case))
    (failed,) = [one for one in program.get(path)["childActivityInstances"] if one["activityId"] == "hitung"]
    assert failed["incidents"] == [{"id": incident["id"], "activityId": "hitung"}]
    assert failed["incidentIds"] == [incident["id"]]
    assert Program(app, "banggai.kadis", "banggai").refused("GET", path)[0] == 404


WRONG = [
    {"apa": "1"},
    {"processDefinitionKey": "${x}"},
    {"processInstanceIds": "#{x}"},
    {"variables": "nilai"},
    {"variables": "nilai_gt_1"},
    {"variables": "nilai_eq_${x}"},
    {"variables": ",".join(f"n{n}_eq_1" for n in range(30))},
    {"variables": "a_eq_1,a_eq_2"},
    {"active": "ya"},
    {"superProcessInstance": "x"},
    {"businessKeyLike": "x"},
    {"sortBy": "password"},
    {"sortBy": "instanceId", "sortOrder": "naik"},
    {"firstResult": "-1"},
]


@on_sqlite
def test_questions_are_read_strictly(program: Program) -> None:
    for query in WRONG:
        assert program.refused("GET", "/process-instance", query_string=query)[0] == 400, query
    values: list[object] = [{}, [], "${x}", "#{x}"]
    bodies: list[dict[str, Any]] = [
        {"variables": [{"name": "a", "operator": "eq", "value": value}]} for value in values
    ]
    bodies += [{"variables": [{"name": "a", "value": 1}]}, {"variables": {"a": 1}}, {"variables": 7}]
    bodies += [{"variables": [{"name": "a", "operator": "eq", "value": 1, "apa": 1}]}, {"processInstanceIds": [7]}]
    for body in bodies:
        assert program.refused("POST", "/process-instance/count", json=body)[0] == 400, body
    for path in ("/variables?apa=1", "/variables/judul?apa=1", "/variables/judul/data?apa=1", "?apa=1"):
        assert program.refused("GET", f"/process-instance/{uuid4()}{path}")[0] == 400, path


def test_another_office_sees_no_case(app: Flask, case: UUID) -> None:
    foreign = Program(app, "banggai.kadis", "banggai")

    assert foreign.get("/process-instance/count", processInstanceIds=str(case)) == {"count": 0}
    for end_of_path in ("", "/variables", "/variables/nilai", "/variables/nilai/data"):
        theirs = foreign.ask("GET", f"/process-instance/{case}{end_of_path}")
        nothing = foreign.ask("GET", f"/process-instance/{(nobody := uuid4())}{end_of_path}")
        assert theirs.status_code == nothing.status_code == 404
        assert theirs.text.replace(str(case), "") == nothing.text.replace(str(nobody), "")


def test_a_file_is_given_out(app: Flask) -> None:
    with app.app_context():
        player = Player()
        case = player.reach(BLITAR, "row_11")
    program = Program(app)
    known = program.get(f"/process-instance/{case}/variables")
    name = next(name for name, typed in known.items() if '"size"' in str(typed["value"]))

    for path in (f"/process-instance/{case}/variables/{name}/data", f"/execution/{case}/localVariables/{name}/data"):
        answer = program.ask("GET", path)
        assert (answer.status_code, answer.mimetype) == (200, "application/pdf"), path
        assert answer.headers["Content-Disposition"].startswith("attachment; filename=")
        assert "sandbox" in answer.headers["Content-Security-Policy"]
        assert answer.data.startswith(b"%PDF-")


@on_sqlite
def test_what_an_auditor_looks_at_is_written_down(app: Flask, case: UUID) -> None:
    auditor = Program(app, "auditor")
    auditor.get(f"/process-instance/{case}/variables")
    auditor.get("/process-instance")

    seen = db.session.execute(select(AuditReading.what, AuditReading.case_id)).all()
    assert [tuple(row) for row in seen] == [("rest.process_instances.known", case)]


@on_sqlite
def test_public_client_in_python(app: Flask, site: str, sketch: Sketch, case: UUID) -> None:
    session = requests.Session()
    session.auth = ("blitar.jfu", token(app, "blitar.jfu"))

    def ask(request: Any) -> Any:
        request.session = session
        return request()

    (found,) = ask(pycamunda.processinst.GetList(site, process_definition_key=sketch.key, sort_by="instance_id"))
    assert (found.id_, found.suspended) == (str(case), False)
    assert ask(pycamunda.processinst.Get(site, found.id_)).definition_id.startswith(f"{sketch.key}:1:")
    assert ask(pycamunda.processinst.VariablesGetList(site, found.id_))["nilai"].value == "biru_tua"
    tree = ask(pycamunda.processinst.GetActivityInstance(site, found.id_))
    assert [one.activity_name for one in tree.child_activity_instances] == ["dua"]
    assert ask(pycamunda.processinst.VariablesGet(site, found.id_, "jumlah")).value == 7
    session.close()
