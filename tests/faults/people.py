"""People at real browsers who work real SOPs: they read pages, type, send, and send again when no answer comes."""

import hashlib
import socket
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException, HTTPResponse
from http.cookies import SimpleCookie
from io import BytesIO
from random import Random
from threading import Event, Thread
from types import SimpleNamespace
from typing import Any

from werkzeug.datastructures import MultiDict
from werkzeug.test import EnvironBuilder

from tests import answers, stage
from tests.answers import Raw
from tests.faults.ledger import Act, Ledger
from tests.walking import Page, Visitor
from tests.web.test_walks import BEGINNINGS, NGANJUK_WALK, WALKS, typed_texts, waves_of
from tests.web.test_walks import Act as Step

PATIENCE = 20
PAUSE = 0.02
"""Seconds until somebody tries again."""


class Unanswered(Exception):
    """No answer came, or one that asks to come again."""


class Answer(Page):
    """An answer over the wire."""

    def __init__(self, status: int, location: str, text: str) -> None:
        self.status, self.location = status, location
        self.response: Any = SimpleNamespace(text=text)


class Desk(Visitor):
    """A person at a browser that speaks HTTP with the program."""

    def __init__(self, port: int, user: str, *, twice: Random | None = None) -> None:
        self.port, self.user = port, user
        self.token = ""
        self._cookies: dict[str, str] = {}
        self._line: HTTPConnection | None = None
        self._twice = twice

    def sign_in(self) -> None:
        """Come in, or come back after the session ended."""
        self._cookies.clear()
        self.token = self._shown("/masuk").token
        self.post("/masuk", {"user_name": self.user, "password": stage.PASSWORD})
        self.token = self._shown("/berkas").token

    def get(self, address: str, headers: Mapping[str, str] | None = None) -> Page:
        """Open a page."""
        page = self._ask("GET", address, headers=headers) if self._cookies else None
        if page is None or page.location.startswith("/masuk"):
            self.sign_in()
        if page is None or page.status != 200:
            page = self._shown(address, headers)
        self.token = page.token
        return page

    def _shown(self, address: str, headers: Mapping[str, str] | None = None) -> Page:
        page = self._ask("GET", address, headers=headers)
        if page.status != 200:
            raise Unanswered(f"{page.status} {address}")
        return page

    def post(
        self,
        address: str,
        values: Mapping[str, str | Sequence[str]] | Iterable[tuple[str, str]] = (),
        files: Iterable[tuple[str, str, bytes]] = (),
        headers: Mapping[str, str] | None = None,
    ) -> Page:
        """Send a form with its token; who does everything twice sends it twice."""
        sent: MultiDict[str, object] = MultiDict(values)
        sent.setlist("csrf_token", [self.token])
        for control, name, content in files:
            sent.add(control, (BytesIO(content), name))
        built = EnvironBuilder(method="POST", data=sent, content_type="multipart/form-data").get_environ()
        body, kind = built["wsgi.input"].read(), {"Content-Type": built["CONTENT_TYPE"], **(headers or {})}
        if self._twice is not None and address != "/masuk":
            return self._again(address, body, kind, self._twice)
        return self._ask("POST", address, body, kind)

    def _again(self, address: str, body: bytes, headers: Mapping[str, str], rng: Random) -> Page:
        """Send at once on a second line, or again after the first line broke before the answer was read."""
        first = HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        try:
            first.request("POST", address, body, {**headers, **self._cookie()})
            if rng.random() < 0.5:
                first.close()
                return self._ask("POST", address, body, headers)
            second = self._ask("POST", address, body, headers)
            answer = first.getresponse()
            answer.read()
        except (OSError, HTTPException) as error:
            raise Unanswered(repr(error)) from error
        finally:
            first.close()
        if (answer.status, answer.headers.get("Location", "")) != (second.status, second.location):
            if answer.status >= 500 or second.status >= 500:
                raise Unanswered(address)
            return Answer(0, "", f"{answer.status} and {second.status} for one request to {address}")
        return second

    def _ask(self, method: str, address: str, body: bytes = b"", headers: Mapping[str, str] | None = None) -> Page:
        try:
            answer, text = self._say(method, address, body, {**(headers or {}), **self._cookie()})
        except (OSError, HTTPException) as error:
            self.hang_up()
            raise Unanswered(repr(error)) from error
        for line in answer.headers.get_all("Set-Cookie") or ():
            for name, morsel in SimpleCookie(line).items():
                self._cookies[name] = morsel.value
        if answer.status >= 500:
            raise Unanswered(f"{answer.status} {address}")
        return Answer(answer.status, answer.headers.get("Location", ""), text)

    def _say(self, method: str, address: str, body: bytes, headers: Mapping[str, str]) -> tuple[HTTPResponse, str]:
        if self._line is None:
            self._line = HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
            self._line.connect()
            self._line.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._line.request(method, address, body, headers)
        answer = self._line.getresponse()
        return answer, answer.read().decode()

    def hang_up(self) -> None:
        """Let the line go."""
        if self._line is not None:
            self._line.close()
        self._line = None

    def _cookie(self) -> dict[str, str]:
        return {"Cookie": "; ".join(f"{name}={value}" for name, value in self._cookies.items() if value)}


@dataclass
class Errand:
    """One act on its way: not begun, sent without an answer, or done."""

    step: Step | None
    """Nothing for the start of a case."""
    number: int = -1
    address: str = ""
    form: Any = None
    done: bool = False
    given_up: int = 0
    """How often somebody stopped waiting for the answer and looked anew."""


@dataclass
class Clerk:
    """Works one case after the other, as all the people that its SOP needs."""

    port: int
    name: str
    ledger: Ledger
    rng: Random
    clockwork: str = ""
    """The process to work instead of the SOPs."""
    twice: bool = False
    keyed: bool = True
    """Whether forms are sent with their keys."""
    cases: int = 0
    case: str = ""
    waves: list[list[Errand]] = field(default_factory=list)
    desks: dict[str, Desk] = field(default_factory=dict)

    def work(self, stop: Event) -> None:
        """Work until told to stop; what has no answer yet is sent again."""
        while not stop.is_set():
            try:
                self._go_on()
            except Unanswered:
                stop.wait(PAUSE)
            except Exception as error:  # noqa: BLE001 - whatever it is, somebody has to see it
                self.ledger.complain(f"{self.name}: {error!r}")
                return

    def settle(self) -> bool:
        """Send once more what has no answer; True when nothing is left."""
        for wave in self.waves[:1]:
            for errand in wave:
                if errand.number >= 0 and not errand.done:
                    try:
                        self._send(errand)
                    except Unanswered:
                        return False
                    except RuntimeError as error:
                        self.ledger.complain(str(error))
                        errand.done = True
        return True

    def hang_up(self) -> None:
        """Let all lines go."""
        for desk in self.desks.values():
            desk.hang_up()

    def _desk(self, user: str) -> Desk:
        if user not in self.desks:
            self.desks[user] = Desk(self.port, user, twice=self.rng if self.twice else None)
        return self.desks[user]

    def _go_on(self) -> None:
        if not self.waves:
            self._take_up()
        wave = self.waves[0]
        if len(wave) == 1:
            self._do(wave[0])
        else:
            self._together(wave)
        if all(errand.done for errand in wave):
            self.waves.pop(0)

    def _together(self, wave: Sequence[Errand]) -> None:
        """Let the people of a wave work at the same time, each at his own desk."""
        failed: list[BaseException] = []

        def do(errand: Errand) -> None:
            try:
                self._do(errand)
            except BaseException as error:  # noqa: BLE001 - told by whoever waits
                failed.append(error)

        threads = [Thread(target=do, args=(errand,)) for errand in wave if not errand.done]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if failed:
            raise failed[0]

    def _take_up(self) -> None:
        """Choose the next SOP and one of its ways."""
        self.cases += 1
        self.case = f"{self.name}-{self.cases}"
        if self.clockwork:
            self.process = self.clockwork
            self.waves = [[Errand(None)], [Errand(None)]]
            return
        name = self.rng.choice([*WALKS, "nganjuk"])
        self.process, rest, wrong = WALKS.get(name, (answers.NGANJUK, NGANJUK_WALK, ()))
        notation = f"{BEGINNINGS.get(self.process, '')} {rest}"
        self.waves = [[Errand(None)]] + [
            [Errand(step) for step in wave] for wave in waves_of(self.process, notation, wrong)
        ]

    def _do(self, errand: Errand) -> None:
        if errand.done:
            return
        if errand.number < 0:
            self._prepare(errand)
        self._send(errand)

    def _prepare(self, errand: Errand) -> None:
        """Find the task, read its page and fill it in."""
        if (errand.step is None and len(self.waves) > 1) or (not self.clockwork and errand.step is None):
            self._prepare_start(errand)
        else:
            self._prepare_task(errand)

    def _prepare_start(self, errand: Errand) -> None:
        user = "blitar.kadis" if self.clockwork else stage.starter_of(self.process)
        raw: Raw = {} if self.clockwork else answers.for_element(self.process, "mulai")
        raw["judul"] = self.case
        desk = self._desk(user)
        errand.address = f"/mulai/{self.process}"
        pairs, files = desk.fill(desk.get(errand.address), "mulai", raw)
        errand.form = user, self._with_key(pairs), files
        errand.number = self.ledger.ask(Act("start", user, errand.address, self.case))

    def _prepare_task(self, errand: Errand) -> None:
        step = errand.step
        user = step.user if step else "blitar.kadis"
        raw: Raw = step.raw if step else {"nilai": self.case}
        desk = self._desk(user)
        for entry in desk.inbox():
            if entry.case == self.case and (step is None or entry == step.entry):
                errand.address = entry.address
                break
        else:
            if errand.given_up:
                errand.done = True  # the act that nobody waited for was done
                return
            raise Unanswered(f"{self.case}: {user} has no such task yet")
        pairs, files = desk.fill(desk.get(errand.address), "tugas", raw)
        errand.form = user, self._with_key(pairs), files
        texts = tuple(typed_texts(step)) if step else (self.case,)
        digests = tuple(hashlib.sha256(content).hexdigest() for _, _, content in files)
        errand.number = self.ledger.ask(Act("complete", user, errand.address, self.case, "", texts, digests))

    def _with_key(self, pairs: list[tuple[str, str]]) -> list[tuple[str, str]]:
        return pairs if self.keyed else [pair for pair in pairs if pair[0] != "_kunci"]

    def _send(self, errand: Errand) -> None:
        if errand.done:
            return
        user, pairs, files = errand.form
        try:
            answer = self._desk(user).post(errand.address, pairs, files)
        except Unanswered:
            if self.rng.random() < 0.2:
                self._look_anew(errand)
            raise
        if answer.status == 303:
            self.ledger.acknowledge(errand.number, answer.location)
            errand.done = True
        elif answer.status in {401, 302, 400} or 'name="kata_sandi"' in answer.response.text:
            self._desk(user).sign_in()
            raise Unanswered("signed out, or has to prove himself before he signs")
        elif answer.status == 409 and errand.given_up:
            errand.done = True
        else:
            said = answer.title if answer.status else answer.response.text
            raise RuntimeError(f"{self.case} {errand.address}: {answer.status} {said}")

    def _look_anew(self, errand: Errand) -> None:
        """Wait no longer for the answer: a start is forgotten, of a task the inbox is looked at."""
        if errand.address.startswith("/mulai"):
            self.waves = []
            return
        errand.number = -1
        errand.given_up += 1
