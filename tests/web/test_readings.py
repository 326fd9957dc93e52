"""An auditor looks while his mandate lasts, and the admins of the office see what he looked at."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select, update

from service import store
from service.models import AuditReading, Person, Role, db
from tests import stage
from tests.answers import NGANJUK
from tests.walking import Player, Stranger, Visitor


@pytest.fixture
def case(app: Flask) -> tuple[UUID, UUID]:
    """Return a case with a file."""
    with app.app_context():
        player = Player()
        case = player.reach(NGANJUK, "row_05")
        return case, UUID(next(iter(store.files(store.get_instance("nganjuk", case)))))


def at(app: Flask, user: str, office: str = "nganjuk") -> Visitor:
    visitor = Visitor(app, user)
    visitor.post("/jabatan", {"office": office})
    return visitor


def noted(app: Flask) -> list[str]:
    with app.app_context():
        found = select(AuditReading).order_by(AuditReading.id)
        return [f"{row.tenant_id} {row.what} {row.decree}" for row in db.session.scalars(found)]


def mandate_lasts(start: datetime, end: datetime) -> None:
    """Let the auditor's mandate in every office last from one moment to another, inside an application context."""
    person = select(Person.id).where(Person.user_name == "auditor").scalar_subquery()
    own = update(Role).where(Role.person_id == person)
    db.session.execute(own.values(starts_at=start, ends_at=end, decree="700/12/2026"))
    db.session.commit()


def test_what_an_auditor_opens_is_written_down_and_shown_to_admins_only(app: Flask, case: tuple[UUID, UUID]) -> None:
    now = datetime.now(UTC)
    with app.app_context():
        mandate_lasts(now - timedelta(days=1), now + timedelta(days=1))
    auditor = at(app, "auditor")
    for address in (f"/berkas/{case[0]}", f"/lampiran/{case[1]}", f"/berkas/{case[1]}", "/berkas", "/sop"):
        auditor.get(address)
    auditor.post("/ekspor", {})

    assert noted(app) == [f"nganjuk {what} 700/12/2026" for what in ("cases.case", "tasks.attachment", "exports.ask")]
    page = at(app, "admin").get("/pembacaan")
    rows = [" ".join(row.text_content().split()) for row in page.tree.xpath("//tbody/tr")]
    assert ["Meminta ekspor" in rows[0], "Lampiran" in rows[1], "0001" in rows[1]] == [True, True, True]
    assert page.tree.xpath(f"//tbody//a[@href='/berkas/{case[0]}']")
    assert "Belum ada yang dibuka auditor." in at(app, "admin", "blitar").get("/pembacaan").main
    assert auditor.get("/pembacaan").status == 403


def test_nobody_else_is_written_down_and_pays_for_it(app: Flask, case: tuple[UUID, UUID]) -> None:
    staff, admin = Visitor(app, "nganjuk.kasubbag"), at(app, "admin")
    with stage.statements(app) as ran:
        staff.get(f"/berkas/{case[0]}")
        admin.get(f"/lampiran/{case[1]}")

    assert noted(app) == []
    assert [statement for statement in ran if "audit_reading" in statement] == []


def test_an_auditor_reads_what_his_mandate_is_above_every_page(app: Flask) -> None:
    end = datetime(2099, 1, 31, 17, tzinfo=UTC)
    with app.app_context():
        mandate_lasts(stage.MONDAY - timedelta(days=9), end)

    banner = at(app, "auditor").get("/berkas").tree.xpath("//p[@class='mandate']")[0].text_content()

    assert " ".join(banner.split()) == (
        "Hanya membaca · mandat 700/12/2026 · sampai dengan 31 Januari 2099 · yang Anda buka tercatat"
    )
    assert Visitor(app, "nganjuk.kasubbag").get("/berkas").tree.xpath("//p[@class='mandate']") == []


@pytest.mark.parametrize("days", [-9, 9])
def test_outside_his_mandate_an_auditor_does_not_get_in(app: Flask, days: int) -> None:
    inside = at(app, "auditor")
    start = datetime.now(UTC) + timedelta(days=days)
    with app.app_context():
        mandate_lasts(start, start + timedelta(days=1))

    stranger = Stranger(app)
    stranger.enter("auditor")

    assert stranger.get("/berkas").status == 302
    assert inside.get("/berkas").status == 302
