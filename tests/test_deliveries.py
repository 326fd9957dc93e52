"""What is told outside: by a real mail server and a real receiver, once each, and again when it failed."""

import json
import socket as socket_module
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socket import socket
from threading import Thread
from time import monotonic
from typing import Any
from uuid import UUID, uuid4

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import Envelope
from flask import Flask
from sqlalchemy import select, update

from service import deliveries, identity, instances, jobs, mail, preferences, store, webhook
from service.engine.assignment import Actor
from service.errors import Invalid, NotAllowed, NotFound, Undeliverable
from service.models import Delivery, Person, Webhook, db, new_id
from service.settings import Settings
from tests import stage
from tests.answers import NGANJUK
from tests.walking import Player

LOOPBACK = ("127.0.0.0/8",)


class Receiver:
    """A program outside: keeps what it was sent and answers as it is told to."""

    def __init__(self) -> None:
        self.status, self.got = 200, list[tuple[dict[str, str], bytes]]()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.got.append((dict(self.headers), body))
                self.send_response(receiver.status)
                self.send_header("Location", receiver.address)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name there
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.address = f"http://127.0.0.1:{self.server.server_port}/terima?dari=laksana"


class Mailbox:
    """A mail server: keeps what was handed in and refuses what it is told to."""

    def __init__(self) -> None:
        self.letters, self.refusal, self.farewell = list[EmailMessage](), "", "221 Bye"
        self.takes, self.seconds = 0.0, 1.0
        """How long it thinks of a sender, and what its clock shows."""

    async def handle_MAIL(  # noqa: N802 - its name there
        self, _server: object, _session: object, envelope: Envelope, sender: str, _options: object
    ) -> str:
        self.seconds += self.takes
        envelope.mail_from = sender
        return "250 OK"

    async def handle_DATA(self, _server: object, _session: object, envelope: Envelope) -> str:  # noqa: N802 - its name there
        if self.refusal:
            return self.refusal
        content = envelope.original_content
        assert content is not None
        self.letters.append(message_from_bytes(content, policy=policy.default))
        return "250 OK"

    async def handle_QUIT(self, _server: object, _session: object, _envelope: Envelope) -> str:  # noqa: N802 - its name there
        return self.farewell


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    outside = Receiver()
    thread = Thread(target=outside.server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield outside
    outside.server.shutdown()
    thread.join()
    outside.server.server_close()


@pytest.fixture
def mailbox() -> Iterator[tuple[Mailbox, Settings]]:
    with socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    box = Mailbox()
    controller = Controller(box, hostname="127.0.0.1", port=port)
    controller.start()
    yield (
        box,
        Settings(
            smtp_url=f"smtp://127.0.0.1:{port}",
            mail_from="Laksana <laksana@nganjuk.example>",
            url="https://laksana.example",
        ),
    )
    controller.stop()


def admin() -> Actor:
    return identity.actor(identity.person_named("admin"), "nganjuk", stage.MONDAY)


def outbox() -> list[Delivery]:
    db.session.expire_all()
    return list(db.session.scalars(select(Delivery).where(Delivery.channel != "page").order_by(Delivery.id)))


def tell_all(user: str) -> None:
    """Let somebody be told of everything by mail."""
    deliveries.set_email(user, f"{user.rpartition('.')[2]}@nganjuk.example")
    preferences.choose(
        identity.actor(identity.person_named(user), "nganjuk", stage.MONDAY), mail="all", digest=False, language="id"
    )


OPEN = Settings(webhook_networks=LOOPBACK)


def test_nobody_is_told_who_did_not_ask(player: Player) -> None:
    player.reach(NGANJUK, "row_03")

    assert outbox() == []


def test_a_program_outside_hears_of_every_event_with_a_signature(player: Player, receiver: Receiver) -> None:
    hook, secret = deliveries.add_webhook(admin(), receiver.address, [], player.now, OPEN)
    case = player.start(NGANJUK)

    assert jobs.run_due(player.now, OPEN) == 1

    (headers, body), (waiting,) = receiver.got[0], outbox()
    said = json.loads(body)
    task = player.task(case, "row_01")
    assert said == {
        "id": str(waiting.id),
        "kind": "task-opened",
        "office": "nganjuk",
        "at": waiting.created_at.isoformat(),
        "case": {"id": str(case), "number": 1},
        "task": {
            "id": str(task.id), "process": NGANJUK, "element": "row_01", "name": task.name, "unit": "", "round": 1,
            "due_at": task.due_at.isoformat() if task.due_at else None,
        },
    }  # fmt: skip
    assert headers["Idempotency-Key"] == str(waiting.id)
    assert headers["Laksana-Signature"] == webhook.signature(secret, headers["Laksana-Timestamp"], body)
    assert headers["Laksana-Signature"] != webhook.signature("other", headers["Laksana-Timestamp"], body)
    assert (waiting.target, waiting.due_at, waiting.attempts) == (hook, None, 1)
    assert waiting.done_at is not None


def test_only_the_events_that_were_asked_for(player: Player, receiver: Receiver) -> None:
    deliveries.add_webhook(admin(), receiver.address, ["case-ended"], player.now, OPEN)
    case = player.start(NGANJUK)
    assert outbox() == []

    instances.cancel(player.actor("nganjuk.sekretaris"), case, "Salah mulai, diganti yang baru.", player.now)

    assert [(row.kind, sorted(row.body)) for row in outbox()] == [("case-ended", ["case"])]


def test_a_job_that_is_delivered_twice_tells_once(player: Player, receiver: Receiver) -> None:
    deliveries.add_webhook(admin(), receiver.address, [], player.now, OPEN)
    player.start(NGANJUK)
    (job,) = (job for job in jobs.due(player.now) if job.kind == "deliveries")

    done = [jobs.do(job.kind, row, player.now, OPEN) for row in job.rows * 2]

    assert (done, len(receiver.got), outbox()[0].attempts) == ([1, 0], 1, 1)


def test_a_death_between_sending_and_noting_repeats_the_same_key(player: Player, receiver: Receiver) -> None:
    deliveries.add_webhook(admin(), receiver.address, [], player.now, OPEN)
    player.start(NGANJUK)
    (row,) = outbox()
    before = store.due_parcel("nganjuk", row.id, player.now)
    assert before is not None

    deliveries.deliver("nganjuk", row.id, player.now, OPEN)
    noted_late = store.settle(before, player.now, "no-answer", player.now)

    assert not noted_late
    row = outbox()[0]
    row.due_at, row.done_at, row.attempts = player.now, None, 0
    db.session.commit()
    deliveries.deliver("nganjuk", row.id, player.now, OPEN)
    assert len({headers["Idempotency-Key"] for headers, _ in receiver.got}) == 1
    assert len(receiver.got) == 2


def test_what_fails_is_tried_over_hours_then_given_up_until_an_admin_tries_again(
    player: Player, receiver: Receiver
) -> None:
    deliveries.add_webhook(admin(), receiver.address, [], player.now, OPEN)
    player.start(NGANJUK)
    player.remind_nobody(NGANJUK)
    receiver.status, waits, now = 503, list[timedelta](), player.now

    while (due_at := outbox()[0].due_at) is not None:
        waits.append(due_at - now)
        now = due_at
        assert jobs.run_due(now - timedelta(seconds=1), OPEN) == 0
        assert jobs.run_due(now, OPEN) == 0

    assert waits == [timedelta(0), *deliveries.AGAIN]
    dead = outbox()[0]
    assert (dead.failure, dead.attempts, dead.dead_at) == ("status-503", 7, now)
    with pytest.raises(NotAllowed):
        deliveries.retry(player.actor("nganjuk.kadis"), now)

    receiver.status = 204
    assert deliveries.retry(admin(), now) == 1
    assert (jobs.run_due(now, OPEN), outbox()[0].failure, outbox()[0].dead_at) == (1, "", None)


@pytest.mark.parametrize("status", [301, 302, 307, 400, 500])
def test_neither_a_redirect_nor_an_error_is_an_arrival(player: Player, receiver: Receiver, status: int) -> None:
    deliveries.add_webhook(admin(), receiver.address, [], player.now, OPEN)
    player.start(NGANJUK)
    receiver.status = status

    assert jobs.run_due(player.now, OPEN) == 0

    assert (len(receiver.got), outbox()[0].failure) == (1, f"status-{status}")


@pytest.mark.parametrize(
    ("address", "networks", "cause"),
    [
        ("https://127.0.0.1/", (), "forbidden-network"),
        ("https://localhost/", (), "forbidden-network"),
        ("https://[::1]/", (), "forbidden-network"),
        ("https://[::ffff:127.0.0.1]/", (), "forbidden-network"),
        ("https://[64:ff9b::a01:203]/", (), "forbidden-network"),
        ("https://[2002:a01:203::1]/", (), "forbidden-network"),
        ("https://10.1.2.3/", (), "forbidden-network"),
        ("https://192.168.0.1/", LOOPBACK, "forbidden-network"),
        ("https://169.254.169.254/latest/meta-data", (), "forbidden-network"),
        ("https://[fe80::1]/", (), "forbidden-network"),
        ("https://0.0.0.0/", (), "forbidden-network"),
        ("https://224.0.0.1/", (), "forbidden-network"),
        ("https://2130706433/", (), "forbidden-network"),
        ("https://0x7f.1/", (), "forbidden-network"),
        ("http://8.8.8.8/", (), "not-https"),
        ("http://10.1.2.3/", ("10.0.0.0/8",), "not-https"),
        ("ftp://8.8.8.8/", (), "address"),
        ("https://u:p@8.8.8.8/", (), "address"),
        ("https://", (), "address"),
        ("file:///etc/passwd", (), "address"),
        ("https://8.8.8.8:99999/", (), "address"),
    ],
)
def test_addresses_that_are_never_called(player: Player, address: str, networks: tuple[str, ...], cause: str) -> None:
    with pytest.raises(Invalid, match=cause):
        deliveries.add_webhook(admin(), address, [], player.now, Settings(webhook_networks=networks))


@pytest.mark.parametrize("rest", ["/terima/é", "?dari=é", "/te rima", "/te\x7frima"])
def test_an_address_that_no_request_can_name_is_given_up_like_any_other(
    player: Player, receiver: Receiver, rest: str
) -> None:
    deliveries.add_webhook(admin(), receiver.address, [], player.now, OPEN)
    address = receiver.address.partition("/terima")[0] + rest
    with pytest.raises(Invalid, match="may not be called: address"):
        deliveries.add_webhook(admin(), address, [], player.now, OPEN)
    db.session.execute(update(Webhook).values(address=address))  # one that was taken before
    db.session.commit()
    player.start(NGANJUK)

    jobs.run_due(player.now, OPEN)

    assert [(row.failure, row.attempts) for row in outbox()] == [("address", 1)]


def test_an_address_is_looked_at_again_when_it_is_called(player: Player, receiver: Receiver) -> None:
    deliveries.add_webhook(admin(), receiver.address, [], player.now, OPEN)
    player.start(NGANJUK)

    assert jobs.run_due(player.now, Settings()) == 0

    assert (receiver.got, outbox()[0].failure) == ([], "forbidden-network")


def test_of_several_places_of_a_receiver_the_first_that_answers_is_called(
    player: Player, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = socket_module.getaddrinfo

    def look_up(host: str, port: int, *wanted: int, **more: int) -> list[Any]:
        places = ("::1", "127.0.0.1") if host == "terima.example" else (host,)
        return [entry for place in places for entry in found(place, port, *wanted, **more)]

    monkeypatch.setattr(socket_module, "getaddrinfo", look_up)
    both = Settings(webhook_networks=(*LOOPBACK, "::1/128"))
    address = receiver.address.replace("127.0.0.1", "terima.example")
    deliveries.add_webhook(admin(), address, ["task-opened"], player.now, both)
    player.start(NGANJUK)

    jobs.run_due(player.now, both)

    assert ([row.failure for row in outbox()], len(receiver.got)) == ([""], 1)


def test_a_receiver_that_never_shows_who_he_is_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhook, "LONGEST", 0.1)
    monkeypatch.setattr(webhook, "PATIENCE", 5.0)
    with socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        address, began = f"https://127.0.0.1:{server.getsockname()[1]}/", monotonic()
        with pytest.raises(Undeliverable, match="no-answer"):
            webhook.call(address, "", "", b"", stage.MONDAY, LOOPBACK)

    assert monotonic() - began < webhook.PATIENCE


def test_a_receiver_that_does_not_answer_keeps_nobody_waiting(player: Player) -> None:
    silent, other = uuid4(), uuid4()
    for number in range(2 * deliveries.MOST):
        db.session.add(parcel(silent, player.now + timedelta(seconds=number)))
    db.session.add(parcel(other, player.now + timedelta(hours=1)))
    db.session.commit()

    found = deliveries.due(player.now + timedelta(hours=2))

    assert [target for _, _, target in found[:2]] == [silent, other]
    assert len(found) == deliveries.MOST


def parcel(target: UUID, at: datetime) -> Delivery:
    return Delivery(
        tenant_id="nganjuk", id=new_id(at), channel="webhook", target=target, kind="task-opened", body={},
        created_at=at, due_at=at, attempts=0, failure="",
    )  # fmt: skip


def test_an_unknown_event_is_refused(player: Player) -> None:
    with pytest.raises(Invalid, match="no such event: alles"):
        deliveries.add_webhook(admin(), "https://8.8.8.8/", ["alles"], player.now, OPEN)


def test_a_removed_webhook_hears_nothing_any_more(player: Player, receiver: Receiver) -> None:
    hook, _ = deliveries.add_webhook(admin(), receiver.address, [], player.now, OPEN)
    player.start(NGANJUK)

    deliveries.remove_webhook(admin(), hook)

    assert (outbox(), jobs.run_due(player.now, OPEN), receiver.got) == ([], 0, [])
    with pytest.raises(NotFound):
        deliveries.remove_webhook(admin(), hook)


def test_who_gave_an_address_is_told_of_his_tasks_and_of_the_end(
    player: Player, mailbox: tuple[Mailbox, Settings]
) -> None:
    box, settings = mailbox
    tell_all("nganjuk.kasubbag")
    tell_all("nganjuk.sekretaris")
    case = player.start(NGANJUK)
    player.complete(case, "row_01")

    jobs.run_due(player.now, settings)

    told = {letter["To"]: letter for letter in box.letters}
    assert [row.kind for row in outbox()] == ["task-opened"]
    (address,) = told
    letter = told[address]
    assert address.endswith("<kasubbag@nganjuk.example>")
    assert letter["Subject"].startswith("Tugas baru: ")
    task = player.task(case, "row_02")
    text = letter.get_content()
    assert f"Buka di Laksana: https://laksana.example/tugas/{task.id}" in text
    assert letter["Message-ID"] == f"<{outbox()[0].id}@nganjuk.example>"


def test_a_returned_task_and_the_end_of_a_case_are_told_by_mail(app: Flask, mailbox: tuple[Mailbox, Settings]) -> None:
    box, settings = mailbox
    with app.app_context():
        player = Player()
        for user in ("kasubbag", "kadis", "sekretaris"):
            tell_all(f"nganjuk.{user}")
        case = player.start(NGANJUK)
        player.finish(case)

        kinds = [(row.channel, row.kind) for row in outbox()]
        jobs.run_due(datetime.now(UTC), settings)
        jobs.run_due(datetime.now(UTC), settings)

    assert ("mail", "case-ended") in kinds
    assert len(box.letters) == len(kinds) == len({letter["Message-ID"] for letter in box.letters})


def test_a_letter_that_the_server_refuses_is_tried_again(player: Player, mailbox: tuple[Mailbox, Settings]) -> None:
    box, settings = mailbox
    tell_all("nganjuk.kasubbag")
    case = player.start(NGANJUK)
    player.complete(case, "row_01")
    player.remind_nobody(NGANJUK)
    box.refusal = "451 busy"

    jobs.run_due(player.now, settings)
    assert outbox()[0].failure == "mail-451"

    jobs.run_due(player.now + timedelta(minutes=1), Settings())
    assert outbox()[0].failure == "mail-off"
    jobs.run_due(player.now + timedelta(minutes=6), Settings(smtp_url="smtp://127.0.0.1:1", mail_from="a@b.example"))
    assert outbox()[0].failure == "no-answer"
    box.refusal = ""
    jobs.run_due(player.now + timedelta(minutes=36), settings)
    assert (outbox()[0].failure, len(box.letters)) == ("", 1)


def test_a_mail_server_that_hangs_up_is_told_as_silent(player: Player) -> None:
    tell_all("nganjuk.kasubbag")
    player.complete(player.start(NGANJUK), "row_01")
    player.remind_nobody(NGANJUK)

    with socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()

        def hang_up() -> None:
            server.accept()[0].close()

        thread = Thread(target=hang_up)
        thread.start()
        settings = Settings(smtp_url=f"smtp://127.0.0.1:{server.getsockname()[1]}", mail_from="a@b.example")
        jobs.run_due(player.now, settings)
        thread.join()

    assert outbox()[0].failure == "no-answer"


def test_a_mail_server_that_takes_long_for_everything_is_left_in_time(
    player: Player, mailbox: tuple[Mailbox, Settings], monkeypatch: pytest.MonkeyPatch
) -> None:
    box, settings = mailbox
    tell_all("nganjuk.kasubbag")
    player.complete(player.start(NGANJUK), "row_01")
    player.remind_nobody(NGANJUK)
    monkeypatch.setattr(mail, "monotonic", lambda: box.seconds)
    box.takes = mail.LONGEST

    jobs.run_due(player.now, settings)
    assert (outbox()[0].failure, box.letters) == ("no-answer", [])

    box.takes = mail.LONGEST / 2
    jobs.run_due(player.now + timedelta(minutes=1), settings)
    assert (outbox()[0].failure, len(box.letters)) == ("", 1)


def test_a_letter_that_was_taken_has_arrived_however_the_server_parts(
    player: Player, mailbox: tuple[Mailbox, Settings]
) -> None:
    box, settings = mailbox
    box.farewell = "421 closing"
    tell_all("nganjuk.kasubbag")
    player.complete(player.start(NGANJUK), "row_01")
    player.remind_nobody(NGANJUK)

    jobs.run_due(player.now, settings)
    jobs.run_due(player.now + timedelta(hours=1), settings)

    assert (outbox()[0].failure, len(box.letters)) == ("", 1)


def test_who_does_not_want_to_be_told_any_more_is_not(player: Player, mailbox: tuple[Mailbox, Settings]) -> None:
    box, settings = mailbox
    tell_all("nganjuk.kasubbag")
    case = player.start(NGANJUK)
    player.complete(case, "row_01")
    deliveries.set_email("nganjuk.kasubbag", "")

    jobs.run_due(player.now, settings)

    assert (box.letters, outbox()[0].due_at) == ([], None)


def test_words_of_a_case_do_not_become_lines_of_a_letter(player: Player, mailbox: tuple[Mailbox, Settings]) -> None:
    box, settings = mailbox
    case = player.start(NGANJUK)
    starter = store.get_instance("nganjuk", case).started_by
    store.get_instance("nganjuk", case).title = "Judul\r\nBcc: lain@example.org"
    db.session.execute(update(Person).where(Person.id == starter).values(email="pemula@nganjuk.example", mail="all"))
    db.session.commit()
    tell_all("nganjuk.kasubbag")  # so that it is known who listens
    player.finish(case)

    jobs.run_due(player.now, settings)

    (last,) = [letter for letter in box.letters if letter["Subject"].startswith("Selesai")]
    assert (last["Bcc"], last["Subject"]) == (None, "Selesai: Judul Bcc: lain@example.org")


@pytest.mark.usefixtures("player")
@pytest.mark.parametrize("email", ["x", "a@b@c", "a b@c.id", "a@b.id\nBcc: x@y.id", "<a@b.id>", "a@" + "b" * 300])
def test_no_address_is_refused(app: Flask, email: str) -> None:
    before = stage.rows(app, ["person"])
    with pytest.raises(Invalid):
        deliveries.set_email("nganjuk.kasubbag", email)
    assert stage.rows(app, ["person"]) == before


@pytest.mark.usefixtures("player")
def test_nobody_has_no_address(app: Flask) -> None:
    before = stage.rows(app, ["person"])
    with pytest.raises(NotFound):
        deliveries.set_email("siapa", "a@b.id")
    assert stage.rows(app, ["person"]) == before
