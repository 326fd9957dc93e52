"""The door to the engine: one act in, one step out, or a refusal that leaves everything as it was."""

from collections.abc import Mapping, Sequence
from itertools import permutations
from typing import Any
from uuid import uuid4

import pytest

from service.engine.workflow import Offer, OpenTask, Source, Specification, Step, hydrate, parse
from service.engine.workflow import start as begin
from service.engine.workflow.repeating import MAX_WIDTH
from service.errors import DeploymentRefused, EngineFailed, TaskClosed
from tests.engine.drawing import (
    NOW,
    call,
    definitions,
    each,
    end,
    extended,
    flow,
    gateway,
    line,
    process,
    specification,
    start,
    task,
)
from tests.engine.walking import fingerprint

ROW = process(start(), task("a"), task("b"), task("c"), end(), line("mulai", "a", "b", "c", "selesai"))
CHOICE = process(
    start(), task("isi"), gateway("pilih", "pilih-b"), task("a"), task("b"), end(),
    line("mulai", "isi", "pilih"), flow("pilih", "a", "nilai = true"), flow("pilih", "b"),
    line("a", "selesai"), line("b", "selesai"),
)  # fmt: skip
STRICT = CHOICE.replace("nilai = true", "nilai")
BOTH = process(
    start(), gateway("pisah", kind="parallelGateway"), task("a"), task("b"), gateway("temu", kind="parallelGateway"),
    task("c"), end(), line("mulai", "pisah", "a", "temu", "c", "selesai"), line("pisah", "b", "temu"),
)  # fmt: skip
AGAIN = process(
    start(), task("pilih"), gateway("ulang"), task("isi", each()), task("periksa"), gateway("cukup", "cukup-selesai"),
    end(), line("mulai", "pilih", "ulang", "isi", "periksa", "cukup"), flow("cukup", "ulang", "kembali = true"),
    flow("cukup", "selesai"),
)  # fmt: skip
AGAIN_IN_TURN = AGAIN.replace(each(), each(sequential=True))
CALLED = process(start(), task("isi"), end(), line("mulai", "isi", "selesai"), key="dipanggil")


def caller(*mappings: str) -> str:
    """Return a process that calls another one between two tasks."""
    inside = extended("".join(mappings)) if mappings else ""
    return process(
        start(), task("awal"), call("panggil", inside=inside), task("akhir"), end(),
        line("mulai", "awal", "panggil", "akhir", "selesai"),
    )  # fmt: skip


class Case:
    """A case that is saved after every act and loaded by a server that has just read the diagrams."""

    def __init__(self, *processes: str, **variables: object) -> None:
        self.processes = processes
        self.step = begin(self.server(), variables, NOW)

    def server(self) -> Specification:
        return specification(*self.processes)

    @property
    def open(self) -> list[str]:
        return [task.element for task in self.step.open_tasks]

    def complete(self, element: str, item: object = None, **values: object) -> "Case":
        chosen = next(t for t in self.step.open_tasks if t.element == element and item in (None, t.item))
        self.step = hydrate(self.server(), self.step.state).complete(chosen.id, values, NOW)
        return self

    def data(self) -> dict[str, Any]:
        return hydrate(self.server(), self.step.state).data()

    def variables(self, element: str, item: object = None) -> dict[str, Any]:
        chosen = next(t for t in self.step.open_tasks if t.element == element and item in (None, t.item))
        return hydrate(self.server(), self.step.state).variables(chosen.id)


# A step ---------------------------------------------------------------------------------------------


def test_step_tells_what_opened_what_was_passed_and_what_is_known() -> None:
    shared = specification(CHOICE)
    first = begin(shared, {"judul": "Laporan"}, NOW)
    (isi,) = first.open_tasks

    second = hydrate(shared, first.state).complete(isi.id, {"nilai": True}, NOW)

    (a,) = second.open_tasks
    assert first == Step(
        first.state, (isi,), first.passed, ended=False, offers={isi.id: Offer(("kadis",))}
    )  # fmt: skip
    assert isi == OpenTask(isi.id, "proses", "isi", None, None)
    assert a == OpenTask(a.id, "proses", "a", None, None)
    assert [(p.process, p.element, p.flow) for p in second.passed] == [
        ("proses", "isi", ""),
        ("proses", "pilih", "pilih-a"),
    ]
    assert second.passed[0].task == isi.id
    assert (second.ended, hydrate(shared, second.state).data()) == (False, {"judul": "Laporan", "nilai": True})


def test_last_step_ends_the_case() -> None:
    case = Case(ROW).complete("a").complete("b").complete("c", hasil=1)

    assert (case.step.ended, case.step.open_tasks, case.data()) == (True, (), {"hasil": 1})
    assert [p.element for p in case.step.passed] == ["c", "selesai"]


def test_values_are_copied_on_the_way_in_and_out() -> None:
    shared = specification(ROW)
    given: dict[str, list[list[int]]] = {"awal": [[1]]}
    typed: dict[str, list[list[int]]] = {"isi": [[1]]}

    first = begin(shared, given, NOW)
    (a,) = first.open_tasks
    execution = hydrate(shared, first.state)
    execution.variables(a.id)["awal"][0].append(2)
    step = execution.complete(a.id, typed, NOW)
    given["awal"][0].append(3)
    typed["isi"][0].append(3)

    assert execution.variables(step.open_tasks[0].id) == {"awal": [[1]], "isi": [[1]]}
    assert hydrate(shared, step.state).variables(step.open_tasks[0].id) == {"awal": [[1]], "isi": [[1]]}


@pytest.mark.parametrize("order", list(permutations("ab")), ids="".join)
def test_parallel_branches_wait_for_each_other(order: Sequence[str]) -> None:
    case = Case(BOTH)

    assert sorted(case.open) == ["a", "b"]
    case.complete(order[0], **{order[0]: True})
    assert case.open == [order[1]]
    assert case.variables(order[1]) == {order[0]: True}  # one set of variables, as process data are
    case.complete(order[1], **{order[1]: True})

    assert case.open == ["c"]
    assert case.variables("c") == {"a": True, "b": True}
    assert all(p.flow == "" for p in case.step.passed)


# Tasks that are not open ------------------------------------------------------------------------------


def closed_tasks() -> dict[str, str]:
    """Return ids of tasks that nobody may complete, after the first step of a row of three."""
    shared = specification(ROW)
    (a,) = begin(shared, {}, NOW).open_tasks
    return {"of another case": a.id, "of nobody": str(uuid4()), "no id at all": "row_01", "empty": ""}


@pytest.mark.parametrize(("why", "task_id"), [pytest.param(*item, id=item[0]) for item in closed_tasks().items()])
def test_task_that_is_not_there_is_closed(why: str, task_id: str) -> None:
    shared = specification(ROW)
    step = begin(shared, {}, NOW)

    with pytest.raises(TaskClosed):
        hydrate(shared, step.state).complete(task_id, {}, NOW)
    with pytest.raises(TaskClosed):
        hydrate(shared, step.state).variables(task_id)
    assert why


def test_task_is_completed_once() -> None:
    shared = specification(ROW)
    first = begin(shared, {}, NOW)
    execution = hydrate(shared, first.state)
    second = execution.complete(first.open_tasks[0].id, {"a": 1}, NOW)

    with pytest.raises(TaskClosed) as refusal:
        hydrate(shared, second.state).complete(first.open_tasks[0].id, {"a": 2}, NOW)
    with pytest.raises(TaskClosed):
        execution.complete(first.open_tasks[0].id, {"a": 2}, NOW)

    assert refusal.value.facts == {"task": first.open_tasks[0].id}
    assert hydrate(shared, second.state).variables(second.open_tasks[0].id) == {"a": 1}


def test_unit_that_has_answered_is_closed_while_others_are_open() -> None:
    case = Case(AGAIN).complete("pilih", daftar=["x", "y"])
    answered = case.step.open_tasks[0].id
    case.complete("isi", "x")

    with pytest.raises(TaskClosed):
        hydrate(case.server(), case.step.state).complete(answered, {}, NOW)
    assert [task.item for task in case.step.open_tasks] == ["y"]


def test_multi_instance_task_as_a_whole_cannot_be_completed() -> None:
    case = Case(AGAIN).complete("pilih", daftar=["x", "y"])
    workflow = hydrate(case.server(), case.step.state)._workflow  # noqa: SLF001 - the wrapper is never shown
    wrapper = next(task for task in workflow.tasks.values() if task.task_spec.name == "node:isi")

    with pytest.raises(TaskClosed):
        hydrate(case.server(), case.step.state).complete(str(wrapper.id), {}, NOW)


# Conditions -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "opened"),
    [
        ({"nilai": True}, "a"),
        ({"nilai": False}, "b"),
        ({"nilai": None}, "b"),
        ({}, "b"),
        ({"nilai": "true"}, "b"),
        ({"nilai": 1}, "b"),
        ({"Nilai": True}, "b"),
        ({"true": True}, "b"),
    ],
)
def test_only_an_explicit_yes_takes_the_conditional_flow(values: Mapping[str, object], opened: str) -> None:
    assert Case(CHOICE).complete("isi", **values).open == [opened]


@pytest.mark.parametrize("value", ["true", "", 0, 1, [True], [], {}])
def test_condition_that_is_neither_true_nor_false_fails_and_leaves_the_case_as_it_was(value: object) -> None:
    shared = specification(STRICT)
    before = fingerprint(shared)
    step = begin(shared, {"judul": "x"}, NOW)
    (isi,) = step.open_tasks

    with pytest.raises(EngineFailed):
        hydrate(shared, step.state).complete(isi.id, {"nilai": value}, NOW)

    assert fingerprint(shared) == before
    loaded = hydrate(shared, step.state)
    assert loaded.variables(isi.id) == {"judul": "x"}
    assert [task.element for task in loaded.complete(isi.id, {"nilai": True}, NOW).open_tasks] == ["a"]


@pytest.mark.parametrize(
    "value", [float("nan"), float("inf"), "\ud800", {1, 2}, object(), pytest.param(10**5000, id="huge")]
)
def test_value_that_cannot_be_stored_fails_before_anything_is_kept(value: object) -> None:
    shared = specification(ROW)
    step = begin(shared, {}, NOW)
    (a,) = step.open_tasks

    with pytest.raises(EngineFailed):
        hydrate(shared, step.state).complete(a.id, {"nilai": value}, NOW)
    with pytest.raises(EngineFailed):
        begin(shared, {"nilai": value}, NOW)

    assert [task.element for task in hydrate(shared, step.state).complete(a.id, {}, NOW).open_tasks] == ["b"]


def test_too_deep_value_fails_before_anything_is_kept() -> None:
    shared = specification(ROW)
    step = begin(shared, {}, NOW)
    deep: list[Any] = []
    for _ in range(5_000):
        deep = [deep]

    with pytest.raises(EngineFailed):
        hydrate(shared, step.state).complete(step.open_tasks[0].id, {"nilai": deep}, NOW)


def test_circle_without_a_person_in_it_fails_instead_of_running_for_ever() -> None:
    circle = process(
        start(), task("isi"), gateway("lagi"), gateway("cukup", "cukup-selesai"), end(),
        line("mulai", "isi", "lagi", "cukup"), flow("cukup", "lagi", "ulang = true"), flow("cukup", "selesai"),
    )  # fmt: skip
    shared = specification(circle)
    step = begin(shared, {}, NOW)

    with pytest.raises(EngineFailed):
        hydrate(shared, step.state).complete(step.open_tasks[0].id, {"ulang": True}, NOW)
    assert hydrate(shared, step.state).complete(step.open_tasks[0].id, {"ulang": False}, NOW).ended


@pytest.mark.timeout(5)
def test_process_that_calls_itself_fails_instead_of_running_for_ever() -> None:
    itself = process(start(), call("panggil", "proses"), end(), line("mulai", "panggil", "selesai"))

    with pytest.raises(EngineFailed):
        begin(specification(itself), {}, NOW)


def test_nothing_of_a_diagram_runs_as_python() -> None:
    script = (
        '<bpmn:scriptTask id="skrip"><bpmn:script>nilai = __import__("os").getpid()</bpmn:script></bpmn:scriptTask>'
    )
    scripted = specification(process(start(), script, task("isi"), end(), line("mulai", "skrip", "isi", "selesai")))
    asking = CHOICE.replace("nilai = true", "__import__(&quot;os&quot;).getpid() &gt; 0")

    with pytest.raises(EngineFailed):
        begin(scripted, {}, NOW)
    with pytest.raises(EngineFailed):
        Case(asking).complete("isi")


# One task for each unit ---------------------------------------------------------------------------------


@pytest.mark.parametrize("drawn", [AGAIN, AGAIN_IN_TURN], ids=["parallel", "sequential"])
@pytest.mark.parametrize(
    "value",
    [None, "bidang1", "", 5, True, {"bidang1": 1}, {}, [f"unit{number}" for number in range(MAX_WIDTH + 1)]],
    ids=lambda value: str(value)[:12],
)
def test_what_is_no_list_of_units_fails_and_loses_no_task(drawn: str, value: object) -> None:
    case = Case(drawn)
    (pilih,) = case.step.open_tasks

    with pytest.raises(EngineFailed):
        case.complete("pilih", daftar=value)

    assert hydrate(case.server(), case.step.state).variables(pilih.id) == {}
    assert case.complete("pilih", daftar=["x"]).open == ["isi"]


@pytest.mark.parametrize("drawn", [AGAIN, AGAIN_IN_TURN], ids=["parallel", "sequential"])
def test_missing_list_of_units_fails(drawn: str) -> None:
    with pytest.raises(EngineFailed):
        Case(drawn).complete("pilih")


@pytest.mark.parametrize("drawn", [AGAIN, AGAIN_IN_TURN], ids=["parallel", "sequential"])
def test_nobody_to_ask_goes_on_with_an_empty_result(drawn: str) -> None:
    case = Case(drawn).complete("pilih", daftar=[])

    assert case.open == ["periksa"]
    assert case.variables("periksa") == {"daftar": [], "hasil": []}


def test_widest_collection_opens_a_task_for_each() -> None:
    units = [f"unit{number}" for number in range(MAX_WIDTH)]

    case = Case(AGAIN).complete("pilih", daftar=units)

    assert [(task.index, task.item) for task in case.step.open_tasks] == list(enumerate(units))


@pytest.mark.parametrize(
    "items", [["x", "x"], [None, "x"], [0, False], [["x"], {"kode": "x"}], ["é", "\U0001f4c4"]], ids=repr
)
@pytest.mark.parametrize("drawn", [AGAIN, AGAIN_IN_TURN], ids=["parallel", "sequential"])
def test_any_item_is_asked_for_and_answered(drawn: str, items: list[object]) -> None:
    case = Case(drawn).complete("pilih", daftar=items)

    for number in range(len(items)):
        asked = case.step.open_tasks[0]
        assert (asked.index, repr(asked.item)) == (number, repr(items[number]))
        case.step = hydrate(case.server(), case.step.state).complete(asked.id, {"nilai": number}, NOW)

    expected = [{"unit": item, "nilai": number} for number, item in enumerate(items)]
    assert repr(case.variables("periksa")["hasil"]) == repr(expected)


@pytest.mark.parametrize("order", list(permutations("xyz")), ids="".join)
def test_second_round_starts_with_no_results(order: Sequence[str]) -> None:
    case = Case(AGAIN).complete("pilih", daftar=["x", "y", "z"])

    for round_number in (1, 2, 3):
        for unit in order if round_number % 2 else order[::-1]:
            assert case.variables("isi", unit)["hasil"] == []
            case.complete("isi", unit, nilai=f"{unit}{round_number}")
        assert case.variables("periksa")["hasil"] == [
            {"unit": unit, "nilai": f"{unit}{round_number}"} for unit in "xyz"
        ]
        case.complete("periksa", kembali=round_number < 3)

    assert case.step.ended


def test_second_round_one_after_the_other_starts_with_no_results() -> None:
    case = Case(AGAIN_IN_TURN).complete("pilih", daftar=["x", "y"])

    for round_number in (1, 2):
        for unit in "xy":
            assert [task.item for task in case.step.open_tasks] == [unit]
            assert case.variables("isi")["hasil"] == []
            case.complete("isi", nilai=round_number)
        case.complete("periksa", kembali=round_number == 1)

    assert case.step.ended


def test_second_round_may_ask_others() -> None:
    case = Case(AGAIN).complete("pilih", daftar=["x", "y"]).complete("isi", "y").complete("isi", "x")

    case.complete("periksa", kembali=True, daftar=["z"])

    assert [task.item for task in case.step.open_tasks] == ["z"]
    assert case.complete("isi", "z", nilai=1).variables("periksa")["hasil"] == [{"unit": "z", "nilai": 1}]


def test_units_see_their_own_answers_only_and_leave_no_names_behind() -> None:
    case = Case(AGAIN).complete("pilih", daftar=["x", "y"]).complete("isi", "x", rahasia=1)

    assert case.variables("isi", "y") == {"daftar": ["x", "y"], "hasil": [], "unit": "y"}
    case.complete("isi", "y")

    assert case.variables("periksa") == {
        "daftar": ["x", "y"],
        "hasil": [{"unit": "x", "rahasia": 1}, {"unit": "y"}],
    }


def test_result_says_whose_it_is_even_if_the_answers_name_somebody_else() -> None:
    case = Case(AGAIN).complete("pilih", daftar=["x"]).complete("isi", unit="y", satu=1)

    assert case.variables("periksa")["hasil"] == [{"unit": "x", "satu": 1}]


@pytest.mark.parametrize("drawn", [AGAIN, AGAIN_IN_TURN], ids=["parallel", "sequential"])
def test_variables_that_are_called_like_the_unit_or_its_result_are_in_nobodys_way(drawn: str) -> None:
    case = Case(drawn, unit="lama", satu="lama", hasil="lama").complete("pilih", daftar=["x"])

    outside = {"daftar": ["x"], "satu": "lama"}
    assert case.variables("isi") == outside | {"hasil": [], "unit": "x"}
    assert case.complete("isi").variables("periksa") == outside | {"hasil": [{"unit": "x"}], "unit": "lama"}


def test_two_collections_in_a_row_keep_their_results_apart() -> None:
    drawn = process(
        start(), task("pilih"), task("isi", each()), task("perbaiki", each("perlu", result="perbaikan", unique="b")),
        task("c"), end(), line("mulai", "pilih", "isi", "perbaiki", "c", "selesai"),
    )  # fmt: skip
    case = Case(drawn).complete("pilih", daftar=["x", "y"], perlu=["y"])

    case.complete("isi", "y", nilai=2).complete("isi", "x", nilai=1).complete("perbaiki", nilai=3)

    assert case.variables("c") == {
        "daftar": ["x", "y"],
        "perlu": ["y"],
        "hasil": [{"unit": "x", "nilai": 1}, {"unit": "y", "nilai": 2}],
        "perbaikan": [{"unit": "y", "nilai": 3}],
    }


# Called processes -----------------------------------------------------------------------------------------

EVERYTHING_IN = '<camunda:in variables="all"/>'
EVERYTHING_OUT = '<camunda:out variables="all"/>'


@pytest.mark.parametrize(
    ("mappings", "inside", "after"),
    [
        ([], {"p": 1, "q": 2}, {"p": 1, "q": 2, "r": 3}),
        ([EVERYTHING_IN, EVERYTHING_OUT], {"p": 1, "q": 2}, {"p": 1, "q": 2, "r": 3}),
        (
            [EVERYTHING_IN, '<camunda:in sourceExpression="${true}" target="dalam"/>', EVERYTHING_OUT],
            {"p": 1, "q": 2, "dalam": True},
            {"p": 1, "q": 2, "dalam": True, "r": 3},
        ),
        (['<camunda:in source="p" target="p"/>'], {"p": 1}, {"p": 1, "q": 2, "r": 3}),
        (['<camunda:in source="p" target="lain"/>'], {"lain": 1}, {"p": 1, "q": 2, "lain": 1, "r": 3}),
        (['<camunda:in source="tak_ada" target="p"/>'], {"p": None}, {"p": None, "q": 2, "r": 3}),
        (['<camunda:in sourceExpression="p + q" target="p"/>'], {"p": 3}, {"p": 3, "q": 2, "r": 3}),
        (['<camunda:out source="r" target="r"/>'], {"p": 1, "q": 2}, {"p": 1, "q": 2, "r": 3}),
        (['<camunda:out source="r" target="p"/>'], {"p": 1, "q": 2}, {"p": 3, "q": 2}),
        (['<camunda:out sourceExpression="=[r, p]" target="q"/>'], {"p": 1, "q": 2}, {"p": 1, "q": [3, 1]}),
        (
            ['<camunda:in source="q" target="q"/>', '<camunda:out source="q" target="q"/>'],
            {"q": 2},
            {"p": 1, "q": 2},
        ),
    ],
)
def test_called_process_gets_and_gives_what_is_mapped(
    mappings: list[str], inside: dict[str, object], after: dict[str, object]
) -> None:
    case = Case(caller(*mappings), CALLED).complete("awal", p=1, q=2)

    assert [(task.process, task.element) for task in case.step.open_tasks] == [("dipanggil", "isi")]
    assert case.variables("isi") == inside
    case.complete("isi", r=3)

    assert case.variables("akhir") == after
    assert [(p.process, p.element) for p in case.step.passed] == [
        ("dipanggil", "isi"),
        ("dipanggil", "selesai"),
        ("proses", "panggil"),
    ]


def test_camunda_business_key_is_no_variable() -> None:
    key = '<camunda:in businessKey="#{execution.processBusinessKey}"/>'
    case = Case(caller(key, EVERYTHING_IN), CALLED).complete("awal", p=1)

    assert case.variables("isi") == {"p": 1}


def test_calls_within_calls_and_rounds_of_them_survive_restarts() -> None:
    middle = process(start(), call("panggil", "dalam"), task("tengah"), end(),
                     line("mulai", "panggil", "tengah", "selesai"), key="tengahan")  # fmt: skip
    inner = CALLED.replace('"dipanggil"', '"dalam"')
    outer = process(
        start(), gateway("ulang"), call("panggil", "tengahan"), task("periksa"), gateway("cukup", "cukup-selesai"),
        end(), line("mulai", "ulang", "panggil", "periksa", "cukup"), flow("cukup", "ulang", "kembali = true"),
        flow("cukup", "selesai"),
    )  # fmt: skip
    case = Case(outer, middle, inner)
    seen = []

    for number in range(9):
        (opened,) = case.step.open_tasks
        seen.append((opened.process, opened.element))
        case.complete(opened.element, nomor=number, kembali=number < 8)

    assert case.step.ended
    assert seen == [("dalam", "isi"), ("tengahan", "tengah"), ("proses", "periksa")] * 3
    assert case.data() == {"nomor": 8, "kembali": False}


def test_same_process_called_twice_at_once_is_two_cases() -> None:
    drawn = process(
        start(), gateway("pisah", kind="parallelGateway"), call("satu"), call("dua"),
        gateway("temu", kind="parallelGateway"), task("c"), end(),
        line("mulai", "pisah", "satu", "temu", "c", "selesai"), line("pisah", "dua", "temu"),
    )  # fmt: skip
    case = Case(drawn, CALLED)
    first, second = case.step.open_tasks

    case.step = hydrate(case.server(), case.step.state).complete(second.id, {"dua": 2}, NOW)
    assert case.step.open_tasks == (first,)
    assert case.variables("isi") == {}
    case.complete("isi", satu=1)

    assert case.variables("c") == {"satu": 1, "dua": 2}


def test_units_inside_a_called_process_survive_restarts() -> None:
    called = AGAIN.replace('id="proses"', 'id="dipanggil"')
    case = Case(caller(), called).complete("awal", p=1).complete("pilih", daftar=["x", "y"])

    case.complete("isi", "y", nilai=2)
    case.complete("isi", "x", nilai=1).complete("periksa")

    assert case.variables("akhir")["hasil"] == [{"unit": "x", "nilai": 1}, {"unit": "y", "nilai": 2}]


def test_embedded_sub_process_is_run_as_part_of_its_diagram() -> None:
    inside = start("mulai_2") + task("dalam") + end("selesai_2") + line("mulai_2", "dalam", "selesai_2")
    case = Case(process(start(), f'<bpmn:subProcess id="bagian">{inside}</bpmn:subProcess>', task("c"), end(),
                        line("mulai", "bagian", "c", "selesai")), p=1)  # fmt: skip

    assert [(task.process, task.element) for task in case.step.open_tasks] == [("proses", "dalam")]
    assert case.complete("dalam", q=2).variables("c") == {"p": 1, "q": 2}


# Units that do more than one task ---------------------------------------------------------------------------

DEEP = process(
    start(), task("pilih"),
    f'<bpmn:subProcess id="unit">{each()}{start("mulai_2")}{task("isi")}{task("paraf")}{end("selesai_2")}'
    f'{line("mulai_2", "isi", "paraf", "selesai_2")}</bpmn:subProcess>',
    task("c"), end(), line("mulai", "pilih", "unit", "c", "selesai"),
)  # fmt: skip
CALLING = process(
    start(), task("pilih"), call("unit", inside=each()), task("c"), end(),
    line("mulai", "pilih", "unit", "c", "selesai"),
)  # fmt: skip
ENOUGH = (
    '<bpmn:completionCondition xsi:type="bpmn:tFormalExpression">nrOfCompletedInstances = 2</bpmn:completionCondition>'
    "</bpmn:multi"
)
LOOPING = (
    '<bpmn:standardLoopCharacteristics><bpmn:loopCondition xsi:type="bpmn:tFormalExpression">lagi = true'
    "</bpmn:loopCondition></bpmn:standardLoopCharacteristics>"
)


@pytest.mark.parametrize(
    "processes", [(DEEP,), (CALLING, CALLED), (DEEP.replace(task("isi"), task("isi", LOOPING)),)],
    ids=["sub-process", "called process", "loop inside"],
)  # fmt: skip
def test_task_inside_a_unit_tells_whose_it_is(processes: Sequence[str]) -> None:
    case = Case(*processes).complete("pilih", daftar=["x", "y"])

    assert [(t.element, t.index, t.item) for t in case.step.open_tasks] == [("isi", 0, "x"), ("isi", 1, "y")]


def test_unit_of_a_task_is_that_of_the_list_even_if_the_answers_name_another() -> None:
    case = Case(DEEP).complete("pilih", daftar=["x", "y"]).complete("isi", "y", unit="lain")

    assert [(t.element, t.item) for t in case.step.open_tasks] == [("isi", "x"), ("paraf", "y")]


def test_round_of_a_loop_is_no_unit() -> None:
    case = Case(process(start(), task("isi", LOOPING), end(), line("mulai", "isi", "selesai")))

    assert [(t.index, t.item) for t in case.complete("isi", lagi=True).step.open_tasks] == [(None, None)]


@pytest.mark.parametrize("drawn", [AGAIN, AGAIN_IN_TURN], ids=["parallel", "sequential"])
def test_unit_added_meanwhile_is_asked_too(drawn: str) -> None:
    case = Case(drawn).complete("pilih", daftar=["x"])

    case.step = hydrate(case.server(), case.step.state).add_participant(case.step.open_tasks[0].id, "z", NOW)
    case.complete("isi", "x", nilai=1).complete("isi", "z", nilai=2)

    assert case.variables("periksa")["hasil"] == [{"unit": "x", "nilai": 1}, {"unit": "z", "nilai": 2}]


@pytest.mark.parametrize(("drawn", "inside"), [(AGAIN, "isi"), (DEEP, "paraf")], ids=["task", "sub-process"])
def test_unit_withdrawn_gives_no_result(drawn: str, inside: str) -> None:
    case = Case(drawn).complete("pilih", daftar=["x", "y"])
    if drawn == DEEP:
        case.complete("isi", "x")
    withdrawn = next(t for t in case.step.open_tasks if t.item == "x")

    case.step = hydrate(case.server(), case.step.state).withdraw(withdrawn.id, NOW)

    assert withdrawn.element == inside
    assert [t.item for t in case.step.open_tasks] == ["y"]
    case.complete("isi", "y")
    if drawn == DEEP:
        case.complete("paraf", "y")
    assert case.variables(case.open[0])["hasil"] == [{"unit": "y"}]


def test_only_units_can_be_added_or_withdrawn() -> None:
    case = Case(AGAIN)
    (pilih,) = case.step.open_tasks

    with pytest.raises(TaskClosed):
        hydrate(case.server(), case.step.state).withdraw(pilih.id, NOW)
    with pytest.raises(TaskClosed):
        hydrate(case.server(), case.step.state).add_participant(pilih.id, "x", NOW)


AT_ONCE = process(
    start(), task("pilih"),
    f'<bpmn:subProcess id="unit">{each().replace("</bpmn:multi", ENOUGH)}{start("mulai_2")}{end("selesai_2")}'
    f'{line("mulai_2", "selesai_2")}</bpmn:subProcess>',
    task("c"), end(), line("mulai", "pilih", "unit", "c", "selesai"),
)  # fmt: skip


def test_units_that_are_done_at_once_are_no_more_than_suffice() -> None:
    case = Case(AT_ONCE).complete("pilih", daftar=["x", "y", "z"])

    assert case.variables("c")["hasil"] == [{"unit": "x"}, {"unit": "y"}]


def test_what_was_terminated_in_the_same_step_does_nothing_more() -> None:
    told = '<bpmn:signal id="kabar" name="kabar"/>'
    signal = '<bpmn:signalEventDefinition signalRef="kabar"/>'
    drawn = process(
        start(), task("isi"), gateway("pisah", kind="parallelGateway"),
        end("henti", "<bpmn:terminateEventDefinition/>"),
        f'<bpmn:intermediateThrowEvent id="kirim">{signal}</bpmn:intermediateThrowEvent>', task("c"), end(),
        line("mulai", "isi", "pisah", "henti"), line("pisah", "kirim", "c", "selesai"),
    )  # fmt: skip
    shared = parse([Source("0.bpmn", definitions(told, drawn))], "proses")
    step = begin(shared, {}, NOW)

    after = hydrate(shared, step.state).complete(step.open_tasks[0].id, {}, NOW)

    assert (after.ended, after.thrown) == (True, ())
    assert [(p.element, p.cancelled) for p in after.passed] == [
        ("isi", False), ("pisah", False), ("henti", False), ("kirim", True),
    ]  # fmt: skip


# Corrections ------------------------------------------------------------------------------------------------

BROKEN = process(
    start(), task("isi"), gateway("pilih"), task("a"), task("b"), end(), line("mulai", "isi", "pilih"),
    flow("pilih", "a", "p = 1"), flow("pilih", "b", "p = 2"), line("a", "selesai"), line("b", "selesai"),
    key="dipanggil",
)  # fmt: skip
GIVING = (
    '<camunda:in source="p" target="p"/>', '<camunda:in source="q" target="q"/>', '<camunda:out source="r" target="r"/>'
)  # fmt: skip


def amended(case: Case, task_id: str | None = None, process: str = "", **values: object) -> None:
    """Save a correction, which moves nothing."""
    before = case.step
    case.step = hydrate(case.server(), before.state).amend(values, NOW, task_id, process)
    assert (case.step.open_tasks, case.step.waits, case.step.passed) == (before.open_tasks, before.waits, ())


def test_failure_inside_a_called_process_can_be_corrected() -> None:
    case = Case(caller(*GIVING), BROKEN).complete("awal", p=3, q=4)
    (isi,) = case.step.open_tasks
    with pytest.raises(EngineFailed) as failure:
        case.complete("isi")

    assert (failure.value.process, failure.value.element) == ("dipanggil", "pilih")
    amended(case, p=1)
    with pytest.raises(EngineFailed):  # the called process has variables of its own
        case.complete("isi")
    amended(case, isi.id, p=2, baru=5)

    assert case.variables("isi") == {"p": 2, "q": 4, "baru": 5}
    assert case.data() == {"p": 1, "q": 4}
    assert case.complete("isi").open == ["b"]


def test_failure_behind_a_called_process_can_be_corrected_while_its_task_is_open() -> None:
    middle = caller(*GIVING).replace('"proses"', '"tengahan"').replace(task("akhir"), gateway("akhir"))
    outer = process(start(), call("panggil", "tengahan"), end(), line("mulai", "panggil", "selesai"))
    case = Case(outer, middle, CALLED, p=3).complete("awal")
    (isi,) = case.step.open_tasks

    amended(case, isi.id, "tengahan", p=6)
    amended(case, isi.id, "proses", p=7)

    assert (case.variables("isi")["p"], case.data()["p"]) == (3, 7)
    assert case.complete("isi").data()["p"] == 6  # the call gives everything back


def test_correction_finds_a_variable_where_the_task_sees_it() -> None:
    case = Case(DEEP, p=1).complete("pilih", daftar=["x", "y"]).complete("isi", "x", p=2)
    one = next(t for t in case.step.open_tasks if t.item == "x").id

    amended(case, one, p=3)
    assert (case.variables("paraf")["p"], case.variables("isi")["p"]) == (3, 1)
    amended(case, one, "proses", p=4)
    assert (case.variables("paraf")["p"], case.variables("isi")["p"]) == (3, 4)


def test_correction_without_a_task_is_for_every_running_process_of_a_key() -> None:
    case = Case(CALLING, CALLED, p=1).complete("pilih", daftar=["x", "y"])

    amended(case, None, "dipanggil", p=2)
    assert [case.variables("isi", unit)["p"] for unit in "xy"] == [2, 2]
    assert case.data()["p"] == 1
    amended(case, None, "proses", p=3)
    assert [case.variables("isi", "x")["p"], case.data()["p"]] == [2, 3]


def test_correction_needs_an_open_task_in_that_process() -> None:
    case = Case(ROW)
    (a,) = case.step.open_tasks

    for task_id, key in ((str(uuid4()), ""), (a.id, "dipanggil"), (None, "dipanggil")):
        with pytest.raises(TaskClosed):
            hydrate(case.server(), case.step.state).amend({"p": 1}, NOW, task_id, key)


# Reading ----------------------------------------------------------------------------------------------------


def refused(*processes: str, key: str = "proses") -> list[tuple[str, str, str]]:
    with pytest.raises(DeploymentRefused) as refusal:
        specification(*processes, key=key)
    return [(problem.code, problem.file, problem.element) for problem in refusal.value.problems]


def test_process_that_is_not_among_the_files_is_refused() -> None:
    assert [code for code, _, _ in refused(ROW, key="lain")] == ["process-missing"]


def test_called_process_that_is_not_among_the_files_is_refused() -> None:
    assert [code for code, _, _ in refused(caller())] == ["process-missing"]


def test_file_given_twice_is_refused() -> None:
    assert refused(ROW, ROW)


def test_process_without_an_id_is_refused() -> None:
    with pytest.raises(DeploymentRefused):
        parse([Source("tanpa.bpmn", definitions(ROW.replace('id="proses" ', "")))], "")


@pytest.mark.parametrize("lost", ["complexGateway", "adHocSubProcess", "transaction"])
def test_element_that_the_engine_drops_is_named(lost: str) -> None:
    drawn = caller().replace("<bpmn:endEvent", f'<bpmn:{lost} id="tersesat"/><bpmn:endEvent')

    assert ("element-lost", "0.bpmn", "tersesat") in refused(drawn, CALLED)


def test_chain_that_is_too_long_is_refused_in_plain_words() -> None:
    names = [f"t{number}" for number in range(1_500)]
    chain = process(start(), *(task(name) for name in names), end(), line("mulai", *names, "selesai"))

    assert [code for code, _, _ in refused(chain)] == ["too-many-nodes", "scope-too-large"]


def test_cases_share_one_specification_and_leave_it_alone() -> None:
    shared = specification(AGAIN)
    before = fingerprint(shared)
    steps = [begin(shared, {"nomor": number}, NOW) for number in range(3)]

    for number, step in enumerate(steps):
        chosen = hydrate(shared, step.state).complete(step.open_tasks[0].id, {"daftar": ["x", "y"][: number + 1]}, NOW)
        for unit in chosen.open_tasks:
            chosen = hydrate(shared, chosen.state).complete(unit.id, {}, NOW)
        assert hydrate(shared, chosen.state).variables(chosen.open_tasks[0].id)["nomor"] == number
        assert fingerprint(shared) == before


def nested(levels: int, innermost: str, prefix: str) -> str:
    """Return sub-processes inside each other around one element."""
    inside, name = innermost, innermost.partition('id="')[2].partition('"')[0]
    for level in range(levels):
        begin_at, end_at, own = f"{prefix}m{level}", f"{prefix}s{level}", f"{prefix}{level}"
        drawn = start(begin_at) + inside + end(end_at) + line(begin_at, name, end_at)
        inside, name = f'<bpmn:subProcess id="{own}">{drawn}</bpmn:subProcess>', own
    return process(
        start(), inside, end(), line("mulai", name, "selesai"), key="dipanggil" if prefix == "b" else "proses"
    )


def test_calls_and_sub_processes_have_limits_of_their_own() -> None:
    case = Case(nested(8, call("x"), "a"), nested(8, task("isi"), "b"))

    assert case.open == ["isi"]
    assert case.complete("isi").step.ended
