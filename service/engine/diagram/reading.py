"""Reads BPMN XML from strangers: limits first, no entities, no DOCTYPE, then plain values."""

import itertools
import re
from collections.abc import Iterable, Mapping
from functools import cache
from importlib import resources
from threading import Lock
from typing import Any

from lxml import etree

from service.engine import markup
from service.engine.diagram.ignored import ignored
from service.engine.diagram.limits import exceeded, expression_text
from service.engine.diagram.model import DataMapping, Diagram, Event, Flow, Lane, Loop, Node, Repeat
from service.engine.diagram.normalising import normalised, unnamed_flow
from service.engine.diagram.places import short
from service.engine.diagram.tags import BPMN, CAMUNDA, NODE_KINDS, flag, line_of, local_name, nearest, reference
from service.errors import DeploymentRefused, Problem, Remedy, remedy

Definitions = Mapping[str, Any]

MAX_BYTES = 3_000_000
MAX_ELEMENTS = 30_000
LIMITS = markup.Limits(MAX_BYTES, MAX_ELEMENTS, noun="Diagram")
_OUR_FORM = re.compile(
    r"(?:camunda-forms:(?:deployment:|/)*)?(?P<id>[\w-]+(?:\.(?!form$)[\w-]+)*)(?:\.form)?", re.ASCII
)
_PART, _ATTRIBUTE = re.compile("Element '([^']+)'"), re.compile("attribute '([^']+)'")
_C0_OR_BIDI = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\u202a-\u202e\u2066-\u2069]")


def parse_xml(content: bytes, file: str) -> etree._Element:
    """Return the root element of a BPMN file, comments and processing instructions removed.

    Raises:
        DeploymentRefused: too large, not XML, with a DOCTYPE, or not BPMN 2.0.

    """
    root = markup.parse(content, file, LIMITS)
    if root.tag != f"{{{BPMN}}}definitions":
        raise _refusal("not-bpmn", "Berkas ini XML, tetapi bukan diagram BPMN 2.0.", file, "XML, but not BPMN 2.0.",
                       remedy("Unggah berkas .bpmn dari pemodel BPMN."))  # fmt: skip
    return root


def read(content: bytes, file: str) -> Diagram:
    """Return the one executable process of a BPMN file as values.

    Raises:
        DeploymentRefused: the file cannot be read, breaks the BPMN schema, or has not exactly one executable process.

    """
    root = parse_xml(content, file)
    too_much = list(exceeded(root, file))
    if too_much:
        raise DeploymentRefused(too_much)
    schema_problems = tuple(_schema_problems(root, file))
    if schema_problems:
        raise DeploymentRefused(schema_problems)
    executable = [p for p in root.findall(f"{{{BPMN}}}process") if flag(p, "isExecutable")]
    if len(executable) != 1:
        raise _refusal(
            "not-executable",
            "Diagram harus memuat tepat satu proses yang dapat dijalankan (isExecutable).",
            file,
            f"Exactly one executable process is needed, found {len(executable)}.",
            remedy("Tandai satu proses sebagai dapat dijalankan (Executable)."),
        )
    if not executable[0].get("id"):
        raise _refusal("process-without-id", "Proses ini tidak mempunyai id.", file, "The process has no id.",
                       remedy("Isi id proses."), line_of(executable[0]))  # fmt: skip
    return _diagram(executable[0])


def _diagram(process: etree._Element) -> Diagram:
    lanes = tuple(_lane(lane) for lane in process.iter(f"{{{BPMN}}}lane"))
    lane_names = {member: lane.name for lane in lanes for member in lane.members}
    definitions = _definitions(process.getroottree().getroot())
    elements = (e for e in process.iter() if local_name(e) in NODE_KINDS and e.get("id"))
    nodes = {node.id: node for node in (_node(element, lane_names, definitions) for element in elements)}
    flows = {f.id: f for f in (_flow(e, number) for number, e in enumerate(process.iter(f"{{{BPMN}}}sequenceFlow")))}
    key = process.get("id", "")
    starts = [node for node in nodes.values() if node.kind == "startEvent" and node.scope == key]
    return Diagram(
        key=key,
        name=process.get("name", "") or process.get("id", ""),
        properties=_properties(process),
        documentation=_text(process, "documentation"),
        lanes=lanes,
        nodes=nodes,
        flows=flows,
        start_form=starts[0].form if starts else "",
        data_objects=frozenset(e.get("id", "") for e in process.iter(f"{{{BPMN}}}dataObject")),
        notes=(*normalised(process), *ignored(process)),
        written=expression_text(process.getroottree().getroot()),
    )


def _lane(element: etree._Element) -> Lane:
    members = (ref.text.strip() for ref in element.findall(f"{{{BPMN}}}flowNodeRef") if ref.text)
    return Lane(element.get("id", ""), element.get("name", ""), frozenset(members))


def _node(element: etree._Element, lane_names: dict[str, str], definitions: Definitions) -> Node:
    identifier = element.get("id", "")
    properties = _properties(element)
    return Node(
        id=identifier,
        kind=local_name(element),
        name=" ".join(element.get("name", "").split()),
        lane=lane_names.get(identifier, ""),
        line=line_of(element),
        documentation=_text(element, "documentation"),
        properties=properties,
        form=element.get(f"{{{CAMUNDA}}}formRef", "") or _form_of_key(element),
        groups=_listed(element.get(f"{{{CAMUNDA}}}candidateGroups", "")),
        default=reference(element, "default"),
        called=element.get("calledElement", "").strip(),
        loop=_loop(element),
        repeat=_repeat(element),
        events=tuple(_events(element, definitions)),
        key=properties.get("sop.kunci", ""),
        attached_to=reference(element, "attachedToRef"),
        interrupting=flag(element, "cancelActivity", default=True),
        script=_text(element, "script"),
        script_format=element.get("scriptFormat", ""),
        result=element.get(f"{{{CAMUNDA}}}resultVariable", ""),
        decision=element.get(f"{{{CAMUNDA}}}decisionRef", ""),
        decision_result=element.get(f"{{{CAMUNDA}}}mapDecisionResult", ""),
        topic=_topic(element),
        inputs=tuple(_parameters(element, "inputParameter")),
        outputs=tuple(_parameters(element, "outputParameter")),
        assignee=element.get(f"{{{CAMUNDA}}}assignee", ""),
        users=_listed(element.get(f"{{{CAMUNDA}}}candidateUsers", "")),
        due=element.get(f"{{{CAMUNDA}}}dueDate", ""),
        follow_up=element.get(f"{{{CAMUNDA}}}followUpDate", ""),
        priority=element.get(f"{{{CAMUNDA}}}priority", ""),
        form_key=element.get(f"{{{CAMUNDA}}}formKey", ""),
        called_binding=element.get(f"{{{CAMUNDA}}}calledElementBinding", ""),
        for_compensation=flag(element, "isForCompensation"),
        by_event=flag(element, "triggeredByEvent"),
        scope=_scope(element),
        mappings=tuple(_mappings(element)),
    )


def _listed(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


def _definitions(root: etree._Element) -> Definitions:
    """Return the messages, signals, errors and escalations of a file by id."""
    kinds = ("message", "signal", "error", "escalation")
    return {e.get("id", ""): e for kind in kinds for e in root.findall(f"{{{BPMN}}}{kind}")}


def _events(element: etree._Element, definitions: Definitions) -> Iterable[Event]:
    if local_name(element) in {"sendTask", "receiveTask"} and element.get("messageRef"):
        yield _event(element, "message", definitions)
    for child in element:
        name = local_name(child)
        if name.endswith("EventDefinition"):
            yield _event(child, name.removesuffix("EventDefinition"), definitions)


def _event(element: etree._Element, kind: str, definitions: Definitions) -> Event:
    wanted = reference(element, f"{kind}Ref")
    named = definitions.get(wanted)
    timer_kind, timer = "", ""
    for tag in ("timeDate", "timeDuration", "timeCycle"):
        if element.find(f"{{{BPMN}}}{tag}") is not None:
            timer_kind, timer = tag.removeprefix("time").lower(), _text(element, tag)
    return Event(
        kind=kind,
        name=element.get("name", "") if kind == "link" else "" if named is None else named.get("name", ""),
        code="" if named is None else named.get(f"{kind}Code", ""),
        timer_kind=timer_kind,
        timer=timer,
        line=line_of(element),
        missing=wanted if named is None else "",
    )


def _form_of_key(element: etree._Element) -> str:
    """Return the form that a form key names: "camunda-forms:deployment:x.form" or just "x"."""
    key = element.get(f"{{{CAMUNDA}}}formKey", "").strip()
    match = _OUR_FORM.fullmatch(key)
    return match["id"] if match else ""


def _topic(element: etree._Element) -> str:
    """Return the external task topic: of the element itself, or of the message that it throws."""
    for carrier in (element, element.find(f"{{{BPMN}}}messageEventDefinition")):
        if carrier is not None and carrier.get(f"{{{CAMUNDA}}}type") == "external":
            return carrier.get(f"{{{CAMUNDA}}}topic", "")
    return ""


def _parameters(element: etree._Element, tag: str) -> Iterable[DataMapping]:
    path = f"{{{BPMN}}}extensionElements/{{{CAMUNDA}}}inputOutput/{{{CAMUNDA}}}{tag}"
    for parameter in element.findall(path):
        source = " ".join((parameter.text or "").split())
        yield DataMapping(outward=tag == "outputParameter", everything=False, source=source,
                          target=parameter.get("name", ""))  # fmt: skip


def _repeat(element: etree._Element) -> Repeat | None:
    marker = element.find(f"{{{BPMN}}}standardLoopCharacteristics")
    if marker is None:
        return None
    return Repeat(_text(marker, "loopCondition"), flag(marker, "testBefore"), marker.get("loopMaximum", ""))


def _mappings(element: etree._Element) -> Iterable[DataMapping]:
    for tag in ("in", "out"):
        for mapping in element.findall(f"{{{BPMN}}}extensionElements/{{{CAMUNDA}}}{tag}"):
            everything, target = mapping.get("variables") == "all", mapping.get("target", "")
            if everything or target:  # a business key is no variable
                source = mapping.get("source", "") or mapping.get("sourceExpression", "")
                yield DataMapping(outward=tag == "out", everything=everything, source=source, target=target)


def _loop(element: etree._Element) -> Loop | None:
    marker = element.find(f"{{{BPMN}}}multiInstanceLoopCharacteristics")
    if marker is None:
        return None
    return Loop(
        collection=_text(marker, "loopDataInputRef") or marker.get(f"{{{CAMUNDA}}}collection", ""),
        item=_item(marker, "inputDataItem") or marker.get(f"{{{CAMUNDA}}}elementVariable", ""),
        output_collection=_text(marker, "loopDataOutputRef"),
        output_item=_item(marker, "outputDataItem"),
        sequential=flag(marker, "isSequential"),
        cardinality=_text(marker, "loopCardinality"),
        completion=_text(marker, "completionCondition"),
    )


def _scope(element: etree._Element) -> str:
    parent = element.getparent()
    return "" if parent is None else parent.get("id", "")


def _item(marker: etree._Element, tag: str) -> str:
    element = marker.find(f"{{{BPMN}}}{tag}")
    return "" if element is None else element.get("name", "") or element.get("id", "")


def _flow(element: etree._Element, number: int) -> Flow:
    return Flow(
        id=element.get("id") or unnamed_flow(number),
        source=reference(element, "sourceRef"),
        target=reference(element, "targetRef"),
        name=" ".join(element.get("name", "").split()),
        condition=_text(element, "conditionExpression"),
        line=line_of(element),
    )


def _properties(element: etree._Element) -> dict[str, str]:
    path = f"{{{BPMN}}}extensionElements/{{{CAMUNDA}}}properties/{{{CAMUNDA}}}property"
    return {p.get("name", ""): p.get("value", "") for p in element.findall(path)}


def _text(element: etree._Element, tag: str) -> str:
    return (element.findtext(f"{{{BPMN}}}{tag}") or "").strip()


def _schema_problems(root: etree._Element, file: str) -> Iterable[Problem]:
    for element in root.iter():
        for value in (element.get("name"), element.get("id")):
            if value and _C0_OR_BIDI.search(value):
                yield Problem(
                    "control-character", "Nama memuat huruf kendali yang tidak terlihat.",
                    "A name holds invisible control characters.", file, line_of(element), short(element.get("id", "")),
                    fix=remedy("Tulis ulang nama atau id itu."),
                )  # fmt: skip
    schema = bpmn_schema()
    if not schema.validate(root):
        errors: Any = schema.error_log  # mistyped in the stubs
        for entry in itertools.islice(errors, 20):  # the first ones tell the story
            told = entry.message.replace(f"{{{BPMN}}}", "")
            yield _against_schema(told, _owner(root, entry.path), file, entry.line)


def _against_schema(told: str, owner: tuple[str, str], file: str, line: int) -> Problem:
    """Name the part, its attribute and the element around it: nobody finds his mistake by the line alone."""
    part, attribute = _PART.search(told), _ATTRIBUTE.search(told)
    what = f"Bagian {short(part[1])}" if part else "Bagian ini"
    if attribute:
        what = f"Atribut {short(attribute[1])} pada {what[:1].lower()}{what[1:]}"
    identifier, name = owner
    return Problem(
        "schema", f"{what} tidak sesuai dengan skema BPMN 2.0.",
        f"Not valid against the BPMN 2.0 schema: {short(told)}", file, line, identifier,
        place=f"Elemen {name or identifier}" if identifier else "",
        fix=remedy("Perbaiki bagian itu, atau simpan ulang diagram dengan pemodel BPMN."),
    )  # fmt: skip


def _owner(root: etree._Element, path: str | None) -> tuple[str, str]:
    """Return id and name of the element to which a path of the schema's log leads."""
    prefixes = {prefix: address for prefix, address in root.nsmap.items() if prefix}
    try:
        found: Any = root.getroottree().xpath(path or "/..", namespaces=prefixes)
    except etree.XPathError:  # a prefix that only an inner element knows
        found = ()
    return nearest(found[0]) if found else ("", "")


_BUILDING = Lock()
"""libxml2 sets up its types with the first schema: two threads at once would leave them broken for good."""


@cache
def bpmn_schema() -> etree.XMLSchema:
    """Return the BPMN 2.0 schema; building it costs 12 ms, so one is kept per process."""
    with _BUILDING, resources.as_file(resources.files("SpiffWorkflow.bpmn.parser") / "schema") as folder:
        return etree.XMLSchema(etree.parse(str(folder / "BPMN20.xsd")))


def _refusal(code: str, message: str, file: str, message_en: str, fix: Remedy, line: int = 1) -> DeploymentRefused:
    return DeploymentRefused([Problem(code, message, message_en, file, line, fix=fix)])
