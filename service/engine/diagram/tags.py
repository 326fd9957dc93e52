"""Names of the BPMN dialect, and how to read one element of it."""

from typing import Any

from lxml import etree

BPMN = "http://www.omg.org/spec/BPMN/20100524/MODEL"
CAMUNDA = "http://camunda.org/schema/1.0/bpmn"
SUB_PROCESSES = frozenset({"subProcess", "transaction", "adHocSubProcess"})
NODE_KINDS = frozenset(
    {
        "startEvent", "endEvent", "intermediateCatchEvent", "intermediateThrowEvent", "boundaryEvent",
        "task", "userTask", "manualTask", "serviceTask", "scriptTask", "sendTask", "receiveTask", "businessRuleTask",
        "subProcess", "transaction", "adHocSubProcess", "callActivity",
        "exclusiveGateway", "parallelGateway", "inclusiveGateway", "eventBasedGateway", "complexGateway",
    }
)  # fmt: skip


def local_name(element: etree._Element) -> str:
    """Return the name of a BPMN element, nothing for one of another language."""
    namespace, _, name = str(element.tag)[1:].rpartition("}")
    return name if namespace == BPMN else ""


def extension_name(element: etree._Element) -> str:
    """Return the name of a Camunda element, nothing for one of another language."""
    namespace, _, name = str(element.tag)[1:].rpartition("}")
    return name if namespace == CAMUNDA else ""


def nearest(element: etree._Element) -> tuple[str, str]:
    """Return id and name of the BPMN element that something belongs to: itself, or the first around it with an id."""
    owner: etree._Element | None = element
    while owner is not None and not (owner.get("id") and local_name(owner)):
        owner = owner.getparent()
    return ("", "") if owner is None else (owner.get("id", ""), owner.get("name", ""))


def line_of(element: etree._Element) -> int:
    """Return the line on which an element begins."""
    line: Any = element.sourceline  # mistyped in the stubs
    return int(line or 0)


def flag(element: etree._Element, name: str, *, default: bool = False) -> bool:
    """Read a truth value as XML schema writes it: "1" is true as well."""
    value = element.get(name)
    return default if value is None else value.strip() in {"true", "1"}


def reference(element: etree._Element, name: str) -> str:
    """Read the id that an attribute refers to; white space and a prefix say nothing inside one file."""
    return element.get(name, "").strip().rpartition(":")[2]
