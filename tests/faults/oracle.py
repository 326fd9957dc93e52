"""Compares the client's own list with the program's database: what is lost, doubled, half done or stuck."""

import hashlib
import json
import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from flask import Flask
from sqlalchemy import func, select, text

from service import catalogue
from service.models import Attachment, Dispatch, Draft, History, Incident, Instance, Task, TaskStatus, Waiting, db
from tests.faults.ledger import Act, Ledger

ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}")
DONE = ("completed", "returned")
CLOCKWORK, ANSWERING = frozenset({"jam", "menit"}), "tanggap"
INDEXES = """
    SELECT bt_index_check(c.oid, i.indisunique) FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
    JOIN pg_am a ON a.oid = c.relam JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE a.amname = 'btree' AND n.nspname = 'public' AND i.indisvalid
"""


@dataclass
class Verdict:
    """What a look at the database found, in sentences."""

    acknowledged: int = 0
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)
    """Half done, in contradiction with itself, or damaged."""
    stuck: list[str] = field(default_factory=list)

    @property
    def faults(self) -> list[str]:
        """Return everything that should not be."""
        named = {"lost": self.lost, "doubled": self.doubled, "broken": self.broken, "stuck": self.stuck}
        return [f"{name}: {one}" for name, found in named.items() for one in found]

    def add(self, other: "Verdict") -> None:
        """Count what another look found."""
        self.acknowledged += other.acknowledged
        self.lost += other.lost
        self.doubled += other.doubled
        self.broken += other.broken
        self.stuck += other.stuck


class Books:
    """Everything of one office's database that the oracle reads."""

    def __init__(self) -> None:
        db.session.rollback()
        db.session.expire_all()
        self.cases = list(db.session.scalars(select(Instance)))
        self.by_title: dict[str, list[Instance]] = defaultdict(list)
        for case in self.cases:
            self.by_title[case.title].append(case)
        self.tasks = list(db.session.scalars(select(Task)))
        self.lines: dict[UUID, list[History]] = defaultdict(list)
        self.done: dict[UUID, list[History]] = defaultdict(list)
        for line in db.session.scalars(select(History).order_by(History.sequence)):
            self.lines[line.instance_id].append(line)
            if line.kind in DONE and line.task_id:
                self.done[line.task_id].append(line)
        self.files = {row.id: row.sha256 for row in db.session.execute(select(Attachment.id, Attachment.sha256))}
        told = [*db.session.scalars(select(History.body)), *db.session.scalars(select(Draft.answers))]
        self.told = set(ID.findall(_flat(told)))
        self.waits: dict[UUID, set[str]] = defaultdict(set)
        for case_id, wait in db.session.execute(select(Waiting.instance_id, Waiting.id)):
            self.waits[case_id].add(str(wait))
        self.incidents = set(db.session.scalars(select(Incident.instance_id).where(Incident.closed_at.is_(None))))


def judge(app: Flask, ledger: Ledger, known: Collection[int] | None = None, *, prefix: bool = False) -> Verdict:
    """Return what the database says about a ledger: about all that it knows as acknowledged, or as it was known once.

    Of a `prefix` the newest acts may be missing, but none that came before one that is there.
    """
    with app.app_context():
        try:
            damaged = list(_damaged())
            books = Books()
        except Exception as error:  # noqa: BLE001 - a database that cannot be read is the finding
            return Verdict(broken=[f"cannot be read: {type(error).__name__}: {error}"])
        verdict = Verdict(broken=[*ledger.problems, *damaged])
        numbers = ledger.now() if known is None else known
        verdict.acknowledged = len(numbers)
        missing = {number for number in numbers if not _is_there(books, ledger, number)}
        if prefix:
            missing = _out_of_order(books, ledger, missing)
        verdict.lost += [f"{number} of {len(ledger.acts)}: {ledger.acts[number]}" for number in sorted(missing)]
        verdict.doubled += list(_doubled(books, ledger))
        verdict.broken += list(_half_done(books, ledger))
        verdict.broken += [f"{file} is a file of nothing" for file in books.files if str(file) not in books.told]
        for case in books.cases:
            verdict.broken += [f"{case.title}: {fault}" for fault in _contradictions(books, case)]
        db.session.rollback()
        return verdict


def late(app: Flask) -> list[str]:
    """Return what should have happened by itself and has not: timers of the clockwork, messages on their way."""
    with app.app_context():
        waiting = db.session.scalar(select(func.count()).select_from(Waiting).where(Waiting.kind == "timer")) or 0
        under_way = db.session.scalar(select(func.count()).select_from(Dispatch).where(Dispatch.done_at.is_(None))) or 0
        db.session.rollback()
        return [f"{waiting} timers, {under_way} messages"] if waiting or under_way else []


def clockwork(app: Flask) -> Verdict:
    """Return whether every clockwork case, once started off, had its timer once and its message delivered once."""
    with app.app_context():
        books = Books()
        kinds = {case.id: Counter(line.kind for line in books.lines[case.id]) for case in books.cases}
        begun = [case for case in books.cases if _process(books, case) in CLOCKWORK]
        sent = sum(1 for case in begun if case.status == "completed")
        answered = sum(1 for case in books.cases if _process(books, case) == ANSWERING)
        verdict = Verdict()
        for case in begun:
            fired = kinds[case.id]["timer"]
            owed = kinds[case.id]["completed"]
            verdict.lost += [f"{case.title}: the timer never went off"] * (fired < owed)
            verdict.doubled += [f"{case.title}: the timer went off {fired} times"] * (fired > owed)
        verdict.lost += [f"{sent} messages started {answered} cases"] * (answered < sent)
        verdict.doubled += [f"{sent} messages started {answered} cases"] * (answered > sent)
        db.session.rollback()
        return verdict


def _process(books: Books, case: Instance) -> str:
    return next((line.process_key for line in books.lines[case.id]), "")


def _is_there(books: Books, ledger: Ledger, number: int) -> bool:
    act = ledger.acts[number]
    if act.kind == "start":
        named = ID.search(ledger.acknowledged[number][1]) if number in ledger.acknowledged else None
        return any(named is None or str(case.id) == named[0] for case in books.by_title[act.title])
    return bool(books.done[UUID(act.task)])


def _out_of_order(books: Books, ledger: Ledger, missing: set[int]) -> set[int]:
    """Return what is missing although something is there that was asked for after it had been acknowledged."""
    there = [number for number in range(len(ledger.acts)) if number not in missing and _is_there(books, ledger, number)]
    newest = max(there, default=-1)
    return {number for number in missing if ledger.acknowledged[number][0] <= newest}


def _doubled(books: Books, ledger: Ledger) -> Iterator[str]:
    for title in {act.title for act in ledger.acts if act.kind == "start"}:
        if len(books.by_title[title]) > 1:
            yield f"{title}: {len(books.by_title[title])} cases"
    for task, lines in books.done.items():
        if len(lines) > 1:
            yield f"task {task}: {len(lines)} lines"
    opened = Counter((task.instance_id, task.process_key, task.element, task.unit, task.round) for task in books.tasks)
    yield from (f"task {place} opened {times} times" for place, times in opened.items() if times > 1)


def _half_done(books: Books, ledger: Ledger) -> Iterator[str]:
    """Yield acts that are there, but not with everything that was sent."""
    answers: dict[str, list[Act]] = defaultdict(list)
    for act in ledger.acts:
        if act.kind == "complete":
            answers[act.task].append(act)
    for task, acts in answers.items():
        for line in books.done[UUID(task)]:
            told = _flat(line.body.get("values"))
            files = {books.files.get(UUID(one)) for one in ID.findall(told)}
            if not any(files.issuperset(act.files) and all(_flat(one) in told for one in act.texts) for act in acts):
                yield f"{acts[0].title}: {line.element} does not tell what was sent"


def _flat(value: Any) -> str:  # noqa: ANN401 - whatever a case holds
    return re.sub(r"(\\[rn]|\s)+", " ", json.dumps(value, ensure_ascii=False)).strip('"')


def _contradictions(books: Books, case: Instance) -> Iterator[str]:
    lines = books.lines[case.id]
    if [line.sequence for line in lines] != list(range(1, case.lines + 1)):
        yield f"history has lines {[line.sequence for line in lines]} of {case.lines}"
    own = [task for task in books.tasks if task.instance_id == case.id]
    for task in own:
        if (task.status == TaskStatus.COMPLETED) != bool(books.done[task.id]):
            yield f"{task.element} is {task.status} with {len(books.done[task.id])} lines"
    opened = {str(task.id) for task in own if task.status == TaskStatus.OPEN}
    if case.status == "completed":
        if opened or books.waits[case.id] or not lines or lines[-1].kind != "ended":
            yield "has ended and has not"
        return
    if not (opened or books.waits[case.id] or case.id in books.incidents):
        yield "waits for nothing"
    execution = catalogue.hydrate(case)
    if {str(task.id) for task in execution._open_tasks()} != opened:  # noqa: SLF001 - what the engine itself says
        yield "the engine waits for other tasks"
    if {str(wait.id) for wait in execution._waits()} != books.waits[case.id]:  # noqa: SLF001
        yield "the engine waits for other events"


def _damaged() -> Iterator[str]:
    if db.engine.dialect.name == "sqlite":
        yield from (row for row in db.session.scalars(text("PRAGMA integrity_check")) if row != "ok")
        yield from (str(row) for row in db.session.execute(text("PRAGMA foreign_key_check")))
    else:
        db.session.execute(text("CREATE EXTENSION IF NOT EXISTS amcheck"))
        db.session.commit()
        db.session.execute(text(INDEXES)).all()
        db.session.commit()
    damaged: Iterable[str] = (
        name
        for name, digest, content in db.session.execute(select(Attachment.name, Attachment.sha256, Attachment.content))
        if hashlib.sha256(content).hexdigest() != digest
    )
    yield from damaged
