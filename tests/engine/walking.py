"""Walks cases through the five SOPs, beside an oracle made of their tables."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any, Final, NamedTuple

from service.engine import form as forms
from service.engine.form import Field, FileReference, Form
from service.engine.workflow import Execution, OpenTask, Source, Specification, Step, create, hydrate, parse, start
from tests import answers
from tests.answers import BANGGAI, BLITAR, NGANJUK, RENSTRA, WRONG_DATA
from tests.bpmn.diagram import FOLDER, FORMS, facts
from tests.engine.drawing import NOW

CALLED: Final = {BLITAR: WRONG_DATA}
PROCESSES: Final = (BLITAR, WRONG_DATA, BANGGAI, RENSTRA, NGANJUK)

# What the tables leave open, as resolved; the numbers are those of the defects in the files of `tests/data/sop`.

UNIT_STOPS: Final = {
    (BLITAR, 4): ("row_04", "row_04_bidang"),  # BL-4: the order, then the collection that takes the week
    (WRONG_DATA, 4): ("row_04", "row_04_bidang"),
    (WRONG_DATA, 8): ("row_08", "row_08_bidang"),  # returned, then corrected by each wrong Bidang
    (BANGGAI, 6): ("row_06_bidang", "row_06"),  # each answers, then the answers are gathered
    (RENSTRA, 6): ("row_06_bidang", "row_06"),
    (NGANJUK, 4): ("row_04_bidang", "row_04"),
}
"""Rows that are two stops: one for the row, one for each unit."""
FOLLOWING: Final = {(BANGGAI, 8): 10, (BANGGAI, 10): 9}  # BG-8: submitted, then corrected, then signed
ADDED_DECISIONS: Final = {
    (BLITAR, 6): {"sesuai": 7, "tidak_sesuai": 0},  # the exception path
    (BLITAR, 10): {"setuju": 11, "kembalikan": 9},  # BL-6: the signature may refuse
}
"""Decisions that no table prints: outcome and row; row 0 is the exception path."""
EXCEPTION_ENTRY: Final = 7
EXCEPTION_EXIT: Final = 9
BACK_FROM_EXCEPTION: Final = 7
FLOW_NAMES: Final = {
    "setuju": "Setuju",
    "kembalikan": "Dikembalikan",
    "sesuai": "Sesuai",
    "tidak_sesuai": "Tidak sesuai",
}


class Place(NamedTuple):
    """Where somebody has to do something."""

    process: str
    element: str
    unit: str = ""

    @property
    def order(self) -> int:
        return int(self.element[4:6])


class Table:
    """The oracle: what the SOP tables say is open. It knows rows and decisions, never a diagram."""

    def __init__(self, process: str, asked: Sequence[str], wrong: Sequence[str]) -> None:
        self.units = {"row_04_bidang": asked, "row_06_bidang": asked, "row_08_bidang": wrong}
        self.called = False
        self.open = self._entered(process, 1)

    def complete(self, place: Place, outcome: str = "") -> None:
        """Do what is asked at a place; outcome is what was decided there, if anything."""
        self.open = self.open - {place}
        if not any((other.process, other.element) == (place.process, place.element) for other in self.open):
            self.open |= self._after(place, outcome)

    def _after(self, place: Place, outcome: str) -> frozenset[Place]:
        process, order = place.process, place.order
        stops = stops_of(process, order)
        last = place.element == stops[-1] or outcome == "sesuai"
        if not last:
            return self._stop(process, stops[1])
        following = decisions(process).get(order, {}).get(outcome, FOLLOWING.get((process, order), order + 1))
        if process == WRONG_DATA and self.called and following > EXCEPTION_EXIT:
            return self._entered(BLITAR, BACK_FROM_EXCEPTION)
        if following == 0:
            self.called = True
            return self._entered(WRONG_DATA, EXCEPTION_ENTRY)
        return self._entered(process, following)

    def _entered(self, process: str, order: int) -> frozenset[Place]:
        if order > len(facts(process)["rows"]):
            return frozenset()
        return self._stop(process, stops_of(process, order)[0])

    def _stop(self, process: str, element: str) -> frozenset[Place]:
        if element not in self.units:
            return frozenset({Place(process, element)})
        return frozenset(Place(process, element, unit) for unit in self.units[element])


def stops_of(process: str, order: int) -> tuple[str, ...]:
    """Return the elements of a row, in the order in which they are done."""
    return UNIT_STOPS.get((process, order), (f"row_{order:02}",))


@cache
def decisions(process: str) -> dict[int, dict[str, int]]:
    """Return the rows that decide: outcome and the row it leads to."""
    found = {order: outcomes for (key, order), outcomes in ADDED_DECISIONS.items() if key == process}
    for row in facts(process)["rows"]:
        if row["decision"]:
            # The printed question of the exception path asks for a mismatch, all others for consent.
            yes, no = ("tidak_sesuai", "sesuai") if process == WRONG_DATA else ("setuju", "kembalikan")
            decision = row["decision"]
            to_yes = decision.get("on_yes_analyst", decision["on_yes"])["target_order"]
            found[row["order"]] = {yes: to_yes, no: decision["on_no"]["target_order"]}
    return found


def parsed(process: str) -> Specification:
    """Parse a process anew, as a server does after a restart."""
    keys = [process, *([CALLED[process]] if process in CALLED else [])]
    return parse([Source(f"{key}.bpmn", (FOLDER / key / f"{key}.bpmn").read_bytes()) for key in keys], process)


@cache
def servers(process: str) -> tuple[Specification, Specification]:
    """Return the process as two servers know it."""
    return parsed(process), parsed(process)


@cache
def form_of(process: str, element: str) -> Form:
    """Return the form of an element, "mulai" being the start event."""
    path = FORMS / process / f"{answers.FORMS[process][element]}.form"
    return forms.read(path.read_bytes(), path.name)


def fingerprint(specification: Specification) -> dict[str, Any]:
    """Describe everything of a specification that instances share."""
    return {
        spec.name: {
            name: (tuple(node._inputs), tuple(node._outputs), node.completed_event.n_subscribers(), dict(node.data))  # noqa: SLF001 - asked of the engine itself
            for name, node in spec.task_specs.items()
        }
        for spec in specification.scopes.values()
    }


class Case:
    """A case that is saved and loaded by two servers in turn, and the same case that never leaves memory."""

    step: Step
    live: Execution
    live_step: Step

    def __init__(
        self,
        process: str,
        *,
        asked: Sequence[str] = (),
        wrong: Sequence[str] = (),
        deciding: Mapping[str, Sequence[str]] | None = None,
    ) -> None:
        self.process = process
        self.asked = tuple(asked) or tuple(answers.units(process))
        self.wrong = tuple(wrong)
        self.deciding = {element: list(outcomes) for element, outcomes in (deciding or {}).items()}
        self.rounds: dict[Place, list[dict[str, Any]]] = {}
        """Values of each round of each place."""
        self.done: list[Place] = []
        self.turn = 0
        self.live_passed = 0
        self._begin()

    @property
    def open(self) -> dict[Place, OpenTask]:
        """Return the open tasks by place."""
        return by_place(self.step)

    @property
    def server(self) -> Specification:
        """Return the specification of the server whose turn it is."""
        return servers(self.process)[self.turn % 2]

    def variables(self, place: Place | None = None) -> dict[str, Any]:
        """Return what a task sees; without a place, the only open one."""
        task = self.open[place] if place else self.step.open_tasks[0]
        return hydrate(self.server, self.step.state).variables(task.id)

    def complete(self, place: Place) -> None:
        """Fill in and send the form of a place, and compare everything with the table and the case in memory."""
        before = fingerprint(self.server)
        execution = hydrate(self.server, self.step.state)
        task = self.open[place]
        outcome = self._outcome(place)
        values = self._values(place, execution.variables(task.id), outcome)

        self.step = execution.complete(task.id, values, NOW)
        self.live_step = self.live.complete(by_place(self.live_step)[place].id, values, NOW)
        self.rounds.setdefault(place, []).append(values)
        self.done.append(place)
        self.table.complete(place, outcome)

        assert fingerprint(self.server) == before
        self.turn += 1
        self._compare()
        self._compare_decision(place, outcome)

    def until(self, element: str, units: Sequence[str] = (), *, process: str = "") -> "Case":
        """Complete the places before an element; units says in which order they finish."""
        while (process or self.process, element) not in {place[:2] for place in self.open}:
            self.next(units)
        return self

    def finish(self, units: Sequence[str] = ()) -> "Case":
        """Complete everything that opens."""
        while self.open:
            self.next(units)
        return self

    def next(self, units: Sequence[str] = ()) -> None:
        """Complete one place; of several units the one that is first in the given order."""
        order = list(units or self.asked)
        self.complete(min(self.open, key=lambda place: order.index(place.unit) if place.unit else -1))

    def _begin(self) -> None:
        raw = answers.for_element(self.process, "mulai")
        given = answers.system_variables(self.process)
        cleaned = forms.clean(form_of(self.process, "mulai"), raw, given, {})
        assert cleaned.errors == {}
        self.table = Table(self.process, self.asked, self.wrong)
        specification = self.server
        self.live = create(specification)
        self.live_step = self.live.begin({**given, **cleaned.values}, NOW)
        self.step = start(specification, {**given, **cleaned.values}, NOW)
        self._compare()

    def _outcome(self, place: Place) -> str:
        if place.unit or place.order not in decisions(place.process):
            return ""
        planned = self.deciding.get(place.element)
        if planned:
            return planned.pop(0)
        if "setuju" in decisions(place.process)[place.order]:
            return "setuju"
        return "tidak_sesuai" if self.wrong else "sesuai"

    def _values(self, place: Place, variables: Mapping[str, Any], outcome: str) -> dict[str, Any]:
        form = form_of(place.process, place.element)
        earlier = self.rounds.get(place, [])
        raw = answers.for_element(
            place.process,
            place.element,
            outcome=outcome,
            unit=place.unit,
            wrong=self.wrong,
            asked=self.asked,
            round_number=len(earlier) + 1,
        )
        opened = forms.opening(form, variables, earlier[-1] if earlier else None)
        assert undecided(form, opened.values)
        files = {name: FileReference(name, name, 1_000) for name in answers.files_in(raw)}
        cleaned = forms.clean(form, raw, variables, files)
        assert cleaned.errors == {}, place
        return dict(cleaned.values)

    def _compare(self) -> None:
        assert self.open.keys() == self.table.open
        assert len(self.open) == len(self.step.open_tasks)
        assert self.step.ended == (not self.table.open)
        live = by_place(self.live_step)
        loaded = hydrate(self.server, self.step.state)
        assert [(t.process, t.element, t.index, t.item) for t in self.step.open_tasks] == [
            (t.process, t.element, t.index, t.item) for t in self.live_step.open_tasks
        ]
        assert self.live_step.ended == self.step.ended
        assert exact(loaded.data()) == exact(self.live.data())
        for place, task in self.open.items():
            assert exact(loaded.variables(task.id)) == exact(self.live.variables(live[place].id))
        fresh = self.live_step.passed[self.live_passed :]
        self.live_passed = len(self.live_step.passed)
        assert [(p.process, p.element, p.flow) for p in fresh] == [
            (p.process, p.element, p.flow) for p in self.step.passed
        ]

    def _compare_decision(self, place: Place, outcome: str) -> None:
        diagram = self.server.diagrams[place.process]
        chosen = {diagram.flows[p.flow].name for p in self.step.passed if p.flow and p.process == place.process}
        assert chosen - {"Ya", "Tidak"} == ({FLOW_NAMES[outcome]} if outcome else set())


def by_place(step: Step) -> dict[Place, OpenTask]:
    """Return the open tasks of a step by place."""
    return {Place(task.process, task.element, task.item or ""): task for task in step.open_tasks}


def undecided(form: Form, values: Mapping[str, Any]) -> bool:
    """Tell whether decision, reason and part of a form are empty."""
    fields = [form.of_role(role) for role in ("keputusan", "alasan", "bagian")]
    return not any(values.get(field.key) for field in fields if field)


def exact(value: object) -> object:
    """Return a value in which True, 1 and 1.0 differ."""
    if isinstance(value, Mapping):
        return {key: exact(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [exact(inner) for inner in value]
    return type(value).__name__, value


def declared(processes: Iterable[str]) -> set[str]:
    """Return every variable that the forms of processes fill or show."""
    elements = ((process, element) for process in processes for element in answers.FORMS[process])
    return {key for process, element in elements for key in _keys(form_of(process, element).fields)}


def _keys(fields: tuple[Field, ...]) -> Iterator[str]:
    for field in fields:
        if field.kind == "group" and not field.key:
            yield from _keys(field.fields)
        elif field.key:
            yield field.key
