"""A short round of every fault on both databases: nothing acknowledged is lost, doubled or half done."""

import random

import pytest

from tests.faults.kinds import KINDS
from tests.faults.office import Fresh, office
from tests.faults.rounds import DATABASES, round_of

MOST_ROUNDS = 5


@pytest.mark.parametrize("database", DATABASES)
@pytest.mark.parametrize("name", KINDS)
def test_what_was_acknowledged_is_there_once_and_whole(fresh: Fresh, name: str, database: str) -> None:
    seed = random.randrange(10**6)
    with office(fresh, database, seed) as opened:
        kind = KINDS[name](opened)
        results = [round_of(kind)]
        while not (results[-1].acknowledged or results[-1].faults) and len(results) < MOST_ROUNDS:
            results.append(round_of(kind))  # it struck before anybody got an answer

    assert results[-1].faults == (), f"seed {seed}"
    assert results[-1].acknowledged > 0
