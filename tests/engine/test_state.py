"""Saved states: they give back exactly what was put in, and bytes that are not a state are refused."""

import json
import os
import zlib
from collections.abc import Mapping
from contextlib import suppress
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from service.engine import state as codec
from service.engine.workflow import Specification, Step, hydrate
from service.engine.workflow import start as begin
from service.errors import DataTooLarge, EngineFailed
from tests.engine.drawing import NOW, call, each, end, gateway, line, process, specification, start, task
from tests.engine.walking import exact

ROW = process(start(), task("a"), task("b"), task("c"), end(), line("mulai", "a", "b", "c", "selesai"))
CALLER = process(start(), call("panggil"), end(), line("mulai", "panggil", "selesai"))
CALLED = process(
    start(), task("pilih"), gateway("pisah", kind="parallelGateway"), task("isi", each()), task("lain"),
    gateway("temu", kind="parallelGateway"), end(), line("mulai", "pilih", "pisah", "isi", "temu", "selesai"),
    line("pisah", "lain", "temu"), key="dipanggil",
)  # fmt: skip
ROWS = specification(ROW)
CALLS = specification(CALLER, CALLED)

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
SIMPLE = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXT
    | st.sampled_from([0, 1, 0.0, 1.0, "", "1", "typename", "null"])
)
KEYS = st.sampled_from(["a", "b", "typename", "data", ""]) | TEXT
DATA = st.recursive(SIMPLE, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3))
VARIABLES = st.dictionaries(KEYS, DATA, max_size=4)


def after(*rounds: Mapping[str, Any]) -> tuple[Step, dict[str, Any]]:
    """Start a case, complete one task after the other, and return the last step with what is stored then."""
    step = begin(ROWS, rounds[0], NOW)
    for values in rounds[1:]:
        step = hydrate(ROWS, step.state).complete(step.open_tasks[0].id, values, NOW)
    return step, hydrate(ROWS, step.state).variables(step.open_tasks[0].id)


def reloaded(step: Step, shared: Specification) -> bytes:
    return codec.encode(codec.decode(step.state, shared.scopes, shared.key, None)).state


def parallel_state(**values: object) -> Step:
    """Return a called process with two units and one other task open."""
    step = begin(CALLS, values, NOW)
    return hydrate(CALLS, step.state).complete(step.open_tasks[0].id, {"daftar": ["x", "y"]}, NOW)


# What goes in comes out -------------------------------------------------------------------------------

VALUES: dict[str, Any] = {
    "null": None,
    "true": True,
    "false": False,
    "zero": 0,
    "one": 1,
    "one with a point": 1.0,
    "tenth": 0.1,
    "smallest": 5e-324,
    "largest": 1.7976931348623157e308,
    "beyond 64 bits": 2**64 + 1,
    "1,000 digits": 10**999,
    "negative": -(2**63),
    "empty text": "",
    "number as text": "0012",
    "Indonesian": "Penyusunan draf “RKA” – 94,10 %",
    "scripts": "صلاة 漢字 \U0001f4c4 e\u0301",
    "line ends": "satu\r\ndua\ttiga\u2028empat\x00",
    "empty list": [],
    "empty context": {},
    "lists": [[], [[]], [None, True, 1, 1.0, "1"]],
    "rows": [{"indikator": "A", "realisasi": 94.1, "bukti": [{"id": "x", "name": "bukti.pdf", "size": 1}]}],
    "typename": {"typename": "datetime", "value": "2026-01-01"},
    "typename of nothing": {"typename": "x"},
    "names of the engine": {"data": {"data_objects": {}}, "_state": 1, "__class__": "x"},
}


@pytest.mark.parametrize("value", VALUES.values(), ids=VALUES.keys())
@pytest.mark.parametrize("key", ["nilai", "typename", "data", "", "ключ"])
def test_value_is_what_it_was(key: str, value: object) -> None:
    _, at_start = after({key: value})
    _, from_form = after({}, {key: value})
    _, carried_on = after({}, {key: value}, {})

    assert exact(at_start) == exact(from_form) == exact(carried_on) == exact({key: value})


CONFUSABLE = [
    (True, 1),
    (1, 1.0),
    (0, False),
    (None, False),
    ("1", 1),
    ("", None),
    ([], {}),
    ([True], [1]),
    ([1], [1.0]),
    ({"a": False}, {"a": 0}),
    ([{"realisasi": 90}], [{"realisasi": 90.0}]),
    ({"a": None}, {}),
]


@pytest.mark.parametrize(("one", "other"), CONFUSABLE, ids=repr)
def test_answer_replaces_one_that_only_looks_the_same(one: object, other: object) -> None:
    _, forth = after({"nilai": one}, {"nilai": other})
    _, back = after({"nilai": other}, {"nilai": one})

    assert exact(forth) == exact({"nilai": other})
    assert exact(back) == exact({"nilai": one})


@given(VARIABLES, VARIABLES, VARIABLES)
@example({"a": [1]}, {"a": [True]}, {})
def test_any_data_are_what_they_were(first: dict[str, Any], second: dict[str, Any], third: dict[str, Any]) -> None:
    _, stored = after(first, second)
    _, carried_on = after(first, second, third)

    assert exact(stored) == exact(first | second)
    assert exact(carried_on) == exact(first | second | third)


@settings(max_examples=50)
@given(VARIABLES, VARIABLES)
def test_saving_again_what_was_loaded_changes_nothing(first: dict[str, Any], second: dict[str, Any]) -> None:
    step, _ = after(first, second)

    assert reloaded(step, ROWS) == step.state


@settings(max_examples=50)
@given(VARIABLES)
def test_saving_again_open_units_of_a_called_process_changes_nothing(values: dict[str, Any]) -> None:
    step = parallel_state(**values)

    assert reloaded(step, CALLS) == step.state
    assert {t.id: hydrate(CALLS, step.state).variables(t.id) for t in step.open_tasks} == {
        t.id: {**values, "daftar": ["x", "y"], "hasil": [], **({"unit": t.item} if t.item else {})}
        for t in step.open_tasks
    }


def test_branches_share_the_data_of_their_process() -> None:
    step = parallel_state(judul=["x"])
    execution = hydrate(CALLS, step.state)
    lain = next(t for t in step.open_tasks if t.element == "lain")

    execution.complete(lain.id, {"judul": ["y"]}, NOW)

    assert [execution.variables(t.id)["judul"] for t in step.open_tasks if t is not lain] == [["y"], ["y"]]


def test_state_holds_neither_diagram_nor_finished_steps() -> None:
    early, _ = after({"judul": "x"})
    late, _ = after({"judul": "x"}, {}, {})
    document = zlib.decompress(late.state[1:]).decode()

    assert abs(len(late.state) - len(early.state)) < 10
    assert "kadis" not in document  # neither groups, lanes nor forms of the diagram
    assert "isian" not in document


# Large values -----------------------------------------------------------------------------------------------


def test_large_value_is_kept_beside_the_state_and_read_when_asked_for() -> None:
    noise = os.urandom(codec.LARGE).hex()
    first = begin(ROWS, {"lampiran": noise, "judul": "x"}, NOW)
    (digest,) = first.new_values
    asked: list[str] = []

    def load(name: str) -> bytes:
        asked.append(name)
        return codec.unpack(first.new_values[name])

    execution = hydrate(ROWS, first.state, load)
    second = execution.complete(first.open_tasks[0].id, {"b": 1}, NOW)

    assert len(first.state) < 500
    assert second.new_values == {}
    assert second.used_values == {digest}
    assert hydrate(ROWS, second.state, load).data() == {"lampiran": noise, "judul": "x", "b": 1}
    assert set(asked) == {digest}


def test_large_value_that_is_replaced_is_not_used_any_more() -> None:
    first = begin(ROWS, {"lampiran": ["x" * codec.LARGE]}, NOW)
    second = hydrate(ROWS, first.state).complete(first.open_tasks[0].id, {"lampiran": []}, NOW)

    assert (len(first.used_values), second.used_values) == (1, frozenset())
    assert hydrate(ROWS, second.state).data() == {"lampiran": []}


def test_large_value_that_is_gone_is_refused() -> None:
    step = begin(ROWS, {"lampiran": "x" * codec.LARGE}, NOW)

    with pytest.raises(EngineFailed):
        hydrate(ROWS, step.state).data()


def test_longest_of_many_values_leave_together_and_are_read_when_asked_for() -> None:
    texts = {f"n{number}": os.urandom(900).hex() for number in range(20)}
    first = begin(ROWS, texts, NOW)
    (digest,) = first.new_values
    content = codec.unpack(first.new_values[digest])

    second = hydrate(ROWS, first.state, lambda _: content).complete(first.open_tasks[0].id, {"n19": "baru"}, NOW)

    assert len(first.state) < codec.LEFT_INSIDE
    assert (second.new_values, second.used_values, second.gone_values) == ({}, frozenset({digest}), frozenset())
    assert hydrate(ROWS, second.state, lambda _: content).data() == texts | {"n19": "baru"}


def test_values_kept_together_are_gone_with_the_last_of_them() -> None:
    texts = {f"n{number}": "x" * 900 for number in range(20)}
    first = begin(ROWS, texts, NOW)
    (digest,) = first.new_values
    content = codec.unpack(first.new_values[digest])

    second = hydrate(ROWS, first.state, lambda _: content).complete(
        first.open_tasks[0].id, dict.fromkeys(texts, "y"), NOW
    )

    assert (second.used_values, second.gone_values) == (frozenset(), frozenset({digest}))
    assert hydrate(ROWS, second.state).data() == dict.fromkeys(texts, "y")


def test_values_with_room_inside_stay_there() -> None:
    texts = {f"n{number}": "x" * 900 for number in range(17)}
    step = begin(ROWS, texts, NOW)

    assert step.used_values == frozenset()
    assert hydrate(ROWS, step.state).data() == texts


@pytest.mark.parametrize("pieces", [1, 100], ids=["one", "many"])
def test_data_have_a_limit(pieces: int) -> None:
    first = begin(ROWS, {}, NOW)
    values = {f"n{piece}": "x" * (codec.MOST_DATA // pieces) for piece in range(pieces)}

    with pytest.raises(DataTooLarge):
        hydrate(ROWS, first.state).complete(first.open_tasks[0].id, values, NOW)
    fewer = {name: value[: len(value) // 2] for name, value in values.items()}
    assert hydrate(ROWS, first.state).complete(first.open_tasks[0].id, fewer, NOW).open_tasks


def test_state_says_its_version_first() -> None:
    step, _ = after({})

    assert step.state[0] == codec.VERSION == 2


# What is no state ---------------------------------------------------------------------------------------


def refused(state: bytes, shared: Specification = ROWS) -> None:
    with pytest.raises(EngineFailed):
        hydrate(shared, state)


@pytest.mark.parametrize("version", [0, 1, 17, 255])
def test_state_of_another_version_is_refused(version: int) -> None:
    step, _ = after({})

    refused(bytes([version]) + step.state[1:])


@given(st.integers(0, 100_000), st.integers(0, 7))
def test_damaged_bytes_are_refused(place: int, bit: int) -> None:
    step = parallel_state(judul="Laporan")
    damaged = bytearray(step.state)
    damaged[place % len(damaged)] ^= 1 << bit

    try:
        loaded = hydrate(CALLS, bytes(damaged))
    except EngineFailed:
        return
    # Some bits of the compression's head carry nothing; then everything is as it was.
    assert [loaded.variables(t.id) for t in step.open_tasks] == [
        hydrate(CALLS, step.state).variables(t.id) for t in step.open_tasks
    ]


def test_cut_off_bytes_are_refused() -> None:
    step = parallel_state()

    for length in range(len(step.state)):
        refused(step.state[:length], CALLS)


@given(st.binary(max_size=200))
def test_any_bytes_are_refused(content: bytes) -> None:
    refused(content)
    refused(bytes([codec.VERSION]) + content)
    refused(bytes([codec.VERSION]) + zlib.compress(content))


def test_state_of_another_process_is_refused() -> None:
    step, _ = after({})

    refused(step.state, specification(ROW.replace('"proses"', '"lain"'), key="lain"))
    refused(step.state, specification(ROW.replace('"a"', '"sisipan"').replace('"mulai-a"', '"x"')))


def packed(document: object) -> bytes:
    return bytes([codec.VERSION]) + zlib.compress(json.dumps(document).encode())


@pytest.mark.parametrize(
    "document",
    [
        None,
        True,
        1,
        "x",
        [],
        {},
        [[]],
        [[], []],
        [None, None],
        ["proses", 0, [[]], []],
        ["proses", False, [[], 0, 0], 7],
        {"0": 1},
    ],
)
def test_json_that_is_no_state_is_refused(document: object) -> None:
    refused(packed(document))


def test_json_of_any_depth_is_refused() -> None:
    refused(bytes([codec.VERSION]) + zlib.compress(b"[" * 100_000 + b"]" * 100_000))


ROW_FIELDS = ["id", "parent", "name", "state", "marks", "data"]
WRONG_VALUES: list[tuple[str, Any]] = [
    ("id", "no id"),
    ("id", None),
    ("id", 7),
    ("parent", 999),
    ("parent", "0"),
    ("parent", None),
    ("name", "unknown"),
    ("name", None),
    ("name", []),
    ("state", "x"),
    ("state", 3),
    ("marks", 7),
    ("marks", ["x"]),
    ("data", "x"),
    ("data", 7),
]


@pytest.mark.parametrize(("field", "value"), WRONG_VALUES, ids=repr)
def test_task_with_a_wrong_value_is_refused(field: str, value: object) -> None:
    step, _ = after({"judul": "x"}, {"b": 1})
    document = json.loads(zlib.decompress(step.state[1:]))
    document[2][0][0][ROW_FIELDS.index(field)] = value

    refused(packed(document))


@pytest.mark.parametrize(
    ("place", "value"),
    [
        ("call", "no id"),
        ("call", None),
        ("call", 7),
        ("call", "00000000-0000-4000-8000-000000000000"),
        ("call", "a task that calls nothing"),
        ("tree", None),
        ("tree", []),
        ("tree", 7),
        ("list", 7),
        ("list", [[]]),
        ("list", None),
    ],
    ids=repr,
)
def test_called_process_that_hangs_nowhere_is_refused(place: str, value: object) -> None:
    step = parallel_state()
    document = json.loads(zlib.decompress(step.state[1:]))
    if place == "call":
        inside = document[3][0][1][0][0]
        document[3][0][0] = inside if value == "a task that calls nothing" else value
    elif place == "tree":
        document[3][0][1] = value
    else:
        document[3] = value

    refused(packed(document), CALLS)


@given(st.recursive(SIMPLE, lambda inner: st.lists(inner, max_size=5) | st.dictionaries(KEYS, inner, max_size=3)))
@example([0, 0, [[[]], {}, {}]])
@example([0, 0, [[["token", 0, 0, 0, []]], [1], {}]])
@example([0, 0, [7, {}, {}, [1]]])
def test_whatever_shape_it_has_reading_a_part_fails_as_damage(content: object) -> None:
    stored = bytes([codec.VERSION]) + zlib.compress(json.dumps(content).encode())

    for read in (codec.variables, lambda state: codec.variables_at(state, str(uuid4()))):
        with suppress(EngineFailed):
            read(stored)
