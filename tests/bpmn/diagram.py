"""Reads a diagram of `bpmn/` and the facts of its SOP the way a test wants to ask about them."""

import re
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import yaml
from lxml import etree

from tests import provision

BPMN = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
CAMUNDA = "{http://camunda.org/schema/1.0/bpmn}"
FLOW_NODES = {"startEvent", "endEvent", "userTask", "callActivity", "exclusiveGateway"}
ROW = re.compile(r"row_\d\d")

FOLDER = provision.ROOT / "bpmn"
FORMS = provision.ROOT / "forms"
FACTS = provision.ROOT / "tests" / "data" / "sop"
KEYS = sorted(path.stem.replace("-", "_") for path in FACTS.glob("*.yaml"))


@dataclass(frozen=True)
class Flow:
    """A sequence flow."""

    id: str
    name: str
    source: str
    target: str
    condition: str


@dataclass(frozen=True)
class Diagram:
    """One process of a file, asked by element id."""

    path: Path

    @property
    def key(self) -> str:
        return self.path.stem

    @cached_property
    def tree(self) -> etree._ElementTree:
        return etree.parse(str(self.path))

    @cached_property
    def process(self) -> etree._Element:
        (process,) = self.tree.iterfind(f"{BPMN}process")
        return process

    @cached_property
    def nodes(self) -> dict[str, etree._Element]:
        return {node.get("id", ""): node for node in self.process if kind(node) in FLOW_NODES}

    @cached_property
    def rows(self) -> dict[int, etree._Element]:
        return {int(name[4:]): node for name, node in self.nodes.items() if ROW.fullmatch(name)}

    @cached_property
    def flows(self) -> list[Flow]:
        return [
            Flow(
                id=flow.get("id", ""),
                name=flow.get("name", ""),
                source=flow.get("sourceRef", ""),
                target=flow.get("targetRef", ""),
                condition=flow.findtext(f"{BPMN}conditionExpression", "").strip(),
            )
            for flow in self.process.iterfind(f"{BPMN}sequenceFlow")
        ]

    @cached_property
    def lanes(self) -> dict[str, etree._Element]:
        return {lane.get("id", ""): lane for lane in self.process.iter(f"{BPMN}lane")}

    @cached_property
    def lane_of(self) -> dict[str, str]:
        placed = ((lane, node.text or "") for lane in self.lanes for node in self.lanes[lane])
        return {node: lane.removeprefix("lane_") for lane, node in placed if node in self.nodes}

    def leaving(self, node: str) -> list[Flow]:
        return [flow for flow in self.flows if flow.source == node]

    def rows_after(self, node: str) -> set[int]:
        """Return the rows that may come next, looking through everything that the printed table lacks."""
        return set().union(*(self.rows_from(flow) for flow in self.leaving(node)))

    def rows_from(self, flow: Flow) -> set[int]:
        """Return the rows that a flow leads to, looking through everything that the printed table lacks."""
        return {int(flow.target[4:])} if ROW.fullmatch(flow.target) else self.rows_after(flow.target)


def kind(element: etree._Element) -> str:
    """Return the BPMN word of an element."""
    return etree.QName(element).localname


def properties(element: etree._Element) -> dict[str, str]:
    """Return the `camunda:property` entries of an element itself."""
    entries = element.iterfind(f"{BPMN}extensionElements/{CAMUNDA}properties/{CAMUNDA}property")
    return {entry.get("name", ""): entry.get("value", "") for entry in entries}


def items(text: str) -> list[str]:
    """Split a list property."""
    return [item.strip() for item in text.split(";")] if text else []


@cache
def diagram(key: str) -> Diagram:
    """Return the diagram of a process."""
    return Diagram(FOLDER / key / f"{key}.bpmn")


@cache
def facts(key: str) -> dict[str, Any]:
    """Return what the SOP's table says."""
    read: dict[str, Any] = yaml.load(
        (FACTS / f"{key.replace('_', '-')}.yaml").read_text(encoding="utf-8"), yaml.CSafeLoader
    )
    return read
