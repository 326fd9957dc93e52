"""One task, several people who complete it at the same moment over HTTP: `python -m tests.faults.race --times 500`."""

import argparse
import secrets
import sys
import tempfile
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Barrier, Thread
from uuid import UUID

from sqlalchemy import select

from service.models import History, Task, TaskStatus, db
from tests import answers, stage
from tests.answers import Raw
from tests.faults import oracle
from tests.faults.office import Fresh, Office, office
from tests.faults.people import Desk, Unanswered
from tests.faults.rounds import DATABASES
from tests.faults.servers import server
from tests.walking import Page

PROCESS, ELEMENT = answers.NGANJUK, "row_01"
CLOSED = "Tugas ini sudah ditutup"
MOST = 8
PATIENCE = 60
Form = tuple[list[tuple[str, str]], list[tuple[str, str, bytes]]]
"""What is sent with a form: answers and files."""


@dataclass(frozen=True)
class Outcome:
    """Who won, and what the others saw."""

    runners: int
    winners: int
    told: int
    """How many others saw the page that says who was faster, with what they had typed."""
    lines: int
    """How often the history tells of it."""

    @property
    def is_right(self) -> bool:
        """Tell whether there was exactly one winner and everybody knows."""
        return (self.winners, self.told, self.lines) == (1, self.runners - 1, 1)


class Race:
    """Several browsers of the same official on one office."""

    def __init__(self, opened: Office) -> None:
        self.office = opened
        opened.open()
        self.user = stage.starter_of(PROCESS)
        self.desks = [Desk(opened.port, self.user) for _ in range(MOST)]
        opened.guests += self.desks
        for desk in self.desks:
            desk.sign_in()
        self._start = self._filled(self.desks[0], f"/mulai/{PROCESS}", "mulai", answers.for_element(PROCESS, "mulai"))
        raw, first = answers.for_element(PROCESS, ELEMENT), self._next_task()
        self._forms = [
            self._filled(desk, first, "tugas", raw | {"instruksi": typed(number)})
            for number, desk in enumerate(self.desks)
        ]

    @staticmethod
    def _filled(desk: Desk, address: str, form: str, raw: Raw) -> Form:
        pairs, files = desk.fill(desk.get(address), form, raw)
        return [(name, value) for name, value in pairs if name != "_kunci"], files

    def _next_task(self) -> str:
        """Start a case and return the address of its first task."""
        pairs, files = self._start
        case = self.desks[0].post(f"/mulai/{PROCESS}", [*pairs, ("_kunci", secrets.token_hex())], files).location[-36:]
        with self.office.app.app_context():
            task = db.session.scalars(select(Task.id).where(Task.instance_id == UUID(case))).one()
            db.session.rollback()
        return f"/tugas/{task}"

    def run(self) -> Outcome:
        """Let two to eight people, who have filled the same task in, send it at once, each with a key of his own."""
        address = self._next_task()
        runners = self.desks[: self.office.rng.randint(2, MOST)]
        start, pages = Barrier(len(runners)), dict[int, Page]()

        def send(number: int) -> None:
            pairs, files = self._forms[number]
            start.wait(PATIENCE)
            with suppress(Unanswered):
                pages[number] = runners[number].post(address, [*pairs, ("_kunci", secrets.token_hex())], files)

        threads = [Thread(target=send, args=(number,)) for number in range(len(runners))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(PATIENCE)
        won = [number for number, page in pages.items() if page.status == 303]
        told = [number for number, page in pages.items() if knows(page, number)]
        return Outcome(len(runners), len(won), len(told), self._lines(UUID(address[-36:])))

    def _lines(self, task: UUID) -> int:
        with self.office.app.app_context():
            done = db.session.scalars(
                select(Task.status).where(Task.id == task, Task.status == TaskStatus.COMPLETED)
            ).all()
            lines = db.session.scalars(
                select(History.sequence).where(History.task_id == task, History.kind.in_(oracle.DONE))
            ).all()
            db.session.rollback()
            return len(lines) if done else -1


def typed(number: int) -> str:
    """Return what each of them types."""
    return f"Petunjuk dari layar {number}."


def knows(page: Page, number: int) -> bool:
    """Tell whether a page says that somebody was faster, and gives back what was typed."""
    return page.status == 409 and page.title == CLOSED and typed(number) in page.main


def main() -> None:
    """Run races on both databases and print who won."""
    asked = argparse.ArgumentParser(prog="python -m tests.faults.race", description=__doc__)
    asked.add_argument("--times", type=int, default=500)
    asked.add_argument("--database", choices=["both", *DATABASES], default="both")
    wanted = asked.parse_args()
    right = True
    with server() as running, tempfile.TemporaryDirectory() as folder:
        fresh = Fresh.prepared(Path(folder), running)
        for database in DATABASES if wanted.database == "both" else [wanted.database]:
            with office(fresh, database, 1) as opened:
                race = Race(opened)
                outcomes = [race.run() for _ in range(wanted.times)]
                faults = oracle.judge(opened.app, opened.ledger).faults
            won = sum(outcome.is_right for outcome in outcomes)
            others = sum(outcome.runners - 1 for outcome in outcomes)
            told = sum(outcome.told for outcome in outcomes)
            print(f"{database}: exactly one winner in {won} of {wanted.times}, {told} of {others} others saw 409 "
                  f"with what they had typed; runners {sorted(Counter(o.runners for o in outcomes).items())}",
                  *faults, flush=True)  # fmt: skip
            right &= won == wanted.times and not faults
    sys.exit(not right)


if __name__ == "__main__":
    main()
