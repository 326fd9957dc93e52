"""Seeds from the holidays package beside the decrees typed by hand."""

import csv
from datetime import date
from pathlib import Path

from service.engine import worktime
from service.engine.worktime import RAMADAN_WEEK, Calendar, Period
from service.engine.worktime.seed import decreed_years, seed_days, seed_ramadan

DECREES = Path(__file__).parents[1] / "data" / "worktime_cases.days.csv"


def decreed() -> set[date]:
    with DECREES.open(encoding="utf-8", newline="") as file:
        return {date.fromisoformat(row["day"]) for row in csv.DictReader(file)}


def test_seed_equals_the_decrees_of_2024_to_2026() -> None:
    settled = {day for day in decreed() if day.year <= 2026}

    assert set(seed_days(2024, 2026)) == settled


def test_seed_of_2027_differs_from_the_table_only_around_moon_dates() -> None:
    """A later release of the package may move what is still an estimate."""
    table, seed = ({day for day in days if day.year == 2027} for days in (decreed(), seed_days(2027, 2027)))

    assert all(day.month in {3, 5} for day in table ^ seed)


def test_seed_names_are_indonesian_and_estimates_are_marked() -> None:
    days = seed_days(2026, 2029)

    assert days[date(2026, 8, 17)] == "Hari Kemerdekaan Republik Indonesia"
    assert days[date(2026, 3, 18)] == "Cuti Bersama Hari Suci Nyepi"
    assert "(perkiraan)" not in days[date(2026, 3, 21)]
    assert all("(perkiraan)" in name for day, name in days.items() if day.year == 2029 and "Idul" in name)
    assert list(days) == sorted(days)


def test_seed_of_one_year_stays_in_it() -> None:
    assert {day.year for day in seed_days(2025, 2025)} == {2025}


def test_decreed_years_are_those_with_joint_leave() -> None:
    assert decreed_years(2024, 2026) == {2024, 2025, 2026}
    assert decreed_years(2040, 2042) == set()


def test_seed_ramadan() -> None:
    months = seed_ramadan(2024, 2026)

    assert months == (
        (Period(date(2024, 3, 12), date(2024, 4, 9), RAMADAN_WEEK), "Ramadan 2024"),
        (Period(date(2025, 3, 1), date(2025, 3, 30), RAMADAN_WEEK), "Ramadan 2025"),
        (Period(date(2026, 2, 19), date(2026, 3, 20), RAMADAN_WEEK), "Ramadan 2026"),
    )


def test_seed_ramadan_of_later_years_is_an_estimate_and_two_may_fall_into_one_year() -> None:
    months = seed_ramadan(2029, 2034)

    assert [period.first.year for period, _ in months].count(2030) == 2
    assert all(name.endswith("(perkiraan)") for _, name in months)
    assert all((period.last - period.first).days == 29 for period, _ in months)
    Calendar(ramadan=tuple(period for period, _ in months))


def test_only_the_seed_needs_the_holidays_package() -> None:
    texts = {path.name: path.read_text(encoding="utf-8") for path in Path(worktime.__file__).parent.glob("*.py")}

    assert [name for name, text in texts.items() if "from holidays import" in text] == ["seed.py"]
    assert [name for name, text in texts.items() if "worktime.seed" in text] == []
