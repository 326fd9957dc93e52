"""Reads DMN files from strangers: decision tables and literal expressions, every cell compiled."""

import itertools
import re
from collections.abc import Callable, Iterator, Mapping
from enum import StrEnum
from functools import cached_property
from typing import Final, TypeVar

from lxml import etree

from service.engine.decision.dialect import MOST_TOLD, NAMESPACES, foreign_parts, local_name, namespace_of
from service.engine.decision.model import Decision, Input, Output, Rule, Table
from service.engine.decision.policies import BY_PRIORITY, Aggregator, HitPolicy
from service.engine.expression import (
    JSON,
    Expression,
    ExpressionFailed,
    ExpressionInvalid,
    UnaryTests,
    compile_expression,
    compile_unary_tests,
)
from service.engine.markup import Limits, line_of, parse
from service.errors import DeploymentRefused, Problem, Remedy, remedy

Decisions = Mapping[str, Decision]
"""By key."""

LIMITS: Final = Limits(bytes=1_000_000, elements=20_000)
MOST_DECISIONS: Final = 50
MOST_EXPRESSION_TEXT: Final = 150_000
"""Characters of all cells together: compiling that much takes about half a second."""
LONGEST_KEY, LONGEST_NAME = 128, 300
FEEL: Final = re.compile(r"feel|https?://www\.omg\.org/spec/(?:DMN|FEEL)/[0-9]+(?:/FEEL)?/?", re.IGNORECASE | re.ASCII)
_C0_OR_BIDI: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\u202a-\u202e\u2066-\u2069]")
_EMPTY: Final = frozenset({"", "-"})

T = TypeVar("T")
Kind = TypeVar("Kind", bound=StrEnum)


def read(content: bytes, file: str) -> Decisions:
    """Return the decisions of a DMN file by their key.

    Raises:
        DeploymentRefused: the file cannot be read, or holds something that would be run otherwise than written.

    """
    root = parse(content, file, LIMITS)
    if local_name(root) != "definitions" or namespace_of(root) not in NAMESPACES:
        raise DeploymentRefused([_not_dmn(root, file)])
    told = list(itertools.islice(_whole_file(root, file), MOST_TOLD))
    if told:
        raise DeploymentRefused(told)
    reader = _Reader(root, file)
    decisions = reader.decisions
    if reader.problems:
        raise DeploymentRefused(reader.problems[:MOST_TOLD])
    return decisions


def _whole_file(root: etree._Element, file: str) -> Iterator[Problem]:
    """Look for what makes the file unreadable as a whole."""
    yield from foreign_parts(root, file)
    count = len(_children(root, "decision"))
    if not 0 < count <= MOST_DECISIONS:
        yield Problem("decision-count", f"Berkas memuat {count} keputusan; harus 1 sampai {MOST_DECISIONS}.",
                      f"{count} decisions are in the file, 1 to {MOST_DECISIONS} are taken.", file, 1,
                      fix=remedy("Bagi menjadi beberapa berkas .dmn."))  # fmt: skip
    if sum(len(element.text or "") for element in root.iter(_tag(root, "text"))) > MOST_EXPRESSION_TEXT:
        yield Problem("too-many-expressions", f"Semua sel bersama melebihi {MOST_EXPRESSION_TEXT} huruf.",
                      f"All cells together are longer than {MOST_EXPRESSION_TEXT} characters.", file, 1,
                      fix=remedy("Bagi menjadi beberapa tabel keputusan."))  # fmt: skip
    for element in root.iter():
        language = element.get("expressionLanguage", "").strip()
        if language and not FEEL.fullmatch(language):
            yield Problem("decision-language", f"Bahasa {language[:60]} tidak dapat dijalankan, hanya FEEL.",
                          f"The language {language[:60]} cannot be run, only FEEL.", file, line_of(element),
                          element.get("id", "")[:LONGEST_KEY], fix=remedy("Tulis sel ini dalam FEEL."))  # fmt: skip


class _Reader:
    """Reads one file and collects what is wrong with it."""

    def __init__(self, root: etree._Element, file: str) -> None:
        self.root = root
        self.file = file
        self.problems: list[Problem] = []
        self.made: dict[str, Decision] = {}

    @cached_property
    def elements(self) -> dict[str, etree._Element]:
        """Decisions by id; one without a usable id is told."""
        found: dict[str, etree._Element] = {}
        for element in _children(self.root, "decision"):
            key, name = element.get("id", ""), element.get("name", "")
            if not key or len(key) > LONGEST_KEY or len(name) > LONGEST_NAME or _C0_OR_BIDI.search(key + name):
                self.tell(element, "decision-id", "Keputusan memerlukan id dan nama yang pendek dan terbaca.",
                          "A decision needs an id and a name that are short and visible.",
                          remedy("Beri id paling panjang %(most)s huruf.", most=LONGEST_KEY))  # fmt: skip
            elif key in found:
                self.tell(element, "decision-twice", f"Keputusan {key} ada dua kali.", f"The decision {key} is there "
                          "twice.", remedy("Beri salah satu id lain."))  # fmt: skip
            else:
                found[key] = element
        return found

    @property
    def decisions(self) -> Decisions:
        """Every decision, those that it builds on first."""
        for key in self.elements:
            self.decision(key, ())
        return {key: self.made[key] for key in self.elements if key in self.made}

    def decision(self, key: str, path: tuple[str, ...]) -> Decision | None:
        """Return a decision; `path` are the decisions on the way to it."""
        if key in self.made:
            return self.made[key]
        element = self.elements[key]
        if key in path:
            self.tell(element, "decision-cycle", f"Keputusan {key} memerlukan dirinya sendiri.",
                      f"The decision {key} requires itself.", remedy("Putuskan lingkaran itu."))  # fmt: skip
            return None
        requires = [self.required(reference, (*path, key)) for reference in _requirements(element)]
        variables = _children(element, "variable")
        name = " ".join(element.get("name", "").split()) or key
        decision = Decision(
            key=key,
            name=name,
            variable=(variables[0].get("name", "").strip() if variables else "") or key,
            logic=self.logic(element, key),
            requires=tuple(one for one in requires if one is not None),
            line=line_of(element),
        )
        self.made[key] = decision
        return decision

    def required(self, reference: etree._Element, path: tuple[str, ...]) -> Decision | None:
        """Follow a reference to another decision of the file."""
        mark, _, key = reference.get("href", "").strip().partition("#")
        if not mark and key in self.elements:
            return self.decision(key, path)
        self.tell(reference, "decision-required-missing", f"Keputusan {(key or mark)[:60]} tidak ada dalam berkas ini.",
                  f"The required decision {(key or mark)[:60]} is not in this file.",
                  remedy("Letakkan keputusan yang diperlukan dalam berkas yang sama."), path[-1])  # fmt: skip
        return None

    def logic(self, element: etree._Element, key: str) -> Table | Expression:
        """Return the table or the expression that decides."""
        tables, literals = _children(element, "decisionTable"), _children(element, "literalExpression")
        if len(tables) + len(literals) != 1:
            self.tell(element, "decision-without-logic", "Keputusan memerlukan satu tabel atau satu ekspresi.",
                      "A decision needs one table or one expression.", remedy("Isi tabel keputusannya."))  # fmt: skip
            return NOTHING
        if tables:
            return self.table(tables[0], key)
        return self.compiled(literals[0], key, "ekspresi", compile_expression, NOTHING)

    def table(self, element: etree._Element, key: str) -> Table:
        """Return a table, checked whole."""
        policy = self.choice(element, key, "hitPolicy", HitPolicy) or HitPolicy.UNIQUE
        aggregator = self.choice(element, key, "aggregation", Aggregator)
        inputs = tuple(self.input(column, number, key) for number, column in _numbered(element, "input"))
        columns = _children(element, "output")
        outputs = tuple(self.output(column, key, key if len(columns) == 1 else "") for column in columns)
        rules = tuple(self.rule(row, number, key) for number, row in _numbered(element, "rule"))
        self.check_columns(element, key, outputs)
        self.check_rules(element, key, (len(inputs), len(outputs)), rules)
        if aggregator and (policy is not HitPolicy.COLLECT or len(outputs) != 1):
            self.tell(element, "decision-aggregation", f"{aggregator} hanya berlaku bagi COLLECT dengan satu keluaran.",
                      f"{aggregator} is for COLLECT with one output.", remedy("Hapus penggabungan atau keluaran lain."),
                      key)  # fmt: skip
        if policy in BY_PRIORITY and not any(column.order for column in outputs):
            self.tell(element, "decision-without-priority", f"{policy} memerlukan daftar nilai keluaran berurutan.",
                      f"{policy} needs output values that are listed one by one.",
                      remedy("Isi outputValues dari yang terpenting, atau pakai FIRST."), key)  # fmt: skip
        return Table(policy, aggregator, inputs, outputs, rules)

    def input(self, element: etree._Element, number: int, key: str) -> Input:
        """Return an input column."""
        label = element.get("label", "")[:LONGEST_NAME] or f"masukan {number}"
        found, allowed = _children(element, "inputExpression"), _children(element, "inputValues")
        if not found or not _text(found[0]):
            self.tell(element, "decision-input-empty", f"Kolom {label[:60]} belum mempunyai ekspresi.",
                      f"The column {label[:60]} has no expression.",
                      remedy("Isi ekspresi kolom masukan."), key)  # fmt: skip
            return Input(label, NOTHING)
        expression = self.compiled(found[0], key, f"kolom {label}", compile_expression, NOTHING)
        return Input(label, expression, self.allowed(allowed, key, f"kolom {label}"))

    def output(self, element: etree._Element, key: str, otherwise: str) -> Output:
        """Return an output column; `otherwise` is its name when it has none."""
        name = element.get("name", "").strip() or otherwise
        if len(name) > LONGEST_KEY or _C0_OR_BIDI.search(name):
            self.tell(element, "decision-output-name", "Nama keluaran terlalu panjang atau tidak terbaca.",
                      "The name of an output is too long or invisible.",
                      remedy("Pakai nama yang pendek."), key)  # fmt: skip
        values, defaults = _children(element, "outputValues"), _children(element, "defaultOutputEntry")
        place = f"keluaran {name[:60]}"
        return Output(
            name,
            self.allowed(values, key, place),
            _order(_text(values[0])) if values else (),
            self.compiled(defaults[0], key, place, compile_expression, NOTHING)
            if defaults and _text(defaults[0])
            else None,
        )

    def rule(self, element: etree._Element, number: int, key: str) -> Rule:
        """Return a row with its cells compiled."""
        place = f"aturan {number}"
        tests = [
            self.compiled(cell, key, f"{place}, masukan {column}", compile_unary_tests, EVERYTHING)
            for column, cell in _numbered(element, "inputEntry")
        ]
        entries = [
            self.compiled(cell, key, f"{place}, keluaran {column}", compile_expression, NOTHING)
            if _text(cell)
            else None
            for column, cell in _numbered(element, "outputEntry")
        ]
        return Rule(number, tuple(tests), tuple(entries))

    def check_columns(self, element: etree._Element, key: str, outputs: tuple[Output, ...]) -> None:
        """Ask that every output can be told from the others."""
        names = [column.name for column in outputs]
        if not names or not all(names) or len(set(names)) != len(names):
            self.tell(element, "decision-output-name", "Setiap keluaran memerlukan nama sendiri.",
                      "Every output needs a name of its own.", remedy("Isi nama keluaran."), key)  # fmt: skip

    def check_rules(self, element: etree._Element, key: str, widths: tuple[int, int], rules: tuple[Rule, ...]) -> None:
        """Ask for a rule, and that rules are as wide as the table."""
        if not rules:
            self.tell(element, "decision-without-rule", "Tabel keputusan belum berisi aturan.",
                      "The decision table has no rule.", remedy("Tambahkan aturan."), key)  # fmt: skip
        for rule in rules:
            if (len(rule.tests), len(rule.entries)) != widths:
                self.tell(element, "decision-rule-width", f"Aturan {rule.number} tidak selebar tabelnya.",
                          f"Rule {rule.number} has not as many cells as the table has columns.",
                          remedy("Lengkapi sel aturan itu."), key)  # fmt: skip

    def allowed(self, elements: list[etree._Element], key: str, place: str) -> UnaryTests | None:
        """Return the tests for allowed values, None where everything is."""
        if not elements or _text(elements[0]) in _EMPTY:
            return None
        return self.compiled(elements[0], key, place, compile_unary_tests, EVERYTHING)

    def compiled(
        self, element: etree._Element, key: str, place: str, compile_text: Callable[[str], T], otherwise: T
    ) -> T:
        """Compile the text of a cell, or tell why it cannot be read."""
        text = _text(element)
        try:
            return compile_text(text)
        except ExpressionInvalid as error:
            where = place[:100].capitalize()
            self.tell(element, "decision-cell-invalid",
                      f"{where}: “{text[:60]}” tidak dapat dibaca: {error.message_id}",
                      f"“{text[:60]}” cannot be compiled: {error.message_en}",
                      remedy("Perbaiki sel itu dalam FEEL."), key)  # fmt: skip
            return otherwise

    def choice(self, element: etree._Element, key: str, attribute: str, kinds: type[Kind]) -> Kind | None:
        """Read an attribute that has few values, None where it is missing."""
        text = element.get(attribute, "")
        try:
            return kinds(text) if attribute in element.attrib else None
        except ValueError:
            known = ", ".join(sorted(kinds))
            self.tell(element, "decision-policy-unknown", f"{attribute} {text[:60]!r} tidak dikenal.",
                      f"{attribute} {text[:60]!r} is not known.",
                      remedy("Pilih salah satu: %(known)s.", known=known), key)  # fmt: skip
            return None

    def tell(
        self, element: etree._Element, code: str, message: str, message_en: str, fix: Remedy, key: str = ""
    ) -> None:
        """Note a problem at an element."""
        key = key or element.get("id", "")[:LONGEST_KEY]
        self.problems.append(
            Problem(code, message, message_en, self.file, line_of(element), key, place=f"Keputusan {key}", fix=fix)
        )


NOTHING: Final = compile_expression("null")
EVERYTHING: Final = compile_unary_tests("-")


def _tag(element: etree._Element, name: str) -> str:
    return f"{{{namespace_of(element)}}}{name}"


def _children(element: etree._Element, name: str) -> list[etree._Element]:
    return element.findall(_tag(element, name))


def _numbered(element: etree._Element, name: str) -> Iterator[tuple[int, etree._Element]]:
    return enumerate(_children(element, name), start=1)


def _requirements(element: etree._Element) -> list[etree._Element]:
    return [
        reference
        for requirement in _children(element, "informationRequirement")
        for reference in _children(requirement, "requiredDecision")
    ]


def _text(element: etree._Element) -> str:
    return (element.findtext(_tag(element, "text")) or "").strip()


def _order(text: str) -> tuple[JSON, ...]:
    """List allowed values one by one; ranges and comparisons have no order."""
    try:
        values = compile_expression(f"[{text}]").evaluate({})
    except (ExpressionInvalid, ExpressionFailed):
        return ()
    return tuple(values) if isinstance(values, list) and not any(isinstance(v, list | dict) for v in values) else ()


def _not_dmn(root: etree._Element, file: str) -> Problem:
    if "/DMN/" in namespace_of(root):
        return Problem("dmn-version", "Versi DMN berkas ini tidak dapat dibaca.", "This version of DMN is not read.",
                       file, 1, fix=remedy("Simpan sebagai DMN 1.1, 1.2, atau 1.3."))  # fmt: skip
    return Problem("not-dmn", "Berkas ini XML, tetapi bukan tabel keputusan DMN.", "XML, but not DMN.", file, 1,
                   fix=remedy("Unggah berkas .dmn dari pemodel DMN."))  # fmt: skip
