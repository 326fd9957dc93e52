"""The oracle at a program that is wrong: what it would lose, double or leave half done is seen."""

from collections.abc import Callable

import pytest

from tests.faults import planted
from tests.faults.kinds import KINDS, Kind
from tests.faults.office import Fresh, Office, office
from tests.faults.rounds import round_of

MOST_ROUNDS = 8
"""A fault strikes by chance; a program that is wrong is seen to be by then."""
PATIENCE = 12.0
Wrong = Callable[[], None]
Seen = tuple[str, ...]
LONG = pytest.mark.long
PLANTED = (
    ("web", "sqlite", planted.answers_before_it_commits, ("lost",)),
    pytest.param("worker", "postgresql", planted.marks_messages_apart, ("lost", "broken"), marks=LONG),
    ("commit", "sqlite", planted.commits_in_two_halves, ("broken",)),
    ("database", "sqlite", planted.does_not_wait_for_the_disk, ("lost", "broken")),
    pytest.param("database", "postgresql", planted.does_not_wait_for_the_disk, ("lost",), marks=LONG),
    ("disk", "sqlite", planted.takes_every_error_for_success, ("lost",)),
    pytest.param("lines", "postgresql", None, ("doubled", "broken"), marks=LONG),
    pytest.param(
        "clock", "sqlite", planted.looks_only_for_what_became_due_since_it_looked_last, ("stuck", "lost"), marks=LONG
    ),
    ("twice", "postgresql", None, ("doubled", "broken")),
)
"""Kind of fault, database, what is wrong about the program (nothing: people send no keys), what the oracle says.

Those that take their time to show are `long`: `make soak` waits for them."""


def with_wrong_program(opened: Office, name: str, wrong: Wrong | None) -> Kind:
    kind = KINDS[name](opened)
    before = opened.plants
    if wrong is None:
        opened.keyed = False
    else:
        opened.plants = lambda: [wrong, *before()]
    return kind


@pytest.mark.parametrize(("name", "database", "wrong", "seen"), PLANTED)
def test_a_wrong_program_is_found_out(fresh: Fresh, name: str, database: str, wrong: Wrong | None, seen: Seen) -> None:
    found: list[str] = []
    with office(fresh, database, 7) as opened:
        opened.patience = PATIENCE
        kind = with_wrong_program(opened, name, wrong)
        for _ in range(MOST_ROUNDS):
            found += round_of(kind).faults
            if any(fault.startswith(seen) for fault in found):
                break

    assert any(fault.startswith(seen) for fault in found), found
