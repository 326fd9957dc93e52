"""What a person chooses to be told of."""

import pytest
from sqlalchemy import select

from service import deliveries, preferences
from service.errors import Invalid, NotFound
from service.identity import set_active
from service.models import Delivery, db
from tests.answers import BLITAR, NGANJUK
from tests.walking import Player


def told() -> list[str]:
    found = select(Delivery.kind).where(Delivery.channel == "mail").order_by(Delivery.created_at)
    return list(db.session.scalars(found))


@pytest.mark.parametrize(
    ("mail", "kinds"),
    [("all", ["task-opened", "task-opened"]), ("urgent", ["task-opened"]), ("none", [])],
)
def test_letters_come_as_somebody_wants_them(player: Player, mail: str, kinds: list[str]) -> None:
    actor = player.actor("nganjuk.penyusun")
    deliveries.set_email("nganjuk.penyusun", "penyusun@nganjuk.example")
    preferences.choose(actor, mail=mail, digest=False, language="en")

    player.reach(NGANJUK, "row_05")  # one step of ten minutes, one of two days

    assert told() == kinds
    assert preferences.of(actor) == preferences.Preferences(
        "penyusun@nganjuk.example", mail, digest=False, language="en", has_feed=False
    )


def test_returned_work_is_urgent(player: Player) -> None:
    case = player.reach(BLITAR, "row_09")
    deliveries.set_email("blitar.kasubbag", "kasubbag@blitar.example")

    player.complete(case, "row_09", outcome="kembalikan")

    assert told()[-1] == "task-returned"


@pytest.mark.parametrize("wrong", [{"mail": "sometimes"}, {"language": "de"}, {"mail": ""}])
def test_there_is_no_such_choice(player: Player, wrong: dict[str, str]) -> None:
    actor = player.actor("nganjuk.penyusun")
    before = preferences.of(actor)

    with pytest.raises(Invalid):
        preferences.choose(actor, **{"mail": "all", "language": "id", **wrong}, digest=False)

    assert preferences.of(actor) == before


def test_the_address_of_a_calendar_opens_until_it_is_withdrawn(player: Player) -> None:
    actor = player.actor("nganjuk.penyusun")
    first, second = preferences.open_feed(actor), preferences.open_feed(actor)

    assert preferences.feed_reader(second) == actor.person_id
    for secret in (first, "", second[:-1]):
        with pytest.raises(NotFound):
            preferences.feed_reader(secret)

    set_active("nganjuk.penyusun", is_active=False)
    with pytest.raises(NotFound):
        preferences.feed_reader(second)
    set_active("nganjuk.penyusun", is_active=True)
    preferences.close_feed(actor)
    with pytest.raises(NotFound):
        preferences.feed_reader(second)
