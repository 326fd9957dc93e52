"""Every SOP on every branch through the pages: after each step everybody's inbox, at the end the whole story.

A walk is written as the rows of the SOP in the order of the case: "4b" is row 4 as each unit does it, "9<" sends the
work back, "S7" is row 7 of the SOP for wrong data that the main SOP calls.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import pairwise

import pytest

from service.engine import form as forms
from service.engine.form import Field
from tests import answers, provision, stage
from tests.answers import BANGGAI, BLITAR, NGANJUK, RENSTRA, WRONG_DATA, Raw
from tests.keeping import Kept
from tests.stage import Demo
from tests.walking import Entry, Page, Walker, said

BEGINNINGS = {
    BLITAR: "1 2 3 4 4b 5",
    WRONG_DATA: "1 2 3 4 4b 5 6",
    BANGGAI: "1 2 3 4 5 6b 6 7",
    RENSTRA: "1 2 3 4 5 6b 6 7",
}
"""How every walk of an SOP begins; played once and kept."""
WALKS: dict[str, tuple[str, str, tuple[str, ...]]] = {
    "blitar, approved": (BLITAR, "6 7 8 9 10 11 12 13 14 15", ()),
    "blitar, returned once, signature refused": (BLITAR, "6 7 8 9< 7 8 9 10< 9 10 11", ()),
    "blitar, returned three times": (BLITAR, "6 7 8 9< 7 8 9< 7 8 9< 7 8 9 10", ()),
    "blitar, data suspected but right": (BLITAR, "6< S7 S8 7", ()),
    "blitar, wrong data of one unit": (BLITAR, "6< S7 S8< S8b S9 7 8 9 10", ("bidang2",)),
    "blitar, wrong data of several units": (
        BLITAR,
        "6< S7 S8< S8b S9 7 8 9< 7 8 9 10 11 12 13 14 15",
        ("bidang1", "bidang3", "sekretariat"),
    ),
    "wrong data, all right": (WRONG_DATA, "7 8 10 11", ()),
    "wrong data, one unit": (WRONG_DATA, "7 8< 8b 9 10 11", ("bidang1",)),
    "wrong data, several units": (WRONG_DATA, "7 8< 8b 9 10 11", ("bidang1", "bidang2")),
    "banggai, approved": (BANGGAI, "8 10 9 11 12 13", ()),
    "banggai, returned once": (BANGGAI, "8 10 9< 8 10 9 11", ()),
    "banggai, returned three times": (BANGGAI, "8 10 9< 8 10 9< 8 10 9< 8 10 9 11 12 13", ()),
    "renstra, approved": (RENSTRA, "8 9 10", ()),
    "renstra, returned once": (RENSTRA, "8 9< 8 9 10", ()),
    "renstra, returned three times": (RENSTRA, "8 9< 8 9< 8 9< 8 9 10", ()),
}
"""A walk that came back to the way of another one may stop there."""
RICHEST = (
    "blitar, wrong data of several units", "wrong data, one unit", "banggai, returned once", "renstra, returned once",
)  # fmt: skip
"""Of each SOP the walk with most kinds of turns: played on PostgreSQL too, where people walk them all in `faults/`."""
LAST = {BLITAR: "15", WRONG_DATA: "11", BANGGAI: "13", RENSTRA: "10"}
NGANJUK_WALK = "1 2 3 4b 4 5 6 7"
SENT_BACK = {
    "pemeriksaan": "kembalikan",
    "pengesahan": "kembalikan",
    "telaah": "tidak_sesuai",
    "pengembalian_data": "tidak_sesuai",
}
"""The decision that sends work back, by form."""
AGREED = {"pengembalian_data": "sesuai"}
"""The decision that agrees, where the script of the answers would send back."""


@dataclass(frozen=True)
class Act:
    """One person does one step."""

    process: str
    element: str
    unit: str
    sends_back: bool
    wrong: tuple[str, ...]
    round: int

    @property
    def user(self) -> str:
        return stage.user_of(self.process, self.element, self.unit)

    @property
    def title(self) -> str:
        return stage.title_of(self.process, self.element)

    @property
    def entry(self) -> Entry:
        unit = stage.unit_names(answers.office(self.process)).get(self.unit, "")
        return Entry(stage.order_of(self.element), self.title, unit)

    @property
    def form(self) -> str:
        return answers.FORMS[self.process][self.element]

    @property
    def raw(self) -> Raw:
        outcome = SENT_BACK[self.form] if self.sends_back else AGREED.get(self.form, "")
        return answers.for_element(
            self.process,
            self.element,
            outcome=outcome,
            unit=self.unit or "bidang1",
            wrong=self.wrong,
            round_number=self.round,
        )

    @property
    def reason(self) -> str:
        """What is said to whom the work goes back."""
        keys = ("alasan", "alasan_pengesahan", "alasan_kesesuaian", "alasan_banding")
        return next((str(self.raw[key]) for key in keys if key in self.raw), "") if self.sends_back else ""


Waves = list[list[Act]]


def waves_of(process: str, notation: str, wrong: tuple[str, ...] = ()) -> Waves:
    """Return what is open together, one after the other."""
    done: Counter[tuple[str, str, str]] = Counter()
    waves = []
    for word in notation.split():
        read = re.fullmatch(r"(S?)(\d+)(b?)(<?)", word)
        assert read
        where = WRONG_DATA if read[1] else process
        element = f"row_{int(read[2]):02}{'_bidang' if read[3] else ''}"
        units: Sequence[str] = [""]
        if read[3]:
            units = wrong if answers.FORMS[where][element] == "perbaikan_data" else answers.units(where)[::-1]
        for unit in units:
            done[where, element, unit] += 1
        waves.append([Act(where, element, u, bool(read[4]), wrong, done[where, element, u]) for u in units])
    return waves


def expected(acts: Sequence[Act]) -> dict[str, list[Entry]]:
    """Return what everybody finds in the inbox."""
    found: dict[str, list[Entry]] = {}
    for act in acts:
        found.setdefault(act.user, []).append(act.entry)
    return found


@dataclass
class Round:
    """A case on its walk."""

    walker: Walker
    process: str
    waves: Waves
    next: list[Act] = field(default_factory=list)
    """What is open when the walk stops before the end of the SOP."""
    found: dict[str, list[Entry]] = field(default_factory=dict)
    """What was in the inboxes at the last look."""

    @property
    def office(self) -> str:
        return answers.office(self.process)

    def begin(self) -> None:
        starter = self.walker.as_user(stage.starter_of(self.process))
        begun = starter.start(self.process, answers.for_element(self.process, "mulai"))
        assert begun.status == 303
        self.look(self.waves[0], None)

    def play(self, first: int, last: int, *, thorough: bool = True) -> Iterator[Act]:
        """Play some of the waves, and look into the inboxes after every act: of all, or of those it matters to."""
        self.look(self.waves[first], None)
        for wave in range(first, last):
            for place, act in enumerate(self.waves[wave]):
                (entry,) = (one for one in self.found[act.user] if one == act.entry)
                assert entry.round == act.round
                sent = self.walker.as_user(act.user).complete(entry.address, act.raw)
                assert (sent.status, sent.location) == (303, "/tugas"), sent.summary
                self.look(self.open_after(wave, place), act, thorough=thorough)
                yield act

    def open_after(self, wave: int, place: int) -> list[Act]:
        """Return what is open when one act of a wave is done."""
        left = self.waves[wave][place + 1 :]
        return left or (self.waves[wave + 1] if wave + 1 < len(self.waves) else self.next)

    def look(self, acts: Sequence[Act], last: Act | None, *, thorough: bool = True) -> None:
        """Compare inboxes with what is open now; what came back says why.

        Everybody of the office looks when a case begins, goes back or ends; in a thorough walk whoever has a step in
        the SOP looks every time.
        """
        concerned = {*self.found, *(act.user for act in acts)}
        if last is None or last.sends_back or not acts:
            concerned |= stage.positions(self.office).keys()
        elif thorough:
            concerned |= {act.user for wave in self.waves for act in wave}
        self.found = self.walker.inboxes(concerned)
        assert {user: sorted_entries(entries) for user, entries in self.found.items()} == {
            user: sorted_entries(entries) for user, entries in expected(acts).items()
        }
        if last is not None and last.sends_back and any(act.round > 1 for act in acts):
            for act in acts:
                (entry,) = self.found[act.user]
                assert last.reason in entry.reason
                assert entry.reason.startswith(stage.positions(self.office)[last.user])

    def page(self) -> Page:
        """Return the page of the only case there is, as the starter sees it."""
        visitor = self.walker.as_user(stage.starter_of(self.process))
        (address,) = visitor.get("/berkas").tree.xpath("//table//a[@class='what']/@href")
        return visitor.get(address)


def sorted_entries(entries: Sequence[Entry]) -> list[Entry]:
    return sorted(entries, key=lambda entry: (entry.step, entry.title, entry.unit))


# The story at the end -------------------------------------------------------------------------------


@dataclass(frozen=True)
class Line:
    """A line of the history."""

    who: str
    went_back: bool
    round: int
    quote: str


def lines_of(page: Page) -> list[tuple[Line, str]]:
    """Return the history of a case page, the oldest line first, each with everything that it says."""
    found = []
    for item in page.tree.xpath("//*[@id='riwayat']//ol[contains(@class, 'log')]/li"):
        head = " ".join(text for text in item.xpath("./text()|./b/text()"))
        again = re.search(r"putaran (\d+)", head)
        line = Line(
            who=" ".join(said(one) for one in item.findall("b")),
            went_back=bool(item.xpath("./span[contains(@class, 'is-back')]")),
            round=int(again[1]) if again else 1,
            quote=" ".join(said(one) for one in item.findall("q")),
        )
        found.append((line, said(item)))
    return found[::-1]


def check_story(case: Round) -> None:
    """Compare the case page with everything that was done."""
    page, office = case.page(), case.office
    acts = [act for wave in case.waves for act in wave]
    places = [(wave, place) for wave, listed in enumerate(case.waves) for place in range(len(listed))]
    following = [case.open_after(*place) for place in places]
    back = [
        act.sends_back and any(one.round > 1 or one.unit for one in then)
        for act, then in zip(acts, following, strict=True)
    ]
    started = Line(stage.positions(office)[stage.starter_of(case.process)], went_back=False, round=1, quote="")
    ended = [] if case.next else [Line("", went_back=False, round=1, quote="")]
    done = [
        Line(stage.positions(office)[act.user], went_back, act.round, act.reason)
        for act, went_back in zip(acts, back, strict=True)
    ]

    told = lines_of(page)
    assert [line for line, _ in told] == [started, *done, *ended]
    for act, went_back, then, (_, text) in zip(acts, back, following, told[1:], strict=False):
        assert (then[0] if went_back else act).title.lower() in text.lower()
        for value in [*typed_texts(act), *answers.files_in(act.raw)]:
            assert " ".join(value.split()) in text, (act, value)
    assert files_listed(page) == Counter(
        (name, stage.order_of(act.element), act.round) for act in acts for name in answers.files_in(act.raw)
    )
    assert steps_told(page, but="Menunggu" if case.next else "Tidak dilalui") == steps_done(case, acts)
    assert (f"{sum(back)} kali dikembalikan" in page.main) is any(back)
    assert ("Seluruh langkah selesai" in page.main) is not bool(case.next)


def steps_done(case: Round, acts: Sequence[Act]) -> dict[str, str]:
    """Return what the rows of the SOP say that the case has come to."""
    rounds = {act.title: act.round for act in acts if act.process == case.process}
    waiting = {act.title: act.round for act in case.next}
    found = dict.fromkeys(rounds, "Selesai") | dict.fromkeys(waiting, "Sedang berjalan")
    return {
        title: word if number == 1 else f"{word}, putaran {number}"
        for title, word in found.items()
        for number in [{**rounds, **waiting}[title]]
    }


def steps_told(page: Page, *, but: str) -> dict[str, str]:
    """Return the rows of the SOP that the case has come to, as the case page says it."""
    rows = page.tree.xpath("(//*[@id='langkah']//tbody)[1]/tr")
    told = {said(row.find_class("what")[0]): said(row.find_class("chip")[0]) for row in rows}
    return {title: word for title, word in told.items() if word != but}


def files_listed(page: Page) -> Counter[tuple[str, int, int]]:
    """Return the files of a case page: name, row and round."""
    found: Counter[tuple[str, int, int]] = Counter()
    for item in page.tree.xpath("//*[@id='data']//div[@class='file']"):
        about = said(item)
        order, again = re.search(r"langkah (\d+)", about), re.search(r"putaran (\d+)", about)
        found[said(item.find_class("name")[0]), int(order[1]) if order else 0, int(again[1]) if again else 1] += 1
    return found


def typed_texts(act: Act) -> Iterator[str]:
    """Yield the texts that were typed, those of rows too."""
    return texts_of(form_of(act.process, act.form).fields, act.raw)


def texts_of(fields: Sequence[Field], raw: Mapping[str, object]) -> Iterator[str]:
    for entry in fields:
        value = raw.get(entry.key) if entry.key else raw
        if entry.kind in {"textfield", "textarea"} and isinstance(value, str) and entry.writable:
            yield value
        elif entry.kind == "group" and isinstance(value, Mapping):
            yield from texts_of(entry.fields, value)
        elif entry.kind == "dynamiclist" and isinstance(value, list):
            for row in value:
                yield from texts_of(entry.fields, row)


@cache
def form_of(process: str, form: str) -> forms.Form:
    path = provision.ROOT / "forms" / process / f"{form}.form"
    return forms.read(path.read_bytes(), path.name)


# The walks ------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def begun() -> dict[tuple[str, str], Kept]:
    """Keep the beginnings that were played."""
    return {}


@pytest.mark.parametrize(
    ("name", "database"),
    [*((name, "sqlite") for name in WALKS), *((name, "postgresql") for name in RICHEST)],
    indirect=["database"],
)
def test_walk(name: str, database: str, demo: Demo, walker: Walker, begun: dict[tuple[str, str], Kept]) -> None:
    process, rest, wrong = WALKS[name]
    early = len(BEGINNINGS[process].split())
    waves = waves_of(process, f"{BEGINNINGS[process]} {rest}", wrong)
    left = [] if rest.endswith(LAST[process]) else waves.pop()
    case = Round(walker, process, waves, left)
    if (database, process) in begun:
        demo.restore(begun[database, process])
    else:
        case.begin()
        list(case.play(0, early))
        begun[database, process] = demo.keep()

    list(case.play(early, len(waves), thorough="approved" in name))

    check_story(case)


def test_walk_that_restarts_of_the_service_interrupt(demo: Demo, walker: Walker) -> None:
    case = Round(walker, NGANJUK, waves_of(NGANJUK, NGANJUK_WALK))
    case.begin()

    for act in case.play(0, len(case.waves)):
        if act.entry.step in {2, 6} or act.unit == "bidang2":
            walker.restart(stage.started(demo.settings))

    check_story(case)
    check_files(case)
    stage.release(walker.app)


def check_files(case: Round) -> None:
    """Take every file of a case away, and compare it with what was sent."""
    client = case.walker.as_user(stage.starter_of(case.process)).client
    sent = sorted(name for wave in case.waves for act in wave for name in answers.files_in(act.raw))
    listed = case.page().tree.xpath("//*[@id='data']//div[@class='file']")
    got = {
        said(item.find_class("name")[0]): client.get(item.xpath(".//a[@class='iconlink']/@href")[0]) for item in listed
    }

    assert sorted(got) == sent
    for name, answer in got.items():
        assert answer.data == answers.content(name)
        assert answer.headers["Content-Disposition"] == f"attachment; filename={name}"
        assert answer.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.mimetype == "application/pdf"


# The walks themselves ---------------------------------------------------------------------------------


@pytest.mark.parametrize("process", answers.FORMS)
def test_walks_go_through_every_row(process: str) -> None:
    walked_rows = {
        stage.order_of(act.element)
        for name, rest, wrong in [*WALKS.values(), (NGANJUK, NGANJUK_WALK, ())]
        if name == process
        for wave in waves_of(name, f"{BEGINNINGS.get(name, '')} {rest}", wrong)
        for act in wave
    }

    assert walked_rows == set(stage.facts(process))


@pytest.mark.parametrize("name", WALKS)
def test_walks_turn_where_the_printed_decisions_turn(name: str) -> None:
    process, rest, wrong = WALKS[name]
    waves = waves_of(process, f"{BEGINNINGS[process]} {rest}", wrong)
    turns = []
    for wave, following in pairwise(waves):
        act, reached = wave[0], following[0]
        decision = stage.facts(act.process)[stage.order_of(act.element)]["decision"]
        if decision and act.form == "pemeriksaan":
            onward = decision.get("on_yes_analyst") or decision["on_yes"]
            target = decision["on_no"] if act.sends_back else onward
            turns.append((stage.order_of(reached.element), target["target_order"]))

    assert all(reached == printed for reached, printed in turns)
    assert len(turns) == sum(act.form == "pemeriksaan" for wave in waves[:-1] for act in wave)
