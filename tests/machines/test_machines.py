"""More than one machine: two nodes that serve, two that work, and a PostgreSQL whose standby takes over."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import func, select

from service import deployments, identity, schema, store
from service.deployments import File
from service.models import History, Instance, InstanceStatus, Waiting, db
from service.settings import Settings
from tests import answers, stage
from tests.answers import FORMS, NGANJUK
from tests.conftest import on_postgresql
from tests.drafting import Sketch, pause
from tests.engine.drawing import end, line, process, start, task
from tests.machines.nodes import Balancer, node
from tests.machines.pair import Pair, pair
from tests.walking import Player, Visitor

PAST = pause("tunggu", "timeDate", "2026-01-01T08:00:00+07:00")
WAITING = process(start(), PAST, task("isi"), end(), line("mulai", "tunggu", "isi", "selesai"))
TIMERS = 20
LEFT = (
    "SELECT count(*) FROM pg_prepared_statements",
    "SELECT count(*) FROM pg_listening_channels()",
    "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'",
    "SELECT count(*) FROM pg_settings WHERE source = 'session' AND name <> 'transaction_isolation'",
)
"""What one transaction could leave to the next on its connection."""


@dataclass
class Province:
    """Nodes on one database, and the database as a test may look at it."""

    nodes: Balancer
    app: Flask


@pytest.fixture
def province(app: Flask, tmp_path: Path) -> Iterator[Province]:
    """Run two web nodes and two workers."""
    url = app.config["LAKSANA"].database
    with ExitStack() as running:
        workers = [running.enter_context(node(tmp_path / name, url, "worker", "--id", name)) for name in ("a", "b")]
        web = [running.enter_context(node(tmp_path / name, url, "serve")) for name in ("c", "d")]
        ports = [one.ready().port for one in workers + web]
        yield Province(Balancer(ports[2:]), app)
        stage.release(app)


def played(province: Province, process: str) -> UUID:
    """Play a case to its end through the nodes, everybody at a browser of his own."""
    people: dict[str, Visitor] = {}

    def at_browser(user: str) -> Visitor:
        if user not in people:
            people[user] = Visitor(province.nodes, user)  # type: ignore[arg-type]  # it looks like an application
        return people[user]

    begun = at_browser(stage.starter_of(process)).start(process, answers.for_element(process, "mulai"))
    assert begun.status == 303
    case = UUID(begun.location.rpartition("/")[2])
    while steps := _open(province, case):
        for address, user, element, unit, number in steps:
            raw = answers.for_element(process, element, round_number=number, **({"unit": unit} if unit else {}))
            sent = at_browser(user).complete(address, raw)
            assert sent.status == 303, (address, sent.title, sent.summary)
    return case


def _open(province: Province, case: UUID) -> list[tuple[str, str, str, str, int]]:
    with province.app.app_context():
        return [
            (
                f"/tugas/{one.id}",
                stage.user_of(one.process_key, one.element, one.unit),
                one.element,
                one.unit,
                one.round,
            )
            for one in Player().open_tasks(case)
        ]


@on_postgresql
def test_four_nodes_are_one_service(province: Province) -> None:
    with province.app.app_context():
        sketch = Sketch()
        sketch.deploy(WAITING)
        timers = [sketch.begin() for _ in range(TIMERS)]

    with ThreadPoolExecutor(len(FORMS)) as clients:
        cases = list(clients.map(lambda key: played(province, key), FORMS))

    stage.eventually(province.app, lambda: db.session.scalar(select(func.count()).select_from(Waiting)) == 0)
    with province.app.app_context():
        found = {case: store.get_instance(answers.office(key), case) for case, key in zip(cases, FORMS, strict=True)}
        assert {one.status for one in found.values()} == {InstanceStatus.COMPLETED}
        assert {one.incident for one in found.values()} == {""}
        assert {case: numbers(case) for case in found} == {
            case: list(range(1, one.lines + 1)) for case, one in found.items()
        }
        assert [Sketch().kinds(case) for case in timers] == [["started", "timer"]] * TIMERS
    check_what_one_node_changes_the_others_know(province)


def numbers(case: UUID) -> list[int]:
    """Return the numbers of the lines of a case's history."""
    return list(
        db.session.scalars(select(History.sequence).where(History.instance_id == case).order_by(History.sequence))
    )


def renamed(file: File) -> File:
    """Give a step another name."""
    return replace(file, content=file.content.replace(b"Merekap data terkumpul", b"Merekap seluruh data"))


def check_what_one_node_changes_the_others_know(province: Province) -> None:
    one, other = (Balancer([port]) for port in province.nodes.ports)
    visitor = Visitor(one, "nganjuk.sekretaris")  # type: ignore[arg-type]  # it looks like an application
    moved = Visitor(other, "nganjuk.kasubbag")  # type: ignore[arg-type]
    moved.client.set_cookie("laksana", visitor.client.get_cookie("laksana").value)  # type: ignore[union-attr]
    assert moved.get("/tugas").status == 200
    first = visitor.start(NGANJUK, answers.for_element(NGANJUK, "mulai")).location

    with province.app.app_context():
        player = Player()
        deployments.deploy(player.actor("analis", "nganjuk"), list(map(renamed, stage.drafts(NGANJUK))), player.now)
    second = visitor.start(NGANJUK, answers.for_element(NGANJUK, "mulai")).location

    assert ["Merekap seluruh data" in moved.get(address).response.text for address in (first, second)] == [False, True]
    with province.app.app_context():
        identity.set_active("nganjuk.sekretaris", is_active=False)
    assert [browser.get("/tugas").status for browser in (visitor, moved)] == [302, 302]


# A standby takes over -------------------------------------------------------------------------------


@pytest.fixture
def servers(demo_on_sqlite: stage.Demo, tmp_path: Path) -> Iterator[Pair]:
    """Run the demonstration offices on a PostgreSQL with a standby that has caught up."""
    demo_on_sqlite.restore()
    with pair() as running:
        with running.primary.connect() as admin:
            admin.execute("CREATE DATABASE offices")
        settings = Settings(data=tmp_path / "set-up", database=running.url("offices"))
        stage.release(stage.copied(demo_on_sqlite.app, settings))
        running.follow()
        yield running


def lost(servers: Pair, folder: Path, before: Callable[[], None]) -> set[str]:
    """Begin cases while the standby takes the place of the primary; return those that are not there afterwards."""
    url = servers.url("offices")
    with node(folder / "web", url, "serve") as web:
        visitor = Visitor(Balancer([web.ready().port]), "nganjuk.sekretaris")  # type: ignore[arg-type]  # it looks like an application
        servers.follow()
        before()
        raw = answers.for_element(NGANJUK, "mulai")
        begun = [visitor.start(NGANJUK, raw).location for _ in range(5)]

        servers.primary.stop("immediate")
        during = visitor.get("/tugas")
        servers.standby.start_again()
        servers.standby.promote()

        assert (during.status, during.response.headers["Retry-After"]) == (503, "5")
        begun += [visitor.start(NGANJUK, raw).location for _ in range(5)]
    app = stage.started(Settings(data=folder / "look", database=url))
    with app.app_context():
        kept = {f"/berkas/{case}" for case in db.session.scalars(select(Instance.id))}
    stage.release(app)
    assert len(set(begun)) == 10
    return set(begun) - kept


def test_a_node_goes_on_with_the_standby_and_nothing_acknowledged_is_lost(servers: Pair, tmp_path: Path) -> None:
    assert lost(servers, tmp_path, servers.bind) == set()


def test_without_a_synchronous_standby_a_loss_would_be_seen(servers: Pair, tmp_path: Path) -> None:
    assert len(lost(servers, tmp_path, lambda: servers.standby.stop("fast"))) == 5


# A connection that is lent ----------------------------------------------------------------------------


@on_postgresql
def test_nothing_is_left_on_a_connection_that_is_lent(app: Flask, tmp_path: Path) -> None:
    settings: Settings = app.config["LAKSANA"]
    lent = stage.started(replace(settings, data=tmp_path, pgbouncer=True, connections=1))
    with lent.app_context():
        player = Player()
        player.finish(player.start(NGANJUK))
        db.session.remove()
        with db.engine.connect() as connection:
            left = [connection.exec_driver_sql(question).scalar() for question in LEFT]
    stage.release(lent)

    assert left == [0, 0, 0, 0]


# Started at once ------------------------------------------------------------------------------------


@on_postgresql
def test_nodes_that_start_at_once_bring_the_tables_up_to_date_once(empty_database: Settings) -> None:
    app = stage.started(empty_database)

    def upgrade(_place: int) -> str:
        with app.app_context():
            return schema.upgrade()

    with ThreadPoolExecutor(4) as nodes:
        assert set(nodes.map(upgrade, range(4))) == {schema.newest()}
    stage.release(app)
