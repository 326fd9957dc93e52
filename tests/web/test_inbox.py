"""The inbox as people look at it: views, search, filters, order, and the views that they keep."""

from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
from flask import Flask
from sqlalchemy import select

from service import filters, identity
from service.models import SavedFilter, db
from tests.answers import BLITAR, WRONG_DATA
from tests.racing import Race
from tests.walking import Player, Visitor, Walker, said

USER = "blitar.sekretaris"


@pytest.fixture
def visitor(app: Flask, walker: Walker) -> Visitor:
    """Give the Sekretaris three tasks: two of one SOP, one of them data of his unit, and one of another."""
    with app.app_context():
        player = Player()
        player.reach(BLITAR, "row_02", "Renja Tahun 2027")
        player.reach(BLITAR, "row_04_bidang", "LKPJ 100%")
        player.reach(WRONG_DATA, "row_02", "Data salah")
    return walker.as_user(USER)


def cases(visitor: Visitor, query: str) -> set[str]:
    return {entry.case for entry in visitor.get(f"/tugas?{query}").entries()}


ALL = {"Renja Tahun 2027", "LKPJ 100%", "Data salah"}


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ALL),
        ("q=renja", {"Renja Tahun 2027"}),
        ("q=MENGISI+data", {"LKPJ 100%"}),
        ("q=0002", {"LKPJ 100%"}),
        ("q=100%25", {"LKPJ 100%"}),
        ("q=%25", {"LKPJ 100%"}),
        ("q=_", set()),
        ("q=%5C", set()),
        ("q=999999999999999999999", set()),
        ("unit=sekretariat", {"LKPJ 100%"}),
        ("unit=bidang1", set()),
        (f"sop={WRONG_DATA}&q=data", {"Data salah"}),
        (f"sop={WRONG_DATA}&unit=sekretariat", set()),
        ("tampilan=saya", set()),
        ("tampilan=semua", ALL),
    ],
)
def test_search_and_filters_narrow_the_list(visitor: Visitor, query: str, found: set[str]) -> None:
    assert cases(visitor, query) == found


@pytest.mark.parametrize(
    ("order", "first"),
    [("nomor", "Renja Tahun 2027"), ("judul", "Data salah"), ("terbaru", "Data salah")],
)
def test_the_list_is_sorted_as_asked(visitor: Visitor, order: str, first: str) -> None:
    assert visitor.get(f"/tugas?urutan={order}").entries()[0].case == first


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("urutan=DROP", "Urutan yang diminta tidak ada; tugas diurutkan menurut tenggat."),
        ("tampilan=rahasia", "Tampilan yang diminta tidak ada."),
        ("urutan=judul&urutan=nomor", "“urutan” disebut lebih dari sekali; yang pertama dipakai."),
        ("q=&q=&q=", "“q” disebut lebih dari sekali; yang pertama dipakai."),
        ("hal=1&hal=2", "“hal” disebut lebih dari sekali; yang pertama dipakai."),
    ],
)
def test_what_cannot_be_read_is_said_and_left_out(visitor: Visitor, query: str, sentence: str) -> None:
    page = visitor.get(f"/tugas?{query}")

    assert (page.status, len(page.entries())) == (200, 3)
    assert sentence in page.main


def test_a_search_without_result_leads_on(visitor: Visitor) -> None:
    assert "Tidak ada tugas yang cocok." in visitor.get("/tugas?q=tidak-ada").main


# Views that are kept --------------------------------------------------------------------------------


def keep(visitor: Visitor, name: str, **view: str) -> str:
    answer = visitor.post("/tugas/saringan", {"nama": name, **view})
    assert answer.status == 303
    return answer.location


def test_a_view_is_kept_under_its_name_and_found_again(visitor: Visitor) -> None:
    keep(visitor, "Data  salah", sop=WRONG_DATA, urutan="judul")

    page = visitor.get("/tugas")

    (link,) = page.tree.xpath("//ul[contains(@class, 'kept-list')]//a")
    assert said(link) == "Data salah"
    assert cases(visitor, urlsplit(link.get("href")).query) == {"Data salah"}
    assert len(page.entries()) == 3


def test_the_inbox_opens_with_the_default_and_shows_everything_when_asked(app: Flask, visitor: Visitor) -> None:
    keep(visitor, "Satu", q="renja")
    with app.app_context():
        kept = db.session.scalars(select(SavedFilter.id)).one()

    visitor.post(f"/tugas/saringan/{kept}/bawaan", {"bawaan": "1"})

    assert cases(visitor, "") == {"Renja Tahun 2027"}
    assert cases(visitor, "tampilan=jabatan") == ALL
    visitor.post(f"/tugas/saringan/{kept}/bawaan", {"bawaan": ""})
    assert cases(visitor, "") == ALL
    visitor.post(f"/tugas/saringan/{kept}/hapus")
    assert "Saringan tersimpan" not in visitor.get("/tugas").main


def test_the_same_name_replaces_a_view(app: Flask, visitor: Visitor) -> None:
    keep(visitor, "Satu", q="renja")
    keep(visitor, "Satu", q="lkpj", urutan="aneh")

    with app.app_context():
        (kept,) = db.session.scalars(select(SavedFilter))
        assert (kept.name, kept.wanted["q"]) == ("Satu", "lkpj")
    assert "Renja" not in visitor.get("/tugas?q=lkpj").main.split("Menunggu")[0]


def test_a_view_that_is_sent_twice_at_once_is_kept_once(race: Race) -> None:
    def keep(wanted: str) -> Callable[[Player], str]:
        return lambda player: filters.keep(player.actor("blitar.kadis"), "Pagi", {"q": wanted}, player.now)

    outcomes = race.between("INSERT INTO saved_filter", keep("satu"), keep("dua"))

    assert outcomes == ["Pagi", "Pagi"]
    with race.player():
        (kept,) = db.session.scalars(select(SavedFilter))
        assert (kept.name, kept.wanted, kept.is_default) == ("Pagi", {"q": "satu"}, False)


@pytest.mark.parametrize("name", ["", "   ", "x" * 61])
def test_a_view_without_a_proper_name_is_not_kept(app: Flask, visitor: Visitor, name: str) -> None:
    keep(visitor, name, q="renja")

    assert "Beri nama saringan" in " ".join(visitor.get("/tugas").messages)
    with app.app_context():
        assert list(db.session.scalars(select(SavedFilter))) == []


def test_so_many_views_are_kept_and_no_more(app: Flask, visitor: Visitor) -> None:
    with app.app_context():
        actor = Player().actor(USER)
        for number in range(filters.MOST):
            filters.keep(actor, f"Saringan {number}", {"q": "renja"}, Player().now)

    keep(visitor, "Satu lagi", q="renja")

    assert "Paling banyak 20 saringan." in " ".join(visitor.get("/tugas").messages)


def test_a_view_of_another_person_is_not_there(app: Flask, visitor: Visitor, walker: Walker) -> None:
    keep(visitor, "Satu", q="renja")
    with app.app_context():
        kept = db.session.scalars(select(SavedFilter)).one()
        assert kept.person_id == identity.person_named(USER)
        address = f"/tugas/saringan/{kept.id}"
    other = walker.as_user("blitar.kadis")

    assert [other.post(f"{address}/{act}").status for act in ("bawaan", "hapus")] == [404, 404]

    assert "Saringan tersimpan" not in other.get("/tugas").main
    assert "Saringan tersimpan" in visitor.get("/tugas").main
