"""Files that mean harm: told with a place within 2 s of CPU and 200 MB, under limits of the operating system."""

import json
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass

import pytest

from service import deployments, drafts
from service.drafts import File, Shelf
from service.errors import DeploymentRefused
from tests import provision, stage
from tests.engine.drawing import definitions, each, end, flow, gateway, line, process, start, task
from tests.hostile import ASKED, ATTACKS, CPU_SECONDS, MEMORY, repeated, script
from tests.stage import Demo
from tests.walking import Player

TOLD: dict[str, str] = {
    "10 MB of XML": "file-too-large",
    "50,000 elements": "too-many-elements",
    "50,000 small elements": "too-many-elements",
    "50,000 steps": "too-many-elements",
    "251 steps": "scope-too-large",
    "1,001 steps": "too-many-nodes",
    "10,000 flows": "too-many-parts",
    "10,000 flows with conditions": "too-many-parts",
    "10,000 lanes": "too-many-parts",
    "10,000 attributes": "too-many-attributes",
    "10,000 attributes that act": "more-problems",
    "10,000 namespaces": "too-many-attributes",
    "nested XML": "not-xml",
    "nested sub-processes": "nested-too-deep",
    "long expression": "expression-too-long",
    "many expressions": "too-many-expressions",
    "many candidate groups": "too-many-expressions",
    "many problems": "more-problems",
    "long texts": "text-too-long",
    "long documentation": "text-too-long",
    "long id": "text-too-long",
    "billion laughs": "not-xml",
    "quadratic blowup": "not-xml",
    "file entity": "not-xml",
    "parameter entity": "doctype",
    "outside DTD": "doctype",
    "device entity": "doctype",
    "XInclude outside": "schema",
    "processing instructions": "not-xml",
    "10,000 times one id": "schema",
    "missing references": "reference-missing",
    "flows to nowhere": "too-many-parts",
    "flow onto a flow": "flow-dangling",
    "empty ids": "schema",
    "automatic circle": "soundness-endless",
    "automatic loop": "soundness-endless",
    "loop without maximum": "soundness-endless",
    "loops in loops": "cannot-start",
    "loop that is long": "cannot-start",
    "long loops one after the other": "cannot-start",
    "circle of links": "no-way-out",
    "inclusive split that meets nowhere": "soundness-too-large",
    "inclusive split into a parallel join": "soundness-too-large",
    "crossed parallel branches": "soundness-too-large",
    "crossed inclusive branches": "soundness-too-large",
    "tangle": "soundness-too-large",
    "large tangle": "soundness-too-large",
    "parallel block of 200": "too-many-parts",
    "call of itself": "call-cycle",
    "circle of calls": "call-cycle",
    "chain of calls": "calls-too-deep",
    "instances without end": "loop-cardinality",
    "instances of many digits": "loop-cardinality",
    "instances by power": "cannot-start",
    "instances of instances": "cannot-start",
    "parallel instances of instances": "cannot-start",
    "many instances": "cannot-start",
    "endless timer": "timer-invalid",
    "deep expression": "expression-invalid",
    "deep expressions": "expression-invalid",
    "heavy script": "cannot-start",
    "heavy scripts": "cannot-start",
    "heavy texts": "cannot-start",
    "growing text": "cannot-start",
    "growing number": "cannot-start",
    "growing list": "cannot-start",
    "growing nest": "cannot-start",
    "Python": "expression-invalid",
    "Python of objects": "expression-invalid",
    "UTF-32": "encoding",
    "UTF-7": "encoding",
    "EBCDIC": "not-xml",
    "wrong encoding": "not-xml",
    "half a mark": "not-xml",
    "two marks": "not-xml",
    "Latin-1 as UTF-8": "not-xml",
    "25 large tables": "upload-too-large",
    "tables at the limit": "upload-too-large",
    "large table": "cannot-start",
    "wide table": "too-many-elements",
    "large table asked often": "cannot-start",
    "25 diagrams at the limit": "upload-too-large",
    "25 wide diagrams": "too-many-nodes",
    "1,000 diagrams": "too-many-files",
    "1,000 empty files": "too-many-files",
    "1,000 files of other kinds": "too-many-files",
    "25 large forms": "upload-too-large",
    "deep form": "form-too-deep",
    "form of digits": "form-number",
    "form of names": "form-id",
}
HARMLESS = frozenset(
    {
        "10,000 properties", "nested lanes", "XInclude", "import", "schema location", "ids that Python knows",
        "parallel block of 100", "inclusive block of 100", "parallel split into an inclusive join",
        "crossed inclusive branches, few", "ladder", "wide ladder", "parallel scripts",
        "parallel scripts that meet nowhere", "backtracking pattern", "power", "template", "names that are code",
        "UTF-8 with a mark", "UTF-16", "UTF-16 without a mark", "much of everything", "name without end",
    }
)  # fmt: skip
"""What looks like an attack and runs as any other diagram."""


@dataclass(frozen=True)
class Answer:
    """What the child process said of one attack."""

    seconds: float
    megabytes: int
    told: list[tuple[str, str, str, int, str]]
    """Code, severity, file, line, place."""


@pytest.fixture(scope="module")
def answers() -> Mapping[str, Answer]:
    """Check every attack in processes of their own."""
    child = subprocess.run(
        [sys.executable, "-m", "tests.hostile"], input="\n".join(ATTACKS), text=True, capture_output=True,
        check=True, cwd=provision.ROOT,
    )  # fmt: skip
    lines = [json.loads(line) for line in child.stdout.splitlines()]
    return {name: Answer(seconds, megabytes, [tuple(one) for one in told]) for name, seconds, megabytes, told in lines}


def test_every_attack_has_an_expectation() -> None:
    assert TOLD.keys() | HARMLESS == ATTACKS.keys()


@pytest.mark.parametrize("name", ATTACKS)
def test_attack_is_answered_within_the_limits(answers: Mapping[str, Answer], name: str) -> None:
    assert name in answers, "stopped by the operating system"
    answer = answers[name]

    assert (answer.seconds <= CPU_SECONDS, answer.megabytes * 1_000_000 <= MEMORY) == (True, True)
    errors = [one for one in answer.told if one[1] == "error"]
    assert (TOLD.get(name) in {code for code, *_ in errors}) == (name in TOLD)
    assert bool(errors) == (name in TOLD)
    for _, _, file, number, place in answer.told:
        assert file
        assert place
        assert number > 0 or file.endswith(".form")


@pytest.mark.parametrize("name", sorted(TOLD))
def test_attack_stores_nothing(demo: Demo, name: str) -> None:
    before = stage.rows(demo.app, ["definition", "definition_form", "definition_decision"])

    with demo.app.app_context():
        player = Player()
        with pytest.raises(DeploymentRefused):
            deployments.deploy(player.actor("analis", "nganjuk"), [*ATTACKS[name](), ASKED], player.now)

    assert stage.rows(demo.app, ["definition", "definition_form", "definition_decision"]) == before


def test_a_form_with_an_error_is_neither_missing_nor_are_its_answers() -> None:
    asked = {"type": "number", "id": "a", "key": "nilai", "label": "Nilai", "validate": {"min": "=1"}}
    form = {"type": "default", "id": "isian", "components": [asked, {"type": "iframe", "id": "b", "label": "Peta"}]}
    drawn = process(
        start(), task("isi"), gateway("pilih", "pilih-b"), task("a"), task("b"), end(),
        line("mulai", "isi", "pilih", "b", "selesai"), flow("pilih", "a", "nilai > 1"), line("a", "selesai"),
    )  # fmt: skip
    upload = drafts.read([File("a.bpmn", definitions(drawn)), File("isian.form", json.dumps(form).encode())])

    told = drafts.check(upload, Shelf()).errors

    assert [(one.code, one.element) for one in told] == [("property-invalid", "a"), ("component-unsupported", "b")]


# The trial start ------------------------------------------------------------------------------------


def starting(*steps: str, form: str = "") -> list[tuple[str, str, str, str]]:
    """Return what a trial start tells: severity, file, element and place."""
    names = [f"x{number}" for number in range(len(steps))]
    parts = [step.replace('id="x"', f'id="{name}"', 1) for step, name in zip(steps, names, strict=True)]
    drawn = process(start(form=form), *parts, end(), line("mulai", *names, "selesai"))
    upload = drafts.read([File("a.bpmn", definitions(drawn)), ASKED])
    told = [problem for problem in drafts.check(upload, Shelf()).problems if problem.code == "cannot-start"]
    lines = definitions(drawn).decode().splitlines()
    assert all(f'id="{one.element}"' in lines[one.line - 1] for one in told if one.element in names)
    return [(problem.severity, problem.file, problem.element, problem.place) for problem in told]


def test_a_first_step_for_each_item_of_an_answer_is_a_warning_where_it_stands() -> None:
    assert starting(task("x", each("nilai")), form="isian") == [("warning", "a.bpmn", "x0", "Langkah tambahan, x")]


def test_a_step_that_no_answer_can_mend_is_an_error_where_it_stands() -> None:
    told = starting(script("1"), task("x", each("r")))

    assert told == [("error", "a.bpmn", "x1", "Langkah tambahan, x")]


def test_steps_without_end_are_an_error_whatever_the_answers() -> None:
    assert starting(script("1", repeated("1000", "true")), script("1"), form="isian") == [
        ("error", "a.bpmn", "proses", "proses")
    ]


def test_a_first_step_for_each_unit_of_the_office_starts() -> None:
    assert starting(task("x", each("unit_kantor"))) == []
