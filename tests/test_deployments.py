"""Deploying: every problem named with its element, nothing stored unless all is right, versions that never change."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import count
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select

from service import catalogue, demo, deployments, drafts, removals, store
from service.deployments import Deployed
from service.drafts import File, Shelf
from service.engine.workflow import Specification, hydrate, parse, start
from service.errors import Conflict, DeploymentRefused, NotAllowed
from service.models import Definition, DefinitionDecision, db, new_id
from service.queries import deployed
from tests import answers, stage
from tests.answers import BLITAR, NGANJUK, RENSTRA, WRONG_DATA
from tests.drafting import OFFICE, Sketch
from tests.engine import deciding, drawing
from tests.racing import Race
from tests.walking import Player

DEFINITIONS = ("definition", "definition_form", "definition_decision")


def changed(process: str, old: str, new: str, *, name: str = "", count: int = -1) -> list[File]:
    """Return the drafts of a process with a text replaced, in all of them or in one."""
    files = [
        replace(file, content=file.content.replace(old.encode(), new.encode(), count))
        if name in ("", file.name)
        else file
        for file in demo.drafts(process)
    ]
    assert files != demo.drafts(process), f"{old} is nowhere"
    return files


def deploy(player: Player, files: Sequence[File], office: str = "nganjuk") -> list[Deployed]:
    stored, problems = deployments.deploy(player.actor("analis", office), files, player.now)
    assert problems == ()
    return stored


def versions(office: str, key: str) -> list[int]:
    found = select(Definition.version).where(Definition.tenant_id == office, Definition.key == key)
    return sorted(db.session.scalars(found))


# Versions -------------------------------------------------------------------------------------------


def test_the_same_content_makes_no_new_version(app: Flask, player: Player) -> None:
    before = stage.rows(app, DEFINITIONS)

    stored = deploy(player, demo.drafts(NGANJUK))

    assert stored == [Deployed(NGANJUK, "SOP Mekanisme Pengumpulan Data Kinerja", 1, unchanged=True)]
    assert stage.rows(app, DEFINITIONS) == before


@pytest.mark.parametrize("name", [f"{NGANJUK}.bpmn", "rekap.form"])
def test_a_changed_file_makes_a_new_version(player: Player, name: str) -> None:
    old, new = (
        ("Merekap data terkumpul", "Merekap data") if name.endswith("bpmn") else ("catatan_rekap", "catatan_lain")
    )

    stored = deploy(player, changed(NGANJUK, old, new, name=name))

    assert [(one.version, one.unchanged) for one in stored] == [(2, False)]
    assert versions("nganjuk", NGANJUK) == [1, 2]


def test_going_back_to_an_older_content_is_a_new_version(player: Player) -> None:
    deploy(player, changed(NGANJUK, "Merekap data terkumpul", "Merekap data"))

    assert [one.version for one in deploy(player, demo.drafts(NGANJUK))] == [3]


def test_a_diagram_alone_keeps_the_forms_of_its_last_version(app: Flask, player: Player) -> None:
    (diagram, *_) = changed(NGANJUK, "Merekap data terkumpul", "Merekap data")

    deploy(player, [diagram])

    with app.app_context():
        first, second = (
            store.form_contents("nganjuk", row.id)
            for row in db.session.scalars(
                select(Definition).where(Definition.key == NGANJUK).order_by(Definition.version)
            )
        )
    assert first == second


def test_offices_have_versions_of_their_own(player: Player) -> None:
    deploy(player, stage.adopted(demo.drafts(NGANJUK), "blitar"), office="blitar")

    assert versions("blitar", NGANJUK) == [1]
    assert versions("nganjuk", NGANJUK) == [1]


def test_a_process_and_the_one_it_calls_may_come_together(player: Player) -> None:
    files = [*demo.drafts(BLITAR), *demo.drafts(WRONG_DATA)]

    stored = deploy(player, stage.adopted(files, "nganjuk"), office="nganjuk")

    assert [(one.key, one.version) for one in stored] == [(BLITAR, 1), (WRONG_DATA, 1)]


def test_of_two_who_deploy_the_same_at_once_both_have_one_version(race: Race) -> None:
    files = changed(NGANJUK, "Merekap data terkumpul", "Merekap data")
    with race.player():
        newest = max(versions("nganjuk", NGANJUK))

    outcomes = race.run("UPDATE office", *[lambda runner: deploy(runner, files)] * 2)

    with race.player():
        assert max(versions("nganjuk", NGANJUK)) == newest + 1
    assert sorted((one.version, one.unchanged) for stored in outcomes for one in stored) == [
        (newest + 1, False), (newest + 1, True),
    ]  # fmt: skip


def test_who_never_comes_between_others_is_told_to_try_again(player: Player, monkeypatch: pytest.MonkeyPatch) -> None:
    others = count()
    monkeypatch.setattr(deployments, "_beside", lambda *_: {NGANJUK: UUID(int=next(others))})
    monkeypatch.setattr(deployments, "_shelf", lambda *_: Shelf())

    with pytest.raises(Conflict, match="changed at the same time"):
        deploy(player, changed(NGANJUK, "Merekap data terkumpul", "Merekap data"))

    assert next(others) == 2 * deployments.ATTEMPTS


def drawn(name: str, key: str = "proses", called: str = "") -> str:
    middle = drawing.call(name, called) if called else drawing.task(name)
    return drawing.process(drawing.start(), middle, drawing.end(), drawing.line("mulai", name, "selesai"), key=key)


def remove_newest(player: Player, office: str = OFFICE) -> None:
    analyst = player.actor("analis", office)
    removals.remove(analyst, deployed.deployments(analyst)[0].id, player.now)


def test_what_is_deleted_meanwhile_is_called_by_nothing_new(race: Race) -> None:
    with race.player():
        Sketch().deploy(drawn("isi", key="lain"))

    outcome, _ = race.between("UPDATE office", lambda _: Sketch().deploy(drawn("isi", called="lain")), remove_newest)

    assert [problem.code for problem in outcome.problems if problem.severity == "error"] == ["call-missing"]
    with race.player():
        assert versions(OFFICE, "proses") == []


def test_what_calls_it_meanwhile_is_called_by_nothing_new(race: Race) -> None:
    with race.player():
        Sketch().deploy(drawn("isi"), drawn("isi", key="lain"))

    outcome, _ = race.between(
        "UPDATE office",
        lambda _: Sketch().deploy(drawn("isi", called="lain")),
        lambda _: Sketch().deploy(drawn("isi", key="lain", called="proses")),
    )

    assert [problem.code for problem in outcome.problems if problem.severity == "error"] == ["call-cycle"]
    with race.player():
        assert (versions(OFFICE, "proses"), versions(OFFICE, "lain")) == ([1], [1, 2])


def test_what_nothing_of_it_needs_may_change_meanwhile(race: Race) -> None:
    race.between(
        "UPDATE office", lambda _: Sketch().deploy(drawn("isi")), lambda _: Sketch().deploy(drawn("isi", "lain"))
    )

    with race.player():
        assert (versions(OFFICE, "proses"), versions(OFFICE, "lain")) == ([1], [1])


def test_a_number_that_was_given_meanwhile_is_not_given_again(race: Race) -> None:
    with race.player():
        Sketch().deploy(drawn("lama"))

    def deploy_and_delete(player: Player) -> None:
        Sketch(player.now + timedelta(minutes=1)).deploy(drawn("salah"))
        remove_newest(player)

    race.between("UPDATE office", lambda _: Sketch().deploy(drawn("baru")), deploy_and_delete)

    with race.player():
        assert versions(OFFICE, "proses") == [1, 3]


def test_only_an_analyst_deploys(app: Flask, player: Player) -> None:
    before = stage.rows(app, DEFINITIONS)

    for user in ("nganjuk.sekretaris", "auditor", "admin"):
        with pytest.raises(NotAllowed):
            deployments.deploy(player.actor(user, "nganjuk"), changed(NGANJUK, "Merekap", "Rekap"), player.now)

    assert stage.rows(app, DEFINITIONS) == before


# Problems -------------------------------------------------------------------------------------------


def one_file(name: str, content: bytes) -> Callable[[], list[File]]:
    return lambda: [File(name, content)]


def drafts_with(process: str, old: str, new: str, *, count: int = -1) -> Callable[[], list[File]]:
    return lambda: changed(process, old, new, count=count)


def other_kind(kind: str) -> Callable[[], list[File]]:
    """Return the drafts with the step row_02 of another kind."""

    def files() -> list[File]:
        diagram, *forms = demo.drafts(NGANJUK)
        before, found, rest = diagram.content.partition(b'<bpmn:userTask id="row_02"')
        assert found
        body, _, after = rest.partition(b"</bpmn:userTask>")
        element = f"<bpmn:{kind}".encode() + b' id="row_02"' + body + f"</bpmn:{kind}>".encode()
        return [replace(diagram, content=before + element + after), *forms]

    return files


@dataclass(frozen=True)
class Broken:
    """Files that are refused, and what is said of them: code, element and file of each problem."""

    name: str
    files: Callable[[], list[File]]
    problems: set[tuple[str, str, str]]


DIAGRAM = f"{NGANJUK}.bpmn"
FORM_OF_ANOTHER_ID = b'{"type":"default","id":"a","components":[{"type":"iframe","id":"peta","key":"peta"}]}'
BROKEN = [
    Broken("nothing", list, {("no-diagram", "", "")}),
    Broken("another kind of file", one_file("a.exe", b"MZ"), {("file-kind", "", "a.exe")}),
    Broken("a form alone", lambda: demo.drafts(NGANJUK)[1:], {("no-diagram", "", "")}),
    Broken("empty", one_file("a.bpmn", b""), {("not-xml", "", "a.bpmn")}),
    Broken("no XML", one_file("a.bpmn", b"%PDF-1.4\x00\xff"), {("not-xml", "", "a.bpmn")}),
    Broken("cut off", lambda: [File("a.bpmn", demo.drafts(NGANJUK)[0].content[:4000])], {("not-xml", "", "a.bpmn")}),
    Broken(
        "an entity",
        one_file("a.bpmn", b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>'),
        {("doctype", "", "a.bpmn")},
    ),
    Broken(
        "an odd encoding",
        one_file("a.bpmn", b'<?xml version="1.0" encoding="utf-7"?><a/>'),
        {("encoding", "", "a.bpmn")},
    ),
    Broken("no BPMN", one_file("a.bpmn", b"<html/>"), {("not-bpmn", "", "a.bpmn")}),
    Broken("too large", one_file("a.bpmn", b"<a>" + b" " * 3_000_000 + b"</a>"), {("file-too-large", "", "a.bpmn")}),
    Broken("deep", one_file("a.bpmn", b"<a>" * 5000 + b"</a>" * 5000), {("not-xml", "", "a.bpmn")}),
    Broken(
        "not executable",
        drafts_with(NGANJUK, 'isExecutable="true"', 'isExecutable="false"'),
        {("not-executable", "", DIAGRAM)},
    ),
    Broken(
        "an id twice",
        drafts_with(NGANJUK, 'userTask id="row_03"', 'userTask id="row_02"'),
        {("schema", "row_02", DIAGRAM)},
    ),
    Broken(
        "a missing form",
        drafts_with(NGANJUK, 'formRef="penugasan"', 'formRef="tidak_ada"'),
        {("form-missing", "row_02", DIAGRAM)},
    ),
    Broken(
        "no position",
        drafts_with(NGANJUK, 'camunda:candidateGroups="kasubbag"', "", count=1),
        {("task-without-group", "row_02", DIAGRAM)},
    ),
    Broken(
        "a service task",
        other_kind("serviceTask"),
        {("service-without-topic", "row_02", DIAGRAM), ("sop-item-step", "row_03", DIAGRAM)},
    ),
    Broken(
        "a script",
        other_kind("scriptTask"),
        {
            *((code, "row_02", DIAGRAM) for code in ("script-language", "result-not-named")),
            ("sop-item-step", "row_03", DIAGRAM),
        },
    ),
    Broken(
        "a condition that cannot be read",
        drafts_with(RENSTRA, 'keputusan = "setuju"', "keputusan = = 1"),
        {("condition-invalid", "gw_09", f"{RENSTRA}.bpmn")},
    ),
    Broken(
        "Python in a condition",
        drafts_with(RENSTRA, 'keputusan = "setuju"', "__import__('os').system('id')"),
        {("condition-invalid", "gw_09", f"{RENSTRA}.bpmn")},
    ),
    Broken(
        "a name that no form gives",
        drafts_with(RENSTRA, 'keputusan = "setuju"', 'putusan = "setuju"'),
        {("condition-unknown-name", "gw_09", f"{RENSTRA}.bpmn")},
    ),
    Broken(
        "a name that neither it nor the SOP that it calls gives",
        drafts_with(BLITAR, 'keputusan = "setuju"', 'putusan = "setuju"', count=1),
        {("condition-unknown-name", "gw_09", f"{BLITAR}.bpmn")},
    ),
    Broken(
        "a decision without a default",
        drafts_with(RENSTRA, 'name="Konsep sudah benar?" default="', 'name="Konsep sudah benar?" camunda:x="'),
        {("default-missing", "gw_09", f"{RENSTRA}.bpmn"), ("condition-missing", "gw_09", f"{RENSTRA}.bpmn")},
    ),
    Broken(
        "an SOP that is not there",
        drafts_with(BLITAR, 'calledElement="blitar_data_salah"', 'calledElement="tidak_ada"'),
        {("call-missing", "panggil_data_salah", f"{BLITAR}.bpmn")},
    ),
    Broken(
        "an SOP that calls itself",
        drafts_with(BLITAR, 'calledElement="blitar_data_salah"', f'calledElement="{BLITAR}"'),
        {("call-cycle", BLITAR, f"{BLITAR}.bpmn")},
    ),
    Broken(
        "an SOP twice", lambda: [*demo.drafts(NGANJUK), demo.drafts(NGANJUK)[0]], {("process-twice", NGANJUK, DIAGRAM)}
    ),
    Broken(
        "text that turns round",
        drafts_with(NGANJUK, "Merekap data", "Merekap &#x202E;data"),
        {("control-character", "row_05", DIAGRAM)},
    ),
    Broken(
        "a form that is no JSON",
        lambda: [*demo.drafts(NGANJUK), File("a.form", b"{")],
        {("form-not-json", "", "a.form")},
    ),
    Broken(
        "a form that is a list",
        lambda: [*demo.drafts(NGANJUK), File("a.form", b"[]")],
        {("form-not-object", "", "a.form")},
    ),
    Broken(
        "a decision table that is no XML",
        lambda: [*demo.drafts(NGANJUK), File("a.dmn", b"<a")],
        {("not-xml", "", "a.dmn")},
    ),
    Broken(
        "a component that is not supported",
        lambda: [*demo.drafts(NGANJUK), File("a.form", FORM_OF_ANOTHER_ID)],
        {("component-unsupported", "peta", "a.form")},
    ),
]


@pytest.mark.parametrize("broken", BROKEN, ids=lambda broken: broken.name)
def test_refused_files_are_told_by_element_and_leave_nothing(app: Flask, player: Player, broken: Broken) -> None:
    files = broken.files()
    office = next(
        (answers.office(key) for key in (BLITAR, RENSTRA) if any(key in file.name for file in files)), "nganjuk"
    )
    before = stage.rows(app, DEFINITIONS)

    with pytest.raises(DeploymentRefused) as refused:
        deployments.deploy(player.actor("analis", office), files, player.now)

    errors = [problem for problem in refused.value.problems if problem.severity == "error"]
    assert {(problem.code, problem.element, problem.file) for problem in errors} == broken.problems
    assert all(problem.message and problem.message_en for problem in errors)
    assert stage.rows(app, DEFINITIONS) == before


def test_one_bad_file_keeps_the_good_ones_out(app: Flask, player: Player) -> None:
    good = changed(NGANJUK, "Merekap data terkumpul", "Merekap data")
    before = stage.rows(app, DEFINITIONS)

    with pytest.raises(DeploymentRefused):
        deployments.deploy(player.actor("analis", "nganjuk"), [*good, File("a.bpmn", b"<a")], player.now)

    assert stage.rows(app, DEFINITIONS) == before


def test_every_problem_is_listed_at_once(player: Player) -> None:
    files = changed(NGANJUK, 'formRef="penugasan"', 'formRef="tidak_ada"')
    files = [replace(file, content=file.content.replace(b'formRef="rekap"', b'formRef="hilang"')) for file in files]

    with pytest.raises(DeploymentRefused) as refused:
        deployments.deploy(player.actor("analis", "nganjuk"), [*files, File("a.form", b"{")], player.now)

    assert sorted((problem.code, problem.element) for problem in refused.value.problems) == [
        ("form-missing", "row_02"),
        ("form-missing", "row_05"),
        ("form-not-json", ""),
    ]


def test_two_different_forms_with_one_id_are_refused(app: Flask, player: Player) -> None:
    other = next(file for file in demo.drafts(NGANJUK) if file.name == "rekap.form")
    other = File("lain.form", other.content.replace(b"catatan_rekap", b"catatan_lain"), NGANJUK)
    before = stage.rows(app, DEFINITIONS)

    with pytest.raises(DeploymentRefused):
        deployments.deploy(player.actor("analis", "nganjuk"), [*demo.drafts(NGANJUK), other], player.now)

    assert stage.rows(app, DEFINITIONS) == before


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("Merekap data terkumpul", "x" * 301),
        ('name="SOP Mekanisme Pengumpulan Data Kinerja"', f'name="{"x" * 301}"'),
        ('name="sop.judul" value="', f'name="sop.judul" value="{"x" * 301}'),
        ('"row_02"', f'"{"x" * 129}"'),
        (NGANJUK, "x" * 129),
    ],
    ids=["name of a step", "name of the process", "title of the SOP", "id of a step", "key"],
)
def test_names_that_the_tables_cannot_hold_are_refused(player: Player, old: str, new: str) -> None:
    files = [replace(file, process="") for file in changed(NGANJUK, old, new)]

    with pytest.raises(DeploymentRefused):
        deployments.deploy(player.actor("analis", "nganjuk"), files, player.now)


def test_a_long_name_of_a_file_is_no_obstacle(race: Race) -> None:
    diagram, *forms = changed(NGANJUK, "Merekap data terkumpul", "Merekap semua data")
    long = replace(diagram, name=f"{'x' * 300}.bpmn")

    with race.player() as player:
        stored, _ = deployments.deploy(player.actor("analis", "nganjuk"), [long, *forms], player.now)

    assert [one.unchanged for one in stored] == [False]


# Decision tables ------------------------------------------------------------------------------------


def dmn(*outputs: str, key: str = "jalur", reads: str = "unit_kantor", says: str = "1") -> bytes:
    """Return a decision of one rule."""
    drawn = deciding.table([reads], outputs or ["hasil"], [(["-"], [says] * len(outputs or "1"))])
    return deciding.definitions(deciding.decision(key, drawn))


def asking(key: str = "jalur", how: str = "", process: str = "proses", after: str = "") -> File:
    """Return a diagram whose first step asks a decision, and what it does after it."""
    asked = (
        f'<bpmn:businessRuleTask id="putus" name="putus" camunda:decisionRef="{key}" '
        f'camunda:resultVariable="hasil" camunda:mapDecisionResult="{how}"/>'
    )
    steps = ["mulai", "putus", *["panggil"] * bool(after), "selesai"]
    parts = drawing.start(), asked, after, drawing.end(), drawing.line(*steps)
    return File(f"{process}.bpmn", drawing.definitions(drawing.process(*parts, key=process)))


TABLE = File("folder/jalur.dmn", dmn())
ASKED = [
    ("none", [], {}, {("decision-missing", "proses.bpmn")}),
    ("uploaded beside it", [TABLE], {}, set()),
    ("of its own process", [replace(TABLE, process="proses")], {}, set()),
    ("of another process", [replace(TABLE, process="lain")], {}, {("decision-missing", "proses.bpmn")}),
    ("deployed before", [], {"proses": {"jalur.dmn": dmn()}}, set()),
    ("deployed with another process", [], {"lain": {"jalur.dmn": dmn()}}, {("decision-missing", "proses.bpmn")}),
    (
        "replaced by a file without it",
        [replace(TABLE, content=dmn(key="lain"))],
        {"proses": {"jalur.dmn": dmn()}},
        {("decision-missing", "proses.bpmn")},
    ),
    (
        "of a name that nobody supplies",
        [File("a.dmn", dmn(reads="nilai"))],
        {},
        {("decision-unknown-name", "proses.bpmn")},
    ),
    (
        "with more outputs than wanted",
        [File("a.dmn", dmn("a", "b"))],
        {},
        {("decision-several-outputs", "proses.bpmn")},
    ),
    ("twice", [TABLE, File("b.dmn", dmn("lain"))], {}, {("decision-twice", "b.dmn")}),
    ("twice the same", [TABLE, replace(TABLE, name="b.dmn")], {}, set()),
    ("two files of one name", [TABLE, File("jalur.dmn", dmn(key="lain"))], {}, {("decision-twice", "jalur.dmn")}),
]


@pytest.mark.parametrize(
    ("tables", "before", "problems"), [case[1:] for case in ASKED], ids=[case[0] for case in ASKED]
)
def test_a_diagram_is_checked_with_the_decisions_that_it_asks(
    tables: list[File], before: dict[str, dict[str, bytes]], problems: set[tuple[str, str]]
) -> None:
    checked = drafts.check(drafts.read([asking(how="singleEntry"), *tables]), Shelf(tables=before))

    assert {(one.code, one.file) for one in checked.problems if one.code.startswith("decision-")} == problems


def test_a_diagram_is_stored_with_the_tables_that_it_asks_and_no_others() -> None:
    files = [asking(), TABLE, File("lain.dmn", dmn(key="lain"))]

    (candidate,) = drafts.check(drafts.read(files), Shelf()).candidates

    assert candidate.tables == {"jalur.dmn": TABLE.content}


def after_all(key: str) -> int:
    """Return a version that no test has deployed yet."""
    latest = store.latest_definition("nganjuk", key)
    return latest.version + 1 if latest else 1


def test_a_deployed_version_decides_as_its_files_say(race: Race) -> None:
    with race.player() as player:
        content = asking().content
        identifier = new_id(player.now)
        definition = Definition(
            tenant_id="nganjuk", id=identifier, key="proses", version=after_all("proses"), name="Proses",
            file="proses.bpmn", content=content, sha256="0" * 64, deployed_at=player.now, deployed_by="analis",
        )  # fmt: skip
        names = {"tenant_id": "nganjuk", "definition_id": identifier}
        tables = {"jalur.dmn": dmn(), "lain.dmn": dmn(key="lain")}
        stored = [DefinitionDecision(**names, file=name, content=table) for name, table in tables.items()]
        store.add_definitions([(definition, stored)], [])

    with race.player():
        decisions = catalogue.deployed("nganjuk", identifier).source.decisions
        assert store.decision_contents("nganjuk", identifier) == tables
        assert sorted(decisions) == ["jalur", "lain"]
        assert decisions["jalur"].decide({}) == [{"hasil": 1}]


TOLD = drawing.call("panggil", inside=drawing.extended('<camunda:out source="hasil" target="hasil_dipanggil"/>'))
CALLER, CALLED = asking(how="singleEntry", after=TOLD), asking(how="singleEntry", process="dipanggil")
OF_ONE_KEY = [File("a.dmn", dmn(says="1"), "proses"), File("a.dmn", dmn(says="2"), "dipanggil")]


def of_latest(office: str, key: str, called: str) -> Specification:
    """Return what a case that starts now would run on."""
    ids = [definition.id for name in (key, called) if (definition := store.latest_definition(office, name))]
    return catalogue.specification(office, ids[0], {called: str(ids[1])})


def test_a_process_and_the_one_it_calls_decide_by_their_own_tables(race: Race) -> None:
    checked = drafts.check(drafts.read([CALLER, CALLED, *OF_ONE_KEY]), Shelf())
    with race.player() as player:
        deployments.deploy(player.actor("analis", "nganjuk"), [CALLED, OF_ONE_KEY[1]], player.now)
        deployments.deploy(player.actor("analis", "nganjuk"), [CALLER, OF_ONE_KEY[0]], player.now)
        deployed = of_latest("nganjuk", "proses", "dipanggil")

    assert checked.errors == ()
    for specification in (parse([candidate.source for candidate in checked.candidates], "proses"), deployed):
        state = start(specification, {"unit_kantor": []}, player.now).state
        data = hydrate(specification, state).data()
        assert (data["hasil"], data["hasil_dipanggil"]) == (1, 2)


def test_performers_must_be_known_to_the_office(sketch: Sketch) -> None:
    said = 'camunda:assignee="blitar.kasubbag" camunda:candidateUsers="${nilai},banggai.kadis"'
    asked = drawing.task("isi", group="kadis,direktur,${nilai}", attributes=said)
    text = drawing.process(drawing.start(), asked, drawing.end(), drawing.line("mulai", "isi", "selesai"))

    with pytest.raises(DeploymentRefused) as refused:
        sketch.deploy(text)

    told = [problem for problem in refused.value.problems if problem.code == "performer-unknown"]
    assert [(problem.element, problem.message_en.rpartition(" ")[2]) for problem in told] == [
        ("isi", "direktur."), ("isi", "@banggai.kadis."),
    ]  # fmt: skip


# What calls what is uploaded -----------------------------------------------------------------------------


def reckoned(result: str) -> str:
    """Return a process that is called and whose script fills a name."""
    reckoning = computing("hitung", "1", result)
    return drawing.process(
        drawing.start(), reckoning, drawing.end(), drawing.line("mulai", "hitung", "selesai"), key="dipanggil"
    )


def computing(name: str, text: str, result: str) -> str:
    """Return a script task."""
    kind = f'scriptFormat="feel" camunda:resultVariable="{result}"'
    return f'<bpmn:scriptTask id="{name}" {kind}><bpmn:script>{text}</bpmn:script></bpmn:scriptTask>'


def using(name: str, key: str, called: str) -> str:
    """Return a process that uses what comes back from another one that it calls."""
    steps = drawing.call("panggil", called), computing("pakai", f"{name} + 1", "sesudah")
    return drawing.process(
        drawing.start(), *steps, drawing.end(), drawing.line("mulai", "panggil", "pakai", "selesai"), key=key
    )


def test_who_calls_a_process_keeps_what_it_uses_of_it(sketch: Sketch) -> None:
    between = using("hasil", "tengah", "dipanggil")
    sketch.deploy(using("hasil", "atas", "tengah"), between, reckoned("hasil"))

    with pytest.raises(DeploymentRefused) as refused:
        sketch.deploy(reckoned("lain"))

    told = [(one.code, one.severity, one.place) for one in refused.value.problems]
    assert told == [("caller-lacks", "error", "atas"), ("caller-lacks", "error", "tengah")]
    assert "hasil, tetapi tidak ada yang mengisinya" in refused.value.problems[0].message
    assert store.latest_definition("blitar", "dipanggil") is not None
    sketch.deploy(reckoned("hasil").replace(">1<", ">2<"))
    sketch.deploy(reckoned("lain"), between.replace("hasil", "lain"), using("lain", "atas", "tengah"))


def test_what_a_caller_never_had_is_not_told_of_the_called_one(sketch: Sketch) -> None:
    sketch.deploy(using("hasil", "atas", "dipanggil"), reckoned("hasil"))
    called = db.session.scalars(select(Definition).where(Definition.key == "dipanggil")).one()
    called.content = called.content.replace(b"hasil", b"lain")  # as one that was deployed under older rules
    db.session.commit()

    sketch.deploy(reckoned("nama"))

    found = store.latest_definition("blitar", "dipanggil")
    assert found is not None
    assert found.version == 2
