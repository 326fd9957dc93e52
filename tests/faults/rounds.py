"""Rounds: a fault strikes an office at work, then everything is compared; a table tells of all of them."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

from tests.faults.kinds import KINDS, Kind
from tests.faults.office import Fresh, Office, office

ROUNDS_OF_AN_OFFICE = 25
DATABASES = ("sqlite", "postgresql")
COLUMNS = ("acknowledged", "lost", "doubled", "broken", "stuck")


@dataclass(frozen=True)
class Result:
    """How a round ended."""

    kind: str
    database: str
    number: int
    acknowledged: int
    lost: int
    doubled: int
    broken: int
    stuck: int
    faults: tuple[str, ...]
    seconds: float


def round_of(kind: Kind) -> Result:
    """Let a kind of fault strike once."""
    opened, began = kind.office, monotonic()
    before = len(opened.ledger.now())
    verdict = opened.at_work(kind.strike, kind.calm)
    verdict.add(kind.besides())
    return Result(
        kind.name, opened.database, 0, len(opened.ledger.now()) - before,
        len(verdict.lost), len(verdict.doubled), len(verdict.broken), len(verdict.stuck),
        tuple(verdict.faults), round(monotonic() - began, 1),
    )  # fmt: skip


def rounds(fresh: Fresh, name: str, database: str, numbers: Sequence[int]) -> Iterator[tuple[int, Result]]:
    """Run numbered rounds of a kind, some in one office; a round that went wrong is the last one of its office."""
    left = list(numbers)
    while left:
        with office(fresh, database, left[0]) as opened:
            kind = KINDS[name](opened)
            for _ in range(min(ROUNDS_OF_AN_OFFICE, len(left))):
                number = left.pop(0)
                result = round_of(kind)
                yield number, result
                if result.faults:
                    keep(opened, f"{name}-{database}-{number}")
                    break


def keep(opened: Office, name: str) -> None:
    """Keep the log of an office in which something went wrong."""
    folder = Path("artifacts") / "faults"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.log").write_bytes(opened.log.read_bytes())
    (folder / f"{name}.ledger").write_bytes((opened.folder / "ledger.jsonl").read_bytes())


def table(results: Sequence[dict[str, object]]) -> Iterator[str]:
    """Yield the lines of the table of kinds and databases."""
    yield " ".join([f"{'fault':46}", f"{'database':10}", "rounds", *(f"{column:>12}" for column in COLUMNS)])
    for name, kind in KINDS.items():
        for database in DATABASES:
            own = [one for one in results if (one["kind"], one["database"]) == (name, database)]
            if own:
                sums = [sum(int(str(one[column])) for one in own) for column in COLUMNS]
                yield " ".join([f"{kind.says:46}", f"{database:10}", f"{len(own):6}", *(f"{one:12}" for one in sums)])


def read(file: Path) -> list[dict[str, object]]:
    """Return the rounds that were run before."""
    return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []
