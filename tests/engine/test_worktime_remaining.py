"""The due chip: kind, colour, words and numbers, beside the mock-ups (Monday, 2 November 2026, 09.14)."""

from datetime import datetime

import pytest

from service.engine.worktime import Calendar, Colour, Kind, Remaining, Words, amber_from, read_printed, remaining
from service.engine.worktime.seed import seed_days

OFFICE = Calendar(days_off=seed_days(2026, 2027))
NOW = "2026-11-02 09:14"


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=OFFICE.time_zone)


@pytest.mark.parametrize(
    ("now", "due", "standard", "kind", "colour", "words", "days", "minutes"),
    [
        # the mock-ups
        (NOW, "2026-10-30 14:20", "1 hari", Kind.LATE, Colour.LATE, Words.LATE_DAYS, 1, 234),
        (NOW, "2026-11-02 11:10", "1 hari", Kind.TODAY, Colour.SOON, Words.TODAY, 0, 116),
        (NOW, "2026-11-02 13:40", "1 hari", Kind.TODAY, Colour.SOON, Words.TODAY, 0, 206),
        (NOW, "2026-11-03 08:05", "1 hari", Kind.LATER, Colour.WAIT, Words.LEFT_DAYS, 1, 381),
        (NOW, "2026-11-03 14:00", "1 minggu", Kind.SOON, Colour.SOON, Words.LEFT_DAYS, 1, 676),
        (NOW, "2026-11-04 08:40", "2 hari", Kind.LATER, Colour.WAIT, Words.LEFT_DAYS, 2, 866),
        # under one working hour
        (NOW, "2026-11-02 09:54", "1 jam", Kind.TODAY, Colour.WAIT, Words.LEFT_MINUTES, 0, 40),
        ("2026-11-02 09:24", "2026-11-02 09:54", "1 jam", Kind.TODAY, Colour.SOON, Words.LEFT_MINUTES, 0, 30),
        ("2026-11-02 11:40", "2026-11-02 13:20", "2 jam", Kind.TODAY, Colour.SOON, Words.LEFT_MINUTES, 0, 40),
        ("2026-10-30 16:10", "2026-11-02 07:50", "1 hari", Kind.SOON, Colour.SOON, Words.LEFT_MINUTES, 1, 40),
        (NOW, "2026-11-02 10:14", "3 jam", Kind.TODAY, Colour.SOON, Words.TODAY, 0, 60),
        (NOW, "2026-11-02 08:39", "1 jam", Kind.LATE, Colour.LATE, Words.LATE_MINUTES, 0, 35),
        ("2026-11-02 07:50", "2026-10-30 16:15", "1 jam", Kind.LATE, Colour.LATE, Words.LATE_MINUTES, 1, 35),
        (NOW, "2026-11-02 07:59", "10 menit", Kind.LATE, Colour.LATE, Words.LATE_HOURS, 0, 75),
        ("2026-11-02 09:14", "2026-11-02 08:14", "1 jam", Kind.LATE, Colour.LATE, Words.LATE_HOURS, 0, 60),
        # the moment itself and the seconds around it
        (NOW, NOW, "1 hari", Kind.TODAY, Colour.SOON, Words.TODAY, 0, 0),
        ("2026-11-02 09:14:01", NOW, "1 hari", Kind.LATE, Colour.LATE, Words.LATE, 0, 0),
        ("2026-11-02 09:13:59", NOW, "1 hari", Kind.TODAY, Colour.SOON, Words.LEFT_MINUTES, 0, 1),
        # outside working time
        ("2026-10-30 20:00", "2026-10-30 16:30", "1 hari", Kind.LATE, Colour.LATE, Words.LATE, 0, 0),
        ("2026-11-02 07:30", "2026-10-30 16:30", "1 hari", Kind.LATE, Colour.LATE, Words.LATE, 1, 0),
        ("2026-10-31 10:00", "2026-11-02 10:00", "1 hari", Kind.SOON, Colour.SOON, Words.LEFT_HOURS, 0, 150),
        ("2026-11-01 10:00", "2026-11-03 07:30", "1 hari", Kind.LATER, Colour.WAIT, Words.LEFT_DAYS, 1, 450),
        ("2026-11-01 10:00", "2026-11-09 07:30", "5 hari", Kind.LATER, Colour.WAIT, Words.LEFT_DAYS, 5, 2250),
        ("2026-10-30 20:00", "2026-11-03 07:30", "1 hari", Kind.LATER, Colour.WAIT, Words.LEFT_DAYS, 1, 450),
        ("2026-12-24 10:00", "2026-12-29 07:30", "1 hari", Kind.LATER, Colour.WAIT, Words.LEFT_DAYS, 1, 450),
        ("2026-10-31 10:00", "2026-11-01 10:00", "", Kind.SOON, Colour.SOON, Words.DUE_AT, 0, 0),
        ("2026-10-30 13:00", "2026-10-31 10:00", "", Kind.SOON, Colour.SOON, Words.LEFT_HOURS, 0, 210),
        ("2026-11-02 12:10", "2026-11-02 12:50", "", Kind.TODAY, Colour.SOON, Words.TODAY, 0, 0),
        # two working days before, over a weekend and over the leave of Christmas
        ("2026-11-05 10:59", "2026-11-09 11:00", "1 minggu", Kind.LATER, Colour.WAIT, Words.LEFT_DAYS, 2, 901),
        ("2026-11-05 11:00", "2026-11-09 11:00", "1 minggu", Kind.SOON, Colour.SOON, Words.LEFT_DAYS, 2, 900),
        ("2026-12-22 10:59", "2026-12-28 11:00", "3 hari", Kind.LATER, Colour.WAIT, Words.LEFT_DAYS, 2, 901),
        ("2026-12-22 11:00", "2026-12-28 11:00", "", Kind.SOON, Colour.SOON, Words.LEFT_DAYS, 2, 900),
        # elapsed time is told by the clock
        ("2026-10-30 20:00", "2026-10-31 09:00", "1 x 24 jam", Kind.LATER, Colour.WAIT, Words.LEFT_HOURS, 0, 780),
        ("2026-10-30 22:00", "2026-10-31 09:00", "1 x 24 jam", Kind.SOON, Colour.SOON, Words.LEFT_HOURS, 0, 660),
        ("2026-10-31 08:30", "2026-10-31 09:00", "1 x 24 jam", Kind.TODAY, Colour.SOON, Words.LEFT_MINUTES, 0, 30),
        ("2026-11-01 10:00", "2026-10-31 09:00", "1 x 24 jam", Kind.LATE, Colour.LATE, Words.LATE_HOURS, 0, 1500),
        ("2026-11-02 08:59", "2026-11-04 09:00", "5 x 24 jam", Kind.LATER, Colour.WAIT, Words.LEFT_HOURS, 0, 2881),
        ("2026-11-02 09:00", "2026-11-04 09:00", "5 x 24 jam", Kind.SOON, Colour.SOON, Words.LEFT_HOURS, 0, 2880),
    ],
)
def test_remaining(
    now: str, due: str, standard: str, kind: Kind, colour: Colour, words: Words, days: int, minutes: int
) -> None:
    found = remaining(OFFICE, at(now), at(due), read_printed(standard).standard)

    assert found == Remaining(kind, colour, words, days, minutes, at(due))


def test_remaining_without_due_date() -> None:
    assert remaining(OFFICE, at(NOW), None, None) == Remaining(Kind.NONE, Colour.WAIT, Words.NONE, 0, 0, None)


def test_remaining_tells_hours_and_minutes_and_the_clock_of_the_office() -> None:
    found = remaining(OFFICE, at(NOW), at("2026-11-02 13:40"), None)

    assert found.hours_and_minutes == (3, 26)
    assert found.at is not None
    assert f"{found.at:%H.%M}" == "13.40"


@pytest.mark.parametrize(
    ("due", "standard", "amber"),
    [
        ("2026-11-09 11:00", "", "2026-11-05 11:00"),
        ("2026-11-09 11:00", "1 minggu", "2026-11-05 11:00"),
        ("2026-11-09 11:00", "3 hari", "2026-11-05 11:00"),
        ("2026-11-09 11:00", "2 hari", "2026-11-06 11:00"),  # half of 900 minutes
        ("2026-11-09 11:00", "1 hari", "2026-11-06 16:15"),  # half of 450 minutes: 210 on Monday, 15 on Friday
        ("2026-11-09 11:00", "4 jam", "2026-11-09 09:00"),
        ("2026-11-09 11:00", "25 menit", "2026-11-09 10:47"),
        ("2026-11-09 11:00", "1 x 24 jam", "2026-11-08 23:00"),
        ("2026-11-09 11:00", "2 x 24 jam", "2026-11-08 11:00"),
        ("2026-11-09 11:00", "900 menit", "2026-11-06 11:00"),  # just two working days: half of it
        ("2026-11-09 11:00", "901 menit", "2026-11-05 11:00"),
        ("2026-11-09 11:00", "40 jam", "2026-11-05 11:00"),
    ],
)
def test_amber_from(due: str, standard: str, amber: str) -> None:
    assert amber_from(OFFICE, at(due), read_printed(standard).standard) == at(amber)


def test_amber_from_where_480_minutes_are_a_day() -> None:
    office = Calendar(day_of_480=True)
    standard = read_printed("480 menit").standard

    assert amber_from(office, at("2026-11-10 08:00"), standard) == at("2026-11-09 11:45")
    assert amber_from(office, at("2026-11-10 08:00"), read_printed("2400 menit").standard) == at("2026-11-06 08:00")
