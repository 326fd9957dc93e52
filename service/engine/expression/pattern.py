r"""Regular expressions that cannot hang: a set of states walks over the text once, so nothing is ever tried again.

Supported: literals, `.`, `[a-z]`, `[^…]`, `\d \w \s \D \W \S`, groups, `|`, `* + ? {m,n}`, `^` and `$`. As in
JavaScript, where form-js runs them, a pattern is searched anywhere in the text and `\d`, `\w` mean ASCII.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final, Literal, NamedTuple

from service.errors import Invalid

LENGTH: Final = 200
STATES: Final = 500
REPEATS: Final = 100
GROUPS: Final = 20
_REMEMBERED: Final = 5_000


class PatternInvalid(Invalid):
    """The pattern is not one of the supported language."""

    code = "pattern-invalid"

    def __init__(self, message_id: str, message_en: str) -> None:
        super().__init__(message_en)
        self.message_id = message_id
        self.message_en = message_en


class Characters(NamedTuple):
    """A set of characters as ranges, or everything but them."""

    ranges: tuple[tuple[str, str], ...]
    negated: bool = False

    def has(self, character: str) -> bool:
        """Tell whether the character is in the set."""
        return any(low <= character <= high for low, high in self.ranges) is not self.negated


class State(NamedTuple):
    """One state: reads a character, or goes on without reading, at the start, the end, or anywhere."""

    kind: Literal["read", "free", "start", "end", "found"]
    characters: Characters | None
    next: tuple[int, ...]


_DIGITS: Final = (("0", "9"),)
_WORD: Final = (("0", "9"), ("A", "Z"), ("_", "_"), ("a", "z"))
_SPACE: Final = (
    ("\t", "\r"),
    (" ", " "),
    ("\xa0", "\xa0"),
    ("\u1680", "\u1680"),
    ("\u2000", "\u200a"),
    ("\u2028", "\u2029"),
    ("\u202f", "\u202f"),
    ("\u205f", "\u205f"),
    ("\u3000", "\u3000"),
    ("\ufeff", "\ufeff"),
)
_CLASSES: Final = {
    "d": Characters(_DIGITS),
    "D": Characters(_DIGITS, negated=True),
    "w": Characters(_WORD),
    "W": Characters(_WORD, negated=True),
    "s": Characters(_SPACE),
    "S": Characters(_SPACE, negated=True),
}
_CONTROL: Final = {"n": "\n", "r": "\r", "t": "\t", "f": "\f", "v": "\v"}
_ANY: Final = Characters((("\n", "\n"), ("\r", "\r"), ("\u2028", "\u2029")), negated=True)


@dataclass(frozen=True)
class Pattern:
    """A compiled pattern."""

    text: str
    states: tuple[State, ...]
    first: int
    _steps: dict[tuple[frozenset[int], str], frozenset[int]] = field(default_factory=dict, compare=False, repr=False)

    @staticmethod
    def of(text: str) -> "Pattern":
        """Compile a pattern, or raise PatternInvalid."""
        return _compiled(text)

    def cost(self, text: str) -> int:
        """Return the steps that a search may take at worst."""
        return len(text) * (1 + len(self.states) // 8)

    def found_in(self, text: str) -> bool:
        """Search the text from any place."""
        current = self._closure([self.first], {"free", "start"})
        for character in text:
            if self._found(current):
                return True
            current = self._step(current, character)
        passing: set[str] = {"free", "end"} if text else {"free", "start", "end"}
        return self._found(self._closure(current, passing))

    def _found(self, current: Iterable[int]) -> bool:
        return any(self.states[number].kind == "found" for number in current)

    def _step(self, current: frozenset[int], character: str) -> frozenset[int]:
        known = self._steps.get((current, character))
        if known is None:
            reached = [self.first]
            for number in current:
                state = self.states[number]
                if state.characters is not None and state.characters.has(character):
                    reached += state.next
            known = self._closure(reached, {"free"})
            if len(self._steps) > _REMEMBERED:
                self._steps.clear()
            self._steps[current, character] = known
        return known

    def _closure(self, numbers: Iterable[int], passing: set[str]) -> frozenset[int]:
        """Add every state that is reached without reading."""
        waiting = list(numbers)
        reached = set(waiting)
        while waiting:
            state = self.states[waiting.pop()]
            if state.kind in passing:
                fresh = [number for number in state.next if number not in reached]
                reached.update(fresh)
                waiting += fresh
        return frozenset(reached)


@lru_cache(maxsize=512)
def _compiled(text: str) -> Pattern:
    if len(text) > LENGTH:
        raise PatternInvalid(f"pola lebih dari {LENGTH} karakter", f"the pattern is longer than {LENGTH} characters")
    reader = _Reader(text)
    first = reader.whole()
    return Pattern(text, tuple(reader.states), first)


class _Reader:
    """Recursive descent over the pattern; states are built from the end to the front, so each knows what follows."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.place = 0
        self.groups = 0
        self.states: list[State] = []

    def whole(self) -> int:
        tree = self.choice()
        if self.place < len(self.text):
            raise _refused(f"karakter '{self.text[self.place]}' di pola", f"the character '{self.text[self.place]}'")
        return self.build(tree, self.add(State("found", None, ())))

    # Reading: a tree of ("read", Characters), ("start",), ("end",), ("chain", parts), ("choice", parts),
    # ("repeat", part, fewest, most).

    def peek(self) -> str:
        return self.text[self.place] if self.place < len(self.text) else ""

    def take(self) -> str:
        character = self.peek()
        self.place += 1
        if not character:
            raise _refused("pola yang belum selesai", "an unfinished pattern")
        return character

    def choice(self) -> "_Tree":
        parts = [self.chain()]
        while self.peek() == "|":
            self.place += 1
            parts.append(self.chain())
        return _Tree("choice", parts) if len(parts) > 1 else parts[0]

    def chain(self) -> "_Tree":
        parts = []
        while self.peek() not in {"", "|", ")"}:
            parts.append(self.repeated(self.atom()))
        return _Tree("chain", parts)

    def repeated(self, tree: "_Tree") -> "_Tree":
        fewest, most = self.quantifier()
        if (fewest, most) == (1, 1):
            return tree
        if tree.kind in {"start", "end"}:
            raise _refused("pengulangan sesudah ^ atau $", "a quantifier after ^ or $")
        if self.peek() == "?":
            self.place += 1  # lazy or greedy finds the same
        if self.peek() and self.peek() in "*+?":
            raise _refused("dua pengulangan berurutan", "two quantifiers in a row")
        return _Tree("repeat", [tree], fewest=fewest, most=most)

    def quantifier(self) -> tuple[int, int | None]:
        simple: dict[str, tuple[int, int | None]] = {"*": (0, None), "+": (1, None), "?": (0, 1)}
        if self.peek() in simple:
            return simple[self.take()]
        if self.peek() != "{":
            return 1, 1
        inside, closed, _rest = self.text[self.place + 1 :].partition("}")
        low, comma, high = inside.partition(",")
        if not closed or not _is_count(low) or (high and not _is_count(high)):
            raise _refused("kurung kurawal yang bukan pengulangan", "a brace that is no quantifier")
        self.place += len(inside) + 2
        fewest = int(low)
        most = int(high) if high else None if comma else fewest
        if max(fewest, most or 0) > REPEATS or (most is not None and most < fewest):
            raise _refused(f"pengulangan lebih dari {REPEATS} kali", f"more than {REPEATS} repetitions")
        return fewest, most

    def atom(self) -> "_Tree":
        character = self.take()
        if character == "(":
            return self.group()
        if character == "[":
            return _Tree("read", characters=self.bracket())
        if character in "*+?{})]":
            raise _refused(f"'{character}' tanpa pasangan", f"'{character}' without a partner")
        if character in "^$":
            return _Tree("start" if character == "^" else "end")
        if character == ".":
            return _Tree("read", characters=_ANY)
        return _Tree("read", characters=self.escaped() if character == "\\" else _one(character))

    def group(self) -> "_Tree":
        self.groups += 1
        if self.groups > GROUPS:
            raise _refused(f"lebih dari {GROUPS} kelompok", f"more than {GROUPS} groups")
        if self.peek() == "?":
            if self.text[self.place : self.place + 2] != "?:":
                raise _refused("kelompok khusus (?…)", "a special group (?…)")
            self.place += 2
        tree = self.choice()
        self.take()  # a group ends at its bracket, or the pattern ends first, which is refused here
        return tree

    def escaped(self) -> Characters:
        character = self.take()
        if character in _CLASSES:
            return _CLASSES[character]
        if character in _CONTROL:
            return _one(_CONTROL[character])
        if character == "u":
            return _one(self.code())
        if character.isalnum():
            raise _refused(f"\\{character}", f"\\{character}")
        return _one(character)

    def code(self) -> str:
        digits = self.text[self.place : self.place + 4]
        if len(digits) < 4 or any(digit not in "0123456789abcdefABCDEF" for digit in digits):  # noqa: PLR2004 - \uXXXX
            raise _refused("\\u tanpa empat angka", "\\u without four digits")
        self.place += 4
        return chr(int(digits, 16))

    def bracket(self) -> Characters:
        negated = self.peek() == "^"
        self.place += negated
        ranges: list[tuple[str, str]] = []
        while self.peek() != "]":
            low = self.member()
            if self.peek() == "-" and self.text[self.place + 1 : self.place + 2] not in {"]", ""}:
                self.place += 1
                high = self.member()
                if len(low) != 1 or len(high) != 1 or low[0][0] != low[0][1] or low[0][0] > high[0][0]:
                    raise _refused("rentang karakter yang terbalik", "a reversed range of characters")
                ranges.append((low[0][0], high[0][0]))
            else:
                ranges += low
        self.place += 1
        return Characters(tuple(ranges), negated=negated)

    def member(self) -> tuple[tuple[str, str], ...]:
        character = self.take()
        if character != "\\":
            return ((character, character),)
        characters = self.escaped()
        if characters.negated:
            raise _refused("\\D, \\W atau \\S di dalam [ ]", "\\D, \\W or \\S inside [ ]")
        return characters.ranges

    # Building.

    def add(self, state: State) -> int:
        if len(self.states) >= STATES:
            raise _refused("pola yang terlalu besar", "a pattern that is too large")
        self.states.append(state)
        return len(self.states) - 1

    def build(self, tree: "_Tree", following: int) -> int:
        match tree.kind:
            case "read":
                return self.add(State("read", tree.characters, (following,)))
            case "start" | "end":
                return self.add(State(tree.kind, None, (following,)))
            case "chain":
                for part in reversed(tree.parts):
                    following = self.build(part, following)
                return following
            case "choice":
                return self.add(State("free", None, tuple(self.build(part, following) for part in tree.parts)))
            case "repeat":
                return self.build_repeat(tree, following)

    def build_repeat(self, tree: "_Tree", following: int) -> int:
        part = tree.parts[0]
        if tree.most is None:
            loop = self.add(State("free", None, ()))
            self.states[loop] = State("free", None, (self.build(part, loop), following))
            following = loop
        else:
            end = following
            for _ in range(tree.most - tree.fewest):
                following = self.add(State("free", None, (self.build(part, following), end)))
        for _ in range(tree.fewest):
            following = self.build(part, following)
        return following


@dataclass(frozen=True, slots=True)
class _Tree:
    kind: Literal["read", "start", "end", "chain", "choice", "repeat"]
    parts: list["_Tree"] = field(default_factory=list)
    characters: Characters | None = None
    fewest: int = 1
    most: int | None = 1


def _one(character: str) -> Characters:
    return Characters(((character, character),))


def _is_count(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 3  # noqa: PLR2004 - REPEATS has three digits


def _refused(what_id: str, what_en: str) -> PatternInvalid:
    return PatternInvalid(
        f"pola memuat {what_id}, yang tidak didukung", f"the pattern contains {what_en}, which is not supported"
    )
