"""The client's own list: what was asked for, and what of it was acknowledged, written down before anything else is."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from threading import Condition


@dataclass(frozen=True)
class Act:
    """One thing that a person asked for."""

    kind: str
    """start or complete."""
    user: str
    address: str
    title: str
    """Title of the case, no other has the same."""
    case: str = ""
    texts: tuple[str, ...] = ()
    """What was typed as text."""
    files: tuple[str, ...] = ()
    """SHA-256 of the files that came along."""

    @property
    def task(self) -> str:
        """Return the id of the task."""
        return self.address[-36:]


class Ledger:
    """All acts of one office in the order of asking; a number stands for each."""

    def __init__(self, file: Path) -> None:
        self._file = file.open("a", encoding="utf-8")
        self._lock = Condition()
        self.acts: list[Act] = []
        self.acknowledged: dict[int, tuple[int, str]] = {}
        """Number of the act -> how many had been asked by then, and where the answer led."""
        self.problems: list[str] = []

    def ask(self, act: Act) -> int:
        """Note that an act is going to be sent."""
        with self._lock:
            self.acts.append(act)
            number = len(self.acts) - 1
            self._write({"number": number, **asdict(act)})
            return number

    def acknowledge(self, number: int, location: str) -> None:
        """Note that the server said that it is done."""
        with self._lock:
            self.acknowledged[number] = len(self.acts), location
            self._write({"acknowledged": number, "location": location})
            self._lock.notify_all()

    def complain(self, problem: str) -> None:
        """Note an answer that nobody should get."""
        with self._lock:
            self.problems.append(problem)

    def now(self) -> set[int]:
        """Return the numbers of what is acknowledged by now."""
        with self._lock:
            return set(self.acknowledged)

    def wait(self, more: int, seconds: float) -> None:
        """Wait until so many more acts are acknowledged, but no longer than some seconds."""
        with self._lock:
            wanted = len(self.acknowledged) + more
            self._lock.wait_for(lambda: len(self.acknowledged) >= wanted, seconds)

    def close(self) -> None:
        """Write no more."""
        self._file.close()

    def _write(self, line: Mapping[str, object]) -> None:
        self._file.write(json.dumps(line) + "\n")
        self._file.flush()
