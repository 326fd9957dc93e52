"""Every page for everybody: what is unknown, odd or hostile in addresses and texts, and links that lead somewhere.

Who may what is in `test_matrix.py`, headers are in `test_protection.py`.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urljoin, urlsplit
from uuid import UUID, uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import update

from service import exports, identity, store, tasks
from service.engine import form as forms
from service.models import Instance, Task, db
from tests import stage
from tests.answers import NGANJUK
from tests.conftest import on_sqlite
from tests.stage import Demo
from tests.walking import Page, Player, Visitor, said


@dataclass(frozen=True)
class Scene:
    """A case with one open task that failed once, files and a board."""

    case: UUID
    task: UUID
    attachment: UUID
    incident: UUID
    export: UUID

    def address(self, app: Flask, endpoint: str) -> str:
        """Return the address of an endpoint with what this scene has."""
        values = {"case_id": self.case, "task_id": self.task, "attachment_id": self.attachment, "key": NGANJUK,
                  "element": "row_04_bidang", "incident_id": self.incident, "export_id": self.export}  # fmt: skip
        with app.test_request_context():
            adapter = app.create_url_adapter(None) or app.url_map.bind("localhost")
            (rule, *_) = app.url_map.iter_rules(endpoint)
            return adapter.build(endpoint, {name: values[name] for name in rule.arguments}, force_external=False)


@pytest.fixture
def scene(app: Flask) -> Scene:
    with app.app_context():
        player = Player()
        case = player.reach(NGANJUK, "row_05")
        instance = store.get_instance("nganjuk", case)
        task, files = player.task(case, "row_05"), store.files(instance)
        incident, file = failed(player, instance, task), UUID(next(iter(files)))
        return Scene(case, task.id, file, incident, exported(player))


def exported(player: Player) -> UUID:
    """Let an auditor have asked for everything."""
    export = exports.ask(identity.actor(identity.person_named("auditor"), "nganjuk", stage.MONDAY), player.now)
    exports.make("nganjuk", export, lambda: datetime.now(UTC))  # so that it is still kept
    return export


def failed(player: Player, instance: Instance, task: Task) -> UUID:
    """Let a task of a case have failed."""
    person, raw = player.performer(task), player.answers(task)
    form = tasks.see(person, task.id).form
    values = forms.clean(form, raw, {}, store.files(instance)).values
    body = {"form": form.id, "values": values, "reason": "", "parts": [], "round": 1, "unit": ""}
    act = {"kind": "complete", "task": str(task.id), "process": NGANJUK, "element": task.element, "returns": False,
           "person": str(person.person_id), "position": "Kasubbag", "body": body}  # fmt: skip
    failure = store.Failure(NGANJUK, task.element, "no-flow", "no condition holds", {"rekap": None}, act)
    fact = store.Fact("incident", player.now, person.person_id, "Kasubbag", NGANJUK, task.element, task.id)
    return store.record_incident(instance, failure, fact)


def visitor_of(app: Flask, person: str) -> Visitor:
    """Sign somebody in; overseers look at the office of the scene."""
    if person == "nobody":
        return Anonymous(app)
    visitor = Visitor(app, person)
    visitor.post("/jabatan", {"office": "nganjuk"})
    return visitor


class Anonymous(Visitor):
    """A browser in which nobody is signed in."""

    def __init__(self, app: Flask) -> None:
        self.client = app.test_client()
        self.user = "nobody"
        self.token = self.get("/masuk").token


def test_the_token_may_come_in_the_header_of_a_script(app: Flask, scene: Scene) -> None:
    visitor = Visitor(app, "nganjuk.kasubbag")

    answer = visitor.client.post(
        f"/tugas/{scene.task}/draf", data={"_simpan_otomatis": "1"}, headers={"X-CSRFToken": visitor.token}
    )

    assert answer.status_code == 200


GARBAGE = ["x", "0", "-1", "%00", "%ff%fe", "%F0%9F%99%82", "..%2f..%2fetc", "a" * 3000, "{}", "%3Cscript%3E", "None",
           "00000000-0000-0000-0000-00000000000g"]  # fmt: skip


def test_whatever_is_unknown_looks_the_same(app: Flask, scene: Scene) -> None:
    visitor = Visitor(app, "blitar.kadis")
    unknown = visitor.get(f"/tugas/{uuid4()}")
    assert unknown.status == 404
    addresses = [
        *(f"/tugas/{one}" for one in (scene.task, *GARBAGE)),
        *(f"/berkas/{one}" for one in (scene.case, uuid4(), *GARBAGE)),
        *(f"/lampiran/{one}" for one in (scene.attachment, uuid4(), *GARBAGE)),
        *(f"/berkas/{scene.case}/{one}" for one in ("diagram", "batal", "pengumpulan/row_04_bidang", "lain")),
        *(f"/sop/{one}" for one in (NGANJUK, *GARBAGE)),
        *(f"/sop/{one}/bpmn" for one in (NGANJUK, *GARBAGE)),
        *(f"/sop/{one}/diagram" for one in (NGANJUK, *GARBAGE)),
        *(f"/mulai/{one}" for one in (NGANJUK, *GARBAGE)),
        "/tidak/ada", "/static/tidak-ada.css", "/favicon.ico", "/.env", "/admin",
    ]  # fmt: skip

    for address in addresses:
        page = visitor.get(address)
        assert (page.status, page.title, page.main) == (404, unknown.title, unknown.main), address


ODD_VALUES = ["", "abc", "-1", "9" * 5000, "٣", "%25", "_", "'", "x" * 4000, "%F0%9F%99%82", "%ff",
              "0001-01-01", "9999-12-31", "2026-02-30"]  # fmt: skip
ODD_PLACES = [
    "/tugas?tampilan={}", "/tugas?urutan={}", "/tugas?sop={}", "/tugas?hal={}", "/berkas?q={}", "/berkas?sop={}",
    "/berkas?keadaan={}", "/berkas?dari={}", "/berkas?sampai={}", "/berkas?sisa={}", "/berkas?dikembalikan={}",
    "/berkas?hal={}", "/berkas?q={}&q=b&hal=1&hal=2", "/sop?x={}", "/masuk?next={}", "/tugas/{task}?kembali={}",
    "/berkas/{case}?x={}",
]  # fmt: skip


@pytest.mark.parametrize("place", ODD_PLACES)
def test_an_odd_query_is_answered_with_a_page(app: Flask, scene: Scene, place: str) -> None:
    visitor = Visitor(app, "nganjuk.kasubbag")
    address = place.replace("{task}", str(scene.task)).replace("{case}", str(scene.case))
    wanted = 302 if place.startswith("/masuk") else 200

    assert {value: visitor.get(address.format(value)).status for value in ODD_VALUES} == dict.fromkeys(
        ODD_VALUES, wanted
    )


@pytest.mark.parametrize("place", ODD_PLACES)
def test_a_nul_in_a_query_leads_nowhere(app: Flask, scene: Scene, place: str) -> None:
    address = place.replace("{task}", str(scene.task)).replace("{case}", str(scene.case))

    assert Visitor(app, "nganjuk.kasubbag").get(address.format("%00")).status == 404


@pytest.mark.parametrize("place", ["/sop/{}?versi={{}}", "/sop/{}/diagram?versi={{}}", "/sop/{}/bpmn?versi={{}}"])
def test_an_odd_version_is_the_newest_or_none(app: Flask, place: str) -> None:
    visitor = Visitor(app, "nganjuk.kasubbag")
    address = place.format(NGANJUK)

    assert {visitor.get(address.format(value)).status for value in ODD_VALUES} <= {200, 404}


ODD_ADDRESSES = ["/tugas?sop=a%00b", "/berkas?q=a%00b", "/berkas?sop=%00", "/sop/%00", "/sop/a%00/bpmn", "/mulai/%00",
                 "/berkas?q=%25_%5C", "/berkas?dari=0001-01-01", "/berkas?sampai=9999-12-31"]  # fmt: skip


@pytest.mark.parametrize("address", ODD_ADDRESSES)
def test_an_odd_address_is_no_failure(app: Flask, address: str) -> None:
    assert Visitor(app, "nganjuk.kasubbag").get(address).status in {200, 404}


def test_an_odd_name_at_the_door_is_no_failure(app: Flask) -> None:
    refused = Anonymous(app).post("/masuk", {"user_name": "a\x00b", "password": "a\x00b"})

    assert refused.status == 401


# Pages ----------------------------------------------------------------------------------------------


LIVE = '"><img src=x onerror=alert(1)><script>alert(1)</script><b style="color:red">\''


def hrefs(page: Page) -> Iterator[str]:
    for address in page.tree.xpath(
        "//a/@href | //link/@href | //script/@src | //img/@src | //*[@data-bpmn-url]/@data-bpmn-url"
    ):
        yield str(address)


def check_markup(page: Page, address: str) -> None:
    """Look for what the policy of the page would forbid, and for what a browser would stumble over."""
    assert page.tree.xpath("//script[not(@src)] | //style | //*[@style] | //iframe | //object | //base") == [], address
    assert [name for name in page.tree.xpath("//@*") if str(name).lower().startswith("javascript:")] == [], address
    live = [one for one in page.tree.iter() for name in one.keys() if re.fullmatch(r"on[a-z]+", name)]  # noqa: SIM118
    assert live == [], address
    ids = [str(one) for one in page.tree.xpath("//@id")]
    assert len(ids) == len(set(ids)), (address, sorted(one for one in set(ids) if ids.count(one) > 1))
    for form in page.tree.xpath("//form[@method='post']"):
        assert form.xpath(".//input[@name='csrf_token']/@value"), (address, form.get("action"))
    assert len(page.tree.xpath("//h1")) == 1, address
    assert said(page.tree.find(".//title")).endswith("Laksana"), address


def crawl(visitor: Visitor, first: str) -> dict[str, int]:
    """Follow every link inside the service; look at every page that is reached."""
    found: dict[str, int] = {}
    waiting = [first]
    while waiting:
        address = waiting.pop()
        if address in found:
            continue
        page = visitor.get(address)
        found[address] = page.status
        if page.response.mimetype == "text/html" and page.status == 200:
            check_markup(page, address)
            for target in hrefs(page):
                joined = urlsplit(urljoin(address, target))
                assert joined.netloc in {"", "localhost"}, (address, target)
                where = joined.path + (f"?{joined.query}" if joined.query else "")
                if not target.startswith("#"):
                    waiting.append(where)
    return found


@pytest.mark.parametrize("person", ["nganjuk.kasubbag", "nganjuk.sekretaris", "analis", "auditor"])
def test_every_link_leads_to_a_sound_page(app: Flask, scene: Scene, person: str) -> None:
    found = crawl(visitor_of(app, person), "/berkas")

    # a session may end while a task is open: then its page shows the door
    assert {address: status for address, status in found.items() if status != 200 and address != "/masuk"} == {}
    assert f"/berkas/{scene.case}" in found
    assert f"/sop/{NGANJUK}/diagram?versi=1" in found


def test_what_people_write_is_never_live(app: Flask) -> None:
    with app.app_context():
        player = Player()
        case = player.start(NGANJUK, title=LIVE[:200])
        player.advance(case, "row_02")
    visitor = Visitor(app, "nganjuk.kasubbag")
    address = visitor.inbox()[0].address
    raw = {"petugas_penghimpun": LIVE, "uraian_tugas": f"{LIVE}\n{LIVE}"}
    sent = visitor.post(address, [*raw.items(), ("batas_tugas", LIVE)])
    assert sent.status == 422
    check_markup(sent, address)
    assert (sent.value("petugas_penghimpun"), sent.value("batas_tugas")) == (LIVE, LIVE)

    done = visitor.post(address, raw)

    assert done.status == 303
    toast = visitor.get("/tugas")
    check_markup(toast, "/tugas")
    assert LIVE[:40] in " ".join(toast.messages)
    found = crawl(visitor, f"/berkas/{case}")
    assert set(found.values()) == {200}


def test_what_diagrams_and_forms_say_is_never_live(app: Flask) -> None:
    escaped = LIVE.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")
    visitor = visitor_of(app, "analis")
    files = [
        ("berkas", file.name, file.content.replace(b"Merekap data terkumpul", escaped.encode()))
        for file in stage.drafts(NGANJUK)
    ]

    stored = visitor.post("/sop/unggah", {}, files)

    assert stored.status == 200
    check_markup(stored, "/sop/unggah")
    found = crawl(visitor, f"/sop/{NGANJUK}")
    assert set(found.values()) == {200}
    assert LIVE in visitor.get(f"/sop/{NGANJUK}").said_in("tabel")


def test_pages_are_sent_compressed_to_who_asks_for_it(app: Flask) -> None:
    visitor = Visitor(app, "nganjuk.kasubbag")

    plain, packed = (visitor.client.get("/sop", headers=asked) for asked in ({}, {"Accept-Encoding": "br, gzip"}))

    assert packed.headers["Content-Encoding"] in {"br", "gzip"}
    assert len(packed.data) < len(plain.data) / 2


def test_built_files_are_kept_for_ever(app: Flask) -> None:
    client: FlaskClient = app.test_client()
    page = Page(client.get("/masuk"))

    for address in page.tree.xpath("//link/@href | //script/@src"):
        answer = Page(client.get(str(address))).response
        assert answer.status_code == 200
        assert answer.headers["Cache-Control"] == "max-age=315360000, public, immutable"
        assert answer.headers.get("X-Content-Type-Options") == "nosniff"


# When something fails -------------------------------------------------------------------------------


def test_a_failure_tells_a_code_and_nothing_else(app: Flask, scene: Scene, caplog: pytest.LogCaptureFixture) -> None:
    with app.app_context():
        db.session.execute(update(Instance).values(state=b"\x63rusak"))
        db.session.commit()
    before = stage.rows(app)

    page = Visitor(app, "nganjuk.kasubbag").get(f"/tugas/{scene.task}")

    assert page.status == 500
    code = re.search(r"kode ([0-9A-F]{4}) kepada admin", page.main)
    assert code
    assert f"incident {code[1]} at tasks.task" in caplog.text
    assert not re.search(r"Traceback|state version|EngineFailed|/service/", page.response.text)
    assert stage.rows(app) == before


def test_a_failure_that_nobody_foresaw_looks_the_same(demo: Demo, scene: Scene) -> None:
    app = stage.started(demo.settings)
    app.testing = False
    with app.app_context():
        db.session.execute(update(Instance).values(called={"tidak_ada": "bukan-id"}))
        db.session.commit()

    page = Visitor(app, "nganjuk.kasubbag").get(f"/berkas/{scene.case}")

    assert (page.status, page.title) == (500, "Permintaan belum dapat diproses")
    assert not re.search(r"Traceback|ValueError|/service/", page.response.text)
    stage.release(app)


@on_sqlite
@pytest.mark.parametrize(("user", "way_back"), [("nganjuk.kasubbag", "Tugas"), ("", "Masuk")])
def test_the_licences_stand_in_a_page_with_a_way_back(app: Flask, user: str, way_back: str) -> None:
    page = Visitor(app, user).get("/lisensi") if user else Page(app.test_client().get("/lisensi"))

    assert (page.status, page.title) == (200, "Lisensi")
    assert "MIT License" in page.tree.xpath("string(//pre[@lang='en'])")
    assert any(way_back in said(link) for link in page.tree.xpath("//a"))


@on_sqlite
def test_the_navigation_says_where_one_is(app: Flask, scene: Scene) -> None:
    places = [
        ("nganjuk.sekretaris", "tasks.inbox", "Tugas"),
        ("nganjuk.sekretaris", "cases.case", "Berkas"),
        ("nganjuk.sekretaris", "completeness.report", "Berkas"),
        ("nganjuk.sekretaris", "pauses.suspend", "Berkas"),
        ("nganjuk.sekretaris", "news.page", ""),
        ("nganjuk.sekretaris", "account.page", ""),
        ("nganjuk.kasubbag", "tasks.task", "Tugas"),
    ]
    for user, endpoint, entry in places:
        page = Visitor(app, user).get(scene.address(app, endpoint))
        current = {said(one) for one in page.tree.xpath("//nav//a[@aria-current='page']")}
        assert (page.status, {name.split()[0] for name in current}) == (200, {entry} - {""}), endpoint
