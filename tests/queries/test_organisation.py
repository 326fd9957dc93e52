"""Names of offices, positions and units."""

import pytest

from service.queries import organisation
from tests import stage
from tests.walking import Player


@pytest.mark.parametrize(
    ("groups", "holder"),
    [
        (["kadis"], "Kepala Dinas"),
        (["kadis", "kasubbag"], "Kepala Dinas / Kasubbag Perencanaan"),
        (["bidang1"], "Bidang Pemberdayaan Sosial"),
        (["tidak_ada"], "Lajur"),
        (["tidak_ada", "kadis"], "Kepala Dinas"),
        ([], "Lajur"),
    ],
)
def test_work_waits_for_a_position_a_unit_or_else_the_lane(player: Player, groups: list[str], holder: str) -> None:
    names = organisation.group_names(player.actor("blitar.jfu"))

    assert organisation.holder(groups, names, "Lajur") == holder


def test_names_are_those_of_the_own_office(player: Player) -> None:
    actor = player.actor("nganjuk.penyusun")

    assert organisation.unit_names(actor) == stage.unit_names("nganjuk")
    assert organisation.office_name(actor).endswith("Kabupaten Nganjuk")
    assert organisation.office_zone(actor) == "Asia/Jakarta"
    assert organisation.office_zone(player.actor("banggai.kadis")) == "Asia/Makassar"
    assert "sek_tim" not in organisation.group_names(actor)


@pytest.mark.usefixtures("player")
def test_the_demonstration_people_are_listed_once_with_their_position() -> None:
    holders = organisation.holders(stage.MONDAY)

    assert len(holders) == len({user for user, _ in holders}) == 28
    assert ("blitar.kadis", "Kepala Dinas, Dinas Sosial Kabupaten Blitar") in holders
    assert ("analis", "") in holders


@pytest.mark.usefixtures("player")
def test_user_names_say_who_may_sign_in() -> None:
    assert ("analis", "Analis", True) in organisation.user_names()
