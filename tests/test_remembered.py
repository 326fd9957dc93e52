"""What a process remembers of an office, and when it reads it again."""

from service import store
from service.models import Unit, db
from service.queries import organisation
from tests.walking import Player


def test_a_rehearsal_leaves_nothing_behind(player: Player) -> None:
    admin = player.actor("admin", "nganjuk")
    before = dict(organisation.unit_names(admin))
    code = min(before)

    with store.changing("nganjuk", None, player.now, is_rehearsal=True):
        db.session.get_one(Unit, ("nganjuk", code)).name = "Bidang Percobaan"
        db.session.flush()
        organisation.unit_names(player.actor("admin", "nganjuk"))

    assert organisation.unit_names(admin) == before


def test_what_is_remembered_belongs_to_one_office(player: Player) -> None:
    names = [organisation.office_name(player.actor("admin", office)) for office in ("nganjuk", "blitar")]

    assert len({*names}) == len(names)
