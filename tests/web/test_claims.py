"""The pages on which tasks change hands: without scripts, once each, and with a sentence for who came too late."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select, update

from service import identity
from service.engine.assignment import Role
from service.identity import NewPerson
from service.models import History, Holding, Position, db
from tests.answers import BLITAR
from tests.stage import MONDAY
from tests.walking import Player, Visitor, Walker, said

POST, SECOND = "blitar.jfu", "blitar.jfu2"


@pytest.fixture
def task(app: Flask) -> str:
    """Return the address of a task of the staff, of whom there are two."""
    with app.app_context():
        player = Player()
        new = NewPerson(SECOND, "Staf Kedua", "laksana", [("blitar", "jfu")], [("blitar", Role.STAFF)], since=MONDAY)
        identity.add_person(new, player.now)
        return f"/tugas/{player.task(player.reach(BLITAR, 'row_05'), 'row_05').id}"


def person_id(app: Flask, user: str) -> str:
    with app.app_context():
        return str(identity.person_named(user))


def kinds(app: Flask, address: str) -> list[str]:
    with app.app_context():
        own = select(History.kind).where(History.task_id == UUID(address.rpartition("/")[2]))
        return list(db.session.scalars(own.order_by(History.sequence)))


def press(visitor: Visitor, address: str, act: str) -> tuple[int, str]:
    """Press the button of an act on the page of a task."""
    page = visitor.get(address)
    (form,) = page.tree.xpath("//form[@action=$action]", action=f"{address}/{act}")
    answer = visitor.post(form.get("action"), dict(form.form_values()))
    return answer.status, answer.location


def test_a_task_is_taken_and_let_go_of_by_buttons(app: Flask, walker: Walker, task: str) -> None:
    first, second = walker.as_user(POST), walker.as_user(SECOND)

    assert press(first, task, "ambil") == (303, task)

    assert "Anda ambil" in first.get(task).main
    (theirs,) = second.inbox()
    assert theirs.title == "Mengolah data yang masuk"
    seen = second.get(task)
    assert "Diambil oleh Staf Perencanaan" in seen.main
    assert seen.tree.find_class("actionbar") == []
    assert press(first, task, "lepas") == (303, "/tugas")
    assert kinds(app, task) == ["claimed", "released"]


def test_the_same_press_twice_counts_once(app: Flask, walker: Walker, task: str) -> None:
    visitor = walker.as_user(POST)
    page = visitor.get(task)
    (form,) = page.tree.xpath("//form[@action=$action]", action=f"{task}/ambil")
    values = dict(form.form_values())

    answers = [visitor.post(form.get("action"), values) for _ in range(2)]

    assert [(answer.status, answer.location) for answer in answers] == [(303, task)] * 2
    assert kinds(app, task) == ["claimed"]


def test_who_sends_a_task_that_another_took_keeps_what_was_typed(app: Flask, walker: Walker, task: str) -> None:
    slow = walker.as_user(POST)
    sheet = slow.get(task)
    press(walker.as_user(SECOND), task, "ambil")
    pairs = [(name, value or "Diketik sebelumnya.") for name, value in sheet.controls("tugas")]

    answer = slow.post(task, pairs)

    assert answer.status == 409
    assert answer.title == "Tugas ini sudah diambil"
    assert "Tugas ini sudah diambil Staf Perencanaan" in answer.main
    assert kinds(app, task) == ["claimed"]
    late = slow.post(f"{task}/ambil")
    assert (late.status, late.title) == (409, "Tugas ini sudah diambil")


def test_a_task_is_handed_on_done_by_another_or_given_back(app: Flask, walker: Walker, task: str) -> None:
    giver, receiver = walker.as_user(POST), walker.as_user("blitar.kadis")
    sheet = giver.get(f"{task}/teruskan")
    offered = [said(option) for option in sheet.tree.xpath("//select[@name='kepada']/option")]
    assert "Kepala Dinas" in offered

    values = dict(sheet.controls("terusan")) | {"kepada": person_id(app, "blitar.kadis"), "catatan": "Mohon dibantu."}
    assert giver.post(f"{task}/teruskan", values).location == "/tugas"

    (entry,) = receiver.inbox()
    assert entry.address == task
    assert "Diteruskan oleh Staf Perencanaan: Mohon dibantu." in receiver.get("/tugas").main
    assert press(receiver, task, "serahkan-kembali") == (303, "/tugas")
    assert receiver.get(task).status == 403
    assert kinds(app, task) == ["delegated", "handed_back"]
    assert "menyerahkan kembali tugas langkah 5" in giver.get(task).main


def test_who_handed_a_task_on_takes_it_back(app: Flask, walker: Walker, task: str) -> None:
    giver = walker.as_user(POST)
    giver.post(f"{task}/teruskan", {"kepada": person_id(app, "blitar.kadis")})

    assert press(giver, task, "ambil-kembali") == (303, task)

    assert walker.as_user("blitar.kadis").inbox() == []
    assert kinds(app, task) == ["delegated", "taken_back"]


@pytest.mark.parametrize("act", ["", "/draf"])
def test_who_loses_a_task_while_he_types_keeps_what_was_typed(app: Flask, walker: Walker, task: str, act: str) -> None:
    giver, receiver = walker.as_user(POST), walker.as_user("blitar.kadis")
    giver.post(f"{task}/teruskan", {"kepada": person_id(app, "blitar.kadis")})
    sheet = receiver.get(task)
    press(giver, task, "ambil-kembali")
    pairs = [(name, value or "Diketik <b>sebelumnya</b>.") for name, value in sheet.controls("tugas")]

    answer = receiver.post(f"{task}{act}", pairs)

    assert (answer.status, answer.title) == (403, "Bukan untuk jabatan Anda")
    assert "Yang Anda tulis" in answer.main
    assert "Diketik <b>sebelumnya</b>." in answer.main
    assert "Yang Anda tulis" not in receiver.get(task).main


@pytest.mark.parametrize("to", ["", "siapa", "01a199c5-3280-7250-82e9-a7b48db6650d"])
def test_a_receiver_who_is_not_there_is_asked_for_again(app: Flask, walker: Walker, task: str, to: str) -> None:
    answer = walker.as_user(POST).post(f"{task}/teruskan", {"kepada": to, "catatan": "Mohon dibantu."})

    assert answer.status == 422
    assert "Pilih penerima dari daftar ini." in answer.main
    assert dict(answer.controls("terusan"))["catatan"] == "Mohon dibantu."
    assert kinds(app, task) == []


def test_a_superior_assigns_from_the_page_of_the_case(app: Flask, walker: Walker, task: str) -> None:
    with app.app_context():
        place = update(Position).where(Position.tenant_id == "blitar", Position.code == "jfu")
        db.session.execute(place.values(superior_code="kasubbag"))
        db.session.commit()
    superior = walker.as_user("blitar.kasubbag")
    case = walker.as_user(POST).get(task).tree.xpath("//p[@class='sub']/a/@href")[0]
    assert superior.get(case).tree.xpath("//a[@href=$address]", address=f"{task}/alihkan")
    assert not walker.as_user("blitar.bidang1").get(case).tree.xpath("//a[@href=$address]", address=f"{task}/alihkan")

    unreasoned = superior.post(f"{task}/alihkan", {"kepada": person_id(app, SECOND), "alasan": ""})
    assert (unreasoned.status, kinds(app, task)) == (422, [])
    answer = superior.post(f"{task}/alihkan", {"kepada": person_id(app, SECOND), "alasan": "Staf pertama cuti."})

    assert (answer.status, answer.location) == (303, case)
    assert kinds(app, task) == ["assigned"]
    assert [entry.address for entry in walker.as_user(SECOND).inbox()] == [task]
    assert "Diambil oleh Staf Perencanaan." in superior.get(case).main
    assert walker.as_user("blitar.bidang1").get(f"{task}/alihkan").status == 403


def test_a_task_is_laid_aside_and_taken_up_by_its_page(app: Flask, walker: Walker, task: str) -> None:
    visitor = walker.as_user(POST)
    assert f"{task}/tunda" not in visitor.get(task).tree.xpath("//form/@action")
    press(visitor, task, "ambil")

    refused = visitor.post(f"{task}/tunda", {"sampai": "2026-02-30"})
    told = visitor.get(task).main
    later = (datetime.now(UTC) + timedelta(days=3)).date().isoformat()
    taken = visitor.post(f"{task}/tunda", {"sampai": later})

    assert [answer.status for answer in (refused, taken)] == [303, 303]
    assert "Pilih hari sesudah hari ini" in told
    visitor.post(f"{task}/lanjutkan", {})
    assert kinds(app, task) == ["claimed", "laid-aside", "resumed"]


def test_who_types_past_the_end_of_his_time_as_plh_is_told_so(app: Flask, walker: Walker, task: str) -> None:
    page = walker.as_user(SECOND).get(task)
    pairs = [(name, value or "Diketik sebelum tengah malam.") for name, value in page.controls("tugas")]
    with app.app_context():
        held = update(Holding).where(Holding.person_id == identity.person_named(SECOND))
        db.session.execute(held.values(capacity="plh", ends_at=datetime(2026, 11, 5, 17, tzinfo=UTC)))
        db.session.commit()

    answer = walker.as_user(SECOND).post(task, pairs)

    assert (answer.status, answer.title) == (403, "Masa jabatan Anda sudah berakhir")
    assert "Anda menjabat Plh. Staf Perencanaan sampai dengan 5 November 2026." in answer.main
    assert "Diketik sebelum tengah malam." in answer.main
    assert walker.as_user("blitar.bidang1").get(task).title == "Bukan untuk jabatan Anda"


def test_a_case_says_of_its_task_that_nobody_holds_the_post(app: Flask, walker: Walker, task: str) -> None:
    reader, case = (
        walker.as_user("blitar.kadis"),
        walker.as_user(POST).get(task).tree.xpath("//p[@class='sub']/a/@href")[0],
    )
    for user in (POST, SECOND):
        assert "lowong" not in reader.get(case).main
        with app.app_context():
            held = update(Holding).where(Holding.person_id == identity.person_named(user))
            db.session.execute(held.values(ends_at=datetime.now(UTC)))
            db.session.commit()

    assert "Jabatannya lowong: belum ada yang dapat mengerjakan tugas ini." in reader.get(case).main
