"""What axe-core finds on pages of every kind, on a phone and on a screen."""

from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

from axe_playwright_python.base import AXE_SCRIPT
from flask import Flask
from playwright.sync_api import Page, ViewportSize, expect
from sqlalchemy import update

from service import deliveries, exports, identity, jobs
from service.models import Delivery, Session, db
from service.settings import Settings
from tests import answers, stage
from tests.browser.people import Person
from tests.walking import Player

Seat = Callable[..., Person]
Picture = Callable[[Page, str], Path]
MAIN = answers.BLITAR
MEETING = "Menghadiri rapat persiapan data"
PHONE, SCREEN = ViewportSize(width=360, height=800), ViewportSize(width=1280, height=800)
RULES = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    "resultTypes": ["violations"],
}


def violations(page: Page) -> list[str]:
    """Return what axe finds wrong on a page, each with its first places.

    Looked at from its top: elsewhere the bar at its foot covers half of whatever is behind it just then.
    """
    page.evaluate("scrollTo(0, 0)")
    page.evaluate(AXE_SCRIPT)
    found: Sequence[dict[str, Any]] = page.evaluate("rules => axe.run(rules).then(run => run.violations)", RULES)
    return [f"{one['id']}: {[node['html'][:120] for node in one['nodes'][:3]]}" for one in found]


def wrong_on(person: Person, addresses: Iterable[str]) -> dict[str, list[str]]:
    """Return what is wrong by address, of those pages on which something is."""
    wrong = {}
    for address in addresses:
        person.page.goto(f"{person.site}{address}")
        wrong[address] = violations(person.page)
    return {address: found for address, found in wrong.items() if found}


def test_axe_sees_what_is_wrong(page: Page) -> None:
    page.set_content("<title>a</title><main><h1>a</h1><img src='data:,'><input></main>")

    assert [found.partition(":")[0] for found in violations(page)] == ["html-has-lang", "image-alt", "label"]


def test_pages_of_the_staff(person: Seat, player: Player) -> None:
    case = player.reach(MAIN, "row_09")
    task = player.task(case, "row_09")
    sheet = player.task(player.reach(MAIN, "row_04_bidang"), "row_04_bidang", "sekretariat")
    sekretaris = person("blitar.sekretaris", 360)
    most = ("/tugas", f"/tugas/{sheet.id}", f"/berkas/{case}")

    assert wrong_on(
        sekretaris,
        (
            *most,
            f"/tugas/{task.id}?kembali=kembalikan",
            "/berkas",
            f"/berkas/{sheet.instance_id}/pengumpulan/row_04_bidang",
            f"/berkas/{case}/batal",
            "/mulai",
            "/akun",
            "/program?operasi=external_tasks.fetch_and_lock",
            f"/sop/{MAIN}",
        ),
    ) == {}  # fmt: skip
    sekretaris.page.set_viewport_size(SCREEN)
    assert wrong_on(sekretaris, most) == {}


def test_pages_of_who_looks_after_an_office(app: Flask, person: Seat, picture: Picture) -> None:
    with app.app_context():
        player, admin = Player(), identity.actor(identity.person_named("admin"), "nganjuk", stage.MONDAY)
        deliveries.add_webhook(
            admin, "https://127.0.0.1:1/x", [], player.now, Settings(webhook_networks=("127.0.0.0/8",))
        )
        player.reach(answers.NGANJUK, "row_02")
        given_up = {"due_at": None, "dead_at": player.now + timedelta(days=1), "failure": "status-503", "attempts": 7}
        db.session.execute(update(Delivery).values(**given_up))
        db.session.commit()
        exports.ask(admin, player.now)
        jobs.run_due(player.now)
        exports.ask(admin, player.now)
    keeper = person("admin")
    keeper.act_for("Dinas Pemberdayaan Masyarakat dan Desa Kabupaten Nganjuk")

    for size in (SCREEN, PHONE):
        keeper.page.set_viewport_size(size)
        for name in ("kiriman", "ekspor"):
            assert wrong_on(keeper, [f"/{name}"]) == {}
            picture(keeper.page, f"{name}-{size['width']}")


def test_pages_of_who_comes_too_late_or_is_signed_out(
    person: Seat, player: Player, picture: Picture, page_problems: list[str]
) -> None:
    first, second = (player.reach(MAIN, "row_02", title) for title in ("Berkas satu", "Berkas dua"))
    task = player.task(second, "row_02")
    sekretaris = person("blitar.sekretaris", 360)
    page = sekretaris.page
    send, heading = page.get_by_role("button", name="Kirim", exact=True), page.get_by_role("heading", level=1)

    page.goto(f"{sekretaris.site}/tugas/{player.task(first, 'row_02').id}")
    sekretaris.fill(MAIN, "row_02")
    player.complete(first, "row_02")
    send.click()

    expect(heading).to_have_text("Tugas ini sudah ditutup")
    expect(page.get_by_role("definition").first).to_have_text("Ruang rapat Dinas")
    picture(page, "too-late-360")
    assert violations(page) == []

    page.goto(f"{sekretaris.site}/tugas/{task.id}")
    sekretaris.fill(MAIN, "row_02")
    db.session.execute(update(Session).values(seen_at=stage.MONDAY))
    db.session.commit()
    send.click()

    expect(heading).to_have_text("Sesi berakhir")
    for size in (SCREEN, PHONE):
        page.set_viewport_size(size)
        picture(page, f"signed-out-{size['width']}")
    assert violations(page) == []
    page_problems.clear()  # the browser notes the 409 and the 401

    page.get_by_role("link", name="Masuk lagi").click()
    expect(heading).to_have_text("Masuk")
    assert violations(page) == []
    sekretaris.enter()
    expect(heading).to_have_text(MEETING)
