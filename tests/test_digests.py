"""Morning letters: once for each person and working day, with what is open for him."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import select, update

from service import deliveries, digests, jobs, pauses
from service.models import Delivery, db
from service.settings import Settings
from service.store import digests as letters
from tests.answers import BLITAR, NGANJUK
from tests.stage import MONDAY
from tests.test_deliveries import Mailbox, mailbox
from tests.walking import Player

__all__ = ["mailbox"]
FIXED = Settings(smtp_url="smtp://127.0.0.1:1", mail_from="laksana@nganjuk.example")


def at(clock: str) -> datetime:
    """Return a moment of early November 2026 on the clock of Nganjuk, UTC+7, as "2 07.30"."""
    day, _, time = clock.partition(" ")
    hour, _, minute = time.partition(".")
    return MONDAY.replace(day=int(day), hour=0, minute=0) + timedelta(hours=int(hour) - 7, minutes=int(minute))


def written() -> list[Delivery]:
    db.session.expire_all()
    found = select(Delivery).where(Delivery.kind == "digest").order_by(Delivery.created_at)
    return list(db.session.scalars(found))


def test_the_letter_of_a_morning_names_what_is_open(player: Player, mailbox: tuple[Mailbox, Settings]) -> None:
    box, settings = mailbox
    player.remind_nobody(NGANJUK)
    case = player.reach(NGANJUK, "row_03")
    task = player.task(case, "row_03")
    deliveries.set_email("nganjuk.penyusun", "penyusun@nganjuk.example")

    jobs.run_due(at("3 07.30"), settings)

    (letter,) = box.letters
    text = letter.get_content()
    assert letter["Subject"] == "1 tugas menunggu Anda hari ini"
    assert f"- {task.name} (" in text
    assert f"https://laksana.example/tugas/{task.id}" in text
    assert "https://laksana.example/pemberitahuan/pengaturan" in text


def test_the_letter_says_which_case_is_suspended(player: Player, mailbox: tuple[Mailbox, Settings]) -> None:
    box, settings = mailbox
    player.remind_nobody(NGANJUK)
    case = player.reach(NGANJUK, "row_03")
    pauses.suspend(player.actor("nganjuk.sekretaris"), case, "Menunggu keputusan hukum.", player.now)
    deliveries.set_email("nganjuk.penyusun", "penyusun@nganjuk.example")

    jobs.run_due(at("3 07.30"), settings)

    assert "Berkasnya ditangguhkan: belum dapat dikerjakan." in box.letters[0].get_content()


def test_a_letter_that_did_not_arrive_is_not_sent_on_another_day(
    player: Player, mailbox: tuple[Mailbox, Settings]
) -> None:
    box, settings = mailbox
    player.remind_nobody(NGANJUK)
    player.reach(NGANJUK, "row_03")
    deliveries.set_email("nganjuk.penyusun", "penyusun@nganjuk.example")
    jobs.run_due(at("3 07.30"), FIXED)
    (letter,) = written()
    db.session.execute(update(Delivery).where(Delivery.id == letter.id).values(due_at=None, dead_at=at("3 23.00")))
    db.session.commit()

    deliveries.retry(player.actor("admin", "nganjuk"), at("3 23.30"))
    deliveries.deliver("nganjuk", letter.id, at("4 00.30"), settings)

    (letter,) = written()
    assert (box.letters, letter.due_at, letter.done_at) == ([], None, at("4 00.30"))


@pytest.mark.parametrize(
    ("clock", "letters"),
    [("3 07.29", 0), ("3 07.30", 1), ("3 15.59", 1), ("3 16.00", 0), ("7 09.00", 0)],
    ids=["before the office opens", "as it opens", "late, after a pause", "when it is closed", "on a Saturday"],
)
def test_a_morning_is_when_the_office_is_open(player: Player, clock: str, letters: int) -> None:
    player.reach(NGANJUK, "row_03")
    deliveries.set_email("nganjuk.penyusun", "penyusun@nganjuk.example")

    jobs.run_due(at(clock), FIXED)

    assert len(written()) == letters


def test_however_often_a_morning_is_looked_at_there_is_one_letter(player: Player) -> None:
    player.reach(NGANJUK, "row_03")
    deliveries.set_email("nganjuk.penyusun", "penyusun@nganjuk.example")

    for clock in ("3 07.30", "3 07.31", "3 13.00", "4 08.00"):
        jobs.run_due(at(clock), FIXED)
    assert digests.write("nganjuk", "2026-11-04", at("4 08.00")) == 0

    assert [row.created_at for row in written()] == [at("3 07.30"), at("4 08.00")]


def test_a_worker_who_died_half_way_leaves_the_other_half_to_the_next(
    player: Player, monkeypatch: pytest.MonkeyPatch
) -> None:
    player.reach(BLITAR, "row_04_bidang")
    for number in (1, 2, 3):
        deliveries.set_email(f"blitar.bidang{number}", f"bidang{number}@blitar.example")
    real, done = letters.write, list[object]()

    def dying(office: str, person: UUID, day: str, body: Mapping[str, object], now: datetime) -> None:
        if done:
            raise KeyboardInterrupt
        done.append(person)
        real(office, person, day, body, now)

    monkeypatch.setattr(letters, "write", dying)
    with pytest.raises(KeyboardInterrupt):
        digests.write("blitar", "2026-11-03", at("3 08.00"))
    assert len(written()) == 1

    monkeypatch.undo()
    assert digests.write("blitar", "2026-11-03", at("3 08.10")) == 2
    assert len({row.target for row in written()}) == 3


def test_who_has_nothing_to_do_gets_no_letter(player: Player) -> None:
    deliveries.set_email("nganjuk.penyusun", "penyusun@nganjuk.example")

    jobs.run_due(at("3 07.30"), FIXED)
    player.now = at("3 09.00")
    player.reach(NGANJUK, "row_03")
    jobs.run_due(at("3 09.30"), FIXED)

    assert [(row.body, row.due_at) for row in written()] == [({}, None)]
