"""From tokens to a tree: a Pratt parser of the FEEL subset."""

from collections.abc import Callable
from decimal import Decimal
from typing import Final, NamedTuple

from service.engine.expression.functions import FUNCTIONS
from service.engine.expression.lexer import DIGITS, Token, text_value, unsupported
from service.engine.expression.loops import Each, Filter, For, Quantified
from service.engine.expression.pattern import Pattern, PatternInvalid
from service.engine.expression.refusals import ExpressionInvalid
from service.engine.expression.temporal import Temporal, read_any
from service.engine.expression.tree import (
    Arithmetic,
    Between,
    Both,
    Bound,
    Call,
    ContextLiteral,
    Defined,
    Either,
    If,
    In,
    ListLiteral,
    Literal,
    Member,
    Name,
    Negative,
    Node,
    Not,
    Ordered,
    Path,
    Range,
    Same,
)
from service.engine.expression.values import Run, Scope

NESTING: Final = 20
NODES: Final = 150

_OR, _AND, _COMPARISON, _SUM, _PRODUCT, _POWER, _SIGN, _POSTFIX = range(1, 9)
_BINDING: Final = {
    "or": _OR,
    "and": _AND,
    **dict.fromkeys(["=", "!=", "<", "<=", ">", ">=", "between", "in", "instance"], _COMPARISON),
    **dict.fromkeys("+-", _SUM),
    **dict.fromkeys("*/", _PRODUCT),
    "**": _POWER,
    **dict.fromkeys(".[", _POSTFIX),
}
_ORDER: Final = frozenset({"<", "<=", ">", ">="})
_AFTER_RANGE: Final = frozenset({",", ")", "]", "}", "and", "or", "then", "else", "return", "satisfies"})
"""What can follow a range but not begin the condition of a filter."""
_SPECIAL: Final[dict[str, Callable[[Node], Node]]] = {"not": Not, "is defined": Defined}
"""What looks like a function but is a part of the language."""
_TEMPORAL: Final = frozenset({"date", "time", "date and time", "duration"})
_CONSTANTS: Final[dict[str, bool | None]] = {"null": None, "true": True, "false": False}


class Parsed(NamedTuple):
    """A tree and how large it is."""

    tree: Node
    size: int


def parse(tokens: list[Token]) -> Parsed:
    """Read one whole expression."""
    parser = _Parser(tokens)
    tree = parser.expression()
    if parser.token.kind != "end":
        raise parser.unexpected()
    return Parsed(parser.value(tree, tokens[0]), parser.size)


class Tests(NamedTuple):
    """Tests of which one must hold, or none of them."""

    tests: tuple[Node | Bound, ...]
    negated: bool
    size: int


def parse_tests(tokens: list[Token]) -> Tests:
    """Read the unary tests of a decision table's cell; no tests hold for everything."""
    parser = _Parser(tokens, unary=True)
    first, second = tokens[0], tokens[min(1, len(tokens) - 1)]
    if first.kind == "end" or (first.text == "-" and second.kind == "end"):
        return Tests((), negated=False, size=1)
    negated = first.text == "not" and second.text == "(" and _closing(tokens, 1) == len(tokens) - 2
    if negated:
        parser.take()
    tests = parser.tests() if negated else parser.unary_tests()
    if parser.token.kind != "end":
        raise parser.unexpected()
    return Tests(tests, negated, parser.size)


def _closing(tokens: list[Token], place: int) -> int:
    """Return the place of the bracket that closes the one at a place."""
    depth = 0
    for found, token in enumerate(tokens[place:], place):
        depth += (token.text == "(" and token.kind == "sign") - (token.text == ")" and token.kind == "sign")
        if depth == 0:
            return found
    return -1


class _Parser:
    def __init__(self, tokens: list[Token], *, unary: bool = False) -> None:
        self.tokens = tokens
        self.unary = unary
        """Whether `?`, the value that a cell tests, has a meaning."""
        self.place = 0
        self.size = 0
        self.depth = 0

    @property
    def token(self) -> Token:
        return self.tokens[self.place]

    def take(self) -> Token:
        token = self.token
        self.place += token.kind != "end"
        return token

    def at(self, *texts: str) -> bool:
        """Ask whether one of these signs or keywords comes next."""
        return self.token.kind in {"sign", "keyword"} and self.token.text in texts

    def accept(self, text: str) -> bool:
        if self.at(text):
            self.take()
            return True
        return False

    def expect(self, text: str) -> Token:
        if not self.at(text):
            raise self.unexpected(f"'{text}'", f"'{text}'")
        return self.take()

    def unexpected(self, wanted_id: str = "", wanted_en: str = "") -> ExpressionInvalid:
        found_id = f"'{self.token.text}'" if self.token.text else "akhir ekspresi"
        found_en = f"'{self.token.text}'" if self.token.text else "the end of the expression"
        if self.token.text == "?" and self.token.kind == "sign":
            return unsupported(self.token, "tanda '?' di luar tabel keputusan", "the sign '?' outside a decision table")
        before = self.tokens[self.place - 1] if self.place else None
        if self.token.kind == "name" and before is not None and before.kind == "name":
            words = f"'{before.text} {self.token.text}'"
            return unsupported(before, f"nama berspasi {words}", f"the name {words}")
        needed_id = f"Seharusnya ada {wanted_id} sebelum {found_id}." if wanted_id else f"Tidak terduga: {found_id}."
        needed_en = f"Expected {wanted_en} before {found_en}." if wanted_en else f"Unexpected: {found_en}."
        return ExpressionInvalid(self.token.position, needed_id, needed_en)

    def count(self, token: Token) -> None:
        self.size += 1
        if self.size > NODES:
            raise ExpressionInvalid(
                token.position,
                f"Ekspresi memuat lebih dari {NODES} bagian.",
                f"The expression has more than {NODES} parts.",
            )

    def value(self, node: Node, token: Token) -> Node:
        """Refuse a range where a value must stand."""
        if isinstance(node, Range):
            raise unsupported(token, "rentang di luar 'in' dan 'for'", "a range outside 'in' and 'for'")
        if isinstance(node, ListLiteral):
            for item in node.items:
                self.value(item, token)
        return node

    # Expressions.

    def expression(self, binding: int = 0) -> Node:
        """Read an expression whose operators bind stronger than the given level; it may turn out to be a range."""
        left = self.prefix()
        while self.token.kind in {"sign", "keyword"} and _BINDING.get(self.token.text, 0) > binding:
            if self.at("[") and self.closes_range():
                break
            left = self.infix(left)
        return left

    def closes_range(self) -> bool:
        """Tell `[1..5[` from a filter by what follows."""
        following = self.tokens[self.place + 1]
        return following.kind == "end" or following.text in _AFTER_RANGE

    def operand(self, binding: int = 0) -> Node:
        """Read a value."""
        token = self.token
        return self.value(self.expression(binding), token)

    def nested(self) -> Node:
        """Read an expression within another one."""
        self.depth += 1
        if self.depth > NESTING:
            raise ExpressionInvalid(
                self.token.position,
                f"Ekspresi bertingkat lebih dari {NESTING}.",
                f"The expression is nested more than {NESTING} levels deep.",
            )
        node = self.expression()
        self.depth -= 1
        return node

    def nested_value(self) -> Node:
        """Read a value within another one."""
        token = self.token
        return self.value(self.nested(), token)

    def prefix(self) -> Node:
        token = self.token
        self.count(token)
        if token.kind == "number":
            return self.number()
        if token.kind == "text":
            return Literal(text_value(self.take()))
        if token.kind == "temporal":
            return self.temporal()
        if token.kind == "name":
            return self.name_or_call()
        if token.kind == "keyword":
            return self.keyword()
        opening = {
            "(": self.group,
            "[": self.list_or_range,
            "]": self.open_range,
            "{": self.context,
            "-": self.negative,
            "!": self.negation,
        }
        if token.text == "?" and self.unary:
            return Name(self.take().text)
        if token.text not in opening:
            raise self.unexpected()
        return opening[token.text]()

    def number(self) -> Node:
        token = self.take()
        whole, _, fraction = token.text.partition(".")
        if max(len(whole), len(fraction)) > DIGITS:
            raise unsupported(token, f"bilangan lebih dari {DIGITS} angka", f"a number of more than {DIGITS} digits")
        return Literal(Decimal(token.text))

    def temporal(self) -> Node:
        token = self.take()
        value = read_any(token.text[2:-1])
        if value is None:
            raise unsupported(token, f"tanggal {token.text}", f"the date {token.text}")
        return Literal(value)

    def keyword(self) -> Node:
        token = self.token
        if token.text in _CONSTANTS:
            self.take()
            return Literal(_CONSTANTS[token.text])
        if token.text == "if":
            return self.choice()
        if token.text == "for":
            return self.iteration()
        if token.text in {"some", "every"}:
            return self.quantified()
        if token.text in {"function", "external"}:
            raise unsupported(token, "definisi fungsi", "a function definition")
        raise self.unexpected()

    def negative(self) -> Node:
        self.take()
        return Negative(self.signed())

    def negation(self) -> Node:
        self.take()
        return Not(self.signed())

    def signed(self) -> Node:
        self.depth += 1
        if self.depth > NESTING:
            raise unsupported(self.token, "terlalu banyak tanda berurutan", "too many signs in a row")
        node = self.operand(_SIGN)
        self.depth -= 1
        return node

    def group(self) -> Node:
        opened = self.take()
        node = self.nested()
        if self.at(".."):
            return self.range(node, opened)
        self.expect(")")
        return self.value(node, opened)

    def list_or_range(self) -> Node:
        opened = self.take()
        items: list[Node] = []
        while not self.at("]"):
            items.append(self.nested())
            if len(items) == 1 and self.at(".."):
                return self.range(items[0], opened)
            if not self.accept(","):
                break
        self.expect("]")
        return ListLiteral(tuple(items))

    def open_range(self) -> Node:
        opened = self.take()
        low = self.nested_value()
        if not self.at(".."):
            raise self.unexpected("'..'", "'..'")
        return self.range(low, opened)

    def range(self, low: Node, opened: Token) -> Range:
        self.expect("..")
        high = self.nested_value()
        if not self.at("]", ")", "["):
            raise self.unexpected("']'", "']'")
        closed = self.take()
        low_sign = ">=" if opened.text == "[" else ">"
        high_sign = "<=" if closed.text == "]" else "<"
        return Range(self.value(low, opened), high, low_sign, high_sign)

    def context(self) -> Node:
        self.take()
        entries: list[tuple[str, Node]] = []
        while not self.at("}"):
            key = self.key()
            self.expect(":")
            entries.append((key, self.nested_value()))
            if not self.accept(","):
                break
        self.expect("}")
        return ContextLiteral(tuple(entries))

    def key(self) -> str:
        if self.token.kind == "text":
            return text_value(self.take())
        return self.name()

    def name(self) -> str:
        if self.token.kind not in {"name", "keyword"}:
            raise self.unexpected("nama", "a name")
        return self.take().text

    def property(self) -> str:
        name = self.name()
        if name == "time" and self.token.kind == "name" and self.token.text == "offset":
            return f"{name} {self.take().text}"
        return name

    def choice(self) -> Node:
        self.take()
        condition = self.nested_value()
        self.expect("then")
        positive = self.nested_value()
        self.expect("else")
        return If(condition, positive, self.nested_value())

    def iteration(self) -> Node:
        self.take()
        sources = self.sources()
        self.expect("return")
        before = self.size
        body = self.nested_value()
        return For(sources, body, self.size - before)

    def quantified(self) -> Node:
        decisive = self.take().text == "some"
        sources = self.sources()
        self.expect("satisfies")
        before = self.size
        body = self.nested_value()
        return Quantified(sources, body, self.size - before, decisive)

    def sources(self) -> tuple[Each, ...]:
        sources = [self.source()]
        while self.accept(","):
            sources.append(self.source())
        return tuple(sources)

    def source(self) -> Each:
        if self.token.kind != "name":
            raise self.unexpected("nama", "a name")
        name = self.take().text
        self.expect("in")
        node = self.nested()
        if not self.accept(".."):
            return Each(name, node, None)
        return Each(name, self.value(node, self.token), self.nested_value())

    # Names and calls.

    def name_or_call(self) -> Node:
        first = self.take()
        words = [first.text]
        place = self.place
        while self.tokens[place].kind == "name" and len(words) < _LONGEST:
            words.append(self.tokens[place].text)
            place += 1
        for rest in _WITH_AND.get(" ".join(words), ()):
            if [token.text for token in self.tokens[place : place + len(rest)]] == rest:
                words += rest
                place += len(rest)
        if self.tokens[place].kind == "sign" and self.tokens[place].text == "(":
            self.place = place
            return self.call(first, " ".join(words))
        return Name(first.text)

    def call(self, token: Token, name: str) -> Node:
        self.expect("(")
        if name in _SPECIAL:
            subject = self.nested_value()
            self.expect(")")
            return _SPECIAL[name](subject)
        if name not in FUNCTIONS:
            raise unsupported(token, f"fungsi '{name}'", f"the function '{name}'")
        arguments = self.arguments()
        function = FUNCTIONS[name]
        if not function.takes(len(arguments)):
            raise ExpressionInvalid(
                token.position,
                f"Fungsi '{name}' tidak menerima {len(arguments)} argumen.",
                f"The function '{name}' does not take {len(arguments)} arguments.",
            )
        self.check_pattern(token, name, arguments)
        call = Call(function, arguments)
        return self.folded(call) if name in _TEMPORAL and all(isinstance(each, Literal) for each in arguments) else call

    def folded(self, call: Call) -> Node:
        """Make `date("2026-01-31")` once; what is no date stays a call that gives null."""
        value = call.evaluate(Scope({}, Run()))
        return Literal(value) if isinstance(value, Temporal) else call

    def check_pattern(self, token: Token, name: str, arguments: tuple[Node, ...]) -> None:
        """Refuse a bad pattern now rather than answer null for ever."""
        pattern = arguments[1] if name == "matches" else None
        if isinstance(pattern, Literal) and isinstance(pattern.value, str):
            try:
                Pattern.of(pattern.value)
            except PatternInvalid as error:
                raise ExpressionInvalid(
                    token.position,
                    f"Fungsi 'matches': {error.message_id}.",
                    f"The function 'matches': {error.message_en}.",
                ) from None

    def arguments(self) -> tuple[Node, ...]:
        arguments: list[Node] = []
        while not self.at(")"):
            token = self.token
            arguments.append(self.nested_value())
            if self.at(":"):
                raise unsupported(token, "argumen bernama", "a named argument")
            if not self.accept(","):
                break
        self.expect(")")
        return tuple(arguments)

    # Operators.

    def infix(self, left: Node) -> Node:
        token = self.take()
        self.count(token)
        left = self.value(left, token)
        binding = _BINDING[token.text]
        if binding == _COMPARISON:
            return self.comparison(left, token)
        if token.text == ".":
            return Path(left, self.property())
        if token.text == "[":
            return self.filter(left)
        right = self.operand(binding)
        if token.text == "and":
            return Both(left, right)
        if token.text == "or":
            return Either(left, right)
        return Arithmetic(token.text, left, right)

    def filter(self, left: Node) -> Node:
        before = self.size
        condition = self.nested_value()
        self.expect("]")
        return Filter(left, condition, self.size - before)

    def comparison(self, left: Node, token: Token) -> Node:
        node = self.compared(left, token)
        if self.token.kind in {"sign", "keyword"} and _BINDING.get(self.token.text) == _COMPARISON:
            raise unsupported(
                self.token, "perbandingan berantai tanpa kurung", "a chain of comparisons without brackets"
            )
        return node

    def compared(self, left: Node, token: Token) -> Node:
        if token.text == "instance":
            raise unsupported(token, "'instance of'", "'instance of'")
        if token.text == "in":
            return self.membership(left)
        if token.text == "between":
            low = self.operand(_COMPARISON)
            self.expect("and")
            return Between(left, low, self.operand(_COMPARISON))
        right = self.operand(_COMPARISON)
        if token.text in _ORDER:
            return Ordered(token.text, left, right)
        return Same(left, right, negated=token.text == "!=")

    def membership(self, left: Node) -> Node:
        if self.at("("):
            return In(left, self.tests())
        test = self.test()
        return In(left, (test,)) if isinstance(test, Range | Bound | ListLiteral) else Member(left, test)

    def tests(self) -> tuple[Node | Bound, ...]:
        """Read what stands in brackets after `in`: tests, or an open range."""
        opened = self.take()
        tests = [self.test(within=True)]
        if self.at("..") and not isinstance(tests[0], Bound):
            return (self.range(tests[0], opened),)
        while self.accept(","):
            tests.append(self.test(within=True))
        self.expect(")")
        return tuple(tests)

    def unary_tests(self) -> tuple[Node | Bound, ...]:
        """Read tests separated by commas."""
        tests = [self.test(within=True)]
        while self.accept(","):
            tests.append(self.test(within=True))
        return tuple(tests)

    def test(self, *, within: bool = False) -> Node | Bound:
        token = self.token
        if self.at(*_ORDER) or (self.unary and self.at("=", "!=")):
            sign = self.take().text
            return Bound(sign, self.operand(_COMPARISON))
        node = self.nested() if within else self.expression(_COMPARISON)
        for item in node.items if isinstance(node, ListLiteral) else ():
            if not isinstance(item, Range):
                self.value(item, token)
        return node


_LONGEST: Final = max(len(name.split()) for name in FUNCTIONS) + 1
_WITH_AND: Final = {"date": [["and", "time"]], "years": [["and", "months", "duration"]]}
"""Names of functions that contain a keyword."""
