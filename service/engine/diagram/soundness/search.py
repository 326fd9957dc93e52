"""Plays a token game to the end: every marking that can be reached, breadth first, so that examples are shortest."""

from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from service.engine.diagram.soundness.budget import Budget
from service.engine.diagram.soundness.net import Join, Net, Passed, Transition


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong, where, and how one gets there."""

    code: str
    element: str
    path: tuple[Passed, ...]


@dataclass(frozen=True, slots=True)
class Result:
    """What playing a token game has shown."""

    finding: Finding | None
    completes: bool
    """The scope can end without an error."""
    unused: bool
    """Some transition never fired."""
    touched: frozenset[str]
    """Nodes that a token passed."""


@dataclass(frozen=True, slots=True)
class _Move:
    taken: int
    given: int
    cleared: int
    number: int
    transition: Transition


@dataclass(frozen=True, slots=True)
class _Rule:
    """An inclusive join as bits."""

    join: Join
    places: int
    reach: tuple[int, ...]
    """Per place the flows into the join that a token there can still come to without passing the join."""


class Search:
    """One play of one token game."""

    def __init__(self, net: Net, budget: Budget) -> None:
        self.net = net
        self.budget = budget
        self.armed = _mask(number for number, place in enumerate(net.places) if place.armed)
        self.moves: list[list[_Move]] = [[] for _ in net.places]
        for number, transition in enumerate(net.transitions):
            move = _Move(
                _mask(transition.taken), _mask(transition.given), _mask(transition.disarmed), number, transition
            )
            self.moves[min(transition.taken)].append(move)
        self.rules = [self._rule(join) for join in net.joins]
        self.fired = bytearray(len(net.transitions))
        self.joined: dict[Join, None] = {}
        start = 1 << net.start
        self.numbers = {start: 0}
        self.markings = [start]
        self.parents = array("l", [-1])
        self.causes: list[Transition | None] = [None]
        self.edges = (array("l"), array("l"))
        self.cost = 4 + len(net.places) // 64
        self.completes = False

    def run(self) -> Result:
        """Play until something is wrong or everything was seen."""
        finding = self._play() or self._never_ending()
        touched = {name for transition in self._fired() for name, _ in transition.passed}
        return Result(finding, self.completes, self._some_unused(), frozenset(touched))

    def _play(self) -> Finding | None:
        here = 0
        while here < len(self.markings):
            marking = self.markings[here]
            moved = False
            for move, taken in self._enabled(marking):
                moved = True
                rest = marking & ~taken & ~move.cleared
                clash = rest & move.given & ~self.armed
                if clash or move.transition.doubled:
                    element = move.transition.doubled or self.net.places[next(_bits(clash))].element
                    path = (*self._path(here), *move.transition.passed, (element, ""))
                    return Finding("soundness-unsynchronised", element, path)
                self._reach(here, 0 if move.transition.ends else rest | move.given, move.transition)
            if marking and not moved:
                return self._stuck(here)
            here += 1
        return None

    def _enabled(self, marking: int) -> list[tuple[_Move, int]]:
        found: list[tuple[_Move, int]] = []
        for place in _bits(marking):
            self.budget.spend(self.cost)
            for move in self.moves[place]:
                self.budget.spend(self.cost)
                if marking & move.taken == move.taken:
                    self.fired[move.number] = 1
                    found.append((move, move.taken))
        for rule in self.rules:
            taken = marking & rule.places
            if taken and not self._is_blocked(rule, marking):
                self.joined[rule.join] = None
                found += [(_Move(taken, _mask(firing.given), 0, -1, firing), taken) for firing in rule.join.firings]
        return found

    def _is_blocked(self, rule: _Rule, marking: int) -> bool:
        filled = marking & rule.places
        empty = rule.places & ~filled
        for place in _bits(marking & ~rule.places & ~self.armed):
            self.budget.spend(self.cost)
            reach = rule.reach[place]
            if reach & empty and not reach & filled:
                return True
        return False

    def _reach(self, here: int, marking: int, cause: Transition) -> None:
        if not marking and cause.raises is None:
            self.completes = True
        number = self.numbers.setdefault(marking, len(self.markings))
        if number == len(self.markings):
            self.budget.spend(8 * self.cost)
            self.markings.append(marking)
            self.parents.append(here)
            self.causes.append(cause)
        self.edges[0].append(here)
        self.edges[1].append(number)

    def _stuck(self, here: int) -> Finding:
        waiting = [place for place in _bits(self.markings[here]) if not self.net.places[place].armed]
        joins = [rule for rule in self.rules if self.markings[here] & rule.places]
        if len(joins) > 1:
            element, code = joins[0].join.element, "or-join-nested"
        else:
            # the token that came last is the one that the path has just followed
            cause = self.causes[here]
            last = [place for place in waiting if cause and place in cause.given]
            where = self.net.places[(last or waiting)[0]]
            element, code = where.until or where.element, "soundness-dead-end"
        return Finding(code, element, (*self._path(here), (element, "")))

    def _never_ending(self) -> Finding | None:
        """Find the first marking from which no way leads to the end."""
        before: list[list[int]] = [[] for _ in self.markings]
        for source, target in zip(*self.edges, strict=True):
            before[target].append(source)
        ending = bytearray(len(self.markings))
        waiting = [self.numbers[0]] if 0 in self.numbers else []
        while waiting:
            here = waiting.pop()
            if not ending[here]:
                ending[here] = 1
                waiting += before[here]
        lost = ending.find(0)
        if lost < 0:
            return None
        if not lost:  # hopeless from the start: the farthest one says more
            lost = ending.rfind(0)
        element = self.net.places[next(_bits(self.markings[lost]))].element
        return Finding("soundness-no-completion", element, (*self._path(lost), (element, "")))

    def _path(self, here: int) -> tuple[Passed, ...]:
        causes: list[Transition] = []
        while here >= 0:
            cause = self.causes[here]
            if cause:
                causes.append(cause)
            here = self.parents[here]
        return tuple(passed for cause in reversed(causes) for passed in cause.passed)

    def _fired(self) -> list[Transition]:
        found = [transition for transition, fired in zip(self.net.transitions, self.fired, strict=True) if fired]
        return found + [firing for join in self.joined for firing in join.firings]

    def _some_unused(self) -> bool:
        return not all(self.fired) or len(self.joined) < len(self.net.joins)

    def _rule(self, join: Join) -> _Rule:
        """Tell from where the join can still be reached: backwards from each of its flows."""
        before: list[set[int]] = [set() for _ in self.net.places]
        for transition in self.net.transitions:
            for given in transition.given:
                before[given] |= transition.taken
        for other in self.net.joins:
            if other is not join:
                for firing in other.firings:
                    for given in firing.given:
                        before[given] |= other.places
        reach = [0] * len(self.net.places)
        for arrival in join.places:
            waiting = [arrival]
            seen: set[int] = set()
            while waiting:
                here = waiting.pop()
                if here in seen:
                    continue
                self.budget.spend(1)
                seen.add(here)
                reach[here] |= 1 << arrival
                waiting += before[here]
        return _Rule(join, _mask(join.places), tuple(reach))


def _mask(places: Iterable[int]) -> int:
    mask = 0
    for place in places:
        mask |= 1 << place
    return mask


def _bits(mask: int) -> Iterator[int]:
    while mask:
        lowest = mask & -mask
        yield lowest.bit_length() - 1
        mask ^= lowest
