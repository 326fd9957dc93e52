"""The same request twice: one act, the same answer."""

from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import func, select

from service.models import History, Instance, Receipt, Task, db
from tests import answers
from tests.stage import starter_of
from tests.walking import Page, Pairs, Visitor, Walker

PROCESS = answers.NGANJUK
START = f"/mulai/{PROCESS}"


@pytest.fixture
def starter(walker: Walker) -> Visitor:
    """Return the browser of who may start."""
    return walker.as_user(starter_of(PROCESS))


@pytest.fixture
def filled(starter: Visitor) -> Pairs:
    """Return the start form as it is sent."""
    return starter.fill(starter.get(START), "mulai", answers.for_element(PROCESS, "mulai"))[0]


def with_key(pairs: Pairs, key: str) -> Pairs:
    return [(name, key if name == "_kunci" else value) for name, value in pairs]


def changed(pairs: Pairs) -> Pairs:
    return [(name, "Judul lain" if name == "judul" else value) for name, value in pairs]


def answer(page: Page) -> tuple[int, str]:
    return page.status, page.location


def count(app: Flask, table: type[Instance] | type[History] | type[Receipt]) -> int:
    with app.app_context():
        return db.session.scalar(select(func.count()).select_from(table)) or 0


def test_every_form_that_is_shown_has_another_key(starter: Visitor) -> None:
    keys = {dict(starter.get(START).controls("mulai"))["_kunci"] for _ in range(3)}

    assert len(keys) == 3
    assert all(len(key) > 20 for key in keys)


def test_a_start_that_is_sent_twice_makes_one_case(app: Flask, starter: Visitor, filled: Pairs) -> None:
    first, second = (starter.post(START, filled) for _ in range(2))

    assert first.status == 303
    assert answer(second) == answer(first)
    assert (count(app, Instance), count(app, History), count(app, Receipt)) == (1, 1, 1)


def test_who_goes_back_to_a_form_that_was_sent_sees_its_case_and_begins_no_other(app: Flask, starter: Visitor) -> None:
    (address,) = starter.get("/mulai").tree.xpath("//ol[@class='inbox']//a/@href")
    page = starter.get(address)
    pairs, _ = starter.fill(page, "mulai", answers.for_element(PROCESS, "mulai"))
    (action,) = page.tree.xpath("//form[@id='mulai']/@action")
    wrong = starter.post(action, [(name, "" if name == "judul" else value) for name, value in pairs])
    assert dict(wrong.controls("mulai"))["_kunci"] == dict(pairs)["_kunci"]
    case = starter.post(action, pairs).location

    again = starter.get(address)

    assert "Formulir ini sudah dikirim" in again.main
    assert not again.tree.xpath("//form[@id='mulai']")
    opened, other = again.tree.xpath("//main//section//a/@href")
    assert opened == case
    assert starter.start(PROCESS, answers.for_element(PROCESS, "mulai")).location != case
    assert starter.get(other).tree.xpath("//form[@id='mulai']")
    assert count(app, Instance) == 2


def test_another_form_with_the_same_answers_makes_another_case(app: Flask, starter: Visitor, filled: Pairs) -> None:
    first, second = (starter.post(START, with_key(filled, key)) for key in ("satu", "dua"))

    assert first.location != second.location
    assert count(app, Instance) == 2


def test_a_form_without_a_key_counts_every_time(app: Flask, starter: Visitor, filled: Pairs) -> None:
    for _ in range(2):
        assert starter.post(START, with_key(filled, "")).status == 303

    assert (count(app, Instance), count(app, Receipt)) == (2, 0)


def test_a_key_is_good_for_one_content(app: Flask, starter: Visitor, filled: Pairs) -> None:
    starter.post(START, filled)

    wrong = starter.post(START, [(name, "26" if name == "tahun" else value) for name, value in changed(filled)])
    refused = starter.post(START, changed(filled))

    assert dict(wrong.controls("mulai"))["judul"] == "Judul lain"
    assert (refused.status, "Formulir ini sudah dikirim" in refused.main) == (422, True)
    assert count(app, Instance) == 1
    again = refused.controls("mulai")
    assert dict(again)["judul"] == "Judul lain"
    (action,) = refused.tree.xpath("//form[@id='mulai']/@action")
    assert starter.post(action, again).status == 303
    assert count(app, Instance) == 2


def test_a_program_names_its_key_in_the_header(app: Flask, starter: Visitor, filled: Pairs) -> None:
    header = {"Idempotency-Key": "perintah-7 \N{SNOWMAN}".encode().decode("latin-1")}
    first, second = (starter.post(START, with_key(filled, key), headers=header) for key in ("satu", "dua"))

    assert answer(first) == answer(second)
    assert starter.post(START, changed(filled), headers=header).status == 422
    assert count(app, Instance) == 1


def test_what_was_refused_may_be_sent_again(app: Flask, starter: Visitor, filled: Pairs) -> None:
    wrong = [(name, "" if name == "judul" else value) for name, value in filled]

    assert starter.post(START, wrong).status == 422
    assert starter.post(START, filled).status == 303
    assert count(app, Instance) == 1


def test_a_task_that_is_sent_twice_is_completed_once(app: Flask, starter: Visitor) -> None:
    case = UUID(starter.start(PROCESS, answers.for_element(PROCESS, "mulai")).location[-36:])
    (entry,) = starter.inbox()
    pairs, files = starter.fill(starter.get(entry.address), "tugas", answers.for_element(PROCESS, "row_01"))

    sent = [starter.post(entry.address, pairs, files) for _ in range(2)]
    other = starter.post(entry.address, with_key(pairs, "lain"), files)

    assert [answer(page) for page in sent] == [(303, "/tugas")] * 2
    assert (other.status, other.title) == (409, "Tugas ini sudah ditutup")
    with app.app_context():
        lines = db.session.scalars(select(History.kind).where(History.instance_id == case).order_by(History.sequence))
        assert list(lines) == ["started", "completed"]
        assert len(db.session.scalars(select(Task).where(Task.instance_id == case)).all()) == 2


def test_a_file_that_differs_makes_another_request(starter: Visitor, filled: Pairs) -> None:
    first = starter.post(START, filled, [("lampiran", "a.txt", b"satu")])
    same = starter.post(START, filled, [("lampiran", "a.txt", b"satu")])
    other = starter.post(START, filled, [("lampiran", "a.txt", b"dua")])

    assert answer(first) == answer(same)
    assert (first.status, other.status) == (303, 422)


def test_keys_of_others_never_meet(app: Flask, walker: Walker, starter: Visitor, filled: Pairs) -> None:
    starter.post(START, with_key(filled, "satu"))
    other = walker.as_user("nganjuk.kadis")

    refused = other.post(START, with_key(filled, "satu"))

    assert refused.status == 403
    assert count(app, Instance) == 1


def test_who_is_too_late_reads_who_was_faster_and_what_he_wrote(starter: Visitor) -> None:
    starter.start(PROCESS, answers.for_element(PROCESS, "mulai"))
    (entry,) = starter.inbox()
    pairs, files = starter.fill(starter.get(entry.address), "tugas", answers.for_element(PROCESS, "row_01"))
    starter.post(entry.address, pairs, files)
    written = "Catatan saya <b>sendiri</b>,\r\nbaris dua"
    late = [(name, written if name == "instruksi" else value) for name, value in with_key(pairs, "lain")]

    page = starter.post(entry.address, late, files)

    assert (page.status, page.title) == (409, "Tugas ini sudah ditutup")
    assert "Yang Anda tulis" in page.main
    assert "Catatan saya <b>sendiri</b>, baris dua" in page.main
    assert starter.get(entry.address).status == 409
