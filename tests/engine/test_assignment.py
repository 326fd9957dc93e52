"""Who may do what: refused unless a position, a unit or a role says yes."""

from itertools import chain, combinations
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.engine.assignment import (
    Actor,
    Post,
    Role,
    is_candidate,
    require_candidate,
    require_other_person,
    require_role,
)
from service.errors import NotAllowed

ANI, BUDI = UUID(int=1), UUID(int=2)
SECRETARY = Post("sekretaris", "Sekretaris", "sekretariat")
HEAD_OF_UNIT = Post("kabid", "Kepala Bidang Rehabilitasi Sosial", "bidang2")
HEAD = Post("kadis", "Kepala Dinas", "")
EVERY_SET_OF_ROLES = [
    frozenset(chosen) for chosen in chain.from_iterable(combinations(Role, size) for size in range(len(Role) + 1))
]


def actor(*posts: Post, roles: frozenset[Role] = frozenset({Role.STAFF})) -> Actor:
    return Actor(ANI, "blitar.ani", "Ani", "blitar", posts, roles)


@pytest.mark.parametrize(
    ("posts", "groups"),
    [
        ((), set()),
        ((HEAD,), {"kadis"}),
        ((SECRETARY,), {"sekretaris", "sekretariat"}),
        ((SECRETARY, HEAD_OF_UNIT), {"sekretaris", "sekretariat", "kabid", "bidang2"}),
        ((Post("", "Tanpa kode", ""),), set()),
    ],
)
def test_groups_are_positions_their_units_and_the_person(posts: tuple[Post, ...], groups: set[str]) -> None:
    assert actor(*posts).groups == {*groups, "@blitar.ani"}


@pytest.mark.parametrize(
    ("posts", "groups", "expected"),
    [
        ((HEAD,), ["kadis"], True),
        ((HEAD,), ["sekretaris", "kadis"], True),
        ((HEAD_OF_UNIT,), ["bidang2"], True),
        ((SECRETARY, HEAD), ["kadis"], True),
        ((HEAD_OF_UNIT,), ["bidang1"], False),
        ((HEAD,), ["sekretaris"], False),
        ((HEAD,), ["Kadis"], False),
        ((HEAD,), ["kad"], False),
        ((HEAD,), ["kadis "], False),
        ((HEAD,), ["kadis,sekretaris"], False),
        ((HEAD,), [""], False),
        ((HEAD,), [], False),
        ((HEAD,), ["${unit}"], False),
        ((), ["kadis"], False),
        ((), [""], False),
        ((Post("", "Tanpa kode", ""),), [""], False),
    ],
)
def test_candidate_holds_the_position_or_belongs_to_the_unit(
    posts: tuple[Post, ...],
    groups: list[str],
    expected: bool,  # noqa: FBT001 - a column of the table
) -> None:
    somebody = actor(*posts)

    assert is_candidate(somebody, groups) is expected
    assert is_candidate(somebody, iter(groups)) is expected
    if expected:
        require_candidate(somebody, groups)
    else:
        with pytest.raises(NotAllowed):
            require_candidate(somebody, groups)


@pytest.mark.parametrize("roles", EVERY_SET_OF_ROLES, ids=lambda roles: "+".join(sorted(roles)) or "none")
def test_only_staff_do_tasks(roles: frozenset[Role]) -> None:
    assert is_candidate(actor(HEAD, roles=roles), ["kadis"]) is (Role.STAFF in roles)


@pytest.mark.parametrize("roles", EVERY_SET_OF_ROLES, ids=lambda roles: "+".join(sorted(roles)) or "none")
@pytest.mark.parametrize("role", Role)
def test_role_is_held_or_refused(role: Role, roles: frozenset[Role]) -> None:
    somebody = actor(HEAD, roles=roles)

    if role in roles:
        require_role(somebody, role)
    else:
        with pytest.raises(NotAllowed):
            require_role(somebody, role)


@pytest.mark.parametrize("performers", [{ANI}, {BUDI, ANI}, [ANI, ANI]])
def test_own_work_is_decided_by_somebody_else(performers: set[UUID] | list[UUID]) -> None:
    with pytest.raises(NotAllowed) as refusal:
        require_other_person(ANI, iter(performers))

    assert refusal.value.facts == {"own_work": True}


@pytest.mark.parametrize("performers", [set(), {BUDI}])
def test_work_of_others_may_be_decided(performers: set[UUID]) -> None:
    require_other_person(ANI, performers)


def test_other_refusals_do_not_speak_of_own_work() -> None:
    with pytest.raises(NotAllowed) as refusal:
        require_candidate(actor(), ["kadis"])

    assert refusal.value.facts == {}


@pytest.mark.parametrize(
    ("posts", "groups", "position"),
    [
        ((SECRETARY, HEAD_OF_UNIT), ["kabid"], "Kepala Bidang Rehabilitasi Sosial"),
        ((SECRETARY, HEAD_OF_UNIT), ["bidang2"], "Kepala Bidang Rehabilitasi Sosial"),
        ((SECRETARY, HEAD_OF_UNIT), ["kabid", "sekretaris"], "Sekretaris"),
        ((SECRETARY, HEAD_OF_UNIT), ["kadis"], "Sekretaris"),
        ((SECRETARY,), [], "Sekretaris"),
        ((), ["kadis"], "Ani"),
    ],
)
def test_act_is_done_in_the_position_that_it_is_for(posts: tuple[Post, ...], groups: list[str], position: str) -> None:
    assert actor(*posts).acts_as(groups) == position
    assert actor(*posts).acts_as(iter(groups)) == position


@given(st.lists(st.sampled_from([SECRETARY, HEAD_OF_UNIT, HEAD])), st.lists(st.sampled_from(["kadis", "bidang2", "x"])))
def test_whoever_may_act_acts_in_a_position_of_that_group(posts: list[Post], groups: list[str]) -> None:
    somebody = actor(*posts)

    if is_candidate(somebody, groups):
        held = [post for post in posts if post.name == somebody.acts_as(groups)]
        assert {held[0].code, held[0].unit} & set(groups)
