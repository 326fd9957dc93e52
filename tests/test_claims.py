"""Whose task it is: taken, let go of, handed on; who is refused, and when a task is free again."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from flask import Flask
from sqlalchemy import select, update

from service import claims, identity, tasks
from service.engine.assignment import Actor, Role
from service.errors import Conflict, Invalid, NotAllowed, NotFound, ReasonMissing, TaskClosed, TaskTaken
from service.identity import NewPerson
from service.models import Delivery, History, Holding, Instance, Person, Position, Task, db
from service.queries import inbox
from service.queries.inbox import InboxRow, View
from service.queries.organisation import Hierarchy
from tests import stage
from tests.answers import BLITAR
from tests.racing import Race
from tests.walking import Player

POST, SECOND = "blitar.jfu", "blitar.jfu2"
ELEMENT = "row_05"
"""The step of the staff, of whom there are two here."""


@pytest.fixture
def second(player: Player) -> Actor:
    """Give the post of the staff a second holder."""
    new = NewPerson(SECOND, "Staf Kedua", "kata sandi", [("blitar", "jfu")], [("blitar", Role.STAFF)])
    identity.add_person(new, player.now)
    return player.actor(SECOND)


@pytest.fixture
def task(player: Player) -> UUID:
    return player.task(player.reach(BLITAR, ELEMENT), ELEMENT).id


def row(task: UUID) -> Task:
    return db.session.scalars(select(Task).where(Task.id == task).execution_options(populate_existing=True)).one()


def lines(task: UUID) -> list[tuple[str, str, object, object]]:
    found = db.session.scalars(select(History).where(History.task_id == task).order_by(History.sequence))
    return [(line.kind, line.position, line.body.get("name"), line.body.get("reason")) for line in found]


def seen(player: Player, user: str, tab: str) -> list[InboxRow]:
    return list(inbox.inbox(player.actor(user), player.now, View(tab)).rows)


def leaves(player: Player, user: str) -> None:
    """Let somebody hold no post any more."""
    held = update(Holding).where(Holding.person_id == identity.person_named(user))
    db.session.execute(held.values(ends_at=player.now))
    db.session.commit()


def person_id(user: str) -> str:
    return str(identity.person_named(user))


# Taking ---------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("second")
def test_who_takes_a_task_has_it_and_the_others_see_that(player: Player, task: UUID) -> None:
    claims.claim(player.actor(POST), task, player.now)

    (own,) = seen(player, POST, "saya")
    (others,) = seen(player, SECOND, "jabatan")
    assert (own.is_mine, own.taken_by, own.group) == (True, "", "next")
    assert (others.is_mine, others.taken_by, others.group) == (False, "Staf Perencanaan", "taken")
    assert (seen(player, POST, "jabatan"), seen(player, SECOND, "saya"), seen(player, SECOND, "semua")) == ([], [], [])
    assert [inbox.open_count(player.actor(user), player.now) for user in (POST, SECOND)] == [1, 0]
    assert lines(task) == [("claimed", "Staf Perencanaan", None, None)]


@pytest.mark.usefixtures("second")
def test_only_who_took_a_task_completes_it(app: Flask, player: Player, task: UUID) -> None:
    found = row(task)
    raw = player.answers(found)
    claims.claim(player.actor(SECOND), task, player.now)
    before = stage.rows(app)

    with pytest.raises(TaskTaken) as refused:
        player.complete_raw(POST, task, raw)

    assert refused.value.facts == {"by": "Staf Perencanaan", "at": row(task).assigned_at}
    assert stage.rows(app) == before
    player.complete_raw(SECOND, task, raw)
    assert row(task).ended_by == identity.person_named(SECOND)


def test_a_task_that_nobody_took_is_completed_at_once(player: Player, task: UUID) -> None:
    found = row(task)

    player.complete_raw(POST, task, player.answers(found))

    assert (row(task).status, row(task).assignee) == ("completed", None)


@pytest.mark.usefixtures("second")
def test_who_lets_go_of_a_task_leaves_it_to_all(player: Player, task: UUID) -> None:
    claims.claim(player.actor(POST), task, player.now)

    claims.release(player.actor(POST), task, player.now)

    assert [seen(player, user, "jabatan")[0].taken_by for user in (POST, SECOND)] == ["", ""]
    assert [kind for kind, *_ in lines(task)] == ["claimed", "released"]
    claims.claim(player.actor(SECOND), task, player.now)
    assert seen(player, SECOND, "saya")[0].is_mine


@pytest.mark.usefixtures("second")
@pytest.mark.parametrize("ending", ["post", "account"])
def test_a_task_is_free_again_when_its_holder_leaves(player: Player, task: UUID, ending: str) -> None:
    raw = player.answers(row(task))
    claims.claim(player.actor(SECOND), task, player.now)

    if ending == "post":
        leaves(player, SECOND)
    else:
        db.session.execute(update(Person).where(Person.user_name == SECOND).values(is_active=False))
        db.session.commit()

    assert [found.taken_by for found in seen(player, POST, "jabatan")] == [""]
    player.complete_raw(POST, task, raw)
    assert row(task).ended_by == identity.person_named(POST)


def test_of_two_who_take_a_task_at_once_one_is_told_who_was_faster(race: Race) -> None:
    with race.player() as player:
        new = NewPerson(SECOND, "Staf Kedua", "kata sandi", [("blitar", "jfu")], [("blitar", Role.STAFF)])
        identity.add_person(new, player.now)
        task = player.task(player.reach(BLITAR, ELEMENT), ELEMENT).id

    def take(user: str) -> Callable[[Player], claims.Changed]:
        return lambda player: claims.claim(player.actor(user), task, player.now)

    outcomes = race.run("UPDATE instance", take(POST), take(SECOND))

    (refused,) = [outcome for outcome in outcomes if isinstance(outcome, Exception)]
    assert isinstance(refused, TaskTaken)
    assert refused.facts["by"] == "Staf Perencanaan"
    with race.player():
        assert [kind for kind, *_ in lines(task)] == ["claimed"]


# Handing on -----------------------------------------------------------------------------------------


def test_a_task_is_handed_on_done_and_told(player: Player, task: UUID) -> None:
    raw = player.answers(row(task))

    claims.delegate(player.actor(POST), task, person_id("blitar.kadis"), "Mohon  dibantu.", player.now)

    (got,) = seen(player, "blitar.kadis", "saya")
    assert (got.task_id, got.given_by, got.note) == (str(task), "Staf Perencanaan", "Mohon dibantu.")
    assert [found.taken_by for found in seen(player, POST, "jabatan")] == ["Kepala Dinas"]
    assert lines(task) == [("delegated", "Staf Perencanaan", "Kepala Dinas", "Mohon dibantu.")]
    with pytest.raises(TaskTaken):
        player.complete_raw(POST, task, raw)
    player.complete_raw("blitar.kadis", task, raw)
    assert row(task).ended_position == "Kepala Dinas"


def test_who_got_a_task_gives_it_back_and_nobody_else_has_it(player: Player, task: UUID) -> None:
    claims.delegate(player.actor(POST), task, person_id("blitar.kadis"), "", player.now)

    claims.hand_back(player.actor("blitar.kadis"), task, "Bukan bidang saya.", player.now)

    assert seen(player, "blitar.kadis", "saya") == []
    (own,) = seen(player, POST, "saya")
    assert (own.is_mine, own.given_by) == (True, "")
    assert lines(task)[1:] == [("handed_back", "Kepala Dinas", "Staf Perencanaan", "Bukan bidang saya.")]
    with pytest.raises(NotAllowed):
        tasks.opening(player.actor("blitar.kadis"), task)


def test_who_handed_a_task_on_has_it_back(player: Player, task: UUID) -> None:
    claims.delegate(player.actor(POST), task, person_id("blitar.kadis"), "", player.now)

    claims.take_back(player.actor(POST), task, player.now)

    assert (seen(player, "blitar.kadis", "saya"), len(seen(player, POST, "saya"))) == ([], 1)
    assert lines(task)[1:] == [("taken_back", "Staf Perencanaan", "Kepala Dinas", None)]


@pytest.mark.usefixtures("second")
def test_what_was_handed_on_falls_with_the_post_of_who_did(player: Player, task: UUID) -> None:
    raw = player.answers(row(task))
    claims.delegate(player.actor(SECOND), task, person_id("blitar.kadis"), "", player.now)

    leaves(player, SECOND)

    assert seen(player, "blitar.kadis", "saya") == []
    with pytest.raises(NotAllowed):
        player.complete_raw("blitar.kadis", task, raw)
    assert [found.taken_by for found in seen(player, POST, "jabatan")] == [""]


def test_who_gets_a_task_is_told_on_the_page_and_by_letter(player: Player, task: UUID) -> None:
    db.session.execute(update(Person).where(Person.user_name == "blitar.kadis").values(email="k@kantor.example"))
    db.session.commit()

    claims.delegate(player.actor(POST), task, person_id("blitar.kadis"), "Mohon dibantu.", player.now)
    claims.take_back(player.actor(POST), task, player.now)

    told = {(d.kind, d.channel, d.target, d.body["reason"]) for d in db.session.scalars(select(Delivery))}
    kadis = identity.person_named("blitar.kadis")
    assert told == {
        (kind, channel, kadis, reason)
        for channel in ("page", "mail")
        for kind, reason in (("task-handed", "Mohon dibantu."), ("task-taken-away", ""))
    }


# Refusals -------------------------------------------------------------------------------------------

Act = Callable[[Player, UUID], object]


def as_user(user: str, act: Callable[..., object], *arguments: object) -> Act:
    return lambda player, task: act(player.actor(user), task, *arguments, player.now)


def handed(player: Player, task: UUID) -> None:
    claims.delegate(player.actor(POST), task, person_id("blitar.kadis"), "", player.now)


def taken(player: Player, task: UUID) -> None:
    claims.claim(player.actor(POST), task, player.now)


def free(_player: Player, _task: UUID) -> None:
    """Leave it as it is."""


def done(player: Player, task: UUID) -> None:
    player.complete_raw(POST, task, player.answers(row(task)))


def to(user: str) -> Act:
    return lambda player, task: claims.delegate(player.actor(POST), task, person_id(user), "", player.now)


STATES: dict[str, tuple[Callable[[Player, UUID], None], Act, type[Exception]]] = {
    "another post takes": (free, as_user("blitar.kadis", claims.claim), NotAllowed),
    "another office takes": (free, as_user("nganjuk.kadis", claims.claim), NotFound),
    "taken twice": (taken, as_user(POST, claims.claim), Conflict),
    "let go of by nobody": (free, as_user(POST, claims.release), Conflict),
    "let go of by another": (taken, as_user("blitar.kadis", claims.release), TaskTaken),
    "let go of what was handed on": (handed, as_user("blitar.kadis", claims.release), Conflict),
    "taken while handed on": (handed, as_user(POST, claims.claim), TaskTaken),
    "handed on twice": (handed, to("blitar.sekretaris"), TaskTaken),
    "handed on further": (
        handed,
        lambda p, t: claims.delegate(p.actor("blitar.kadis"), t, person_id("blitar.sekretaris"), "", p.now),
        Conflict,
    ),
    "handed to oneself": (free, to(POST), Invalid),
    "handed to another office": (free, to("nganjuk.kadis"), Invalid),
    "handed to an auditor": (free, to("auditor"), Invalid),
    "given back what was taken": (taken, as_user(POST, claims.hand_back, ""), Conflict),
    "given back by another": (handed, as_user(POST, claims.hand_back, ""), TaskTaken),
    "had back by another": (handed, as_user("blitar.sekretaris", claims.take_back), NotAllowed),
    "had back though nobody has it": (free, as_user(POST, claims.take_back), Conflict),
    "taken when done": (done, as_user(POST, claims.claim), TaskClosed),
}


@pytest.mark.parametrize("case", STATES)
def test_what_is_refused_changes_nothing(app: Flask, player: Player, task: UUID, case: str) -> None:
    prepare, act, refusal = STATES[case]
    prepare(player, task)
    before = stage.rows(app)

    with pytest.raises(refusal) as refused:
        act(player, task)

    assert type(refused.value) is refusal
    assert stage.rows(app) == before


# Separation of duties -------------------------------------------------------------------------------


@pytest.fixture
def review(player: Player) -> UUID:
    """Return the review of a draft, which its writer may neither do nor get."""
    return player.task(player.reach(BLITAR, "row_09"), "row_09").id


def add_post(user: str, code: str) -> None:
    held = {"capacity": "definitive", "starts_at": stage.MONDAY, "recorded_at": stage.MONDAY}
    person = identity.person_named(user)
    db.session.add(Holding(tenant_id="blitar", id=uuid4(), person_id=person, position_code=code, **held))
    db.session.commit()


WAYS: dict[str, Act] = {
    "completes": lambda p, t: tasks.complete(p.actor("blitar.kasubbag"), t, {"keputusan": "setuju"}, p.now),
    "takes": as_user("blitar.kasubbag", claims.claim),
    "hands on": lambda p, t: claims.delegate(p.actor("blitar.kasubbag"), t, person_id("blitar.kadis"), "", p.now),
    "gets": lambda p, t: claims.delegate(p.actor("blitar.sekretaris"), t, person_id("blitar.kasubbag"), "", p.now),
}


ACTS = {"completes": "complete", "takes": "claimed", "hands on": "delegated", "gets": "delegated"}


@pytest.mark.parametrize("way", WAYS)
def test_nobody_decides_on_his_own_work_in_any_way(app: Flask, player: Player, review: UUID, way: str) -> None:
    add_post("blitar.kasubbag", "sekretaris")
    before = stage.rows(app, stage.WORK_TABLES)

    with pytest.raises(NotAllowed) as refused:
        WAYS[way](player, review)
    with pytest.raises(NotAllowed):
        WAYS[way](player, review)

    assert refused.value.facts == {"own_work": True}
    assert stage.rows(app, stage.WORK_TABLES) == before
    told = db.session.scalars(select(History).where(History.kind == "refused", History.task_id == review)).all()
    assert [(line.body["rule"], line.body["act"]) for line in told] == [("sop.bukan_pelaksana", ACTS[way])]
    assert db.session.scalar(select(Instance.lines).where(Instance.id == told[0].instance_id)) == told[0].sequence


def test_who_may_not_get_a_task_is_not_offered(player: Player, review: UUID) -> None:
    _, _, offered = claims.receivers(player.actor("blitar.sekretaris"), review, player.now)

    assert {"Kasubbag Perencanaan", "Sekretaris"}.isdisjoint({one.position for one in offered})
    assert "Kepala Dinas" in {one.position for one in offered}


# One-click outcomes ---------------------------------------------------------------------------------


def test_the_button_that_completed_a_task_is_kept_with_its_words(player: Player, review: UUID) -> None:
    case = row(review).instance_id

    player.complete(case, "row_09", outcome="kembalikan")

    found = row(review)
    assert (found.outcome, found.outcome_label) == ("kembalikan", "Kembalikan")
    line = db.session.scalars(select(History).where(History.task_id == review)).one()
    assert (line.body["outcome"], line.body["outcome_label"]) == ("kembalikan", "Kembalikan")
    drafts = db.session.scalars(select(Task).where(Task.element == "row_07", Task.status == "completed"))
    assert [draft.outcome for draft in drafts] == [""]


# Superiors ------------------------------------------------------------------------------------------


@pytest.fixture
def above(player: Player) -> None:  # noqa: ARG001 - whose office it is
    """Let the staff answer to the Kasubbag, and the Kasubbag to the Sekretaris."""
    for code, superior in (("jfu", "kasubbag"), ("kasubbag", "sekretaris")):
        place = update(Position).where(Position.tenant_id == "blitar", Position.code == code)
        db.session.execute(place.values(superior_code=superior))
    db.session.commit()


@pytest.mark.usefixtures("above")
@pytest.mark.parametrize("superior", ["blitar.kasubbag", "blitar.sekretaris"])
def test_a_superior_gives_a_task_to_another_and_both_are_told(player: Player, task: UUID, superior: str) -> None:
    raw = player.answers(row(task))
    claims.claim(player.actor(POST), task, player.now)

    claims.assign(player.actor(superior), task, person_id("blitar.bidang1"), "Staf sedang sakit.", player.now)

    told = {(d.kind, d.target) for d in db.session.scalars(select(Delivery)) if d.channel == "page"}
    assert told >= {
        ("task-taken-away", identity.person_named(POST)),
        ("task-handed", identity.person_named("blitar.bidang1")),
    }
    assert lines(task)[-1][0] == "assigned"
    assert lines(task)[-1][2:] == ("Kabid Pemberdayaan Sosial", "Staf sedang sakit.")
    with pytest.raises(TaskTaken):
        player.complete_raw(POST, task, raw)
    player.complete_raw("blitar.bidang1", task, raw)
    assert row(task).ended_position == "Kabid Pemberdayaan Sosial"


ASSIGNING: dict[str, tuple[str, str, str, type[Exception]]] = {
    "somebody below": (POST, "blitar.bidang1", "Sedang cuti.", NotAllowed),
    "somebody beside": ("blitar.bidang2", "blitar.bidang1", "Sedang cuti.", NotAllowed),
    "an admin": ("admin", "blitar.bidang1", "Sedang cuti.", NotFound),
    "no reason": ("blitar.kasubbag", "blitar.bidang1", " ", ReasonMissing),
    "another office": ("blitar.kasubbag", "nganjuk.kadis", "Sedang cuti.", Invalid),
}


@pytest.mark.usefixtures("above")
@pytest.mark.parametrize("case", ASSIGNING)
def test_who_may_not_assign_changes_nothing(app: Flask, player: Player, task: UUID, case: str) -> None:
    user, receiver, reason, refusal = ASSIGNING[case]
    before = stage.rows(app)

    with pytest.raises(refusal):
        claims.assign(player.actor(user), task, person_id(receiver), reason, player.now)

    assert stage.rows(app) == before


def test_a_superior_cannot_give_somebody_his_own_work_to_decide_on(app: Flask, player: Player, review: UUID) -> None:
    place = update(Position).where(Position.tenant_id == "blitar", Position.code == "sekretaris")
    db.session.execute(place.values(superior_code="kadis"))
    db.session.commit()
    before = stage.rows(app, stage.WORK_TABLES)

    with pytest.raises(NotAllowed) as refused:
        claims.assign(
            player.actor("blitar.kadis"), review, person_id("blitar.kasubbag"), "Sekretaris cuti.", player.now
        )

    assert refused.value.facts == {"own_work": True}
    assert stage.rows(app, stage.WORK_TABLES) == before


TREE = Hierarchy({
    "kadis": (None, None),
    "sekretaris": ("sekretariat", "kadis"),
    "kasubbag": ("sekretariat", "sekretaris"),
    "staf": ("sekretariat", "kasubbag"),
    "kabid": ("bidang", "kadis"),
})  # fmt: skip


@pytest.mark.parametrize(
    ("groups", "above"),
    [
        (["staf"], {"kasubbag", "sekretaris", "kadis"}),
        (["sekretariat"], {"sekretaris", "kadis"}),
        (["kasubbag"], {"sekretaris", "kadis"}),
        (["kadis"], set()),
        (["tamu"], set()),
        (["@blitar.kadis"], set()),
    ],
)
def test_superiors_are_those_above_and_the_heads_of_units(groups: list[str], above: set[str]) -> None:
    assert TREE.above(groups) == above


@pytest.mark.parametrize(
    ("posts", "groups", "starting", "alone"),
    [
        (["kadis"], ["kadis"], ["kadis"], {"kadis"}),
        (["kadis"], ["kadis"], ["staf"], set()),
        (["kadis"], ["kadis"], ["sekretariat"], set()),
        (["sekretaris", "kadis"], ["sekretaris"], ["kadis"], {"kadis"}),
        (["staf", "kadis"], ["staf"], ["kadis"], set()),
        (["sekretaris"], ["sekretaris"], ["sekretaris"], set()),
        (["kadis"], ["staf"], ["kadis"], set()),
    ],
)
def test_the_head_is_alone_where_nobody_else_is_above_or_starts(
    posts: list[str], groups: list[str], starting: list[str], alone: set[str]
) -> None:
    assert TREE.head_alone(posts, groups, starting) == alone


def test_a_hierarchy_that_goes_in_circles_ends() -> None:
    assert Hierarchy({"a": (None, "b"), "b": (None, "a")}).above(["a"]) == {"b"}


# Laying aside ---------------------------------------------------------------------------------------


def group(player: Player, user: str, task: UUID) -> str:
    (found,) = (one for one in seen(player, user, "semua") if one.task_id == str(task))
    return found.group


def test_who_has_a_task_lays_it_aside_until_the_office_opens_and_it_is_due_as_before(player: Player) -> None:
    task = player.task(player.reach(BLITAR, "row_04_bidang"), "row_04_bidang", "bidang1").id  # due on Monday the 9th
    user = "blitar.bidang1"
    actor, due, before = player.actor(user), row(task).due_at, group(player, user, task)
    claims.claim(actor, task, player.now)
    claims.lay_aside(actor, task, date(2026, 11, 7), player.now)  # a Saturday

    assert (row(task).follow_up_at, row(task).due_at) == (datetime(2026, 11, 9, 0, 30, tzinfo=UTC), due)
    assert (before, group(player, user, task)) == ("next", "aside")
    player.now = datetime(2026, 11, 9, 0, 30, tzinfo=UTC)
    assert group(player, user, task) == "today"
    assert [line[:2] for line in lines(task)] == [("claimed", actor.label), ("laid-aside", actor.label)]


def test_a_late_task_is_before_everybody_though_it_was_laid_aside(player: Player) -> None:
    task = player.task(player.reach(BLITAR, "row_04_bidang"), "row_04_bidang", "bidang1").id
    actor = player.actor("blitar.bidang1")
    claims.claim(actor, task, player.now)
    claims.lay_aside(actor, task, date(2026, 12, 1), player.now)

    player.now += timedelta(days=8)

    assert group(player, "blitar.bidang1", task) == "late"


@pytest.mark.parametrize("act", ["resume", "release", "delegate"])
def test_it_is_before_whoever_takes_it_up_again_or_gets_it(player: Player, second: Actor, task: UUID, act: str) -> None:
    claims.claim(second, task, player.now)
    claims.lay_aside(second, task, date(2026, 11, 6), player.now)

    if act == "resume":
        claims.lay_aside(second, task, None, player.now)
    elif act == "release":
        claims.release(second, task, player.now)
    else:
        claims.delegate(second, task, str(identity.person_named("blitar.kasubbag")), "", player.now)

    assert row(task).follow_up_at is None


def test_nobody_else_lays_it_aside_and_not_to_a_day_that_is_over(player: Player, second: Actor, task: UUID) -> None:
    first, ahead = player.actor(POST), date(2026, 11, 6)
    with pytest.raises(Conflict):
        claims.lay_aside(first, task, ahead, player.now)
    claims.claim(first, task, player.now)
    with pytest.raises(TaskTaken):
        claims.lay_aside(second, task, ahead, player.now)
    for day in (date.min, date(2026, 11, 2), date(2027, 11, 5), date.max):
        with pytest.raises(Invalid):
            claims.lay_aside(first, task, day, player.now)

    assert row(task).follow_up_at is None
    assert [line[0] for line in lines(task)] == ["claimed"]
