"""Several like tasks agreed to at once, on pages without scripts."""

from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import func, select

from service.models import History, Task, db
from tests.answers import BLITAR, RENSTRA
from tests.walking import Page, Player, Visitor, Walker, said

USER = "blitar.sekretaris"


@pytest.fixture
def reviews(app: Flask) -> list[str]:
    """Return the ids of three like reviews of the Sekretaris."""
    with app.app_context():
        player = Player()
        cases = [player.reach(BLITAR, "row_09", title) for title in ("Satu", "Dua", "Tiga")]
        return [str(player.task(case, "row_09").id) for case in cases]


@pytest.fixture
def visitor(walker: Walker) -> Visitor:
    return walker.as_user(USER)


def confirm(visitor: Visitor, ids: list[str]) -> Page:
    return visitor.get("/tugas/bersama?" + "&".join(f"tugas={one}" for one in ids))


def agree(visitor: Visitor, page: Page) -> Page:
    return visitor.post("/tugas/bersama", page.controls("persetujuan"))


def outcomes(app: Flask, ids: list[str]) -> list[str]:
    with app.app_context():
        found = {str(row.id): row.outcome for row in db.session.execute(select(Task.id, Task.outcome))}
        return [found[one] for one in ids]


def test_like_tasks_have_boxes_and_are_agreed_to_together(app: Flask, visitor: Visitor, reviews: list[str]) -> None:
    assert visitor.get("/tugas").tree.xpath("//a[contains(@href, 'pilih=1')]")
    boxes = visitor.get("/tugas?pilih=1").tree.xpath("//input[@name='tugas'][@form='bersama']/@value")
    assert set(boxes) == set(reviews)

    page = confirm(visitor, reviews[:2])
    assert page.title == "Setuju untuk 2 tugas?"
    done = agree(visitor, page)

    assert (done.status, done.title) == (200, "2 dari 2 tugas selesai")
    assert outcomes(app, reviews) == ["setuju", "setuju", ""]
    assert len(visitor.inbox()) == 1


def test_the_same_confirmation_twice_counts_once(app: Flask, visitor: Visitor, reviews: list[str]) -> None:
    page = confirm(visitor, reviews)

    answers = [agree(visitor, page).title for _ in range(2)]

    assert answers == ["3 dari 3 tugas selesai"] * 2
    with app.app_context():
        counted = select(func.count()).where(History.task_id.in_([UUID(one) for one in reviews]))
        assert db.session.scalar(counted) == 3


def test_what_does_not_go_through_is_named_and_stops_nothing(app: Flask, visitor: Visitor, reviews: list[str]) -> None:
    page = confirm(visitor, reviews)
    visitor.post(f"/tugas/{reviews[1]}/ambil")
    visitor.post(f"/tugas/{reviews[1]}", {"keputusan": "setuju"})

    done = agree(visitor, page)

    assert done.title == "2 dari 3 tugas selesai"
    (failed,) = done.tree.xpath("//li[.//span[contains(@class, 'is-late')]]")
    assert said(failed).startswith("Dua Nomor 0002 Tidak selesai Tugas ini sudah diselesaikan oleh Sekretaris")
    assert outcomes(app, reviews) == ["setuju"] * 3


@pytest.mark.parametrize("query", ["", "tugas=", "tugas=abc", "tugas=' OR 1=1"])
def test_nothing_chosen_is_said(visitor: Visitor, query: str) -> None:
    answer = visitor.get(f"/tugas/bersama?{query}")

    assert (answer.status, answer.location) == (303, "/tugas?pilih=1")
    assert "Pilih beberapa tugas dari langkah yang sama." in " ".join(visitor.get("/tugas").messages)


def test_unlike_tasks_and_tasks_that_ask_for_more_are_not_agreed_to(
    app: Flask, visitor: Visitor, reviews: list[str]
) -> None:
    with app.app_context():
        player = Player()
        other = str(player.task(player.reach(BLITAR, "row_02", "Lain"), "row_02").id)

    for ids in ([other], [reviews[0], other]):
        assert confirm(visitor, ids).location == "/tugas?pilih=1"
    done = visitor.post("/tugas/bersama", [("tugas", other), ("_kunci", "kunci")])

    assert done.title == "0 dari 1 tugas selesai"
    assert outcomes(app, [other]) == [""]


def test_tasks_of_others_are_refused_each_by_itself(app: Flask, walker: Walker, reviews: list[str]) -> None:
    with app.app_context():
        foreign = str(Player().task(Player().reach(RENSTRA, "row_09"), "row_09").id)
    other = walker.as_user("blitar.kasubbag")

    assert [confirm(other, [one]).status for one in (reviews[0], foreign)] == [403, 404]
    done = other.post("/tugas/bersama", [("tugas", reviews[0]), ("tugas", foreign), ("_kunci", "kunci")])

    assert done.title == "0 dari 2 tugas selesai"
    assert done.main.count("Tugas yang tidak tersedia untuk Anda") == 2
    assert outcomes(app, [reviews[0], foreign]) == ["", ""]
