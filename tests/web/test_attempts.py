"""Guessing passwords: ten wrong ones at an account, more at an address, then one waits; nobody learns why."""

import re
from collections.abc import Iterable
from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from service import attempts, identity, store
from service.errors import NotSignedIn, TooManyAttempts
from service.models import Attempt, db
from service.store import Tries
from tests import stage
from tests.racing import Race
from tests.walking import Page, Player, Stranger, Walker

NOW = stage.MONDAY
HOME, ELSEWHERE = "203.0.113.7", "198.51.100.1"


def fail(user: str, times: int, address: str = HOME, minutes: int = 0) -> None:
    for _ in range(times):
        with pytest.raises(NotSignedIn):
            identity.sign_in(user, "salah", address, NOW + timedelta(minutes=minutes))


def wait(user: str, address: str = HOME, minutes: int = 0, password: str = stage.PASSWORD) -> timedelta:
    with pytest.raises(TooManyAttempts) as refused:
        identity.sign_in(user, password, address, NOW + timedelta(minutes=minutes))
    return refused.value.until - NOW


@pytest.mark.usefixtures("player")
@pytest.mark.parametrize("user", ["blitar.kadis", "siapa", "a\x00"])
def test_after_ten_failures_nobody_gets_in_from_anywhere(user: str) -> None:
    fail(user, 10)

    assert wait(user) == wait(user, ELSEWHERE, password="salah") == timedelta(minutes=15)
    assert wait(f" {user.upper()} ") == timedelta(minutes=15)


@pytest.mark.usefixtures("player")
def test_a_quarter_of_an_hour_later_it_may_be_tried_again() -> None:
    fail("blitar.kadis", 9)
    fail("blitar.kadis", 1, minutes=10)
    assert wait("blitar.kadis", minutes=14) == timedelta(minutes=15)

    fail("blitar.kadis", 9, minutes=15)

    assert wait("blitar.kadis", minutes=15) == timedelta(minutes=25)
    identity.sign_in("blitar.kadis", stage.PASSWORD, HOME, NOW + timedelta(minutes=25))


@pytest.mark.usefixtures("player")
def test_who_has_to_wait_does_not_wait_longer_for_trying() -> None:
    fail("blitar.kadis", 10)
    for minute in range(14):
        wait("blitar.kadis", minutes=minute)

    identity.sign_in("blitar.kadis", stage.PASSWORD, HOME, NOW + timedelta(minutes=15))


@pytest.mark.usefixtures("player")
def test_two_browsers_of_one_person_get_in_at_the_same_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    count = store.attempts

    def forgiven_before_counted(subjects: Iterable[str], since: datetime) -> dict[str, Tries]:
        monkeypatch.setattr(store, "attempts", count)
        identity.sign_in("blitar.kadis", stage.PASSWORD, HOME, NOW)
        return count(subjects, since)

    monkeypatch.setattr(store, "attempts", forgiven_before_counted)

    identity.sign_in("blitar.kadis", stage.PASSWORD, HOME, NOW)


@pytest.mark.usefixtures("player")
def test_getting_in_forgives_what_failed_at_the_account_alone() -> None:
    fail("blitar.kadis", 9)
    fail("blitar.sekretaris", 9)

    identity.sign_in("blitar.kadis", stage.PASSWORD, HOME, NOW)

    fail("blitar.kadis", 10)
    fail("blitar.sekretaris", 1)
    wait("blitar.kadis")
    wait("blitar.sekretaris")


@pytest.mark.usefixtures("player")
@pytest.mark.parametrize("addresses", [[HOME] * 2, ["2001:db8::1", "2001:db8::ffff:1"]])
def test_an_address_is_slowed_down_whatever_it_tries(addresses: list[str]) -> None:
    for number in range(attempts.MOST_PER_ADDRESS):
        attempts.begin(f"orang{number}", addresses[0], NOW)

    wait("blitar.kadis", addresses[1])
    identity.sign_in("blitar.kadis", stage.PASSWORD, ELSEWHERE, NOW)


@pytest.mark.usefixtures("player")
def test_an_office_behind_one_address_signs_in_all_day() -> None:
    for _ in range(attempts.MOST_PER_ADDRESS + 1):
        identity.sign_in("blitar.kadis", stage.PASSWORD, HOME, NOW)


def test_guesses_at_the_same_time_count_each_other(app: Flask, race: Race) -> None:
    with app.app_context():
        fail("blitar.kadis", 9)

    def guess(_player: Player) -> None:
        identity.sign_in("blitar.kadis", "salah", HOME, NOW)

    outcomes = race.run("SELECT attempt.subject", guess, guess)

    looked_at = [isinstance(outcome, NotSignedIn) for outcome in outcomes].count(True)
    assert looked_at <= 1
    with app.app_context():
        assert len(set(db.session.scalars(select(Attempt.id)))) == 9 + looked_at


@pytest.mark.usefixtures("player")
def test_neither_name_nor_address_is_kept_nor_anything_for_long() -> None:
    fail("blitar.kadis", 1)
    kept = " ".join(db.session.scalars(select(Attempt.subject)))
    assert "blitar" not in kept
    assert HOME not in kept

    identity.forget_ended(NOW + timedelta(minutes=15))

    assert not db.session.scalars(select(Attempt)).all()


# The page -------------------------------------------------------------------------------------------


def guessed(app: Flask, user: str) -> Page:
    stranger = Stranger(app)
    for _ in range(10):
        assert stranger.enter(user, "salah").status == 401
    return stranger.enter(user)


@pytest.mark.parametrize("user", ["blitar.kadis", "siapa"])
def test_the_page_says_when_and_not_why(app: Flask, user: str) -> None:
    refused = guessed(app, user)

    assert refused.status == 429
    assert 0 < int(refused.response.headers["Retry-After"]) <= 900
    assert re.search(r"Terlalu banyak percobaan Coba lagi setelah \d+ menit\.", refused.main)
    assert refused.tree.xpath("//input[@name='user_name']/@value") == [user]


def test_who_is_in_stays_in_while_his_account_is_guessed(app: Flask, walker: Walker) -> None:
    visitor = walker.as_user("blitar.kadis")
    guessed(app, "blitar.kadis")

    assert visitor.get("/tugas").status == 200
