"""Decision tables: every hit policy, the shapes of a result, decisions that build on others, required names."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from service.engine import decision as decisions
from service.engine.decision import Decision, DecisionFailed
from service.engine.expression import JSON
from service.errors import DeploymentRefused
from tests.engine.deciding import VERSIONS, Cells, decision, definitions, literal, table

Rules = Sequence[tuple[Cells, Cells]]
ABOVE: Rules = [(["> 10"], ['"rendah"']), (["> 20"], ['"tinggi"']), (["> 30"], ['"rendah"'])]
NUMBERS: Rules = [(["> 10"], ["0.1"]), (["> 20"], ["0.2"]), (["> 30"], ["0.3"])]
LEVELS = '"tinggi","sedang","rendah"'


def read(*parts: str, key: str = "jalur") -> Decision:
    return decisions.read(definitions(*parts), "a.dmn")[key]


def one(rules: Rules, attributes: str = "", *, order: str = "", default: str = "") -> Decision:
    """Return a table of one input and one output."""
    return read(decision("jalur", table(["nilai"], {"hasil": order}, rules, attributes, default)))


def policy(name: str, aggregation: str = "") -> str:
    return f'hitPolicy="{name}"' + (f' aggregation="{aggregation}"' if aggregation else "")


# Hit policies ---------------------------------------------------------------------------------------

SETTLED = [
    (policy("UNIQUE"), ABOVE, {5: [], 15: ["rendah"]}),
    ("", ABOVE, {5: [], 15: ["rendah"]}),
    (policy("FIRST"), ABOVE, {5: [], 15: ["rendah"], 25: ["rendah"], 35: ["rendah"]}),
    (policy("FIRST"), ABOVE[::-1], {5: [], 15: ["rendah"], 25: ["tinggi"], 35: ["rendah"]}),
    (policy("ANY"), [ABOVE[0], ABOVE[2]], {5: [], 15: ["rendah"], 35: ["rendah"]}),
    (policy("RULE ORDER"), ABOVE, {5: [], 25: ["rendah", "tinggi"], 35: ["rendah", "tinggi", "rendah"]}),
    (policy("COLLECT"), ABOVE, {5: [], 15: ["rendah"], 35: ["rendah", "tinggi", "rendah"]}),
    (policy("COLLECT", "COUNT"), ABOVE, {5: [0], 15: [1], 35: [3]}),
    (policy("COLLECT", "SUM"), NUMBERS, {5: [], 15: [0.1], 25: [0.3], 35: [0.6]}),
    (policy("COLLECT", "MIN"), NUMBERS, {5: [], 35: [0.1]}),
    (policy("COLLECT", "MAX"), NUMBERS, {5: [], 25: [0.2], 35: [0.3]}),
    (policy("PRIORITY"), ABOVE, {5: [], 15: ["rendah"], 35: ["tinggi"]}),
    (policy("OUTPUT ORDER"), ABOVE, {5: [], 15: ["rendah"], 35: ["tinggi", "rendah", "rendah"]}),
]


@pytest.mark.parametrize(("attributes", "rules", "expected"), SETTLED)
def test_a_hit_policy_settles_what_matches(
    attributes: str, rules: Rules, expected: Mapping[int, Sequence[JSON]]
) -> None:
    table = one(rules, attributes, order=LEVELS if "PRIORITY" in attributes or "OUTPUT" in attributes else "")

    results = {value: table.decide({"nilai": value}) for value in expected}

    assert results == {value: [{"hasil": result} for result in results] for value, results in expected.items()}


@pytest.mark.parametrize(
    ("attributes", "rules", "cause", "told"),
    [
        (policy("UNIQUE"), ABOVE, "decision-not-unique", (1, 2)),
        (policy("ANY"), ABOVE, "decision-outputs-differ", (1, 2)),
        (policy("ANY"), [(["> 10"], ["1"]), (["> 20"], ["true"])], "decision-outputs-differ", (1, 2)),
        (policy("COLLECT", "SUM"), ABOVE, "decision-not-comparable", (1, 2)),
        (policy("COLLECT", "MAX"), [*NUMBERS, (["> 20"], [""])], "decision-not-comparable", (1, 2, 4)),
        (policy("FIRST"), [(["> 10"], ["10**17 * 10"])], "number-too-large", (1,)),
    ],
)
def test_rules_that_contradict_the_policy_fail_with_their_numbers(
    attributes: str, rules: Rules, cause: str, told: tuple[int, ...]
) -> None:
    with pytest.raises(DecisionFailed) as failed:
        one(rules, attributes).decide({"nilai": 25, "lain": 1})

    assert (failed.value.cause, failed.value.rules) == (cause, told)
    assert failed.value.data == {"nilai": 25}
    assert failed.value.message_id
    assert failed.value.message_en


def test_outputs_are_ordered_by_the_first_column_then_by_the_next() -> None:
    rules: Rules = [(["-"], ['"b"', '"x"', "1"]), (["-"], ['"a"', '"y"', "2"]), (["-"], ['"a"', '"x"', "3"])]
    drawn = table(["nilai"], {"satu": '"a","b"', "dua": '"x","y"', "tiga": ""}, rules, policy("OUTPUT ORDER"))

    assert [row["tiga"] for row in read(decision("jalur", drawn)).decide({})] == [3, 2, 1]


def test_a_default_output_stands_where_no_rule_matches() -> None:
    table = one(ABOVE, default='"sedang"')

    assert (table.decide({"nilai": 5}), table.decide({"nilai": 15})) == ([{"hasil": "sedang"}], [{"hasil": "rendah"}])


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=1, max_size=6), st.integers(0, 9))
def test_unique_is_first_where_one_rule_matches(ranges: list[tuple[int, int]], value: int) -> None:
    rules: Rules = [([f"[{low}..{high}]"], [str(number)]) for number, (low, high) in enumerate(ranges)]
    matching = [number for number, (low, high) in enumerate(ranges) if low <= value <= high]

    first = one(rules, policy("FIRST")).decide({"nilai": value})

    assert first == [{"hasil": number} for number in matching[:1]]
    assume(len(matching) == 1)
    assert one(rules).decide({"nilai": value}) == first


# Cells ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("test", "values"),
    [
        ("-", {None: True, 5: True}),
        ("", {None: True, 5: True}),
        ("null", {None: True, 5: False}),
        ("< 10", {5: True, 10: False, "5": False, None: False}),
        ("[1..5)", {1: True, 5: False}),
        ('"a", "b"', {"a": True, "c": False}),
        ('not("a", "b")', {"a": False, "c": True}),
        ("true", {True: True, False: False}),
        ("> batas", {6: True, 5: False}),
        ('date("2026-02-01")', {"2026-02-01": True, "2026-02-02": False}),
        ('< date("2026-02-01")', {"2026-01-31": True, "2026-02-02": False}),
    ],
)
def test_a_cell_matches_as_feel_says(test: str, values: Mapping[object, bool]) -> None:
    table = one([([test], ['"ya"'])])

    assert {value: bool(table.decide({"nilai": value, "batas": 5})) for value in values} == values


def test_every_cell_of_a_rule_must_match_and_outputs_are_worked_out() -> None:
    drawn = table(["jumlah", "sum(rincian.nilai)"], ["biaya", "alasan"], [(["> 1", "> 10"], ["jumlah * 2.5", ""])])
    made = read(decision("jalur", drawn))

    assert made.decide({"jumlah": 3, "rincian": [{"nilai": 6}, {"nilai": 5}]}) == [{"biaya": 7.5, "alasan": None}]
    assert made.decide({"jumlah": 3, "rincian": [{"nilai": 6}]}) == []
    assert made.decide({}) == []


@pytest.mark.parametrize(
    ("inputs", "outputs", "cause"),
    [
        ({"nilai": '"a","b"'}, {"hasil": ""}, "decision-input-not-allowed"),
        ({"nilai": ""}, {"hasil": '"a","b"'}, "decision-output-not-allowed"),
    ],
)
def test_values_beside_the_allowed_ones_fail(inputs: dict[str, str], outputs: dict[str, str], cause: str) -> None:
    made = read(decision("jalur", table(inputs, outputs, [(["-"], ["nilai"])])))

    with pytest.raises(DecisionFailed) as failed:
        made.decide({"nilai": "c"})

    assert failed.value.cause == cause
    assert made.decide({"nilai": "a"}) == [{"hasil": "a"}]


def test_many_rules_with_large_values_end_at_the_budget() -> None:
    many = one([(["-"], ["nilai"])] * 500, policy("RULE ORDER"))

    with pytest.raises(DecisionFailed) as failed:
        many.decide({"nilai": [0] * 9_000})

    assert failed.value.cause == "too-much-work"


# Shapes ---------------------------------------------------------------------------------------------

ROW: list[dict[str, JSON]] = [{"a": 1}]
ROWS: list[dict[str, JSON]] = [{"a": 1}, {"a": 2}]
WIDE: list[dict[str, JSON]] = [{"a": 1, "b": 2}]
NONE = "decision-without-match"
SEVERAL_RESULTS, SEVERAL_OUTPUTS = "decision-several-results", "decision-several-outputs"


@pytest.mark.parametrize(
    ("how", "none", "row", "rows", "wide"),
    [
        ("", [], ROW, ROWS, WIDE),
        ("resultList", [], ROW, ROWS, WIDE),
        ("singleResult", NONE, {"a": 1}, SEVERAL_RESULTS, {"a": 1, "b": 2}),
        ("singleEntry", NONE, 1, SEVERAL_RESULTS, SEVERAL_OUTPUTS),
        ("collectEntries", [], [1], [1, 2], SEVERAL_OUTPUTS),
    ],
)
def test_a_result_is_shaped_as_the_task_wants_it(how: str, none: JSON, row: JSON, rows: JSON, wide: JSON) -> None:
    def shaped(results: list[dict[str, JSON]]) -> JSON:
        try:
            return decisions.shape(results, how)
        except DecisionFailed as failure:
            return failure.cause

    assert [shaped([]), shaped(ROW), shaped(ROWS), shaped(WIDE)] == [none, row, rows, wide]


def test_deciding_and_shaping_are_one_call() -> None:
    assert decisions.decide(one(ABOVE), {"nilai": 15}, "singleEntry") == "rendah"


# Expressions and required decisions -----------------------------------------------------------------


def test_a_decision_may_be_one_expression() -> None:
    made = read(decision("jalur", literal("harga * 2", "total")))

    assert (set(made.names), made.outputs) == ({"harga"}, ("total",))
    assert made.decide({"harga": 4}) == [{"total": 8}]


@dataclass(frozen=True)
class Built:
    """A decision on top of another one: what it reads of it and what comes out."""

    name: str
    below: str
    above: str
    result: JSON
    needs: set[str]


BUILT = [
    Built("an expression by its variable", literal("nilai + 1", "tambah"), literal("tambah * 2"), 12, {"nilai"}),
    Built("an expression by its key", literal("nilai + 1"), literal("dasar * 2"), 12, {"nilai"}),
    Built("a table by its output", table(["nilai"], ["hari"], [(["-"], ["7"])]), literal("hari"), 7, {"nilai"}),
    Built("a table by its key", table(["nilai"], ["hari"], [(["-"], ["7"])]), literal("dasar"), 7, {"nilai"}),
    Built(
        "a wide table is a context",
        table(["nilai"], ["a", "b"], [(["-"], ["1", "2"])]), literal("dasar.a + b"), 3, {"nilai"},
    ),
    Built(
        "several rows are a list",
        table(["nilai"], ["a"], [(["-"], ["1"]), (["-"], ["2"])], policy("RULE ORDER")), literal("sum(a)"), 3,
        {"nilai"},
    ),
    Built(
        "no rule hides the variable of that name",
        table(["nilai"], ["hari"], [(["> 100"], ["7"])]), literal('if hari = null then "kosong" else hari'), "kosong",
        {"nilai"},
    ),
]  # fmt: skip


@pytest.mark.parametrize("built", BUILT, ids=lambda built: built.name)
def test_a_decision_builds_on_required_ones(built: Built) -> None:
    made = read(decision("jalur", built.above, requires=["#dasar"]), decision("dasar", built.below))

    assert made.needs == built.needs
    assert decisions.decide(made, {"nilai": 5, "hari": 99}, "singleEntry") == built.result


def test_a_decision_may_build_on_several() -> None:
    below = [decision("satu", literal("nilai + 1")), decision("dua", literal("nilai * 10"))]

    made = read(decision("jalur", literal("dua - satu"), requires=["#satu", "#dua"]), *below)

    assert made.decide({"nilai": 2}) == [{"jalur": 17}]


def test_a_required_decision_is_decided_once() -> None:
    """Each level asks the one below twice: deciding anew every time would take 2^20 decisions."""
    levels = [decision(f"k{n}", literal(f"k{n - 1} + 1"), requires=[f"#k{n - 1}"] * 2) for n in range(1, 21)]

    assert read(decision("k0", literal("nilai")), *levels, key="k20").decide({"nilai": 1}) == [{"k20": 21}]


def test_names_in_a_filter_are_read_but_not_needed() -> None:
    made = read(decision("jalur", table(["count(daftar[usia > batas])"], ["a"], [(["> x"], ["y"])])))

    assert made.names == {"daftar", "usia", "batas", "x", "y"}
    assert made.needs == {"daftar", "x", "y"}


@pytest.mark.parametrize("namespace", VERSIONS)
def test_every_version_of_dmn_is_read(namespace: str) -> None:
    content = definitions(decision("jalur", literal("1")), namespace=namespace)

    assert decisions.read(content, "a.dmn")["jalur"].decide({}) == [{"jalur": 1}]


# Refused files --------------------------------------------------------------------------------------

RULE: Rules = [(["-"], ["1"])]
GOOD = table(["nilai"], ["a"], RULE)
OLDER = decision("a", GOOD).replace("<decision ", f"<decision xmlns='{VERSIONS[0]}' ", 1)
REFUSED = [
    (b"", "not-xml"),
    (b"PK\x03\x04\x00", "not-xml"),
    (definitions(decision("a", GOOD))[:-40], "not-xml"),
    (b"<a>" * 5_000 + b"</a>" * 5_000, "not-xml"),
    (b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>', "doctype"),
    (b'<?xml version="1.0" encoding="utf-7"?><a/>', "encoding"),
    (b"<a>" + b" " * 1_000_000 + b"</a>", "file-too-large"),
    (b"<a>" + b"<b/>" * 20_001 + b"</a>", "too-many-elements"),
    (b"<html/>", "not-dmn"),
    (definitions(decision("a", GOOD), namespace="http://www.omg.org/spec/DMN/20130901"), "dmn-version"),
    (definitions(decision("a", GOOD), namespace="https://www.omg.org/spec/DMN/20230324/MODEL/"), "dmn-version"),
    (definitions(), "decision-count"),
    (definitions(*(decision(f"a{n}", literal("1")) for n in range(51))), "decision-count"),
    (definitions(*(decision(f"a{n}", table(["x"], ["y"], [(["-"], ["1" * 18 + "+1" * 490])] * 5)) for n in range(40))),
     "too-many-expressions"),
    (definitions(decision("", GOOD)), "decision-id"),
    (definitions(decision("a" * 129, GOOD)), "decision-id"),
    (definitions(decision("a\u202eb", GOOD)), "decision-id"),
    (definitions(decision("a", GOOD), decision("a", literal("1"))), "decision-twice"),
    (definitions(decision("a", "")), "decision-without-logic"),
    (definitions(decision("a", GOOD + literal("1"))), "decision-without-logic"),
    (definitions(decision("a", GOOD + GOOD)), "decision-part-twice"),
    (definitions(decision("a", "<literalExpression><text>1</text><text>2</text></literalExpression>")),
     "decision-part-twice"),
    (definitions(decision("a", "<context/>")), "decision-part-unsupported"),
    (definitions(decision("a", GOOD), "<businessKnowledgeModel id='b'/>"), "decision-part-unsupported"),
    (definitions(decision("b", GOOD), OLDER),
     "decision-part-unsupported"),
    (definitions(decision("a", GOOD), "<decision xmlns='' id='b'/>"), "decision-part-unsupported"),
    (definitions(decision("a", literal("1").replace("1", "1<b>2</b>"))), "decision-part-unsupported"),
    (definitions(decision("a", GOOD), attributes='expressionLanguage="groovy"'), "decision-language"),
    (definitions(decision("a", GOOD.replace("<inputEntry>", "<inputEntry expressionLanguage='juel'>"))),
     "decision-language"),
    (definitions(decision("a", table(["nilai"], ["a"], RULE, policy("unique")))), "decision-policy-unknown"),
    (definitions(decision("a", table(["nilai"], ["a"], RULE, policy("COLLECT", "AVG")))), "decision-policy-unknown"),
    (definitions(decision("a", table(["nilai"], ["a"], RULE, policy("FIRST", "SUM")))), "decision-aggregation"),
    (definitions(decision("a", table(["nilai"], ["a", "b"], [(["-"], ["1", "1"])], policy("COLLECT", "SUM")))),
     "decision-aggregation"),
    (definitions(decision("a", table(["nilai"], ["a"], RULE, policy("PRIORITY")))), "decision-without-priority"),
    (definitions(decision("a", table(["nilai"], {"a": "[1..5]"}, RULE, policy("OUTPUT ORDER")))),
     "decision-without-priority"),
    (definitions(decision("a", table([""], ["a"], RULE))), "decision-input-empty"),
    (definitions(decision("a", table(["nilai"], ["a"], []))), "decision-without-rule"),
    (definitions(decision("a", table(["nilai"], [], [(["-"], [])]))), "decision-output-name"),
    (definitions(decision("a", table(["nilai"], ["a", ""], [(["-"], ["1", "2"])]))), "decision-output-name"),
    (definitions(decision("a", table(["nilai"], ["a"], [(["-"], ["1"]), (["-", "-"], ["1"])]))), "decision-rule-width"),
    (definitions(decision("a", table(["nilai"], ["a"], [(["-"], [])]))), "decision-rule-width"),
    (definitions(decision("a", table(["nilai"], ["a"], [([">"], ["1"])]))), "decision-cell-invalid"),
    (definitions(decision("a", table(["nilai"], ["a"], [(["-"], ["__import__('os')"])]))), "decision-cell-invalid"),
    (definitions(decision("a", table(["nilai"], ["a"], [(["-"], ["(" * 900])]))), "decision-cell-invalid"),
    (definitions(decision("a", table(["nilai"], ["a"], [(["1," * 600], ["1"])]))), "decision-cell-invalid"),
    (definitions(decision("a", literal(""))), "decision-cell-invalid"),
    (definitions(decision("a", GOOD, requires=["#b"])), "decision-required-missing"),
    (definitions(decision("a", GOOD, requires=["lain.dmn#b"]), decision("b", GOOD)), "decision-required-missing"),
    (definitions(decision("a", GOOD, requires=["#a"])), "decision-cycle"),
    (definitions(decision("a", GOOD, requires=["#b"]), decision("b", GOOD, requires=["#a"])), "decision-cycle"),
]  # fmt: skip


@pytest.mark.parametrize(("content", "code"), REFUSED, ids=[f"{code} {n}" for n, (_, code) in enumerate(REFUSED)])
def test_a_file_that_would_not_run_as_written_is_refused(content: bytes, code: str) -> None:
    with pytest.raises(DeploymentRefused) as refused:
        decisions.read(content, "a.dmn")

    problems = refused.value.problems
    assert {problem.code for problem in problems} == {code}
    assert all(problem.message and problem.message_en and problem.file == "a.dmn" for problem in problems)
    assert all(len(problem.message) < 500 and problem.line > 0 for problem in problems)


@pytest.mark.parametrize(
    "content",
    [
        definitions(decision("a", GOOD)),
        definitions(decision("a", GOOD), attributes='expressionLanguage="https://www.omg.org/spec/DMN/20191111/FEEL/"'),
        definitions(decision("a", GOOD.replace("<inputEntry>", "<inputEntry expressionLanguage='feel'>"))),
        definitions(decision("a", GOOD.replace("<text>1</text>", "<text><![CDATA[1]]></text>"))),
        definitions(decision("a", GOOD.replace("<text>1</text>", "<text>1<!-- lain --></text>"))),
        definitions(
            decision("a", f"<description>Jalur</description><question>?</question>{GOOD}"),
            '<inputData id="n" name="nilai"/>',
            '<DMNDI xmlns="https://www.omg.org/spec/DMN/20191111/DMNDI/"><DMNDiagram/></DMNDI>',
        ),
        definitions(decision("a", GOOD.replace(' name="a"', ""))),
        definitions(decision("a", table([], ["a"], [([], ["1"])]))),
    ],
)
def test_a_file_of_a_modeler_is_read(content: bytes) -> None:
    assert decisions.read(content, "a.dmn")["a"].decide({"nilai": 3}) == [{"a": 1}]
