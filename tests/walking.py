"""Plays cases of the five SOPs as the demonstration people: by the use cases, or by pages without scripts."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cached_property
from http import HTTPStatus
from io import BytesIO
from typing import Unpack
from uuid import UUID

from flask import Flask, current_app, g, has_app_context
from flask.testing import FlaskClient
from lxml import html
from sqlalchemy import select
from werkzeug.datastructures import MultiDict
from werkzeug.test import TestResponse

from service import identity, instances, reminders, tasks
from service.attachments import Tray
from service.engine.assignment import Actor
from service.engine.reminders import Rule
from service.models import Instance, Task, TaskStatus, db
from service.tasks import Completed
from tests import answers, stage
from tests.answers import Raw, Variant

Pairs = list[tuple[str, str]]


class Player:
    """Plays by the use cases, inside an application context. Every act takes a minute."""

    def __init__(self, now: datetime = stage.MONDAY) -> None:
        self.now = now

    def actor(self, user: str, office: str | None = None) -> Actor:
        """Return a demonstration person who has just given his password."""
        return replace(identity.actor(identity.person_named(user), office, self.now), confirmed_at=self.now)

    def start(self, process: str, user: str = "", title: str = "") -> UUID:
        """Start a case and return its id."""
        actor = self.actor(user or stage.starter_of(process))
        raw = answers.for_element(process, "mulai")
        if title:
            raw["judul"] = title
        return instances.start(actor, process, raw, self._minute()).id

    def open_tasks(self, case: UUID) -> list[Task]:
        """Return the open tasks of a case."""
        found = select(Task).where(Task.instance_id == case, Task.status == TaskStatus.OPEN)
        return list(db.session.scalars(found.order_by(Task.position, Task.element, Task.unit)))

    def open_elements(self, case: UUID) -> list[str]:
        """Return the elements of the open tasks, with the unit where there is one."""
        return [f"{task.element} {task.unit}".strip() for task in self.open_tasks(case)]

    def task(self, case: UUID, element: str, unit: str = "") -> Task:
        """Return the one open task of an element."""
        (found,) = (task for task in self.open_tasks(case) if (task.element, task.unit) == (element, unit))
        return found

    def answers(self, task: Task, **variant: Unpack[Variant]) -> Raw:
        """Return what is answered to a task, with its files uploaded."""
        filled: Variant = {"round_number": task.round, **variant}
        if task.unit:
            filled["unit"] = task.unit
        raw = answers.for_element(task.process_key, task.element, **filled)
        actor = self.performer(task)
        tray = Tray(actor, task.id, self.now)
        ids = {name: tray.take(name, answers.content(name)).id for name in answers.files_in(raw)}
        db.session.add_all(tray.new)
        db.session.commit()
        return answers.with_files(raw, ids)

    def performer(self, task: Task) -> Actor:
        """Return whose step a task is."""
        return self.actor(stage.user_of(task.process_key, task.element, task.unit))

    def complete(self, case: UUID, element: str, unit: str = "", /, **variant: Unpack[Variant]) -> Completed:
        """Complete an open task as the person whose step it is."""
        task = self.task(case, element, unit)
        return tasks.complete(self.performer(task), task.id, self.answers(task, **variant), self._minute())

    def complete_raw(self, user: str, task: UUID, raw: Raw) -> Completed:
        """Complete a task with given answers."""
        return tasks.complete(self.actor(user), task, raw, self._minute())

    def reach(self, process: str, element: str, title: str = "") -> UUID:
        """Start a case and play it until a step is open."""

        def play() -> tuple[UUID, datetime]:
            case = self.start(process, title=title)
            self.advance(case, element)
            return case, self.now

        demo: stage.Demo | None = current_app.extensions.get("demo")
        case, self.now = demo.scene((process, element, title, self.now), play) if demo else play()
        return case

    def advance(self, case: UUID, element: str) -> None:
        """Play a case until a step is open, agreeing everywhere."""
        while not any(task.element == element for task in self.open_tasks(case)):
            for task in self.open_tasks(case):
                self.complete(case, task.element, task.unit)

    def finish(self, case: UUID) -> Instance:
        """Play a case to its end, agreeing everywhere."""
        while waiting := self.open_tasks(case):
            for task in waiting:
                self.complete(case, task.element, task.unit)
        return db.session.scalars(select(Instance).where(Instance.id == case)).one()

    def remind_nobody(self, process: str) -> None:
        """Let nobody be reminded of the due dates of a process."""
        analyst = self.actor("analis", process.partition("_")[0])
        reminders.settle(analyst, process, Rule(is_on=False), self.now)

    def _minute(self) -> datetime:
        self.now += timedelta(minutes=1)
        return self.now


# Pages ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Entry:
    """A task as the inbox shows it."""

    step: int
    title: str
    unit: str
    """Name of the unit, for data of a unit."""
    address: str = field(compare=False, default="")
    case: str = field(compare=False, default="")
    round: int = field(compare=False, default=1)
    reason: str = field(compare=False, default="")
    meta: str = field(compare=False, default="")


class Page:
    """An answer of the service as a reader of the page sees it."""

    def __init__(self, response: TestResponse) -> None:
        response.get_data()
        response.close()  # built files come from open files, large bodies go through open files
        response.request.environ["wsgi.input"].close()
        self.response = response
        self.status = response.status_code
        self.location = response.headers.get("Location", "")

    @cached_property
    def tree(self) -> html.HtmlElement:
        """Return the page parsed."""
        return html.document_fromstring(self.response.text)

    @property
    def main(self) -> str:
        """Return the text of the page itself, without what surrounds it."""
        return said(self.tree.get_element_by_id("isi"))

    @property
    def title(self) -> str:
        """Return the main heading."""
        return said(self.tree.find(".//h1"))

    @property
    def token(self) -> str:
        """Return the token that every form of the page carries."""
        found = self.tree.xpath("//meta[@name='csrf-token']/@content")
        assert found, (self.status, self.title)
        return str(found[0])

    @property
    def messages(self) -> list[str]:
        """Return the short messages about what was just done."""
        return [said(one) for one in self.tree.find_class("toast-note")]

    @property
    def mistakes(self) -> dict[str, str]:
        """Return what needs attention: the sentence by the name of the question beside which it stands."""
        found = {}
        for note in self.tree.find_class("err"):
            described = "//*[contains(concat(' ', @aria-describedby, ' '), $id)]"
            (owner,) = self.tree.xpath(described, id=f" {note.get('id')} ") or [note.getparent()]
            names = owner.xpath("(self::*|.//*)/@name")
            found[str(names[0]).removesuffix(".baru") if names else str(note.get("id"))] = said(note)
        return found

    @property
    def summary(self) -> list[str]:
        """Return the lines of the error summary."""
        return [said(line) for line in self.tree.xpath("//section[contains(@class, 'summary')]//li")]

    def said_in(self, identifier: str) -> str:
        """Return the text of one part of the page."""
        return said(self.tree.get_element_by_id(identifier))

    def controls(self, form: str) -> Pairs:
        """Return what a browser would send of a form, without its buttons and files."""
        owner = self.tree.get_element_by_id(form)
        others = self.tree.xpath("//textarea[@form=$form]", form=form)
        texts = {one.get("name"): _typed(one) for one in [*owner.iter("textarea"), *others]}
        pairs = [(name, texts.get(name, value)) for name, value in owner.form_values()]
        return pairs + [(one.get("name"), _typed(one)) for one in others]

    def value(self, name: str) -> str:
        """Return what a control shows."""
        return dict(self.controls("tugas")).get(name, "")

    def entries(self) -> list[Entry]:
        """Return the tasks of an inbox."""
        return [_entry(row) for row in self.tree.xpath("//ol[@class='inbox']/li")]


class Visitor:
    """A demonstration person with a browser that runs no scripts."""

    def __init__(self, app: Flask, user: str, password: str = stage.PASSWORD) -> None:
        self.client: FlaskClient = app.test_client()
        self.user = user
        self.token = self.get("/masuk").token
        self.welcome = self.post("/masuk", {"user_name": user, "password": password})
        assert self.welcome.status < HTTPStatus.INTERNAL_SERVER_ERROR
        self.token = self.get("/berkas").token

    def get(self, address: str, headers: Mapping[str, str] | None = None) -> Page:
        """Open a page."""
        return Page(self.client.get(address, headers=headers))

    def post(
        self,
        address: str,
        values: Mapping[str, str | Sequence[str]] | Iterable[tuple[str, str]] = (),
        files: Iterable[tuple[str, str, bytes]] = (),
        headers: Mapping[str, str] | None = None,
    ) -> Page:
        """Send a form with its token, and files as (name of the control, name of the file, content)."""
        sent: MultiDict[str, object] = MultiDict(values)
        sent.add("csrf_token", self.token)
        for control, name, content in files:
            sent.add(control, (BytesIO(content), name))
        answer = Page(self.client.post(address, data=sent, headers=headers, content_type="multipart/form-data"))
        if address == "/jabatan":
            self._take_token()
        return answer

    def _take_token(self) -> None:
        """Read a page of the office that was chosen: the forms of the one before are of no use any more."""
        if has_app_context():
            g.pop("form_token", None)  # a test that holds a context shares it with its requests
        page = self.get("/jabatan")
        self.token = page.token if page.status == HTTPStatus.OK else self.token

    def inbox(self) -> list[Entry]:
        """Return the open tasks of this person."""
        return self.get("/tugas").entries()

    def fill(self, page: Page, form: str, raw: Raw) -> tuple[Pairs, list[tuple[str, str, bytes]]]:
        """Return what is sent when a page is filled in: what it shows, changed by what is typed and attached."""
        names = set(answers.files_in(raw))
        typed = answers.as_html(raw)
        files = [
            (f"{name}.baru", value, answers.content(value)) for name, value in typed if _is_file(name, value, names)
        ]
        typed = [(name, value) for name, value in typed if not _is_file(name, value, names)]
        replaced = {name for name, _ in typed} | {name.removesuffix(".baru") for name, _, _ in files} | {"csrf_token"}
        kept = [(name, value) for name, value in page.controls(form) if name not in replaced]
        return kept + typed + _more_rows(kept, raw), files

    def complete(self, address: str, raw: Raw) -> Page:
        """Open a task, fill it in and send it."""
        page = self.get(address)
        assert page.status == 200, (address, page.title)
        pairs, files = self.fill(page, "tugas", raw)
        return self.post(address, pairs, files)

    def start(self, process: str, raw: Raw) -> Page:
        """Fill the start form of an SOP in and send it."""
        page = self.get(f"/mulai/{process}")
        pairs, files = self.fill(page, "mulai", raw)
        return self.post(f"/mulai/{process}", pairs, files)


class Stranger(Visitor):
    """Somebody at the door."""

    def __init__(self, app: Flask) -> None:
        self.client = app.test_client()
        self.user = ""
        self.token = self.get("/masuk").token

    def enter(self, user: str, password: str = stage.PASSWORD, target: str | None = None) -> Page:
        target_field = {} if target is None else {"next": target}
        return self.post("/masuk", {"user_name": user, "password": password, **target_field})


def newcomer(app: Flask, user: str, password: str) -> Stranger:
    """Let somebody in who was told his password, as far as he gets with it."""
    visitor = Stranger(app)
    visitor.enter(user, password)
    visitor.token = visitor.get("/akun/sandi").token
    return visitor


class Walker:
    """Everybody of the demonstration offices at their browsers."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self._visitors: dict[str, Visitor] = {}

    def as_user(self, user: str) -> Visitor:
        """Return the browser of somebody, signed in."""
        if user not in self._visitors:
            self._visitors[user] = Visitor(self.app, user)
        return self._visitors[user]

    def inboxes(self, users: Iterable[str]) -> dict[str, list[Entry]]:
        """Return what people find in their inboxes; those without a task are left out."""
        found = {user: self.as_user(user).inbox() for user in users}
        return {user: entries for user, entries in found.items() if entries}

    def restart(self, app: Flask) -> None:
        """Go on with another run of the service; the browsers keep their cookies."""
        stage.release(self.app)
        self.app = app
        for visitor in self._visitors.values():
            cookie = visitor.client.get_cookie("laksana")
            visitor.client = app.test_client()
            if cookie is not None:
                visitor.client.set_cookie("laksana", cookie.value)


def said(element: html.HtmlElement) -> str:
    """Return the text of an element on one line."""
    return " ".join(" ".join(element.itertext()).split())


def _typed(control: html.HtmlElement) -> str:
    # browsers drop the line end that stands directly behind the tag
    return (control.text or "").removeprefix("\n")


def raw_from(form_values: Pairs) -> dict[str, list[str]]:
    """Return pairs as the lists that `from_html` takes."""
    lists: dict[str, list[str]] = {}
    for name, value in form_values:
        lists.setdefault(name, []).append(value)
    return lists


def _entry(row: html.HtmlElement) -> Entry:
    link = row.find(".//h3/a")
    meta = said(row.find_class("meta")[0])
    parts = meta.split(" · ")
    step = re.search(r"langkah (\d+) dari", meta)
    again = re.search(r"putaran (\d+)", meta)
    known = re.compile(r"Nomor |langkah |putaran |dari ")
    return Entry(
        step=int(step[1]) if step else 0,
        title=said(link),
        unit=next((part for part in parts if not known.match(part)), ""),
        address=link.get("href"),
        case=said(row.find_class("case")[0]),
        round=int(again[1]) if again else 1,
        reason=" ".join(said(reason) for reason in row.find_class("reason")),
        meta=meta,
    )


def _is_file(name: str, value: str, files: set[str]) -> bool:
    return value in files and name.rpartition(".")[2].startswith(("berkas_", "bukti"))


def _more_rows(kept: Pairs, raw: Raw) -> Pairs:
    """Return the numbers of the rows that are typed beyond those of the page."""
    added: Pairs = []
    for key, value in raw.items():
        if not isinstance(value, str) and value and isinstance(value[0], Mapping):
            there = sum(1 for name, _ in kept if name == f"{key}.rows")
            added += [(f"{key}.rows", str(number)) for number in range(there, len(value))]
    return added
