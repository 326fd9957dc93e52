"""What a step does to the list of user tasks: which open, due when, and which are returned."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from service.engine.diagram import Diagram, Node
from service.engine.workflow import Offer, OpenTask, Step

Due = Callable[[Node, Iterable[str]], datetime | None]
"""Says when a step is due that opens now for these units and positions."""
Place = tuple[str, str, str]
"""Process, element and unit of a task."""


@dataclass(frozen=True, slots=True)
class Known:
    """The tasks that the case already had, as far as work that is sent back touches them."""

    places: frozenset[Place]
    """Where it had a task."""
    units: frozenset[str]
    """Units that were asked for anything."""


NOTHING_YET = Known(frozenset(), frozenset())
"""What a case had before it began; what it had does not matter either where nothing is sent back."""


@dataclass(frozen=True, slots=True)
class Act:
    """What somebody just did."""

    position: str
    """Name of the position that acted."""
    returns: bool
    """Whether the outcome that was chosen sends the work back."""
    reason: str = ""
    parts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Opened:
    """A task that the step opened."""

    id: str
    process: str
    element: str
    name: str
    lane: str
    order: int
    unit: str
    groups: tuple[str, ...]
    due_at: datetime | None
    follow_up_at: datetime | None
    priority: int
    is_returned: bool

    @property
    def place(self) -> Place:
        """Return where in the case it stands."""
        return self.process, self.element, self.unit


@dataclass(frozen=True, slots=True)
class Changes:
    """The difference between the list before and after a step."""

    opened: tuple[Opened, ...]
    closed: frozenset[str]
    """Ids of tasks that were open and are not any more, the completed one included."""

    @property
    def has_returned(self) -> bool:
        """Tell whether work went back to somebody."""
        return any(task.is_returned for task in self.opened)


def changes(
    diagrams: Mapping[str, Diagram],
    known: Known,
    step: Step,
    act: Act,
    due: Due,
) -> Changes:
    """Compare the open tasks of a step with those that the case had.

    A task counts as returned when the act sent work back and the same element was done before, or a unit
    is asked again.
    """
    opened = tuple(
        _opened(diagrams[task.process].nodes[task.element], task, step.offers[task.id], known, act, due)
        for task in new_tasks(step)
    )
    return Changes(opened, step.closed)


def new_tasks(step: Step) -> list[OpenTask]:
    """Return the tasks that a step opened."""
    return [task for task in step.open_tasks if task.id in step.offers]


def place_of(task: OpenTask) -> Place:
    """Return where in the case a task stands; the unit is empty for one that all do together."""
    return task.process, task.element, task.item if isinstance(task.item, str) else ""


def _opened(
    node: Node,
    task: OpenTask,
    offer: Offer,
    known: Known,
    act: Act,
    due: Due,
) -> Opened:
    place = place_of(task)
    *_, unit = place
    return Opened(
        id=task.id,
        process=task.process,
        element=node.id,
        name=node.name,
        lane=node.lane,
        order=node.order,
        unit=unit,
        groups=offer.groups,
        due_at=offer.due or due(node, (unit, *offer.groups)),
        follow_up_at=offer.follow_up,
        priority=offer.priority,
        is_returned=act.returns and (place in known.places or unit in known.units),
    )
