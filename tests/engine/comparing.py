"""Runs a model in the engine and in the token game, side by side, and compares what is open after every step."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from operator import attrgetter
from random import Random
from typing import TypeAlias

from service.engine import decision
from service.engine.state import variables_at
from service.engine.workflow import Execution, Message, Source, Specification, Step, hydrate, parse, start
from service.errors import EngineFailed, NotWaiting
from tests.engine.tokengame import Game, Incident, Label, Model, Value, Wait
from tests.engine.writing import files, tables

MONDAY = datetime(2026, 1, 5, 8, tzinfo=UTC)
PATIENCE = 60
"""Steps after which every decision leads onwards."""
MOST_STEPS = 600
MOST_PARTICIPANTS = 6
MOST_FAILURES = 4
"""In one act, in parallel branches."""
RARELY, SELDOM = 0.05, 0.15

Failure: TypeAlias = tuple[str, str, str]
"""Process, element and cause."""


class Deviation(AssertionError):
    """The engine and the specification disagree."""


class SilentStop(Deviation):
    """A case has not ended and waits for nothing, or has ended and still waits."""


@dataclass
class Act:
    """Something that happens, in the engine and in the game."""

    wait: Wait
    values: dict[str, Value]
    engine: Callable[[Execution, Mapping[str, Value]], Step]
    game: Callable[[Wait, Mapping[str, Value], Step], None]
    """It may look at the step of the engine where the specification leaves something open."""


@dataclass
class Run:
    """One case, twice."""

    model: Model
    random: Random
    game: Game
    specification: Specification
    step: Step
    now: datetime = MONDAY
    acts: list[str] = field(default_factory=list)
    incidents: int = 0
    stopped: bool = False
    """Whether the last act would leave nothing but joins that wait for each other: what is drawn is at fault."""
    partners: dict[int, str] = field(default_factory=dict)
    """The engine's id of each thing that the token game waits for."""

    # What is open, and what is known

    def compare(self) -> None:
        """Find for everything that is open in the game its one partner in what the engine has stored.

        Raises:
            Deviation: something is missing, too much, changed without cause, or knows other values.

        """
        execution = self.execution()
        asked = [task.id for task in self.step.open_tasks]
        asked += [wait.id for wait in self.step.waits if wait.kind == "external"]
        known = {identifier: execution.variables(identifier) for identifier in asked}
        for identifier, seen in known.items():
            plainly = variables_at(self.step.state, identifier)
            self._require_same(f"{identifier} without its case", seen if plainly is None else plainly, seen)
        stored = execution.amend({}, self.now)
        self._require_alive(self.step, stored)
        waits = self.game.waits()
        expected, found = Counter(wait.label for wait in waits), Counter(self.opened().values())
        if expected != found or self.game.ended != self.step.ended:
            self._deviate(f"missing {expected - found}, too much {found - expected}, "
                          f"ended {self.step.ended} instead of {self.game.ended}")  # fmt: skip
        self._require_stored(stored)
        self._pair(waits, known)
        self._require_same("the case", self.execution().data(), self.game.root.data.seen())
        for wait in waits:
            if wait.kind in {"task", "external"}:
                self._require_same(wait.node.id, known[self.partners[wait.id]], wait.data.seen())

    def _require_alive(self, *steps: Step) -> None:
        """A case is over, or somebody can make it go on; never both, never neither."""
        for step in steps:
            if step.ended == bool(step.open_tasks or step.waits):
                raise SilentStop(f"{self.acts[-3:]}: {step.open_tasks} {step.waits}, ended is {step.ended}")

    def _require_stored(self, stored: Step) -> None:
        """A server that loads the case finds what was told, and nothing moves by that."""
        told, found = _told(self.step), _told(stored)
        if told != found or stored.passed:
            self._deviate(f"told {told}, stored {found}, moved {stored.passed}")

    def opened(self) -> dict[str, Label]:
        """Return what is open in the engine, by id."""
        found: dict[str, Label] = {}
        for task in self.step.open_tasks:
            found[task.id] = "task", task.process, task.element, task.index, task.item, ""
        for wait in self.step.waits:
            detail = wait.due.isoformat() if wait.due else wait.key
            found[wait.id] = wait.kind, wait.process, wait.element, wait.index, None, detail
        return found

    def execution(self) -> Execution:
        """Read the case from its stored bytes, as every act does."""
        return hydrate(self.specification, self.step.state)

    def _pair(self, waits: Iterable[Wait], known: Mapping[str, object]) -> None:
        opened, before = self.opened(), self.partners
        self.partners = {wait.id: before[wait.id] for wait in waits if wait.id in before}
        lost = [wait.label for wait in waits if wait.id in before and opened.get(before[wait.id]) != wait.label]
        if lost:
            self._deviate(f"other ids for {lost}")
        free: dict[Label, list[str]] = defaultdict(list)
        taken = set(self.partners.values())
        for identifier, label in opened.items():
            if identifier not in taken:
                free[label].append(identifier)
        for wait in waits:
            if wait.id not in before:
                # instances of nested activities differ in what they know
                same = [one for one in free[wait.label] if known.get(one) == wait.data.seen()]
                self.partners[wait.id] = partner = (same or free[wait.label])[0]
                free[wait.label].remove(partner)

    def _require_same(self, what: str, found: Mapping[str, object], expected: Mapping[str, object]) -> None:
        if found != expected:
            names = [n for n in found.keys() | expected.keys() if found.get(n, self) != expected.get(n, self)]
            pairs = {name: (found.get(name, "-"), expected.get(name, "-")) for name in sorted(names)}
            self._deviate(f"{what} knows (engine, game) {pairs}")

    def _deviate(self, sentence: str) -> None:
        raise Deviation(f"{self.acts[-3:]}: {sentence}")

    # Acts

    def act(self) -> None:
        """Let something happen, the same in both."""
        # people are asked more often than the clock
        wait = self.random.choice(
            [wait for wait in self._ways() for _ in range(3 if wait.kind in {"task", "external"} else 1)]
        )
        self.acts.append(f"{wait.kind} {wait.node.id} {wait.label[3]}")
        self.now += timedelta(seconds=self.random.randint(1, 3))
        acts = {"timer": self._timer, "message": self._message, "signal": self._signal}
        self._attempt(acts.get(wait.kind, self._answer)(wait))

    def _ways(self) -> list[Wait]:
        """Return what may happen; not a message that one of several takes without a trace of which."""
        waits = self.game.waits()
        return [
            wait for wait in waits
            if wait.kind != "message" or wait.node.interrupting or len(self._receivers(wait, wait.key)) == 1
        ]  # fmt: skip

    def _receivers(self, wait: Wait, key: str) -> list[Wait]:
        return [one for one in self.game.waits() if one.node is wait.node and one.key in {"", key}]

    def _attempt(self, act: Act) -> None:
        """Do an act; after an incident correct what is to blame and do it again, until it goes well."""
        ways = [self._correct_where_it_is_seen, self._correct_in_the_process]
        left: set[Failure] = set()
        for correct in (*self.random.sample(ways, 2), *[self._correct_everywhere] * MOST_FAILURES):
            failures = self._failed(act, left)
            if not failures:
                return
            self.incidents += 1
            self.acts[-1] += f" fails at {sorted(failures)}"
            self.compare()
            blamed = process, element, cause = self.random.choice(sorted(failures))
            self.stopped = cause == "stopped"
            if element not in self.model.cures or (process, element) == _itself(act.wait):
                return  # nobody catches an error: the task stays open
            name, value = self.model.cures[element]
            act.values |= {name: value} if name in act.values else {}
            correct(act.wait, process, {name: value})
            self.compare()
            left = failures - {blamed}
        if self._failed(act, left):
            self._deviate("cannot be corrected")

    def _failed(self, act: Act, expected: set[Failure]) -> set[Failure]:
        """Do an act in both; return where and why it failed, which leaves both as they were."""
        step, failure = self.step, None
        try:
            step = act.engine(self.execution(), act.values)
        except EngineFailed as error:
            failure = error
        before = deepcopy(self.game) if failure else self.game
        try:
            self._play(act, step)
        except Incident as incident:
            self.game = before
            if failure is None:
                raise Deviation(f"{self.acts[-3:]}: no incident, expected one: {incident}") from incident
            return self._failures(failure, incident)
        if failure is not None:
            raise failure
        if expected:
            self._deviate(f"fails no more at {expected}, which nobody corrected")
        self.step = step
        thrown = [(one.kind, one.name, one.key, dict(one.values)) for one in step.thrown]
        if sorted(map(repr, thrown)) != sorted(map(repr, self.game.thrown)):
            self._deviate(f"thrown {thrown}, expected {self.game.thrown}")
        return set()

    def _play(self, act: Act, step: Step) -> None:
        """Do an act in the game; a marking out of which nobody can lead is an incident."""
        act.game(self._wait(act.wait), act.values, step)
        if not (self.game.ended or self.game.waits()):
            raise Incident("", "", "stopped")

    def _failures(self, failure: EngineFailed, incident: Incident) -> set[Failure]:
        """Return the same failure once, or two of parallel branches: which one is first, nobody says.

        Only one of two is corrected before the next attempt, which must then fail in both.
        """
        told = failure.process, failure.element, failure.cause
        expected = incident.process, incident.node, incident.cause
        parallel = told[:2] != expected[:2] and {told[1], expected[1]} <= self.model.cures.keys()
        if told != expected and not parallel:
            self._deviate(f"fails at {told}, expected {expected}")
        return {told, expected}

    def _wait(self, wait: Wait) -> Wait:
        """Return what the game of now waits for as an earlier copy of it did."""
        return next(one for one in self.game.waits() if one.id == wait.id)

    def _correct_where_it_is_seen(self, wait: Wait, _process: str, values: Mapping[str, Value]) -> None:
        self._amend(values, wait)

    def _correct_in_the_process(self, wait: Wait, process: str, values: Mapping[str, Value]) -> None:
        """Correct the variables of the process where it failed: around what was done, or wherever it runs."""
        scope = wait.activity.scope
        while scope.holder is not None and scope.key != process:
            scope = scope.holder.scope
        if scope.key == process and self.random.random() < 0.5:
            self._amend(values, wait, process)
        elif process in self.game.running():
            self._amend(values, None, process)

    def _correct_everywhere(self, _wait: Wait, _process: str, values: Mapping[str, Value]) -> None:
        for one in self.game.waits():
            self._amend(values, one)
        for process in sorted(self.game.running()):
            self._amend(values, None, process)
        self._amend(values)

    def _amend(self, values: Mapping[str, Value], wait: Wait | None = None, process: str = "") -> None:
        partner = self.partners[wait.id] if wait else None
        self.step = self.execution().amend(values, self.now, partner, process)
        self.game.amend(values, self._wait(wait) if wait else None, process)

    def _timer(self, wait: Wait) -> Act:
        partner, due = self.partners[wait.id], wait.due or self.now
        if self.now < due and self.random.random() < RARELY:
            self._refuses(lambda execution: execution.fire(partner, self.now))
        late = timedelta(hours=self.random.randint(1, 50)) if self.random.random() < RARELY else timedelta()
        self.now = max(self.now, due + late)
        now = self.now
        return Act(
            wait, {}, lambda execution, _: execution.fire(partner, now), lambda one, _, __: self.game.happen(one, now)
        )

    def _message(self, wait: Wait) -> Act:
        name, now, key = wait.node.trigger.name if wait.node.trigger else "", self.now, wait.key
        if key and not self._receivers(wait, "lain") and self.random.random() < RARELY:
            self._refuses(lambda execution: execution.deliver(Message(name, "lain"), now))

        def receive(one: Wait, values: Mapping[str, Value], step: Step) -> None:
            # the specification leaves open who of several receives it: follow the engine
            opened = {found.id for found in step.waits}
            several = sorted(self._receivers(one, key), key=lambda wait: wait.id)
            received = [other for other in several if self.partners[other.id] not in opened]
            self.game.happen((received or several)[0], now, values)

        return Act(
            wait,
            self._meanwhile(),
            lambda execution, values: execution.deliver(Message(name, key, values), now),
            receive,
        )

    def _signal(self, wait: Wait) -> Act:
        name, now = wait.node.trigger.name if wait.node.trigger else "", self.now
        return Act(
            wait, self._meanwhile(), lambda execution, values: execution.signal(name, values, now),
            lambda _, values, __: self.game.signal(name, values, now),
        )  # fmt: skip

    def _answer(self, wait: Wait) -> Act:
        """Complete a task, or tell that it failed, or ask others."""
        partner, now = self.partners[wait.id], self.now
        if wait.instance is not None and len(self.acts) < PATIENCE and self.random.random() < SELDOM:
            return self._participant(wait)
        if wait.kind == "external" and self.random.random() < (0.4 if _fails(wait) else RARELY):
            code = (_fails(wait) or ["galat"])[0] or "lain"
            self.acts[-1] += f" {code}"
            return Act(
                wait, self._meanwhile(), lambda execution, values: execution.fail(partner, code, values, now),
                lambda one, values, _: self.game.fail(one, code, values, now),
            )  # fmt: skip
        return Act(
            wait, self._decided(wait), lambda execution, values: execution.complete(partner, values, now),
            lambda one, values, _: self.game.complete(one, values, now),
        )  # fmt: skip

    def _participant(self, wait: Wait) -> Act:
        assert wait.instance is not None
        partner, now, items = self.partners[wait.id], self.now, wait.instance[0].items
        if len(items) < MOST_PARTICIPANTS and self.random.random() < 0.5:
            item = f"unit{len(items)}"
            self.acts[-1] += f" adds {item}"
            return Act(
                wait, {}, lambda execution, _: execution.add_participant(partner, item, now),
                lambda one, _, __: self.game.add(one, item, now),
            )  # fmt: skip
        self.acts[-1] += " withdraws"
        return Act(
            wait, {}, lambda execution, _: execution.withdraw(partner, now),
            lambda one, _, __: self.game.withdraw(one, now),
        )  # fmt: skip

    def _refuses(self, act: Callable[[Execution], Step]) -> None:
        try:
            act(self.execution())
        except NotWaiting:
            return
        self._deviate("took what nobody waits for")

    def _decided(self, wait: Wait) -> dict[str, Value]:
        """Decide what the element decides, and now and then something else meanwhile."""
        found = self._meanwhile() | {name: self._value(name) for name in wait.node.sets}
        self.acts[-1] += f" {found}"
        return found

    def _meanwhile(self) -> dict[str, Value]:
        return {name: self._value(name) for name in self.model.choices if self.random.random() < RARELY}

    def _value(self, name: str) -> Value:
        values = self.model.choices[name]
        return self.random.choice(values) if len(self.acts) < PATIENCE else values[0]


def _itself(wait: Wait) -> tuple[str, str]:
    return wait.activity.scope.key, wait.node.id


def _told(step: Step) -> tuple[object, ...]:
    return (
        sorted(step.open_tasks, key=attrgetter("id")),
        sorted(step.waits, key=attrgetter("id")),
        step.ended,
    )


def _fails(wait: Wait) -> list[str]:
    """Return the codes of the errors that are caught at an activity."""
    boundaries = wait.activity.scope.process.boundaries(wait.node.id)
    return [one.trigger.name for one in boundaries if one.trigger and one.trigger.kind == "error"]


def compare(model: Model, seed: int, game: type[Game] = Game) -> Run:
    """Run a model to its end, or until both refuse to go on, with random choices in a random order.

    Raises:
        Deviation: engine and token game disagree.

    """
    run = begin(model, seed, game)
    run.compare()
    while not (run.game.ended or run.stopped):
        if len(run.acts) == MOST_STEPS:
            raise Deviation("it never ends")
        run.act()
        run.compare()
    return run


def begin(model: Model, seed: int, game: type[Game] = Game) -> Run:
    """Start a case in both."""
    decisions = {key: found for content in tables(model) for key, found in decision.read(content, "x.dmn").items()}
    sources = [Source(f"{number}.bpmn", content, decisions) for number, content in enumerate(files(model))]
    specification = parse(sources, model.key)
    step = start(specification, model.variables, MONDAY)
    random = Random(seed)  # noqa: S311 - repeatable, not secret
    return Run(model, random, game(model, MONDAY), specification, step)
