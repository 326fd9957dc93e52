"""Where the office wants it so, a new version comes into force when a second person has looked at it."""

from collections.abc import Sequence
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from service import deployments, identity, instances, releases
from service.drafts import File
from service.engine.assignment import Actor, Role
from service.errors import Conflict, NotAllowed, NotFound, ReasonMissing
from service.identity import NewPerson
from service.models import Definition, Instance, Person, StartTrigger, db
from service.queries import definitions
from tests.answers import NGANJUK
from tests.drafting import OFFICE, Sketch, timer
from tests.engine.drawing import call, end, line, process, start, task
from tests.racing import Race
from tests.test_deployments import changed
from tests.walking import Player

WHY = "Waktu baku langkah tiga belum sesuai keputusan."


@pytest.fixture
def analysts(player: Player) -> tuple[Actor, Actor]:
    """Let the office want a second person; return who deploys and who releases."""
    new = NewPerson("analis2", "Analis Kedua", "rahasia-panjang", roles=[("nganjuk", Role.ANALYST)])
    identity.add_person(new, player.now)
    releases.require_second_person(player.actor("admin", "nganjuk"), needed=True)
    return player.actor("analis", "nganjuk"), player.actor("analis2")


def deploy(actor: Actor, player: Player, files: Sequence[File] = ()) -> deployments.Deployed:
    changes = files or changed(NGANJUK, "Mengirim format ke tiap Bidang", "Mengirim format baru ke tiap Bidang")
    (stored,), _ = deployments.deploy(actor, changes, player.now)
    return stored


def version_of(case: object) -> int:
    found = select(Definition.version).join(Instance, Instance.definition_id == Definition.id)
    return db.session.scalars(found.where(Instance.id == case)).one()


def test_cases_start_with_a_version_once_it_was_released(player: Player, analysts: tuple[Actor, Actor]) -> None:
    first, second = analysts
    assert deploy(first, player).waits
    assert version_of(player.start(NGANJUK)) == 1

    releases.release(second, NGANJUK, 2, player.now)

    assert version_of(player.start(NGANJUK)) == 2
    page = definitions.process(player.actor("nganjuk.kasubbag"), NGANJUK)
    assert [(row.version, row.state, row.decided_by) for row in page.versions] == [
        (2, "in-force", "Analis Kedua"),
        (1, "past", ""),
    ]


def test_nobody_releases_what_he_deployed(player: Player, analysts: tuple[Actor, Actor]) -> None:
    first, second = analysts
    deploy(first, player)
    db.session.execute(update(Person).values(nip="198501012010011001"))  # both accounts are one human being's
    db.session.commit()
    same = player.actor("analis2")

    for actor in (first, same, player.actor("nganjuk.kadis"), player.actor("admin", "nganjuk")):
        with pytest.raises(NotAllowed):
            releases.release(actor, NGANJUK, 2, player.now)
        with pytest.raises(NotAllowed):
            releases.refuse(actor, NGANJUK, 2, WHY, player.now)

    assert version_of(player.start(NGANJUK)) == 1
    assert second.person_id == same.person_id


def test_a_version_is_decided_on_once(player: Player, analysts: tuple[Actor, Actor]) -> None:
    first, second = analysts
    deploy(first, player)
    releases.refuse(second, NGANJUK, 2, WHY, player.now)

    with pytest.raises(Conflict):
        releases.release(second, NGANJUK, 2, player.now)
    with pytest.raises(Conflict):
        releases.refuse(second, NGANJUK, 1, WHY, player.now)
    assert version_of(player.start(NGANJUK)) == 1

    again = deploy(first, player)
    assert (again.version, again.unchanged, again.waits) == (3, False, True)


def test_only_the_newest_version_can_be_released(player: Player, analysts: tuple[Actor, Actor]) -> None:
    first, second = analysts
    deploy(first, player)
    deploy(first, player, changed(NGANJUK, "Merekap data terkumpul", "Merekap data"))

    with pytest.raises(Conflict):
        releases.release(second, NGANJUK, 2, player.now)
    releases.release(second, NGANJUK, 3, player.now)

    with pytest.raises(NotFound):
        releases.release(second, NGANJUK, 4, player.now)


def test_a_refusal_says_why(player: Player, analysts: tuple[Actor, Actor]) -> None:
    first, second = analysts
    deploy(first, player)

    with pytest.raises(ReasonMissing):
        releases.refuse(second, NGANJUK, 2, "ok", player.now)
    releases.refuse(second, NGANJUK, 2, WHY, player.now)

    newest = definitions.process(first, NGANJUK).versions[0]
    assert (newest.state, newest.decided_by, newest.refusal) == ("refused", "Analis Kedua", WHY)


def test_staff_see_nothing_of_an_sop_that_was_never_in_force(sketch: Sketch) -> None:
    releases.require_second_person(sketch.actor("admin", OFFICE), needed=True)
    sketch.deploy(process(start(), task("isi"), end(), line("mulai", "isi", "selesai")))
    staff, analyst = sketch.actor("blitar.kadis"), sketch.actor("analis", OFFICE)

    assert sketch.key not in {row.key for row in definitions.processes(staff)}
    assert sketch.key not in {row.key for row in definitions.startable(staff)}
    assert [(row.is_in_force, row.waiting) for row in definitions.processes(analyst) if row.key == sketch.key] == [
        (False, 1)
    ]
    with pytest.raises(NotFound):
        definitions.process(staff, sketch.key)
    with pytest.raises(NotFound):
        definitions.content(staff, sketch.key, 1)
    with pytest.raises(NotFound):
        instances.start(staff, sketch.key, {}, sketch.now)


def test_what_starts_by_itself_does_so_from_the_release_on(sketch: Sketch) -> None:
    second = NewPerson("analis2", "Analis Kedua", "rahasia-panjang", roles=[(OFFICE, Role.ANALYST)])
    identity.add_person(second, sketch.now)
    releases.require_second_person(sketch.actor("admin", OFFICE), needed=True)
    event = start().replace("/>", f">{timer('timeCycle', 'R/PT1H')}</bpmn:startEvent>")
    sketch.deploy(process(event, task("isi"), end(), line("mulai", "isi", "selesai")))
    assert sketch.later(hours=2) == 0

    releases.release(sketch.actor("analis2"), sketch.key, 1, sketch.now)

    assert db.session.get_one(StartTrigger, (OFFICE, sketch.key)).due_at == sketch.now + timedelta(hours=1)
    assert sketch.later(hours=1) == 1


def test_an_sop_is_released_after_those_that_it_calls(sketch: Sketch) -> None:
    second = NewPerson("analis2", "Analis Kedua", "rahasia-panjang", roles=[(OFFICE, Role.ANALYST)])
    identity.add_person(second, sketch.now)
    releases.require_second_person(sketch.actor("admin", OFFICE), needed=True)
    called = process(start(), task("isi"), end(), line("mulai", "isi", "selesai"), key="dipanggil")
    sketch.deploy(process(start(), call("panggil", "dipanggil"), end(), line("mulai", "panggil", "selesai")), called)
    analyst = sketch.actor("analis2")

    with pytest.raises(Conflict):
        releases.release(analyst, sketch.key, 1, sketch.now)
    releases.release(analyst, "dipanggil", 1, sketch.now)
    releases.release(analyst, sketch.key, 1, sketch.now)


def test_no_version_is_released_with_which_an_sop_calls_itself(sketch: Sketch) -> None:
    second = NewPerson("analis2", "Analis Kedua", "rahasia-panjang", roles=[(OFFICE, Role.ANALYST)])
    identity.add_person(second, sketch.now)
    analyst = sketch.actor("analis2")
    for key in ("satu", "dua", "tiga"):
        sketch.deploy(process(start(), task("isi"), end(), line("mulai", "isi", "selesai"), key=key))
    releases.require_second_person(sketch.actor("admin", OFFICE), needed=True)
    for key, called in (("satu", "dua"), ("dua", "tiga"), ("tiga", "satu")):
        sketch.deploy(process(start(), call("panggil", called), end(), line("mulai", "panggil", "selesai"), key=key))
    releases.release(analyst, "satu", 2, sketch.now)
    releases.release(analyst, "dua", 2, sketch.now)

    with pytest.raises(Conflict, match="call itself"):
        releases.release(analyst, "tiga", 2, sketch.now)

    sketch.key = "satu"
    assert sketch.open_elements(sketch.begin()) == ["isi"]


def test_a_version_that_a_newer_one_overtakes_is_not_released(race: Race) -> None:
    def deploy_every(hours: int) -> None:
        event = start().replace("/>", f">{timer('timeCycle', f'R/PT{hours}H')}</bpmn:startEvent>")
        Sketch().deploy(process(event, task("isi"), end(), line("mulai", "isi", "selesai")))

    with race.player() as player:
        second = NewPerson("analis2", "Analis Kedua", "rahasia-panjang", roles=[(OFFICE, Role.ANALYST)])
        identity.add_person(second, player.now)
        releases.require_second_person(player.actor("admin", OFFICE), needed=True)
        deploy_every(1)
        releases.require_second_person(player.actor("admin", OFFICE), needed=False)

    released, _ = race.between(
        "UPDATE office",
        lambda player: releases.release(player.actor("analis2"), "proses", 1, player.now),
        lambda _: deploy_every(9),
    )

    assert isinstance(released, Conflict)
    with race.player() as player:
        clock = db.session.get_one(StartTrigger, (OFFICE, "proses"))
        assert clock.due_at == player.now + timedelta(hours=9)


def test_a_version_waits_if_that_is_wanted_while_it_is_deployed(race: Race) -> None:
    race.between(
        "UPDATE office",
        lambda _: Sketch().deploy(process(start(), task("isi"), end(), line("mulai", "isi", "selesai"))),
        lambda player: releases.require_second_person(player.actor("admin", OFFICE), needed=True),
    )

    with race.player():
        assert [one.is_waiting for one in db.session.scalars(select(Definition).where(Definition.key == "proses"))] == [
            True
        ]
