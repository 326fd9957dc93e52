"""The clients that people have, unchanged, against the running service."""

import json
import subprocess
from collections.abc import Callable
from dataclasses import asdict
from threading import Lock, Thread
from uuid import UUID

import pytest
from camunda.external_task.external_task import ExternalTask, TaskResult
from camunda.external_task.external_task_worker import ExternalTaskWorker, NoExternalTaskFound
from flask import Flask

from assets.build import require_node
from service import catalogue, store
from service.engine.worklist import Changes
from service.models import Attachment, new_id
from service.store import Fact
from tests import answers, provision
from tests.conftest import on_sqlite
from tests.drafting import OFFICE, Sketch
from tests.programs import Program, token
from tests.rest.test_external_tasks import COUNTS, ROOTS, fetch, lapse, waiting

WORKER = provision.ROOT / "tests" / "rest" / "worker.mjs"
PATIENCE = 60


def handed_in(sketch: Sketch, case: UUID) -> bytes:
    """Let a case know a file that somebody handed in, and return what stands in it."""
    content, now, instance = answers.content("isi"), sketch.now, sketch.instance(case)
    who = sketch.actor("blitar.kadis")
    file = Attachment(
        tenant_id=OFFICE, id=new_id(now), instance_id=case, task_id=new_id(now), person_id=who.person_id,
        name="isi.pdf", media_type="application/pdf", size=len(content), sha256="", content=content, added_at=now,
    )  # fmt: skip
    known = {"lampiran": [asdict(store.reference(file))]}
    step = catalogue.hydrate(instance).amend(known, now)
    fact = Fact("amended", now, who.person_id, who.label)
    store.save_step(instance, step, Changes((), frozenset()), fact, new_files=[file])
    return content


@pytest.fixture
def deployed(sketch: Sketch) -> Sketch:
    sketch.deploy(COUNTS, roots=ROOTS)
    return sketch


@pytest.fixture
def worker(app: Flask, site: str) -> Callable[..., ExternalTaskWorker]:
    secret = token(app, "admin")

    def worker(name: str = "python") -> ExternalTaskWorker:
        config = {
            "maxTasks": 1, "lockDuration": 20_000, "asyncResponseTimeout": 1, "retries": 1, "retryTimeout": 0,
            "auth_basic": {"username": "admin", "password": secret},
        }  # fmt: skip
        return ExternalTaskWorker(name, site, config)

    return worker


@on_sqlite
def test_worker_in_python(deployed: Sketch, worker: Callable[..., ExternalTaskWorker]) -> None:
    done, beaten, broken = (waiting(deployed, jumlah) for jumlah in ("1", "2", "3"))

    def handle(task: ExternalTask) -> TaskResult:
        jumlah = task.get_variable("jumlah")
        if jumlah == 1:
            sheet = json.loads(task.get_variable("daftar"))
            return task.complete({"hasil": jumlah * 2, "lembar": {"baris": sheet}, "benar": True, "nama": "é"})
        if jumlah == 2:
            return task.bpmn_error("data-beda", "Beda.", {"beda": [1]})
        return task.failure("Server diam.", "di baris 1", max_retries=1, retry_timeout=0)

    python = worker()
    for _ in range(4):
        python.fetch_and_execute("capaian", handle)
    with pytest.raises(NoExternalTaskFound):
        python.fetch_and_execute(["capaian", "lain"], handle)

    data = deployed.data(done)
    assert [data[name] for name in ("hasil", "lembar", "benar", "nama")] == [2, {"baris": ["bidang1"]}, True, "é"]
    assert (deployed.open_elements(done), deployed.open_elements(beaten)) == (["baik"], ["ulang"])
    assert [incident.detail for incident in deployed.incidents(broken)] == ["Server diam."]


@on_sqlite
def test_worker_in_javascript(app: Flask, site: str, deployed: Sketch) -> None:
    done, beaten, broken = (waiting(deployed, jumlah) for jumlah in ("1", "2", "3"))
    content = handed_in(deployed, done)
    command = [str(require_node().node), str(WORKER), site, "admin", token(app, "admin"), "4"]

    ran = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=False)  # noqa: S603 - ours

    assert ran.returncode == 0, ran.stderr
    assert json.loads(ran.stdout.splitlines()[-1]) == {
        "errors": [], "files": [["isi.pdf", len(content)]], "properties": {"lembar": "dua"}, "tenant": "blitar",
    }  # fmt: skip
    data = deployed.data(done)
    assert [data[name] for name in ("hasil", "lembar", "benar")] == [
        2,
        {"nilai": "Ünïkode", "daftar": ["bidang1"]},
        True,
    ]
    assert data["kapan"] == "1970-01-01T07:00"
    assert (deployed.open_elements(done), deployed.open_elements(beaten)) == (["baik"], ["ulang"])
    assert [incident.detail for incident in deployed.incidents(broken)] == ["Server diam."]


def test_four_workers_share_a_topic_and_do_what_a_dead_one_left(
    app: Flask, deployed: Sketch, worker: Callable[..., ExternalTaskWorker]
) -> None:
    cases = {waiting(deployed, "1") for _ in range(9)}
    for left in fetch(Program(app), "mati", 2):
        lapse(left["id"])
    done: list[str] = []
    guard = Lock()

    def handle(task: ExternalTask) -> TaskResult:
        with guard:
            done.append(task.get_process_instance_id())
        return task.complete({"hasil": 1})

    def work(python: ExternalTaskWorker) -> None:
        while len(done) < len(cases):
            try:
                python.fetch_and_execute("capaian", handle)
            except NoExternalTaskFound:
                continue

    threads = [Thread(target=work, args=(worker(f"python-{n}"),)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)

    assert sorted(done) == sorted(map(str, cases))
    assert {tuple(deployed.open_elements(case)) for case in cases} == {("baik",)}
