"""People who complete the same task at the same moment: one wins, the others read who did and what they had typed."""

import random

import pytest

from tests.faults import planted
from tests.faults.office import Fresh, office
from tests.faults.race import Outcome, Race
from tests.faults.rounds import DATABASES

TIMES = 8


@pytest.mark.parametrize("database", DATABASES)
def test_one_wins_and_all_others_are_told(fresh: Fresh, database: str) -> None:
    seed = random.randrange(10**6)
    with office(fresh, database, seed) as opened:
        race = Race(opened)
        outcomes = [race.run() for _ in range(TIMES)]

    assert [outcome for outcome in outcomes if not outcome.is_right] == [], f"seed {seed}"


@pytest.mark.parametrize("database", DATABASES)
def test_a_program_that_lets_the_last_writer_win_is_found_out(fresh: Fresh, database: str) -> None:
    with office(fresh, database, 3) as opened:
        opened.plants = lambda: [planted.lets_the_last_writer_win]
        race = Race(opened)
        outcomes: list[Outcome] = []
        while not (outcomes and outcomes[-1].winners > 1) and len(outcomes) < 5 * TIMES:
            outcomes.append(race.run())

    assert not outcomes[-1].is_right
    assert min(outcomes[-1].winners, outcomes[-1].lines) > 1
