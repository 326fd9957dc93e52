"""Makes a token game smaller without changing whether it is sound (rules after Murata and Berthelot).

A game that is drawn in blocks shrinks to next to nothing however wide its parallel parts are.
"""

from collections.abc import Iterable
from dataclasses import replace

from service.engine.diagram.soundness.budget import Budget
from service.engine.diagram.soundness.net import Net, Transition


class Reduction:
    """Applies the rules until none applies."""

    def __init__(self, net: Net, budget: Budget) -> None:
        self.net = net
        self.budget = budget
        self.transitions = dict(enumerate(net.transitions))
        self.givers: list[set[int]] = [set() for _ in net.places]
        self.takers: list[set[int]] = [set() for _ in net.places]
        for number, transition in self.transitions.items():
            self._link(number, transition)
        self.kept = {net.start}
        """Places that must stay as they are."""
        for join in net.joins:
            self.kept |= join.places
            for firing in join.firings:  # what a rule gives is no transition that could be merged
                self.kept |= firing.given
        for transition in net.transitions:
            if transition.disarmed:
                self.kept |= transition.disarmed | transition.taken
        self.kept.update(number for number, place in enumerate(net.places) if place.armed)
        self.places = dict.fromkeys(range(len(net.places)))
        self.joins = dict.fromkeys(self.transitions)

    def run(self) -> Net:
        """Return the small game; the given one is used up."""
        while self.places or self.joins:
            while self.places:
                place, _ = self.places.popitem()
                self._at_place(place)
            while self.joins and not self.places:
                number, _ = self.joins.popitem()
                if number in self.transitions:
                    self._same_places(number)
                    self._same_ends(number)
        return self._renumbered()

    def _at_place(self, place: int) -> None:
        self._drop_idle(place)
        self._same_transitions(place)
        self._series(place)
        self._skip(place)

    def _drop_idle(self, place: int) -> None:
        """Drop transitions that change nothing: a return to where one is."""
        if len(self.givers[place]) < 2 and place != self.net.start:  # noqa: PLR2004 - itself and another
            return
        for number in list(self.takers[place]):
            transition = self.transitions[number]
            if transition.taken == transition.given == {place} and not transition.doubled:
                self._remove(number)

    def _same_transitions(self, place: int) -> None:
        """Keep one of several transitions that take and give the same."""
        if len(self.takers[place]) < 2:  # noqa: PLR2004 - a pair
            return
        seen: dict[object, int] = {}
        for number in sorted(self.takers[place]):
            transition = self.transitions[number]
            self.budget.spend(len(transition.taken) + len(transition.given))
            key = (
                frozenset(transition.taken), frozenset(transition.given), transition.disarmed, transition.doubled,
                transition.ends, transition.raises,
            )  # fmt: skip
            if key in seen:
                self._remove(number)
            seen.setdefault(key, number)

    def _series(self, place: int) -> None:
        """Make one place of two that follow one another."""
        if len(self.takers[place]) != 1:
            return
        (number,) = self.takers[place]
        step = self.transitions[number]
        if not _plain(step) or len(step.taken) != 1 or len(step.given) != 1:
            return
        (after,) = step.given
        if after == place or after in self.kept or len(self.givers[after]) != 1:
            return
        if place in self.kept and place != self.net.start:
            return
        followers = [self.transitions[follower] for follower in self.takers[after]]
        numbers = list(self.takers[after])
        self.budget.spend(1 + len(followers) * (1 + len(step.passed) // 50))
        self._remove(number)
        last = self.net.places[after]
        self.net.places[place] = replace(self.net.places[place], until=last.until or last.element)
        self.joins.update(dict.fromkeys(self.givers[place]))
        for follower, transition in zip(numbers, followers, strict=True):
            transition.taken = {place if taken == after else taken for taken in transition.taken}
            transition.passed = (*step.passed, *transition.passed)
            self.takers[place].add(follower)
            self._look_at(follower)
        self.takers[after].clear()

    def _skip(self, place: int) -> None:
        """Let those who give to a place with one way on give to what follows it instead."""
        if place in self.kept or len(self.takers[place]) != 1 or not self.givers[place]:
            return
        (number,) = self.takers[place]
        step = self.transitions[number]
        if not _plain(step) or step.taken != {place} or not step.given or place in step.given:
            return
        if len(step.given) > 1 and (self.net.joins or len(self.givers[place]) > 1):
            return
        givers = [self.transitions[giver] for giver in self.givers[place]]
        if any((giver.given - {place}) & step.given for giver in givers):
            return
        numbers = list(self.givers[place])
        self.budget.spend(len(step.given) + len(givers) * (1 + len(step.passed) // 50))
        self._remove(number)
        for giver, transition in zip(numbers, givers, strict=True):
            transition.given = (transition.given - {place}) | step.given
            transition.passed = (*transition.passed, *step.passed)
            for given in step.given:
                self.givers[given].add(giver)
            self._look_at(giver)
        self.givers[place].clear()

    def _same_places(self, number: int) -> None:
        """Keep one of several places that are always filled and emptied together: branches of a parallel block."""
        taken = self.transitions[number].taken
        if len(taken) < 2:  # noqa: PLR2004 - a pair
            return
        seen: dict[object, int] = {}
        for place in sorted(taken):
            self.budget.spend(1 + len(self.givers[place]) + len(self.takers[place]))
            if place in self.kept:
                continue
            key = (frozenset(self.givers[place]), frozenset(self.takers[place]))
            if key in seen:
                self._drop_place(place)
                self.places[seen[key]] = None
            seen.setdefault(key, place)

    def _same_ends(self, number: int) -> None:
        """Keep one of several places that are filled together and lead to nothing: branches with own ends."""
        kept: int | None = None
        for place in sorted(self.transitions[number].given):
            self.budget.spend(1)
            if place in self.kept or len(self.givers[place]) != 1 or len(self.takers[place]) != 1:
                continue
            (leaving,) = self.takers[place]
            step = self.transitions[leaving]
            if step.taken != {place} or step.given or not _plain(step):
                continue
            if kept is None:
                kept = place
                continue
            self._remove(leaving)
            self._drop_place(place)
            self.places[kept] = None

    def _drop_place(self, place: int) -> None:
        for number in self.givers[place]:
            self.transitions[number].given.discard(place)
            self._look_at(number)
        for number in self.takers[place]:
            self.transitions[number].taken.discard(place)
            self._look_at(number)
        self.givers[place].clear()
        self.takers[place].clear()

    def _link(self, number: int, transition: Transition) -> None:
        for place in transition.taken:
            self.takers[place].add(number)
        for place in transition.given:
            self.givers[place].add(number)

    def _remove(self, number: int) -> None:
        transition = self.transitions.pop(number)
        self.joins.pop(number, None)
        for place in transition.taken:
            self.takers[place].discard(number)
            self.places[place] = None
        for place in transition.given:
            self.givers[place].discard(number)
            self.places[place] = None

    def _look_at(self, number: int) -> None:
        transition = self.transitions[number]
        self.joins[number] = None
        if len(transition.taken) + len(transition.given) <= 4:  # noqa: PLR2004 - a wide one would be looked at too often
            self.places.update(dict.fromkeys((*transition.taken, *transition.given)))

    def _renumbered(self) -> Net:
        used: set[int] = {self.net.start}
        for transition in self.transitions.values():
            used |= transition.taken | transition.given | transition.disarmed
        for join in self.net.joins:
            used |= join.places
            for firing in join.firings:
                used |= firing.given
        numbers = {old: new for new, old in enumerate(sorted(used))}

        def moved(places: Iterable[int]) -> set[int]:
            return {numbers[place] for place in places}

        for transition in [*self.transitions.values(), *(f for join in self.net.joins for f in join.firings)]:
            transition.taken, transition.given = moved(transition.taken), moved(transition.given)
            transition.disarmed = frozenset(moved(transition.disarmed))
        joins = [type(join)(join.element, frozenset(moved(join.places)), join.firings) for join in self.net.joins]
        places = [self.net.places[old] for old in sorted(used)]
        return Net(numbers[self.net.start], places, list(self.transitions.values()), joins)


def _plain(transition: Transition) -> bool:
    return not (transition.disarmed or transition.doubled or transition.ends)
