"""The way to the provider and back in a real browser, past its rules of what may lead where."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from flask import Flask
from playwright.sync_api import Page, expect
from sqlalchemy import update

from service.engine.assignment import CONFIRMED_FOR
from service.models import Session, db
from service.settings import RETURN_PATH
from tests import provision, vouching
from tests.answers import BLITAR
from tests.browser.test_accessibility import violations
from tests.conftest import NewPage
from tests.vouching import LABEL, Vouching
from tests.walking import Player

Picture = Callable[[Page, str], Path]


def test_somebody_comes_in_by_the_provider_and_signs_with_its_proof(
    app: Flask, site: str, new_page: NewPage, picture: Picture
) -> None:
    with app.app_context():
        player = Player()
        task = player.task(player.reach(BLITAR, "row_10", "Satu"), "row_10").id
    page, phone = new_page(), new_page(360)

    returns_to = site + RETURN_PATH
    with (
        provision.provider(returns_to) as issuer,
        vouching.known(app, party := replace(vouching.settings(issuer), returns_to=returns_to)),
    ):
        Vouching(party).spoil(accounts={"s-1": {"preferred_username": "blitar.kadis"}})
        for one, width in ((page, 1280), (phone, 360)):
            one.goto(f"{site}/masuk?next=/tugas/{task}")
            picture(one, f"sign-in-by-provider-{width}")
            assert violations(one) == []
        page.get_by_role("link", name=f"Masuk dengan {LABEL}").click()
        prove(page)
        expect(page).to_have_url(f"{site}/tugas/{task}")
        with app.app_context():
            long_ago = datetime.now(UTC) - CONFIRMED_FOR - timedelta(minutes=1)
            db.session.execute(update(Session).values(confirmed_at=long_ago))
            db.session.commit()
        page.reload()
        page.get_by_label("Tanggal tanda tangan").fill("2026-10-28")
        picture(page, "sign-by-provider-1280")
        assert violations(page) == []
        page.get_by_role("button", name=f"Buktikan diri lewat {LABEL}").click()
        prove(page)  # no click between: the page on the way leads on by itself

        expect(page).to_have_url(f"{site}/tugas/{task}")
        expect(page.get_by_label("Tanggal tanda tangan")).to_have_value("2026-10-28")
        expect(page.get_by_label("Kata sandi Anda")).to_have_count(0)


def prove(page: Page) -> None:
    """Answer the provider."""
    page.locator("input[name=login]").fill("s-1")
    page.locator("input[name=password]").fill("x")
    page.locator("button[type=submit]").click()
