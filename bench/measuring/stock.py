"""The same SOP as SpiffWorkflow runs and stores it by itself: the baseline of whole-state JSON."""

from collections.abc import Iterator, Mapping
from functools import cached_property, partial
from typing import Any

from lxml import etree
from SpiffWorkflow.bpmn.parser.BpmnParser import BpmnParser
from SpiffWorkflow.bpmn.serializer import BpmnWorkflowSerializer
from SpiffWorkflow.bpmn.serializer.config import DEFAULT_CONFIG
from SpiffWorkflow.bpmn.serializer.default.workflow import BpmnWorkflowConverter, WorkflowConverter
from SpiffWorkflow.bpmn.specs.bpmn_process_spec import BpmnProcessSpec
from SpiffWorkflow.bpmn.workflow import BpmnWorkflow
from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState

from bench.measuring.figures import timed
from bench.measuring.ledger import Ledger
from bench.measuring.sop import PROCESS, REVIEW, answers, diagrams

BPMN = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"


class Stock:
    """The SOP under the stock parser, workflow and serialiser.

    Two things are changed for it: `=` in conditions is `==`, its language being Python, and one official answers for
    all units, its repeated activities wanting data objects. Both make it no dearer.
    """

    def __init__(self, *, with_specification: bool) -> None:
        parser = BpmnParser()
        for key, content in diagrams().items():
            parser.add_bpmn_xml(_adapted(content), f"{key}.bpmn")
        self.spec = parser.get_spec(PROCESS)
        self.inner = parser.get_subprocess_specs(PROCESS)
        self.with_specification = with_specification

    @cached_property
    def serializer(self) -> BpmnWorkflowSerializer:
        """Return the stock serialiser, or the same one that leaves the specification out."""
        if self.with_specification:
            return BpmnWorkflowSerializer()
        config = {**DEFAULT_CONFIG, BpmnWorkflow: _without_specification(self.spec, self.inner)}
        return BpmnWorkflowSerializer(BpmnWorkflowSerializer.configure(config))

    def whole(self, data: Mapping[str, Any], returns: int) -> str:
        """Return the JSON of a case that is at the review after so many returns."""
        workflow = BpmnWorkflow(self.spec, self.inner)
        workflow.task_tree.data.update(data)
        workflow.do_engine_steps()
        for _ in range(returns + 1):
            self._round(workflow)
        return str(self.serializer.serialize_json(workflow))

    def samples(self, ledger: Ledger, whole: str, times: int) -> Iterator[float]:
        """Yield the CPU milliseconds of a durable step, done on so many copies."""
        for number in [ledger.add_whole(whole) for _ in range(times)]:
            yield timed(partial(self._step, ledger, number))[0]

    def _step(self, ledger: Ledger, number: int) -> None:
        run = ledger.database.execute
        (whole,) = run("SELECT state FROM whole WHERE id = ?", (number,)).fetchone()
        workflow = self.serializer.deserialize_json(whole)
        _complete(workflow)
        whole = self.serializer.serialize_json(workflow)
        run("BEGIN IMMEDIATE")
        run("UPDATE whole SET state = ? WHERE id = ?", (whole, number))
        run("COMMIT")

    def _round(self, workflow: BpmnWorkflow) -> None:
        _complete(workflow)
        while _open(workflow).task_spec.bpmn_id != REVIEW:
            _complete(workflow)


def _complete(workflow: BpmnWorkflow) -> None:
    task = _open(workflow)
    task.data.update(answers(task.task_spec.bpmn_id))
    task.run()
    workflow.do_engine_steps()


def _open(workflow: BpmnWorkflow) -> Task:
    (task,) = (t for t in workflow.tasks.values() if t.state == TaskState.READY and t.task_spec.manual)
    return task


def _adapted(content: bytes) -> etree._Element:
    tree = etree.fromstring(content.replace(b' = "', b' == "'))
    etree.strip_elements(tree, f"{BPMN}multiInstanceLoopCharacteristics")
    return tree


def _without_specification(spec: BpmnProcessSpec, inner: Mapping[str, BpmnProcessSpec]) -> type:
    class Converter(BpmnWorkflowConverter):  # type: ignore[misc]  # SpiffWorkflow has no types
        def to_dict(self, workflow: BpmnWorkflow) -> dict[str, object]:
            dictionary: dict[str, object] = WorkflowConverter.to_dict(self, workflow)
            dictionary["subprocesses"] = self.mapping_to_dict(workflow.subprocesses)
            dictionary["bpmn_events"] = self.registry.convert(workflow.bpmn_events)
            return dictionary

        def from_dict(self, dictionary: dict[str, object]) -> BpmnWorkflow:
            return super().from_dict({**dictionary, "spec": spec, "subprocess_specs": inner})

    return Converter
