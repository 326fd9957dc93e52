"""The list of tasks after a step: what opened, for whom, due when, and what came back."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import pytest

from service.engine.diagram import Node, read
from service.engine.workflow import Offer, OpenTask, Step
from service.engine.worklist import Act, Changes, Known, Opened, changes
from tests.engine.drawing import definitions, each, end, line, process, said, start, task

NOW = datetime(2026, 10, 5, 8, tzinfo=UTC)
PROCESS = process(
    start(),
    task("row_07", said(baris="7", waktu="P1W"), group="kasubbag, jfu"),
    task("row_08_bidang", said(baris="8") + each(), group="${unit}"),
    task("row_09", said(baris="9"), group="sekretaris"),
    task("tetap", each(unique="b"), group="kadis,=unit"),
    end(),
    line("mulai", "row_07", "row_08_bidang", "row_09", "tetap", "selesai"),
    lanes={"Kasubbag": ["row_07"], "Bidang": ["row_08_bidang"], "Sekretaris": ["row_09", "tetap"]},
)
DIAGRAMS = {
    "proses": read(definitions(PROCESS), "proses.bpmn"),
    "lain": read(definitions(PROCESS.replace('id="proses"', 'id="lain"')), "lain.bpmn"),
}
OFFER = Offer(("kasubbag", "jfu"), follow_up=NOW + timedelta(days=2), priority=70)
AGREES = Act("Sekretaris", returns=False)
RETURNS = Act("Sekretaris", returns=True, reason="Tabel belum sama.", parts=("tabel",))


def due(node: Node, _codes: Iterable[str]) -> datetime | None:
    return NOW + timedelta(days=5) if "sop.waktu" in node.properties else None


def step(*open_tasks: OpenTask, ended: bool = False) -> Step:
    return Step(b"", open_tasks, (), ended, {task.id: OFFER for task in open_tasks})


def opening(name: str, element: str, unit: str | None = None, process: str = "proses") -> OpenTask:
    return OpenTask(name, process, element, None if unit is None else 0, unit)


class Earlier(NamedTuple):
    """A task that the case already had."""

    id: str
    process: str
    element: str
    unit: str
    is_open: bool


def known(name: str, element: str, unit: str = "", *, is_open: bool = False, process: str = "proses") -> Earlier:
    return Earlier(name, process, element, unit, is_open)


def listed(before: list[Earlier], after: Step, act: Act = AGREES) -> Changes:
    earlier = Known(
        places=frozenset((task.process, task.element, task.unit) for task in before),
        units=frozenset(task.unit for task in before if task.unit),
    )
    new = {task.id: offer for task, offer in zip(after.open_tasks, after.offers.values(), strict=True)
           if task.id not in {one.id for one in before}}  # fmt: skip
    closed = {task.id for task in before if task.is_open} - {task.id for task in after.open_tasks}
    return changes(DIAGRAMS, earlier, replace(after, offers=new, closed=frozenset(closed)), act, due)


def test_opened_task_is_told_whole() -> None:
    assert listed([], step(opening("1", "row_07"))) == Changes(
        opened=(
            Opened(
                id="1", process="proses", element="row_07", name="row_07", lane="Kasubbag", order=7, unit="",
                groups=("kasubbag", "jfu"), due_at=NOW + timedelta(days=5),
                follow_up_at=NOW + timedelta(days=2), priority=70, is_returned=False,
            ),
        ),
        closed=frozenset(),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("before", "after", "opened", "closed"),
    [
        ([], step(), [], set()),
        ([], step(opening("1", "row_07"), opening("2", "row_09")), ["1", "2"], set()),
        ([known("1", "row_07", is_open=True)], step(opening("2", "row_09")), ["2"], {"1"}),
        ([known("1", "row_07", is_open=True)], step(opening("1", "row_07")), [], set()),
        ([known("1", "row_07", is_open=True)], step(ended=True), [], {"1"}),
        ([known("1", "row_07"), known("2", "row_09", is_open=True)], step(ended=True), [], {"2"}),
        (
            [known("1", "row_08_bidang", "x", is_open=True), known("2", "row_08_bidang", "y", is_open=True)],
            step(opening("2", "row_08_bidang", "y")),
            [],
            {"1"},
        ),
    ],
)
def test_changes_are_what_opened_and_what_closed(
    before: list[Earlier], after: Step, opened: list[str], closed: set[str]
) -> None:
    difference = listed(before, after)

    assert [task.id for task in difference.opened] == opened
    assert difference.closed == closed


@pytest.mark.parametrize(
    ("task", "before", "returned"),
    [
        (opening("n", "row_07"), [known("1", "row_07")], True),
        (opening("n", "row_07"), [], False),
        (opening("n", "row_07"), [known("1", "row_09")], False),
        (opening("n", "row_07"), [known("1", "row_07", process="lain")], False),
        (opening("n", "row_07", process="lain"), [known("1", "row_07", process="lain")], True),
        (opening("n", "row_08_bidang", "x"), [known("1", "row_08_bidang", "x")], True),
        (opening("n", "row_08_bidang", "x"), [known("1", "row_08_bidang", "y")], False),
        # A unit that reported in one element and is asked to repair in another gets its work back.
        (opening("n", "row_08_bidang", "x", "lain"), [known("1", "tetap", "x")], True),
        (opening("n", "row_08_bidang", "x", "lain"), [known("1", "tetap", "y")], False),
        (opening("n", "row_07"), [known("1", "tetap", "x")], False),
    ],
)
def test_work_comes_back_only_by_a_return_to_whoever_had_it(
    task: OpenTask, before: list[Earlier], returned: bool  # noqa: FBT001 - a column of the table
) -> None:  # fmt: skip
    by_return, by_consent = listed(before, step(task), RETURNS), listed(before, step(task), AGREES)

    assert [opened.is_returned for opened in by_return.opened] == [returned]
    assert [opened.is_returned for opened in by_consent.opened] == [False]
    assert (by_return.has_returned, by_consent.has_returned) == (returned, False)


def test_only_the_unit_that_was_asked_before_gets_its_work_back() -> None:
    difference = listed(
        [known("1", "row_08_bidang", "x")],
        step(opening("2", "row_08_bidang", "x"), opening("3", "row_08_bidang", "y")),
        RETURNS,
    )

    assert [(task.unit, task.is_returned) for task in difference.opened] == [("x", True), ("y", False)]
    assert difference.has_returned


def test_task_that_stays_open_is_not_returned_again() -> None:
    assert not listed([known("1", "row_07", is_open=True)], step(opening("1", "row_07")), RETURNS).has_returned


@pytest.mark.parametrize(
    ("task", "unit"),
    [
        (opening("n", "row_07"), ""),
        (opening("n", "row_08_bidang", "bidang2"), "bidang2"),
        (opening("n", "row_08_bidang", "unit ÷ 2"), "unit ÷ 2"),
        (OpenTask("n", "proses", "row_08_bidang", 0, 7), ""),
    ],
)
def test_task_tells_its_unit(task: OpenTask, unit: str) -> None:
    assert [opened.unit for opened in listed([], step(task)).opened] == [unit]


def test_due_date_of_the_model_wins_over_the_standard_time() -> None:
    task = opening("1", "row_07")
    own = replace(step(task), offers={"1": Offer(("kadis",), due=NOW)})

    assert [opened.due_at for opened in listed([], own).opened] == [NOW]
