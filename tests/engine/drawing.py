"""Draws small diagrams: BPMN text from a few words."""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from html import escape
from itertools import pairwise

from service.engine.workflow import Source, Specification, parse

NOW = datetime(2026, 11, 2, 2, tzinfo=UTC)
"""A Monday morning in Jakarta."""
NAMESPACES = (
    'xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" '
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
    'xmlns:camunda="http://camunda.org/schema/1.0/bpmn" '
    'targetNamespace="http://example.org/bpmn"'
)
NODE = re.compile(r'<bpmn:(?!sequenceFlow|dataObject|input|output)\w+ id="([^"]+)"')


def definitions(*parts: str) -> bytes:
    """Return a BPMN file with these parts."""
    body = "\n".join(parts)
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<bpmn:definitions {NAMESPACES}>\n{body}\n</bpmn:definitions>'.encode()
    )


def process(
    *parts: str,
    key: str = "proses",
    attributes: str = 'isExecutable="true"',
    lanes: Mapping[str, Sequence[str]] | None = None,
) -> str:
    """Return a process; without lanes everything stands in one."""
    if lanes is None:
        lanes = {"Kadis": NODE.findall("\n".join(parts))}
    drawn = "".join(_lane(number, name, members) for number, (name, members) in enumerate(lanes.items()))
    inside = "\n".join((f'<bpmn:laneSet id="lajur">{drawn}</bpmn:laneSet>', *parts))
    return f'<bpmn:process id="{key}" {attributes}>\n{inside}\n</bpmn:process>'


def start(name: str = "mulai", form: str = "") -> str:
    """Return a start event."""
    return f'<bpmn:startEvent id="{name}"{_form(form)}/>'


def end(name: str = "selesai", inside: str = "") -> str:
    """Return an end event."""
    return f'<bpmn:endEvent id="{name}">{inside}</bpmn:endEvent>'


def task(name: str, inside: str = "", *, form: str = "isian", group: str = "kadis", attributes: str = "") -> str:
    """Return a user task."""
    groups = f' camunda:candidateGroups="{escape(group)}"' if group else ""
    return f'<bpmn:userTask id="{name}" name="{name}"{_form(form)}{groups} {attributes}>{inside}</bpmn:userTask>'


def gateway(name: str, default: str = "", kind: str = "exclusiveGateway") -> str:
    """Return a gateway; default is the id of a flow."""
    chosen = f' default="{default}"' if default else ""
    return f'<bpmn:{kind} id="{name}"{chosen}/>'


def call(name: str, called: str = "dipanggil", inside: str = "") -> str:
    """Return a call activity."""
    target = f' calledElement="{called}"' if called else ""
    return f'<bpmn:callActivity id="{name}"{target}>{inside}</bpmn:callActivity>'


def extended(inside: str) -> str:
    """Return extension elements."""
    return f"<bpmn:extensionElements>{inside}</bpmn:extensionElements>"


def said(**properties: str) -> str:
    """Return extension elements with `sop.` properties."""
    entries = (f'<camunda:property name="sop.{name}" value="{escape(value)}"/>' for name, value in properties.items())
    return extended(f"<camunda:properties>{''.join(entries)}</camunda:properties>")


def each(collection: str = "daftar", *, sequential: bool = False, result: str = "hasil", unique: str = "a") -> str:
    """Return the marker of a task that is done for each item of a list, called `unit`."""
    return (
        f'<bpmn:multiInstanceLoopCharacteristics isSequential="{str(sequential).lower()}">'
        f"<bpmn:loopDataInputRef>{collection}</bpmn:loopDataInputRef>"
        f"<bpmn:loopDataOutputRef>{result}</bpmn:loopDataOutputRef>"
        f'<bpmn:inputDataItem id="unit_{unique}" name="unit"/>'
        f'<bpmn:outputDataItem id="satu_{unique}" name="satu"/>'
        "</bpmn:multiInstanceLoopCharacteristics>"
    )


def flow(source: str, target: str, condition: str = "", *, name: str = "") -> str:
    """Return a sequence flow; its id is made of its ends."""
    inside = (
        f'<bpmn:conditionExpression xsi:type="bpmn:tFormalExpression">{escape(condition)}</bpmn:conditionExpression>'
        if condition
        else ""
    )
    return (
        f'<bpmn:sequenceFlow id="{source}-{target}" name="{name}" sourceRef="{source}" targetRef="{target}">'
        f"{inside}</bpmn:sequenceFlow>"
    )


def line(*names: str) -> str:
    """Return the flows from each to the next."""
    return "".join(flow(one, other) for one, other in pairwise(names))


def specification(*processes: str, key: str = "proses") -> Specification:
    """Parse processes, each in a file of its own."""
    return parse([Source(f"{number}.bpmn", definitions(text)) for number, text in enumerate(processes)], key)


def _lane(number: int, name: str, members: Sequence[str]) -> str:
    references = "".join(f"<bpmn:flowNodeRef>{member}</bpmn:flowNodeRef>" for member in members)
    return f'<bpmn:lane id="lajur_{number}" name="{name}">{references}</bpmn:lane>'


def _form(form: str) -> str:
    return f' camunda:formRef="{form}"' if form else ""
