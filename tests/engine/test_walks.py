"""Every SOP on every branch: what is open after each step is what its table says, saved and loaded or not."""

from collections import Counter
from collections.abc import Sequence
from itertools import combinations, permutations, product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.engine import form as forms
from tests import answers
from tests.answers import BANGGAI, BLITAR, NGANJUK, RENSTRA, WRONG_DATA
from tests.bpmn.diagram import facts
from tests.engine.walking import (
    CALLED,
    PROCESSES,
    UNIT_STOPS,
    Case,
    Place,
    decisions,
    declared,
    form_of,
)

UNITS = tuple(answers.units(BLITAR))
COLLECTION = {
    BLITAR: ("row_04_bidang", "row_05"),
    WRONG_DATA: ("row_04_bidang", "row_05"),
    BANGGAI: ("row_06_bidang", "row_06"),
    RENSTRA: ("row_06_bidang", "row_06"),
    NGANJUK: ("row_04_bidang", "row_04"),
}
"""Where units answer, and what opens when all have."""
LOOPS = {
    BLITAR: ["row_07", "row_08", "row_09"],
    BANGGAI: ["row_08", "row_10", "row_09"],
    RENSTRA: ["row_08", "row_09"],
}
"""What is done again after a review has returned it."""
SUPPLYING = {"supplies", "receives and corrects"}


def subsets(units: Sequence[str]) -> list[tuple[str, ...]]:
    return [chosen for size in range(1, len(units) + 1) for chosen in combinations(units, size)]


def elements(case: Case) -> list[str]:
    return [place.element for place in case.done]


def rows_done(case: Case) -> list[int]:
    """Return the orders of the rows of the process itself, each unit's part left out."""
    return [place.order for place in case.done if place.process == case.process and not place.unit]


def realisations(sheets: list[dict[str, Any]]) -> dict[tuple[str, str], Any]:
    return {(sheet["unit"], row["indikator"]): row["realisasi"] for sheet in sheets for row in sheet["isian"]}


def right(process: str, units: Sequence[str], wrong: Sequence[str] = ()) -> dict[tuple[str, str], float]:
    """Return the figures that units report; wrong ones report those of last year."""
    return {
        (unit, item.name): number(item.wrong if unit in wrong and item.wrong else item.reported[unit])
        for unit in units
        for item in answers.measures(process, unit)
    }


def number(text: str) -> float:
    return float(text.replace(".", "").replace(",", "."))


# The oracle ---------------------------------------------------------------------------------------


def test_units_have_a_stop_of_their_own_where_the_table_says_they_supply() -> None:
    supplying = {
        (process, row["order"])
        for process in PROCESSES
        for row in facts(process)["rows"]
        if SUPPLYING & {performer["part"] for performer in row["performers"]}
    }

    assert supplying - {(WRONG_DATA, 9)} == UNIT_STOPS.keys()  # 9 gathers what the units corrected at 8


def test_decisions_are_the_four_of_the_tables_and_the_two_added() -> None:
    assert {process: decisions(process) for process in PROCESSES if decisions(process)} == {
        BLITAR: {
            6: {"sesuai": 7, "tidak_sesuai": 0},
            9: {"setuju": 10, "kembalikan": 7},
            10: {"setuju": 11, "kembalikan": 9},
        },
        WRONG_DATA: {8: {"tidak_sesuai": 9, "sesuai": 10}},
        BANGGAI: {9: {"setuju": 11, "kembalikan": 8}},
        RENSTRA: {9: {"setuju": 10, "kembalikan": 8}},
    }


# Straight through ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("process", "expected"),
    [
        (BLITAR, list(range(1, 16))),
        (WRONG_DATA, [1, 2, 3, 4, 5, 6, 7, 8, 10, 11]),
        (BANGGAI, [1, 2, 3, 4, 5, 6, 7, 8, 10, 9, 11, 12, 13]),
        (RENSTRA, list(range(1, 11))),
        (NGANJUK, list(range(1, 8))),
    ],
)
def test_straight_walk_does_each_row_once(process: str, expected: list[int]) -> None:
    case = Case(process).finish()

    assert rows_done(case) == expected
    assert [place.unit for place in case.done if place.unit] == answers.units(process)


def test_every_row_of_the_five_tables_can_be_done() -> None:
    cases = [Case(process, wrong=("bidang2",)).finish() for process in PROCESSES]

    rows = {(place.process, place.order) for case in cases for place in case.done if not place.unit}
    assert rows == {(process, row["order"]) for process in PROCESSES for row in facts(process)["rows"]}
    assert len(rows) == 56


# Returns ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("times", [1, 3])
@pytest.mark.parametrize("process", LOOPS)
def test_returned_draft_goes_round_and_on(process: str, times: int) -> None:
    case = Case(process, deciding={"row_09": ["kembalikan"] * times}).finish()

    counted = Counter(rows_done(case))
    again = {int(element[4:]) for element in LOOPS[process]}
    assert counted == {row["order"]: times + 1 if row["order"] in again else 1 for row in facts(process)["rows"]}
    review = elements(case).index("row_09")
    assert elements(case)[review + 1 : review + 1 + len(LOOPS[process])] == LOOPS[process]


HISTORIES = [history for returns in (1, 2, 3) for history in product(["9", "10"], repeat=returns)]
"""The ways in which a Blitar draft comes back: from the review (9) or from the signature (10)."""


@pytest.mark.parametrize("wrong", [(), ("bidang1", "bidang3")], ids=["right", "wrong"])
@pytest.mark.parametrize("history", HISTORIES, ids="-".join)
def test_blitar_draft_comes_back_from_review_and_signature(history: tuple[str, ...], wrong: tuple[str, ...]) -> None:
    review = ["kembalikan" if source == "9" else "setuju" for source in history]
    signature = ["kembalikan"] * history.count("10")

    case = Case(BLITAR, wrong=wrong, deciding={"row_09": review, "row_10": signature}).finish()

    done = Counter(rows_done(case))
    assert (done[7], done[8]) == (1 + history.count("9"),) * 2
    assert done[9] == 1 + len(history)
    assert done[10] == 1 + history.count("10")
    assert (done[6], done[11], done[15]) == (1, 1, 1)


@pytest.mark.parametrize("process", LOOPS)
def test_decision_of_one_round_is_never_that_of_the_next(process: str) -> None:
    # Case itself checks at each opening that decision, reason and part are empty.
    case = Case(process, deciding={"row_09": ["kembalikan"] * 3})
    form = form_of(process, "row_09")
    review = Place(process, "row_09")

    for round_number in (1, 2, 3):
        case.until("row_09").complete(review)
        seen = case.variables()
        assert (seen["keputusan"], seen["bagian"]) == ("kembalikan", ["tabel capaian"])
        assert f"(putaran {round_number})" in seen["alasan"]
        case.until("row_09")
        undecided = forms.clean(form, {}, case.variables(review), {})
        assert undecided.errors["keputusan"].code == "required"
        assert undecided.values["keputusan"] is None
    case.complete(review)

    seen = case.variables()
    assert (seen["keputusan"], seen["alasan"], seen["bagian"]) == ("setuju", None, None)


def test_signature_of_one_round_is_never_that_of_the_next() -> None:
    case = Case(BLITAR, deciding={"row_10": ["kembalikan"]}).until("row_10")
    signature = Place(BLITAR, "row_10")

    case.complete(signature)
    refused = case.variables(Place(BLITAR, "row_09"))
    case.until("row_10")
    undecided = forms.clean(form_of(BLITAR, "row_10"), {}, case.variables(signature), {})
    case.complete(signature)

    assert (refused["pengesahan"], refused["keputusan"]) == ("kembalikan", "setuju")
    assert undecided.errors["pengesahan"].code == "required"
    assert (case.variables()["pengesahan"], case.variables()["alasan_pengesahan"]) == ("setuju", None)


# Wrong data ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("wrong", subsets(UNITS), ids="+".join)
@pytest.mark.parametrize("process", [BLITAR, WRONG_DATA])
def test_only_the_wrong_units_repair(process: str, wrong: tuple[str, ...]) -> None:
    case = Case(process, wrong=wrong).until("row_08_bidang", process=WRONG_DATA)

    assert case.open.keys() == {Place(WRONG_DATA, "row_08_bidang", unit) for unit in wrong}
    for place in case.open:
        seen = case.variables(place)
        assert (seen["unit"], seen["unit_perbaikan"]) == (place.unit, list(wrong))
        assert realisations(seen["data_bidang"]) == right(process, UNITS, wrong)
    case.until("row_09", process=WRONG_DATA)
    repairs = case.variables()["data_perbaikan"]
    assert [repair["unit"] for repair in repairs] == list(wrong)
    case.complete(Place(WRONG_DATA, "row_09"))

    seen = case.variables()
    assert realisations(seen["data_bidang"]) == right(process, UNITS)
    assert [sheet["unit"] for sheet in seen["data_bidang"]] == list(UNITS)
    assert case.open.keys() == {Place(BLITAR, "row_07") if process == BLITAR else Place(WRONG_DATA, "row_10")}
    case.finish()


def test_called_path_goes_through_compare_return_and_gather_only() -> None:
    case = Case(BLITAR, wrong=("bidang2",)).finish()

    inside = [place for place in case.done if place.process == WRONG_DATA]
    assert inside == [
        Place(WRONG_DATA, "row_07"),
        Place(WRONG_DATA, "row_08"),
        Place(WRONG_DATA, "row_08_bidang", "bidang2"),
        Place(WRONG_DATA, "row_09"),
    ]
    assert rows_done(case) == list(range(1, 16))


@pytest.mark.parametrize("wrong", [(), ("bidang2",)], ids=["none marked", "marked all the same"])
def test_comparison_that_finds_the_data_right_changes_nothing(wrong: tuple[str, ...]) -> None:
    case = Case(BLITAR, wrong=wrong, deciding={"row_06": ["tidak_sesuai"], "row_08": ["sesuai"]}).until("row_07")
    before = case.variables()

    case.finish()

    assert [place.element for place in case.done if place.process == WRONG_DATA] == ["row_07", "row_08"]
    assert realisations(before["data_bidang"]) == right(BLITAR, UNITS, wrong)
    assert "data_perbaikan" not in before


def test_doubted_and_repaired_data_come_back_three_times_from_review() -> None:
    case = Case(BLITAR, wrong=UNITS, deciding={"row_09": ["kembalikan"] * 3, "row_10": ["kembalikan"]}).finish()

    assert realisations(case.live.data()["data_bidang"]) == right(BLITAR, UNITS)
    assert Counter(rows_done(case))[6] == 1


def test_exception_path_started_alone_does_all_its_rows() -> None:
    case = Case(WRONG_DATA, wrong=("bidang1",)).finish()

    assert rows_done(case) == list(range(1, 12))
    assert "dari_berkas_utama" not in case.live.data()


# Units ----------------------------------------------------------------------------------------------


def finishing_orders(process: str) -> list[tuple[tuple[str, ...], tuple[str, ...]]]:
    """List who is asked and who finishes when: widths 1, 3 and 4."""
    units = tuple(answers.units(process))
    four = list(permutations(units)) if process == BANGGAI else [units, units[::-1], units[2:] + units[:2]]
    three = [(units[:3], order) for order in permutations(units[:3])]
    mixed = [(units[3], units[0], units[2])]
    return [
        ((units[2],), (units[2],)),
        *three,
        *((asked, asked[::-1]) for asked in mixed),
        *((units, order) for order in four),
    ]


@pytest.mark.parametrize(
    ("process", "asked", "order"),
    [
        pytest.param(process, asked, order, id=f"{process}-{'+'.join(order)}-of-{len(asked)}")
        for process in PROCESSES
        for asked, order in finishing_orders(process)
    ],
)
def test_results_stand_in_the_order_asked_whoever_finishes_first(
    process: str, asked: tuple[str, ...], order: tuple[str, ...]
) -> None:
    collecting, following = COLLECTION[process]
    case = Case(process, asked=asked).until(collecting)

    assert [task.item for task in case.step.open_tasks] == list(asked)
    assert [task.index for task in case.step.open_tasks] == list(range(len(asked)))
    for place in case.open:
        assert case.variables(place)["data_bidang"] == []
    case.until(following, order)

    assert [place.unit for place in case.done if place.unit] == list(order)
    seen = case.variables()
    assert seen["data_bidang"] == [{"unit": unit, **case.rounds[Place(process, collecting, unit)][0]} for unit in asked]
    assert realisations(seen["data_bidang"]) == right(process, asked)


@pytest.mark.parametrize("order", list(permutations(UNITS[:3])), ids="+".join)
def test_repairs_stand_in_the_order_of_the_units(order: tuple[str, ...]) -> None:
    case = Case(BLITAR, wrong=UNITS[:3]).until("row_08_bidang", process=WRONG_DATA)

    case.until("row_09", [*order, UNITS[3]], process=WRONG_DATA)

    assert [repair["unit"] for repair in case.variables()["data_perbaikan"]] == list(UNITS[:3])


@pytest.mark.parametrize("process", PROCESSES)
def test_only_declared_answers_become_variables(process: str) -> None:
    case = Case(process, wrong=("bidang1",))
    known = declared([process, *([CALLED[process]] if process in CALLED else [])])
    lists = {"unit_kantor", "data_bidang", "data_perbaikan", "dari_berkas_utama"}

    while case.open:
        case.next()
        for place in case.open:
            own = {"unit"} if place.unit else set()
            assert case.variables(place).keys() <= known | lists | own, place


# All together -------------------------------------------------------------------------------------


@settings(max_examples=20)
@given(st.data())
def test_any_walk_follows_the_table(data: st.DataObject) -> None:
    process = data.draw(st.sampled_from(PROCESSES))
    asked = data.draw(st.lists(st.sampled_from(answers.units(process)), min_size=1, unique=True))
    wrong = [unit for unit in asked if data.draw(st.booleans())]
    outcomes = st.lists(st.sampled_from(["setuju", "kembalikan"]), max_size=3)
    deciding = {"row_09": data.draw(outcomes), "row_10": data.draw(outcomes) if process == BLITAR else []}

    case = Case(process, asked=asked, wrong=wrong, deciding=deciding)
    while case.open:
        case.complete(data.draw(st.sampled_from(sorted(case.open))))

    expected = right(process, asked, () if CALLED.get(process, process) == WRONG_DATA else wrong)
    assert realisations(case.live.data()["data_bidang"]) == expected
