"""Repeated activities: once per item, a number of times, or while a condition holds."""

from typing import Any

from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState

from service.engine.diagram import Loop, Node, Repeat
from service.engine.workflow import tokens
from service.engine.workflow.elements import Activity

MAX_WIDTH = 100
MAX_TOKENS = 1_500
"""In one case at once, with whatever repeats inside what repeats."""


class Repeated(Activity):
    """The marker of a repeated activity; its instances are tokens below it."""

    def __init__(self, wf_spec: Any, name: str, node: Node) -> None:
        super().__init__(wf_spec, name, node)
        self.body: Any = None

    def instance_ended(self, my_task: Task, instance: Task) -> None:
        """Take the result of an instance and decide how it goes on."""
        raise NotImplementedError

    def _instance(self, my_task: Task, index: int, local: dict[str, Any], takes: str) -> Task:
        child = tokens.add(my_task, self.body, index=index, local=takes)
        child.data = local
        return child

    @staticmethod
    def _running(my_task: Task) -> list[Task]:
        return [child for child in my_task.children if child.has_state(TaskState.NOT_FINISHED_MASK)]


class MultiInstance(Repeated):
    """One instance per item, at once or one after the other."""

    @property
    def loop(self) -> Loop:
        """Return the marker as drawn."""
        assert self.node.loop is not None  # noqa: S101 - that is why this element was built
        return self.node.loop

    def begin(self, my_task: Task) -> bool:
        """Ask for the items and start the first instance, or all."""
        items = self._items(my_task)
        my_task.internal_data.update(items=items, next=0, done=0, results={})
        self._give_results(my_task)  # what an earlier round gave is over
        if not items:
            return True
        my_task._set_state(TaskState.STARTED)
        self._start(my_task, 1 if self.loop.sequential else len(items))
        return False

    def instance_ended(self, my_task: Task, instance: Task) -> None:
        """Keep the result; end the rest if the completion condition says so."""
        marks = my_task.internal_data
        marks["done"] += 1
        marks["results"][str(instance.internal_data["index"])] = self._result(my_task, instance)
        if self.loop.completion and tokens.holds(instance, self.loop.completion, self._counts(my_task)):
            for other in self._running(my_task):
                tokens.cancel(other)
            self._ready(my_task)
        else:
            self._go_on(my_task)

    def others(self, my_task: Task) -> tuple[int, int]:
        """Return how many gave their result, and how many beside one that runs owe it yet."""
        marks = my_task.internal_data
        return marks["done"], len(marks["items"]) - marks["next"] + len(self._running(my_task)) - 1

    def add_participant(self, my_task: Task, item: Any) -> None:
        """Ask for one more item while the activity goes on."""
        items = my_task.internal_data["items"]
        if len(items) >= MAX_WIDTH:
            raise tokens.failure(my_task, "loop-too-wide", f"more than {MAX_WIDTH} instances")
        items.append(item)
        if not self.loop.sequential:
            self._start(my_task, 1)

    def withdraw(self, my_task: Task, instance: Task) -> None:
        """Take one instance away; it gives no result."""
        tokens.cancel(instance)
        self._go_on(my_task)

    def _go_on(self, my_task: Task) -> None:
        if self._running(my_task):
            return
        if my_task.internal_data["next"] < len(my_task.internal_data["items"]):
            self._start(my_task, 1)
        else:
            self._ready(my_task)

    def _start(self, my_task: Task, number: int) -> None:
        if tokens.held(my_task) + number > MAX_TOKENS:
            raise tokens.failure(my_task, "loop-too-wide", f"more than {MAX_TOKENS} tokens in one case")
        marks = my_task.internal_data
        begin = marks["next"]
        marks["next"] = begin + number
        takes = tokens.ISOLATED if self.loop.output_collection else tokens.NAMES
        started = [
            self._instance(my_task, index, {self.loop.item: marks["items"][index]} if self.loop.item else {}, takes)
            for index in range(begin, begin + number)
        ]
        for child in started:
            tokens.enter(child)

    def _items(self, my_task: Task) -> list[Any]:
        if self.loop.collection:
            items = tokens.evaluate(my_task, self.loop.collection)
            if not isinstance(items, list):
                raise tokens.failure(my_task, "loop-no-list", f"{self.loop.collection} is not a list")
        else:
            number = tokens.evaluate(my_task, self.loop.cardinality)
            if isinstance(number, bool) or not isinstance(number, int) or number < 0:
                raise tokens.failure(my_task, "loop-no-number", f"{self.loop.cardinality} is no whole number")
            items = list(range(min(number, MAX_WIDTH + 1)))
        if len(items) > MAX_WIDTH:
            raise tokens.failure(my_task, "loop-too-wide", f"more than {MAX_WIDTH} instances")
        return list(items)

    def _result(self, my_task: Task, instance: Task) -> Any:
        if not self.loop.output_collection:
            return None
        own = (
            {self.loop.item: my_task.internal_data["items"][instance.internal_data["index"]]} if self.loop.item else {}
        )
        local = own | tokens.local(instance) | own
        if self.node.kind != "userTask" and self.loop.output_item in local:
            return local[self.loop.output_item]
        # a called process may give everything back, the results of an earlier round with it
        return {name: value for name, value in local.items() if name != self.loop.output_collection}

    def _counts(self, my_task: Task) -> dict[str, Any]:
        marks = my_task.internal_data
        counts: dict[str, Any] = {
            "nrOfInstances": len(marks["items"]),
            "nrOfCompletedInstances": marks["done"],
            "nrOfActiveInstances": len(self._running(my_task)),
        }
        if self.loop.output_collection:
            counts[self.loop.output_collection] = _in_order(marks["results"])
        return counts

    def _ready(self, my_task: Task) -> None:
        self._give_results(my_task)
        my_task._set_state(TaskState.READY)

    def _give_results(self, my_task: Task) -> None:
        if self.loop.output_collection:
            tokens.write(my_task, {self.loop.output_collection: _in_order(my_task.internal_data["results"])})


class StandardLoop(Repeated):
    """The activity again while its condition holds."""

    @property
    def repeat(self) -> Repeat:
        """Return the marker as drawn."""
        assert self.node.repeat is not None  # noqa: S101 - that is why this element was built
        return self.node.repeat

    def begin(self, my_task: Task) -> bool:
        """Start the first round, unless the condition is asked before and does not hold."""
        my_task.internal_data["done"] = 0
        if self.repeat.test_before and not self._holds(my_task, my_task):
            return True
        my_task._set_state(TaskState.STARTED)
        self._round(my_task)
        return False

    def instance_ended(self, my_task: Task, instance: Task) -> None:
        """Begin another round or end."""
        my_task.internal_data["done"] += 1
        if self._holds(my_task, instance):
            self._round(my_task)
        else:
            my_task._set_state(TaskState.READY)

    def _round(self, my_task: Task) -> None:
        tokens.enter(self._instance(my_task, my_task.internal_data["done"], {}, tokens.NAMES))

    def _holds(self, my_task: Task, asked: Task) -> bool:
        done = my_task.internal_data["done"]
        if self.repeat.maximum and done >= int(self.repeat.maximum):
            return False
        return not self.repeat.condition or tokens.holds(asked, self.repeat.condition, {"loopCounter": done})


def _in_order(results: dict[str, Any]) -> list[Any]:
    return [results[index] for index in sorted(results, key=int)]
