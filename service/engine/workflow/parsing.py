"""Turns checked BPMN files into specifications that are parsed once and shared, read-only, by all instances."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from lxml import etree
from SpiffWorkflow.bpmn.parser import BpmnParser
from SpiffWorkflow.bpmn.parser.task_parsers import CallActivityParser
from SpiffWorkflow.bpmn.parser.TaskParser import TaskParser
from SpiffWorkflow.bpmn.parser.util import full_tag
from SpiffWorkflow.bpmn.parser.ValidationException import ValidationException
from SpiffWorkflow.bpmn.specs.data_spec import TaskDataReference
from SpiffWorkflow.bpmn.specs.defaults import UserTask

from service.engine.diagram import Diagram, parse_xml, read
from service.engine.workflow.elements import MappedCall, ParallelCollection, SequentialCollection
from service.errors import DeploymentRefused, Problem


@dataclass(frozen=True, slots=True)
class Source:
    """A BPMN file as it was deployed."""

    file: str
    content: bytes


@dataclass(frozen=True)
class Specification:
    """An executable process with all processes that it calls. Shared by instances: never change it."""

    key: str
    diagrams: dict[str, Diagram]
    """By process key: the process itself and every called one."""
    spec: Any = field(repr=False)
    called_specs: dict[str, Any] = field(repr=False)

    @property
    def diagram(self) -> Diagram:
        """Return the diagram of the process itself."""
        return self.diagrams[self.key]


def parse(sources: Sequence[Source], key: str) -> Specification:
    """Parse a process and those it calls.

    Raises:
        DeploymentRefused: a file cannot be read, the engine refuses it, or would drop a part of it.

    """
    diagrams: dict[str, Diagram] = {}
    files: dict[str, str] = {}
    for source in sources:
        diagram = read(source.content, source.file)
        if diagram.key in diagrams:
            raise DeploymentRefused([_twice(diagram.key, source.file)])
        diagrams[diagram.key], files[diagram.key] = diagram, source.file
    parser = _Parser(diagrams)
    try:
        for source in sources:
            parser.add_bpmn_xml(_undeclared(parse_xml(source.content, source.file)), filename=source.file)
        spec = parser.get_spec(key)
        called = parser.get_subprocess_specs(key)
    except ValidationException as error:
        if "RecursionError" in str(error):  # the parser wraps it
            raise DeploymentRefused([_too_deep(files.get(key, ""))]) from None
        raise DeploymentRefused([_engine_problem(error, files.get(key, ""))]) from error
    except RecursionError:
        raise DeploymentRefused([_too_deep(files.get(key, ""))]) from None
    specification = Specification(key, diagrams, spec, called)
    lost = [_lost(key, files[key], element) for key in diagrams for element in _missing(specification, key)]
    if lost:
        raise DeploymentRefused(lost)
    return specification


def _undeclared(root: etree._Element) -> etree._Element:
    """Drop data object declarations: our variables live in process data, never in the engine's data objects."""
    for element in list(root.iter(full_tag("dataObject"), full_tag("dataObjectReference"))):
        parent = element.getparent()
        if parent is not None:
            parent.remove(element)
    return root


class _TaskParser(TaskParser):  # type: ignore[misc]  # SpiffWorkflow has no types
    """Names multi-instance variables by the name of their data item, so that two loops may use one name."""

    PARALLEL_MI_CLASS = ParallelCollection
    SEQUENTIAL_MI_CLASS = SequentialCollection

    def create_data_spec(self, item: etree._Element, cls: type[TaskDataReference]) -> TaskDataReference:
        return cls(item.get("name") or item.get("id"), item.get("name"))

    def _add_multiinstance_task(self, loop_characteristics: etree._Element) -> None:
        super()._add_multiinstance_task(loop_characteristics)
        child = self.spec.task_specs[self.task.task_spec]
        child.completed_event.connect(self.task.merge_child)


class _CallParser(CallActivityParser):  # type: ignore[misc]  # SpiffWorkflow has no types
    """Reads camunda:in and camunda:out."""

    def create_task(self) -> MappedCall:
        task: MappedCall = super().create_task()
        diagram = self.process_parser.parser.diagrams[self.process_parser.bpmn_id]
        task.mappings = diagram.nodes[self.bpmn_id].mappings
        return task


class _Parser(BpmnParser):  # type: ignore[misc]  # SpiffWorkflow has no types
    OVERRIDE_PARSER_CLASSES = {  # noqa: RUF012 - the library's own way to extend it
        full_tag("userTask"): (_TaskParser, UserTask),
        full_tag("callActivity"): (_CallParser, MappedCall),
    }

    def __init__(self, diagrams: dict[str, Diagram]) -> None:
        super().__init__()
        self.diagrams = diagrams


def _missing(specification: Specification, key: str) -> list[str]:
    """Elements of a diagram that the engine did not take over."""
    spec = specification.spec if key == specification.key else specification.called_specs.get(key)
    if spec is None:
        return []  # deployed together, but not called from here
    nodes = specification.diagrams[key].nodes
    known = set(spec.task_specs)
    for element, inner in specification.called_specs.items():
        if element in nodes:  # an embedded sub-process is a specification under its own id
            known |= set(inner.task_specs)
    return [element for element in nodes if element not in known]


def _lost(key: str, file: str, element: str) -> Problem:
    return Problem(
        "element-lost", f"Mesin tidak mengenali elemen {element} pada {key}.",
        f"The engine did not take over the element {element}.", file, 1, element, place=element,
        fix="Hapus elemen ini atau ganti dengan yang didukung.",
    )  # fmt: skip


def _engine_problem(error: ValidationException, file: str) -> Problem:
    return Problem(
        "engine-refused", "Diagram tidak dapat dijalankan oleh mesin proses.",
        f"The engine refuses the diagram: {str(error).splitlines()[0]}", error.file_name or file,
        int(error.line_number or 1), str(error.tag or ""), fix="Periksa elemen pada baris ini.",
    )  # fmt: skip


def _twice(key: str, file: str) -> Problem:
    return Problem(
        "process-twice", f"Proses {key} ada di dua berkas.", f"{key} is in two files.", file, 1, key,
        fix="Unggah salah satu saja.",
    )  # fmt: skip


def _too_deep(file: str) -> Problem:
    return Problem(
        "too-deep", "Rangkaian langkah terlalu panjang.", "The chain of elements is too long.", file, 1,
        fix="Bagi menjadi beberapa SOP.",
    )  # fmt: skip
