"""Timers of diagrams: strict ISO 8601, read once, in the zone of the office where no offset is written."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Final

SHORTEST: Final = timedelta(minutes=1)
LONGEST: Final = timedelta(days=36_525)
MOST_REPEATS: Final = 1_000

_DURATION: Final = re.compile(
    r"P(?=[0-9T])(?:(?P<years>\d{1,3})Y)?(?:(?P<months>\d{1,4})M)?(?:(?P<weeks>\d{1,4})W)?(?:(?P<days>\d{1,5})D)?"
    r"(?:T(?=\d)(?:(?P<hours>\d{1,6})H)?(?:(?P<minutes>\d{1,8})M)?(?:(?P<seconds>\d{1,9})S)?)?",
    re.ASCII,
)
_CYCLE: Final = re.compile(r"R(?P<times>\d{0,6})/(?:(?P<begin>[^/]+)/)?(?P<period>P[^/]+)", re.ASCII)
_MOMENT: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?(?:Z|[+-]\d\d:\d\d)?", re.ASCII)


class TimerInvalid(ValueError):
    """The text is no timer that can be kept."""

    def __init__(self, message_id: str, message_en: str) -> None:
        super().__init__(message_en)
        self.message_id = message_id
        self.message_en = message_en


@dataclass(frozen=True, slots=True)
class Duration:
    """A length of elapsed time; months and years follow the calendar."""

    months: int
    rest: timedelta

    def after(self, moment: datetime, times: int = 1) -> datetime:
        """Return the moment that lies so many durations later; a missing day of a month becomes its last."""
        months = moment.month - 1 + self.months * times
        year, month = moment.year + months // 12, months % 12 + 1
        day = min(moment.day, _days(year, month))
        return moment.replace(year=year, month=month, day=day) + self.rest * times

    @property
    def about(self) -> timedelta:
        """How long it is, a month counted as 28 days."""
        return timedelta(days=28 * self.months) + self.rest


@dataclass(frozen=True, slots=True)
class Timer:
    """When something happens: once at a moment, once after a duration, or again and again."""

    at: datetime | None
    """Written moment; of a cycle its beginning. Naive where the text has no offset."""
    period: Duration | None
    repeats: int | None
    """How often a cycle fires, None for ever; 1 for everything else."""

    def first(self, now: datetime, zone: tzinfo = UTC) -> datetime:
        """Return when it fires first if it is started now."""
        if self.at is not None:
            return self.at if self.at.tzinfo else self.at.replace(tzinfo=zone)
        assert self.period is not None  # noqa: S101 - `read` gives one of the two
        return self.period.after(now.astimezone(zone))

    def following(self, due: datetime, now: datetime, left: int | None) -> tuple[datetime, int | None] | None:
        """Return the next moment after `now` and how often it still fires, None when it is over.

        What was missed while nothing ran counts as fired: one catch-up firing, not many.
        """
        assert self.period is not None  # noqa: S101 - only cycles go on
        times = max(1, (now - due) // self.period.about) if now > due else 1
        while self.period.after(due, times) <= now:
            times += 1
        if left is not None and left - times <= 0:
            return None
        return self.period.after(due, times), None if left is None else left - times


def read(kind: str, text: str) -> Timer:
    """Read the text of a timer; `kind` is date, duration or cycle.

    Raises:
        TimerInvalid: not ISO 8601, or shorter than a minute, longer than a hundred years, more than 1,000 repeats.

    """
    text = text.strip()
    if kind == "date":
        return Timer(_moment(text), None, 1)
    if kind == "duration":
        return Timer(None, _duration(text), 1)
    match = _CYCLE.fullmatch(text)
    if kind != "cycle" or match is None:
        raise TimerInvalid(
            f"“{text}” bukan ulangan waktu ISO 8601, misalnya R3/P1D.", f"{text!r} is no ISO 8601 cycle."
        )
    times = int(match["times"]) if match["times"] else None
    if times is not None and not 1 <= times <= MOST_REPEATS:
        raise TimerInvalid(
            f"Ulangan waktu harus 1 sampai {MOST_REPEATS} kali.", f"A cycle repeats 1 to {MOST_REPEATS} times."
        )
    return Timer(_moment(match["begin"]) if match["begin"] else None, _duration(match["period"]), times)


def _moment(text: str) -> datetime:
    if _MOMENT.fullmatch(text):
        try:
            return datetime.fromisoformat(text)
        except ValueError:
            pass
    raise TimerInvalid(
        f"“{text}” bukan waktu ISO 8601, misalnya 2026-12-01T08:00:00+07:00.", f"{text!r} is no ISO 8601 date and time."
    )


def _duration(text: str) -> Duration:
    match = _DURATION.fullmatch(text)
    parts = {name: int(number) for name, number in match.groupdict().items() if number} if match else {}
    if not parts:
        raise TimerInvalid(f"“{text}” bukan lama waktu ISO 8601, misalnya P3D.", f"{text!r} is no ISO 8601 duration.")
    months = 12 * parts.pop("years", 0) + parts.pop("months", 0)
    duration = Duration(months, timedelta(**parts))
    if not SHORTEST <= duration.about <= LONGEST:
        raise TimerInvalid(
            f"Lama waktu “{text}” harus antara satu menit dan seratus tahun.",
            f"The duration {text!r} is not between a minute and a hundred years.",
        )
    return duration


def _days(year: int, month: int) -> int:
    following = datetime(year + month // 12, month % 12 + 1, 1, tzinfo=UTC)
    return (following - timedelta(days=1)).day
