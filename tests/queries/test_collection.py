"""Who owes data: the units of a step that is done once for each."""

from uuid import UUID

import pytest
from flask import Flask

from service.errors import NotFound
from service.queries.collection import collection
from tests import answers, stage
from tests.answers import BLITAR, NGANJUK, WRONG_DATA
from tests.walking import Player


def test_the_board_tells_who_handed_in_what(player: Player) -> None:
    case = player.reach(NGANJUK, "row_04_bidang")
    player.complete(case, "row_04_bidang", "bidang1")

    page = collection(player.actor("nganjuk.bidang2"), player.now, case, "row_04_bidang")

    assert (page.received, page.total, page.title, page.order, page.steps) == (1, 4, "Mengisi data Bidang", 4, 7)
    assert [(unit.code, unit.state, unit.filled, unit.of, unit.evidence, unit.mine) for unit in page.units] == [
        ("bidang2", "open", 0, 0, 0, True),
        ("bidang3", "open", 0, 0, 0, False),
        ("sekretariat", "open", 0, 0, 0, False),
        ("bidang1", "received", 2, 2, 2, False),
    ]
    assert (page.next_order, page.next_title) == (4, "Menghimpun isian dan meneruskannya")


def test_a_unit_that_repairs_its_data_is_told_why(player: Player) -> None:
    case = player.reach(WRONG_DATA, "row_07")
    player.complete(case, "row_07", wrong=("bidang1",))
    player.complete(case, "row_08", wrong=("bidang1",))

    page = collection(player.actor("blitar.kasubbag"), player.now, case, "row_08_bidang")

    assert [(unit.code, unit.state, unit.reason) for unit in page.units] == [
        ("bidang1", "returned", "Angka sama persis dengan tahun lalu. Mohon diperbaiki dan dilampirkan bukti dukung.")
    ]


@pytest.mark.parametrize("element", ["row_01", "gw_06", "tidak_ada", "", "\x00"])
def test_a_step_that_collects_nothing_has_no_board(player: Player, element: str) -> None:
    case = player.start(BLITAR)

    with pytest.raises(NotFound):
        collection(player.actor("auditor", "blitar"), player.now, case, element)


def test_a_board_of_one_unit_costs_as_many_queries_as_one_of_four(app: Flask, player: Player) -> None:
    def cost(case: UUID) -> tuple[int, int]:
        actor = player.actor("auditor", "nganjuk")
        with stage.statements(app) as ran:
            page = collection(actor, player.now, case, "row_04_bidang")
        return page.total, len(ran)

    def asked(*units: str) -> UUID:
        case = player.reach(NGANJUK, "row_03")
        player.complete(case, "row_03", asked=units)
        return case

    one, four = asked("bidang1"), asked(*answers.units(NGANJUK))
    cost(one)

    assert [total for total, _ in (cost(one), cost(four))] == [1, 4]
    assert cost(one)[1] == cost(four)[1]
