"""What operators do by hand and what the server does by itself: background work, messages, signals, external tasks."""

from collections.abc import Callable, Iterator
from uuid import UUID

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select

from service.cli import main
from service.models import Delivery, db
from tests.conftest import on_sqlite
from tests.drafting import Sketch, catch, message, pause, signal
from tests.engine.drawing import end, line, process, start, task
from tests.stage import Demo

Run = Callable[..., Result]
ADMIN = ("--as", "admin", "--office", "blitar")
SERVICE = '<bpmn:serviceTask id="hitung" camunda:type="external" camunda:topic="capaian"/>'
ROOTS = '<bpmn:message id="m" name="data"/><bpmn:signal id="s" name="umum"/>'


@pytest.fixture
def run(demo: Demo) -> Iterator[Run]:
    """Type a command on the machine of the demonstration offices."""
    demo.restore()
    environment = {"LAKSANA_DATA": str(demo.settings.data), "LAKSANA_DATABASE": demo.settings.database}

    def run(*arguments: str, **settings: str) -> Result:
        return CliRunner(env={**environment, **settings}).invoke(main, arguments)

    yield run
    demo.restore()


def waiting(demo: Demo, element: str) -> UUID:
    """Start a case that waits at one element, then at a task."""
    with demo.app.app_context():
        sketch = Sketch()
        name = element.partition('id="')[2].partition('"')[0]
        sketch.deploy(process(start(), element, task("isi"), end(), line("mulai", name, "isi", "selesai")), roots=ROOTS)
        return sketch.begin()


def stands(demo: Demo, case: UUID) -> tuple[list[str], list[tuple[str, str, str]], dict[str, object]]:
    """Return open tasks, waits and data of a case."""
    with demo.app.app_context():
        sketch = Sketch()
        return sketch.open_elements(case), sketch.waits(case), sketch.data(case)


PAST = pause("tunggu", "timeDate", "2026-01-01T08:00:00+07:00")


def test_work_does_what_is_due(demo: Demo, run: Run) -> None:
    case = waiting(demo, PAST)

    assert run("work").output == "1 done\n"
    assert run("work").output == "0 done\n"
    assert stands(demo, case)[0] == ["isi"]


def test_message_and_signal(demo: Demo, run: Run) -> None:
    case, other = waiting(demo, catch("terima", message())), waiting(demo, catch("dengar", signal()))

    sent = run("message", "data", "--set", "nilai=12", "--set", "kata=dua belas", *ADMIN)
    heard = run("signal", "umum", "--set", 'isi={"a": [true, null]}', *ADMIN)

    assert (sent.output, heard.output) == (f"{case}\n", "1 received it\n")
    opened, waits, data = stands(demo, case)
    assert (opened, waits, data["nilai"], data["kata"]) == (["isi"], [], 12, "dua belas")
    assert stands(demo, other)[2]["isi"] == {"a": [True, None]}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("message", "lain", *ADMIN), "not-waiting"),
        (("message", "data", "--as", "blitar.kadis"), "not-allowed"),
        (("message", "data", "--set", "a b=1", *ADMIN), "a b: variable-name"),
        (("message", "data", "--set", "a=NaN", *ADMIN), "a: number-too-large"),
        (("external", "complete", "01990000-0000-7000-8000-000000000000", *ADMIN), "not-found"),
    ],
)
def test_refusals_are_one_sentence(demo: Demo, run: Run, arguments: tuple[str, ...], said: str) -> None:
    case = waiting(demo, catch("terima", message()))

    refused = run(*arguments)

    assert refused.exit_code == 1
    assert said in refused.output
    assert stands(demo, case)[1] == [("message", "data", "terima")]


def test_external_task_by_hand(demo: Demo, run: Run) -> None:
    case = waiting(demo, SERVICE)
    (shown,) = run("external", "list", *ADMIN).output.splitlines()
    work = shown.split()[0]
    assert shown.endswith("capaian  proses hitung")
    assert run("external", "list", "--topic", "lain", *ADMIN).output == ""

    assert run("external", "fail", work, "Server mati.", *ADMIN).output == "failed\n"
    assert run("external", "list", *ADMIN).output.rstrip().endswith("[failed]")
    assert run("external", "complete", work, "--set", "capaian=93.5", *ADMIN).output == "completed\n"

    assert (stands(demo, case)[0], stands(demo, case)[2]["capaian"]) == (["isi"], 93.5)
    assert run("external", "complete", work, *ADMIN).exit_code == 1


def test_external_task_ends_with_an_error_by_hand(demo: Demo, run: Run) -> None:
    case = waiting(demo, SERVICE)
    work = run("external", "list", *ADMIN).output.split()[0]

    refused = run("external", "error", work, "data-beda", *ADMIN)

    assert refused.exit_code == 1
    assert "engine-failed" in refused.output  # nobody catches it
    assert stands(demo, case)[1] == [("external", "capaian", "hitung")]


def test_webhooks_and_deliveries_by_command(demo: Demo, run: Run) -> None:
    address = "https://127.0.0.1:1/x"
    refused = run("webhooks", "add", address, *ADMIN)
    assert (refused.exit_code, "forbidden-network" in refused.output) == (1, True)

    added = run("webhooks", "add", address, "--event", "task-opened", *ADMIN, LAKSANA_WEBHOOK_NETWORKS="127.0.0.0/8")
    number, secret = added.output.split("\n", 1)
    assert secret.startswith("secret: ")
    assert run("webhooks", "list", *ADMIN).output == f"{number}  {address}  task-opened\n"
    waiting(demo, PAST)
    assert run("work").output == "1 done\n"
    with demo.app.app_context():
        (told,) = db.session.scalars(select(Delivery)).all()
        assert told.kind == "task-opened"
        told.due_at, told.dead_at, told.failure, delivery = None, told.created_at, "no-answer", str(told.id)
        db.session.commit()

    listed = run("deliveries", "list", *ADMIN).output.splitlines()
    assert listed[0].startswith(delivery)
    assert listed[0].endswith(f"webhook  task-opened  {address}  no-answer")
    assert listed[1] == "1 given up, 0 tried again later"
    assert run("deliveries", "retry", delivery, *ADMIN).output == "1 tried again\n"
    assert run("deliveries", "retry", *ADMIN).output == "0 tried again\n"
    again = run("deliveries", "retry", delivery, *ADMIN)
    assert (again.exit_code, again.output) == (
        1,
        "Error: not-found: 1 of these were not given up here; 0 tried again\n",
    )
    assert run("webhooks", "remove", number, *ADMIN).output == "removed\n"
    assert run("webhooks", "list", *ADMIN).output == ""


def test_where_somebody_is_told(run: Run) -> None:
    assert run("users", "email", "blitar.kadis", "kadis@blitar.example").output == (
        "blitar.kadis is told at kadis@blitar.example\n"
    )
    assert run("users", "email", "blitar.kadis").output == "blitar.kadis is not told\n"
    assert "is no e-mail address" in run("users", "email", "blitar.kadis", "kadis").output
    assert "not-found" in run("users", "email", "siapa", "a@b.example").output


@on_sqlite
def test_a_worker_has_nothing_to_do_on_sqlite(run: Run) -> None:
    refused = run("worker", "--id", "satu")

    assert (refused.exit_code, "`laksana serve` does the background work itself" in refused.output) == (1, True)
