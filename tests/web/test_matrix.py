"""Who may do what: every view and method of the service for everybody, on things of his own and of another office.

`matrix.txt` has a row for every endpoint and method, with the status that each person gets. It is compared with the
map of addresses: an endpoint without a row fails, and so does a row without an endpoint.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cached_property
from io import BytesIO
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote_to_bytes
from uuid import UUID, uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from service import comments, identity, preferences, tokens
from service.attachments import Tray
from service.engine.assignment import Role
from service.identity import NewPerson
from service.models import (
    Delivery,
    Export,
    ExportPart,
    Holding,
    Incident,
    Position,
    SavedFilter,
    Unit,
    Waiting,
    db,
    new_id,
)
from service.models import Role as RoleRow
from service.queries import deployed
from service.tokens import Scope
from service.web import policies
from service.web.policies import Door, Whose
from tests import answers, stage
from tests.answers import BLITAR, NGANJUK
from tests.conftest import on_sqlite
from tests.stage import Demo
from tests.walking import Player, Stranger, Visitor

FILE = Path(__file__).with_name("matrix.txt")
PEOPLE = {
    "stranger": "",
    "doer": "blitar.bidang1",
    "starter": "blitar.kadis",
    "colleague": "blitar.jfu",
    "analyst": "analis",
    "auditor": "auditor",
    "admin": "admin",
    "foreigner": "nganjuk.sekretaris",
    "system": "diskominfo",
    "disabled": "blitar.kasubbag",
}
PROGRAMS = {"reader": Scope.READ, "program": Scope.ACT}
COLUMNS = [*PEOPLE, *PROGRAMS]
"""Who asks. Everybody but the stranger and the foreigner acts for Blitar, whose things are asked for."""
UNWRITTEN = ("system", "disabled")
"""Who has no column in the file: see there."""
WRITTEN = [name for name in COLUMNS if name not in UNWRITTEN]
BOTH = ("doer", "admin", "program")
"""Who asks on PostgreSQL as well: they are let in everywhere between them, and a refusal is no matter of databases."""
ASKED = [(name, base) for name in COLUMNS for base in ("sqlite", "postgresql") if base == "sqlite" or name in BOTH]
UNSAFE = frozenset({"POST", "PUT", "PATCH", "DELETE"})
REFUSED = frozenset({302, 308, 400, 401, 403, 404, 405})
Headers = dict[str, str] | None
LAST = "auth.sign_out"
"""After this nobody is anybody."""


class Cell(NamedTuple):
    """A row of the matrix: what is asked for, and how each person is answered."""

    endpoint: str
    method: str
    statuses: dict[str, int]


def matrix() -> dict[tuple[str, str], Cell]:
    """Return the rows of the file."""
    lines = [line.split() for line in FILE.read_text().splitlines() if line.strip() and not line.startswith("#")]
    heading, *rows = [line for line in lines if line[0] != "system"]
    assert heading[2:] == WRITTEN
    let_in = {(line[1], line[2]): int(line[3]) for line in lines if line[0] == "system"}
    assert let_in.keys() <= {(row[0], row[1]) for row in rows}
    return {
        (endpoint, method): Cell(endpoint, method, completed(statuses, let_in.get((endpoint, method))))
        for endpoint, method, *statuses in rows
    }


def completed(statuses: list[str], system: int | None) -> dict[str, int]:
    """Return the statuses of a row with those that are not written, see the head of the file."""
    known = [int(status) for status in statuses]
    people = len(WRITTEN) - len(PROGRAMS)
    found = dict(
        zip(WRITTEN, known if len(known) == len(WRITTEN) else [*known, *known[:1] * len(PROGRAMS)], strict=True)
    )
    closed = known[1] if set(known[1:people]) in ({401}, {404}) else 403
    return found | {"disabled": known[0], "system": system or closed}


MATRIX = matrix()


@dataclass
class World:
    """Things that addresses name, of Blitar and of Nganjuk, and things that nobody has."""

    app: Flask
    demo: Demo
    things: dict[str, dict[str, object]] = field(default_factory=dict)

    def settle(self) -> None:
        """Let there be one thing of each kind in both offices."""
        with self.app.app_context():
            player = Player()
            system = NewPerson(PEOPLE["system"], "Diskominfo", stage.PASSWORD, roles=[("blitar", Role.SYSTEM)])
            identity.add_person(system, player.now)
            for office, process, element in (
                ("blitar", BLITAR, "row_04_bidang"),
                ("nganjuk", NGANJUK, "row_04_bidang"),
            ):
                self.things[office] = things(player, office, process, element)
        self.things["nobody"] = {
            name: uuid4() if isinstance(value, UUID) else value if name == "version" else f"tidak_{name}"
            for name, value in self.things["blitar"].items()
        }

    def rules(self) -> Iterator[tuple[Rule, str]]:
        """Yield every rule with each of its methods; HEAD and OPTIONS are asked with the variants."""
        for rule in self.app.url_map.iter_rules():
            for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
                yield rule, method

    def guarded(self) -> list[tuple[Rule, str]]:
        """Return the rules that are about things, with each method, without those whose address is the key."""
        found = [(rule, method) for rule, method in self.rules() if rule.arguments]
        return [(rule, method) for rule, method in found if _door(self.app, rule) is not Door.OPEN]

    def address(self, rule: Rule, method: str, office: str) -> str:
        """Return an address of a rule, about the things of an office."""
        values = {name: self.things[office][name] for name in rule.arguments}
        return self.app.url_map.bind("localhost").build(rule.endpoint, values, method=method)


def things(player: Player, office: str, process: str, element: str) -> dict[str, object]:
    """Plant in an office what the addresses of pages name."""
    case = player.reach(process, element)
    task = player.task(case, element, "bidang1")
    doer, now = player.performer(task), player.now
    tray = Tray(doer, task.id, now)
    file = tray.take("isi.pdf", answers.content("isi"))
    about = {"kind": "complete", "task": str(task.id), "process": process, "element": element}
    deed = {**about, "person": str(doer.person_id), "position": doer.label, "returns": False, "body": {"values": {}}}
    incident = Incident(tenant_id=office, id=new_id(now), instance_id=case, process_key=process, element=element,
                        cause="engine", act=deed, opened_at=now)  # fmt: skip
    auditor = player.actor("auditor", office)
    export = Export(tenant_id=office, id=new_id(now), person_id=auditor.person_id, asked_at=now, attempt=1, size=1,
                    ended_at=datetime.now(UTC))  # fmt: skip
    body = {"case": {"id": str(case), "number": 1, "title": "Berkas"}}
    delivery = Delivery(tenant_id=office, id=new_id(now), channel="mail", target=doer.person_id, kind="task-opened",
                        body=body, created_at=now, dead_at=now, failure="no-answer")  # fmt: skip
    view = SavedFilter(tenant_id=office, id=new_id(now), person_id=doer.person_id, name="Lewat waktu", wanted={})
    job = Waiting(tenant_id=office, id=new_id(now), instance_id=case, process_key=process, element=element,
                  kind="timer", due_at=now + timedelta(days=900), since=now)  # fmt: skip
    db.session.add_all([*tray.new, view, incident, export, delivery, job])
    db.session.flush()
    db.session.add(ExportPart(tenant_id=office, export_id=export.id, attempt=1, number=0, content=b"x"))
    found = {
        "activity_id": f"{element}:{task.id}", "answer_id": f"{case}:{process}:judul:",
        "case_id": case, "task_id": task.id, "attachment_id": UUID(file.id), "incident_id": incident.id,
        "export_id": export.id, "key": process, "element": element, "version": 1, "filter_id": view.id,
        "secret": preferences.open_feed(doer), "office": office, "operation": "tidak_ada", "resource_id": "0",
        "variable": "unit_kantor", "job_id": job.id,
    }  # fmt: skip
    db.session.commit()
    said = comments.add(doer, case, task.id, "Menyusul.", now)
    found["comment_id"] = f"{case}:{said}"
    version = deployed.newest(auditor, process)
    found |= {"definition_id": version.id, "deployment_id": version.deployment}
    return found | post_held(office, now)


def post_held(office: str, now: datetime) -> dict[str, object]:
    """Plant what the addresses of an admin's pages name: a unit, a post in it, who holds it, and what he may."""
    unit, code, user_name = f"unit_{office}", f"post_{office}", f"{office}.petugas"
    held, role = [(office, code)], [(office, Role.STAFF)]
    db.session.add(Unit(tenant_id=office, code=unit, name="Unit", reports_data=False))
    db.session.add(Position(tenant_id=office, code=code, name="Petugas", unit_code=unit))
    db.session.commit()
    person = identity.add_person(NewPerson(user_name, "Petugas", stage.PASSWORD, held, role), now)
    holding = db.session.scalars(select(Holding.id).where(Holding.person_id == person)).one()
    given = db.session.scalars(select(RoleRow.id).where(RoleRow.person_id == person)).one()
    return {"unit": unit, "code": code, "user_name": user_name, "holding_id": holding, "role_id": given}


@dataclass
class Caller:
    """Somebody who asks for everything."""

    app: Flask
    user: str
    bearer: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, app: Flask, column: str) -> "Caller":
        """Return a person, or a program with a token of the starter at a browser that nobody is signed in at."""
        if column in PEOPLE:
            return cls(app, PEOPLE[column])
        with app.app_context():
            now = datetime.now(UTC)
            who = replace(identity.actor(identity.person_named(PEOPLE["starter"]), None, now), confirmed_at=now)
            return cls(app, "", {"Authorization": f"Bearer {tokens.make(who, 'Uji', PROGRAMS[column], 1, now)}"})

    @cached_property
    def visitor(self) -> Visitor:
        if not self.user:
            return Stranger(self.app)
        visitor = Visitor(self.app, self.user)
        if self.user == PEOPLE["disabled"]:
            with self.app.app_context():
                identity.set_active(self.user, is_active=False)
        if "." not in self.user:
            visitor.post("/jabatan", {"office": "blitar"})
        return visitor

    @property
    def client(self) -> FlaskClient:
        return self.visitor.client

    def ask(
        self, method: str, address: str, *, token: bool = True, path: str = "", headers: dict[str, str] | None = None
    ) -> TestResponse:
        """Ask for something, with nothing filled in but a file where one is asked for."""
        data: dict[str, object] = {"csrf_token": self.visitor.token} if token and method in UNSAFE else {}
        if address.partition("?")[0].endswith("/lampiran") and data:
            data |= {"field": "berkas", "berkas": (BytesIO(answers.content("isi")), "isi.pdf")}
        overrides = {"PATH_INFO": unquote_to_bytes(path).decode("latin-1")} if path else {}
        response = self.client.open(
            address,
            method=method,
            data=data or None,
            headers=self.bearer | (headers or {}),
            environ_overrides=overrides,
        )
        response.get_data()
        response.close()
        return response


@pytest.fixture
def world(app: Flask, demo: Demo) -> World:
    with app.app_context():
        planted = World(app, demo)
        planted.things = demo.scene("matrix", lambda: settled(planted))
    return planted


def settled(planted: World) -> dict[str, dict[str, object]]:
    planted.settle()
    return planted.things


def shown(response: TestResponse, office_things: dict[str, object]) -> tuple[int, str, str]:
    """Return an answer without what differs between two times: token, request, and the thing asked for."""

    def nameless(text: str) -> str:
        for name, value in office_things.items():
            if name in {"operation", "resource_id"}:
                continue
            if name == "office":
                text = text.replace(f"/kantor/{value}/", "/kantor/office/")  # elsewhere it is part of other words
            elif name != "version":
                text = text.replace(str(value), name)
        text = re.sub(r"\d\d\.\d\d (?=WI|$)", "", text, flags=re.MULTILINE)  # the clock in the foot
        return re.sub(r'(name="csrf.token" (?:value|content)|name="_kunci" value)="[^"]*"', r"\1", text)

    return response.status_code, nameless(response.headers.get("Location", "")), nameless(response.text)


def test_every_endpoint_has_a_row_and_every_row_an_endpoint(app: Flask) -> None:
    asked = {(rule.endpoint, method) for rule, method in World(app, app.extensions["demo"]).rules()}

    assert sorted(asked - MATRIX.keys()) == [], "add their rows to tests/web/matrix.txt"
    assert sorted(MATRIX.keys() - asked) == [], "these rows of tests/web/matrix.txt are about nothing"


def test_every_view_declares_its_policy(app: Flask) -> None:
    assert [name for name, view in app.view_functions.items() if policies.of(view) is None] == []


def test_a_view_that_declares_nothing_is_closed(demo: Demo) -> None:
    demo.restore()
    app = stage.started(demo.settings)
    app.add_url_rule("/terbuka", "forgotten", lambda: "everything")

    assert Stranger(app).get("/terbuka").location == "/masuk?next=/terbuka"
    for user in ("blitar.kadis", "admin"):
        assert Visitor(app, user).get("/terbuka").status == 403
    stage.release(app)


@pytest.mark.parametrize(("person", "database"), ASKED, indirect=["database"])
def test_everybody_is_answered_as_the_matrix_says(world: World, person: str) -> None:
    caller = Caller.of(world.app, person)
    rows = sorted(world.rules(), key=lambda row: row[0].endpoint == LAST)
    found = {
        (rule.endpoint, method): caller.ask(method, world.address(rule, method, "blitar")).status_code
        for rule, method in rows
    }

    assert found == {key: cell.statuses[person] for key, cell in MATRIX.items()}


@on_sqlite
@pytest.mark.parametrize("person", [person for person in PEOPLE if person not in {"foreigner", "system", "disabled"}])
def test_things_of_another_office_are_as_if_they_were_not(world: World, person: str) -> None:
    caller = Caller(world.app, PEOPLE[person])
    for rule, method in world.guarded():
        theirs = caller.ask(method, world.address(rule, method, "nganjuk"))
        nothing = caller.ask(method, world.address(rule, method, "nobody"))

        assert theirs.status_code in REFUSED, (rule.endpoint, method)
        assert shown(theirs, world.things["nganjuk"]) == shown(nothing, world.things["nobody"]), rule.endpoint


def test_a_foreigner_learns_nothing(world: World) -> None:
    caller = Caller(world.app, PEOPLE["foreigner"])

    for rule, method in world.guarded():
        theirs = caller.ask(method, world.address(rule, method, "blitar"))
        nothing = caller.ask(method, world.address(rule, method, "nobody"))
        assert theirs.status_code in REFUSED, (rule.endpoint, method)
        assert shown(theirs, world.things["blitar"]) == shown(nothing, world.things["nobody"]), rule.endpoint


@on_sqlite
@pytest.mark.parametrize("person", ["stranger", "doer", "admin"])
def test_nothing_is_changed_without_the_token_of_the_form(world: World, person: str) -> None:
    caller = Caller(world.app, PEOPLE[person])
    before = stage.rows(world.app)

    for rule, method in world.rules():
        if method in UNSAFE and _door(world.app, rule) is not Door.PROGRAMS:
            address = world.address(rule, method, "blitar")
            assert caller.ask(method, address, token=False).status_code == 400, (rule.endpoint, method)
            foreign = caller.ask(method, address, headers={"Origin": "https://evil.example"})
            assert foreign.status_code == 400, (rule.endpoint, method)
    assert stage.rows(world.app) == before


@on_sqlite
@pytest.mark.parametrize("person", ["stranger", "foreigner"])
def test_no_way_of_writing_an_address_opens_what_is_closed(world: World, person: str) -> None:
    caller = Caller(world.app, PEOPLE[person])
    closed = [
        (rule, method)
        for rule, method in world.rules()
        if MATRIX[rule.endpoint, method].statuses[person] in REFUSED
        and _door(world.app, rule) is not Door.OPEN
        and rule.endpoint != LAST
    ]
    assert len(closed) > 15

    for address in {world.address(rule, method, "blitar") for rule, method in closed if method == "GET"}:
        for written in variants(address):
            assert caller.ask("GET", "/", path=written).status_code in REFUSED, written
    for address in {world.address(rule, method, "blitar") for rule, method in closed if method in UNSAFE}:
        plain = caller.ask("POST", address).status_code
        for verb in ("GET", "PUT"):
            overridden = caller.ask("POST", f"{address}?_method={verb}", headers={"X-HTTP-Method-Override": verb})
            assert overridden.status_code == plain, (verb, address)


@on_sqlite
def test_asking_for_the_head_or_the_options_tells_no_more(world: World) -> None:
    caller = Caller(world.app, PEOPLE["colleague"])

    for rule, method in world.rules():
        address = world.address(rule, method, "blitar")
        if method == "GET" and rule.endpoint != LAST:
            head = caller.ask("HEAD", address)
            assert (head.status_code, head.data) == (caller.ask("GET", address).status_code, b""), rule.endpoint
        assert caller.ask("OPTIONS", address).data == b"" or caller.ask("OPTIONS", address).status_code in REFUSED


def variants(address: str) -> Iterator[str]:
    """Yield other ways of writing an address by which filters of addresses were passed elsewhere."""
    first, _, rest = address.lstrip("/").partition("/")
    yield f"{address};x"
    yield f"{address};jsessionid=1"
    yield f"/{first};x/{rest}"
    yield f"/{address}"
    yield address.replace("/", "//")
    yield f"{address}/"
    yield f"{address}/."
    yield f"{address}%00"
    yield f"/masuk/..{address}"
    yield f"/static/..{address}"
    yield f"/masuk/%2e%2e{address}"
    yield f"/livez/..;{address}"
    yield f"/%2e{address}"
    yield f"/%2f{address}"
    yield f"{address}%20"
    yield f"/{first.upper()}/{rest}"


def _door(app: Flask, rule: Rule) -> Door:
    policy = policies.of(app.view_functions[rule.endpoint])
    assert policy is not None
    return policy.door


def test_what_is_declared_is_what_the_matrix_says(app: Flask) -> None:
    """The declared roles and the matrix are two accounts of the same thing."""
    roles = {"analyst": "analyst", "auditor": "auditor", "admin": "admin", "starter": "staff"}
    for (endpoint, method), cell in MATRIX.items():
        policy = policies.of(app.view_functions[endpoint])
        assert policy is not None
        if policy.door is Door.PEOPLE:
            assert cell.statuses["stranger"] in {302, 401}
            for person, role in roles.items():
                if policy.roles and role not in policy.roles:
                    assert cell.statuses[person] == 403, (endpoint, method, person)
            if policy.whose is not Whose.NOBODYS:
                assert cell.statuses["foreigner"] in {200, 302, 303, 403, 404}, (endpoint, method)
        if policy.door is Door.PROGRAMS:
            assert {cell.statuses[person] for person in PEOPLE} == {401}, endpoint


def test_what_is_for_programs_stands_apart_from_what_is_for_people(app: Flask) -> None:
    for rule in app.url_map.iter_rules():
        assert rule.rule.startswith(policies.ROOTS) == (_door(app, rule) is Door.PROGRAMS), rule
