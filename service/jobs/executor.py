"""The executor: hands due jobs to DBOS, which runs each once at a time and finishes what a dead worker began."""

import json
import logging
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime, timedelta
from threading import Event, Lock
from typing import Any

from dbos import DBOS, DBOSConfig, Serializer, SetEnqueueOptions, SetWorkflowID

from service import jobs, logs, store
from service.errors import Conflict
from service.models import db
from service.queries import workers
from service.settings import Settings

VERSION = "1"
"""What a job says and means; jobs of one version are never done by workers of another."""
QUICK, SLOW = "laksana", "laksana-slow"
"""Two queues, so that a receiver who does not answer holds up no timer."""
THREADS = 4
"""Jobs of one queue that one worker does at the same time."""
PAUSE = 2.0
"""Seconds between two looks for what is due."""
POLL = 1.0
"""Seconds between two looks into the queue."""
BEAT = timedelta(seconds=15)
"""So often a worker shows that it lives, and looks for others who do not."""
KEPT = timedelta(days=3)
"""How long it is known that a job was done: longer than a night, so that none is tidied up twice."""
ENDED = ["SUCCESS", "ERROR", "CANCELLED", "MAX_RECOVERY_ATTEMPTS_EXCEEDED"]
BATCH = 500
"""Jobs that are forgotten in one round."""
PATIENCE = 30
"""Seconds that jobs may take to end when the worker stops."""
Workflow = Callable[[str, list[list[str]]], int]
_log = logging.getLogger(__name__)


class Plain(Serializer):
    """Jobs as JSON: nothing that comes out of the database is ever run."""

    def serialize(self, data: Any) -> str:  # noqa: ANN401 - as DBOS has it
        """Write."""
        return json.dumps(data)

    def deserialize(self, serialized_data: str) -> Any:  # noqa: ANN401 - as DBOS has it
        """Read."""
        return json.loads(serialized_data)

    def name(self) -> str:
        """Name the format."""
        return "json"


class Executor:
    """The background work of one process, under a name that it keeps when it is started again."""

    def __init__(self, session: Callable[[], AbstractContextManager[Any]], name: str, settings: Settings) -> None:
        self._session = session
        self._settings = settings
        self._name = name
        self._since = _now()
        self._counting = Lock()
        self._done = self._failed = 0
        self._running: set[str | None] = set()
        self._idle: set[str] = set()
        self._night, self._remembers = "", False

    def work(self, stop: Event) -> None:
        """Do what is due, again and again, until told to stop; what fails is tried anew in the next round."""
        while not stop.is_set():
            try:
                with self._launched(stop) as workflow:
                    with self._session():
                        self._show_life(_now())
                    self._rounds(workflow, stop)
            except Conflict:
                stop.wait(PAUSE)
            except Exception:  # noqa: BLE001 - a database that is away comes back
                _log.exception("background work could not begin")
                stop.wait(PAUSE)

    @contextmanager
    def _launched(self, stop: Event) -> Iterator[Workflow]:
        logging.getLogger("dbos").addHandler(logging.NullHandler())  # without one it would bring its own
        DBOS(config=self._configuration())

        @DBOS.workflow(name="job")
        def workflow(kind: str, rows: list[list[str]]) -> int:
            return self._run(kind, rows, stop)

        try:
            with self._session(), store.starting_alone():
                DBOS.launch()
            for queue in (QUICK, SLOW):
                DBOS.register_queue(queue, worker_concurrency=THREADS, polling_interval_sec=POLL)
            yield workflow
        finally:
            DBOS.destroy(destroy_registry=True, workflow_completion_timeout_sec=PATIENCE if self._running else 0)

    def _configuration(self) -> DBOSConfig:
        with self._session():
            engine = db.engine
        return DBOSConfig(
            name="laksana",
            system_database_engine=engine,
            application_version=VERSION,
            executor_id=self._name,
            max_executor_threads=2 * THREADS + 4,
            use_listen_notify=False,  # a pool of connections between us and PostgreSQL cannot do it
            notification_listener_polling_interval_sec=0.25,  # it sleeps through being told to stop
            scheduler_polling_interval_sec=3600.0,
            serializer=Plain(),
            log_level="ERROR",
        )

    def _rounds(self, workflow: Workflow, stop: Event) -> None:
        shown = _now()
        while not stop.is_set():
            try:
                with self._session():
                    now = _now()
                    if abs(now - shown) >= BEAT:
                        self._take_over(now)
                        self._show_life(now)
                        shown = now
                    self._hand_out(workflow, now)
            except Exception:  # noqa: BLE001 - the next round must come whatever this one met
                _log.exception("background work failed")
            stop.wait(PAUSE)

    def _show_life(self, now: datetime) -> None:
        store.see_worker(self._name, self._since, now, done=self._done, failed=self._failed)

    def _take_over(self, now: datetime) -> None:
        """Put the jobs of dead workers back into the queue; one who only slept finds them done."""
        running = DBOS.list_workflows(status="PENDING", load_input=False, load_output=False)
        dead = {job.executor_id for job in running if job.executor_id} - {self._name, *workers.living(now)}
        if dead:
            _log.warning("taking over the jobs of %s", ", ".join(sorted(dead)))
            DBOS._recover_pending_workflows(sorted(dead))  # noqa: SLF001 - the one door that DBOS has for it
        self._take_up({job.workflow_id for job in running if job.executor_id == self._name})

    def _take_up(self, mine: set[str]) -> None:
        """Put back what is noted as begun here and does not run, at two looks: the answer of the database got lost."""
        if workers.started_at(self._name) != self._since:
            _log.warning("another worker is called %s too", self._name)
            self._idle = set()
            return
        idle = mine - self._running
        for lost in sorted(idle & self._idle):
            _log.warning("taking up the job %s, which was never begun", lost)
            DBOS.resume_workflow(lost)
        self._idle = idle

    def _hand_out(self, workflow: Workflow, now: datetime) -> None:
        nightly = jobs.nightly(now)
        if nightly.key != self._night:
            with SetWorkflowID(nightly.key):
                DBOS.enqueue_workflow(SLOW, workflow, nightly.kind, [list(row) for row in nightly.rows])
            self._night, self._remembers = nightly.key, True
        if self._remembers:
            self._remembers = _forget_jobs(now - KEPT)
        for job in jobs.due(now):
            with SetEnqueueOptions(deduplication_id=job.key, duplication_policy="return-existing"):
                queue = SLOW if job.takes_long else QUICK
                DBOS.enqueue_workflow(queue, workflow, job.kind, [list(row) for row in job.rows])

    def _run(self, kind: str, rows: list[list[str]], stop: Event) -> int:
        logs.begin(job=DBOS.workflow_id, kind=kind, worker=self._name)
        with self._counted():
            done = sum(self._one(kind, row) for row in _begun(rows, stop))
        logs.tell("job", rows=len(rows), done=done)
        return done

    def _one(self, kind: str, row: jobs.Row) -> int:
        """Do one row in a session of its own, so that it holds up no other; one that fails stays due."""
        office, row_id = row
        with logs.about(office=office, row=row_id):
            try:
                with self._session():
                    return jobs.do(kind, row, _now(), self._settings)
            except Exception:  # noqa: BLE001 - the other rows must come whatever this one met
                with self._counting:
                    self._failed += 1
                _log.exception("job failed")
                return 0

    @contextmanager
    def _counted(self) -> Iterator[None]:
        job = DBOS.workflow_id
        self._running.add(job)
        try:
            yield
        finally:
            with self._counting:
                self._running.discard(job)
                self._done += 1


def _begun(rows: list[list[str]], stop: Event) -> Iterator[jobs.Row]:
    """Return the rows of a job until the worker is told to stop; the others stay due, for whoever looks next."""
    for number, (office, row) in enumerate(rows):
        if number and stop.is_set():  # the first is done in any case: the job of a night comes once
            return
        yield office, row


def _forget_jobs(before: datetime) -> bool:
    """Delete a little of what DBOS remembers of jobs that had ended by then; False if there is nothing left."""
    found = DBOS.list_workflows(
        status=ENDED, completed_before=before.isoformat(), limit=BATCH, load_input=False, load_output=False
    )
    if found:
        DBOS.delete_workflows([job.workflow_id for job in found])
    return bool(found)


def _now() -> datetime:
    return datetime.now(UTC)
