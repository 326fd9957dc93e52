"""Messages and signals between cases: to the right one, once, kept for who comes later, none lost on a failure."""

from collections.abc import Callable
from unittest.mock import Mock
from uuid import UUID

import pytest
from sqlalchemy import func, select

from service import acts, incidents, messages, store, suspensions
from service.acts import Deed
from service.engine.workflow import Message
from service.errors import AnswersInvalid, Conflict, EngineFailed, NotAllowed, NotWaiting
from service.models import Dispatch, Instance, StartTrigger, db, new_id
from tests.drafting import OFFICE, Sketch, boundary, catch, message, pause, signal, throw
from tests.engine.drawing import call, end, extended, flow, gateway, line, process, said, start, task

ROOTS = '<bpmn:message id="m" name="data"/><bpmn:signal id="s" name="umum"/>'
SENDS = process(
    start(), task("isi"), throw("kirim", message()), end(), line("mulai", "isi", "kirim", "selesai"),
    key="pengirim",
)  # fmt: skip
KEYED = said(kunci="nilai")


def receives(inside: str = "", key: str = "penerima", after: str = "") -> str:
    return process(
        start(), task("awal"), catch("terima", message(), inside), task("lanjut"), end(),
        line("mulai", "awal", "terima", after or "lanjut", *(("lanjut",) if after else ()), "selesai"), key=key,
    )  # fmt: skip


def receiver(sketch: Sketch, inside: str = "", value: str = "", text: str = "") -> UUID:
    sketch.deploy(text or receives(inside), roots=ROOTS)
    case = sketch.begin()
    sketch.do(case, "awal", nilai=value)
    return case


def sender(sketch: Sketch, value: str, inside: str = "") -> UUID:
    text = SENDS.replace("<bpmn:messageEventDefinition", f"{inside}<bpmn:messageEventDefinition") if inside else SENDS
    sketch.deploy(text, roots=ROOTS)
    case = sketch.begin()
    sketch.do(case, "isi", nilai=value)
    return case


def test_message_goes_from_case_to_case(sketch: Sketch) -> None:
    waiting = receiver(sketch)
    assert sketch.waits(waiting) == [("message", "data", "terima")]
    sender(sketch, "12")

    assert (sketch.later(minutes=1), sketch.later(minutes=1)) == (1, 0)
    assert (sketch.open_elements(waiting), sketch.waits(waiting)) == (["lanjut"], [])
    assert sketch.kinds(waiting) == ["started", "completed", "message"]


def test_one_message_has_one_receiver_and_the_longest_wait_is_first(sketch: Sketch) -> None:
    first, second = receiver(sketch), receiver(sketch)
    sender(sketch, "12")
    sketch.later(minutes=1)

    assert (sketch.open_elements(first), sketch.open_elements(second)) == (["lanjut"], [])


def test_key_decides_who_receives(sketch: Sketch) -> None:
    one, other = receiver(sketch, KEYED, "A"), receiver(sketch, KEYED, "B")
    sender(sketch, "B", KEYED)
    sketch.later(minutes=1)

    assert (sketch.open_elements(one), sketch.open_elements(other)) == ([], ["lanjut"])


def test_message_with_a_key_waits_for_who_comes_later(sketch: Sketch) -> None:
    sender(sketch, "B", KEYED)
    assert (sketch.later(minutes=1), sketch.later(days=3)) == (0, 0)

    late = receiver(sketch, KEYED, "B")

    assert (sketch.later(minutes=1), sketch.open_elements(late)) == (1, ["lanjut"])


def test_message_is_not_kept_for_ever_nor_without_a_key(sketch: Sketch) -> None:
    sender(sketch, "B", KEYED)
    sender(sketch, "B")
    sketch.later(minutes=1)
    open_ones = select(func.count()).select_from(Dispatch).where(Dispatch.done_at.is_(None))
    assert db.session.scalar(open_ones) == 1
    sketch.later(days=31)
    assert db.session.scalar(open_ones) == 0

    assert sketch.open_elements(receiver(sketch)) == []


def test_message_from_outside_brings_values(sketch: Sketch) -> None:
    case = receiver(sketch)

    messages.send(sketch.actor("admin", OFFICE), Message("data", "", {"hasil": [1, {"a": None}]}), sketch.now)

    assert sketch.data(case)["hasil"] == [1, {"a": None}]
    assert sketch.open_elements(case) == ["lanjut"]


def test_message_that_nobody_waits_for_is_refused(sketch: Sketch) -> None:
    case = receiver(sketch)

    with pytest.raises(NotWaiting):
        messages.send(sketch.actor("admin", OFFICE), Message("lain"), sketch.now)
    with pytest.raises(NotWaiting):
        messages.send(sketch.actor("admin", "banggai"), Message("data"), sketch.now)
    assert sketch.open_elements(case) == []


@pytest.mark.parametrize(
    "values",
    [
        {"a b": 1}, {"": 1}, {"x" * 129: 1}, {"1a": 1}, {"a": float("nan")}, {"a": float("inf")}, {"a": 10**16},
        {"a": "\x00"}, {"a": "\ud800"}, {"a": {"\x00": 1}}, {"a": [[[[[[[[1]]]]]]]]}, {"a": object()},
        {"a": "x" * 100_001}, {f"a{n}": 1 for n in range(101)},
    ],
    ids=range(14),
)  # fmt: skip
def test_values_that_no_variable_may_hold_are_refused(sketch: Sketch, values: dict[str, object]) -> None:
    case = receiver(sketch)
    before = sketch.instance(case).state

    with pytest.raises(AnswersInvalid):
        messages.send(sketch.actor("admin", OFFICE), Message("data", "", values), sketch.now)

    assert sketch.instance(case).state == before


def test_only_an_admin_sends_from_outside(sketch: Sketch) -> None:
    receiver(sketch)

    for user in ("blitar.kadis", "analis", "auditor"):
        with pytest.raises(NotAllowed):
            messages.send(sketch.actor(user, OFFICE), Message("data"), sketch.now)
        with pytest.raises(NotAllowed):
            messages.broadcast(sketch.actor(user, OFFICE), "umum", {}, sketch.now)


def broken() -> str:
    """Return a receiver whose decision fails until its data are corrected."""
    return process(
        start(), task("awal"), catch("terima", message()), gateway("pilih", "pilih-selesai"), task("lanjut"), end(),
        line("mulai", "awal", "terima", "pilih"),
        flow("pilih", "lanjut", 'if nilai = "baik" then true else "salah"'), flow("pilih", "selesai"),
        line("lanjut", "selesai"), key="penerima",
    )  # fmt: skip


def test_message_that_fails_is_kept_as_an_incident_and_done_again(sketch: Sketch) -> None:
    waiting = receiver(sketch, value="buruk", text=broken())
    sender(sketch, "12")

    assert sketch.later(minutes=1) == 0
    (incident,) = sketch.incidents(waiting)
    assert (incident.element, incident.act["kind"], incident.attempts) == ("pilih", "message", 1)
    assert sketch.waits(waiting) == [("message", "data", "terima")]
    assert sketch.later(minutes=1) == 0

    admin = sketch.actor("admin", OFFICE)
    with pytest.raises(EngineFailed):
        incidents.retry(admin, incident.id, {}, "", sketch.now)
    assert sketch.incidents(waiting)[0].attempts == 2
    incidents.retry(admin, incident.id, {"nilai": '"baik"'}, "Nilai salah ketik.", sketch.now)

    assert (sketch.open_elements(waiting), sketch.incidents(waiting)) == (["lanjut"], [])


def test_message_that_is_too_large_for_its_receiver_is_kept(sketch: Sketch) -> None:
    waiting = receiver(sketch)
    sender(sketch, "12")
    dispatch = db.session.scalars(select(Dispatch).where(Dispatch.done_at.is_(None))).one()
    dispatch.body = {f"isi{n}": [f"{n}-{m}" * 20 for m in range(500)] for n in range(20)}
    store.add_dispatches([dispatch])
    sketch.later(minutes=1)

    (incident,) = sketch.incidents(waiting)
    assert (incident.cause, sketch.waits(waiting)) == ("data-too-large", [("message", "data", "terima")])
    assert incidents.opening(sketch.actor("admin", OFFICE), incident.id).variables


def test_incident_whose_wait_is_over_is_dismissed(sketch: Sketch) -> None:
    waiting = receiver(sketch, value="buruk", text=broken())
    sender(sketch, "1")
    sender(sketch, "2")
    sketch.later(minutes=1)
    admin = sketch.actor("admin", OFFICE)
    one, other = sketch.incidents(waiting)
    incidents.retry(admin, one.id, {"nilai": '"baik"'}, "Nilai salah ketik.", sketch.now)
    assert sketch.incidents(waiting) == [other]

    incidents.retry(admin, other.id, {}, "", sketch.now)

    assert sketch.incidents(waiting) == []
    assert sketch.kinds(waiting)[-1] == "dismissed"
    assert sketch.instance(waiting).incident == ""


def test_signal_reaches_everybody_who_waits(sketch: Sketch) -> None:
    text = process(start(), task("awal"), catch("terima", signal()), task("lanjut"), end(),
                   line("mulai", "awal", "terima", "lanjut", "selesai"), key="penerima")  # fmt: skip
    cases = [receiver(sketch, text=text) for _ in range(3)]
    sketch.deploy(SENDS.replace(message(), signal()), roots=ROOTS)
    sketch.do(sketch.begin(), "isi")

    assert sketch.later(minutes=1) == 3
    assert [sketch.open_elements(case) for case in cases] == [["lanjut"]] * 3
    assert sketch.later(minutes=1) == 0


def test_signal_from_outside_counts_only_its_own_receivers(sketch: Sketch) -> None:
    waiting = receiver(sketch)
    sender(sketch, "12")

    assert messages.broadcast(sketch.actor("admin", OFFICE), "umum", {}, sketch.now) == 0
    assert (sketch.later(minutes=1), sketch.open_elements(waiting)) == (1, ["lanjut"])


def test_signal_from_outside_reaches_only_its_office(sketch: Sketch) -> None:
    text = receives().replace(message(), signal())
    case = receiver(sketch, text=text)

    assert messages.broadcast(sketch.actor("admin", "banggai"), "umum", {}, sketch.now) == 0
    assert messages.broadcast(sketch.actor("admin", OFFICE), "umum", {"a": 1}, sketch.now) == 1
    assert (sketch.open_elements(case), sketch.data(case)["a"]) == (["lanjut"], 1)


def begins(event: str) -> str:
    first = start().replace("/>", f">{event}</bpmn:startEvent>")
    return process(first, task("isi"), end(), line("mulai", "isi", "selesai"), key="dimulai")


def begun() -> list[Instance]:
    return list(db.session.scalars(select(Instance).where(Instance.started_by.is_(None))))


@pytest.mark.parametrize("event", [message(), signal()], ids=["message", "signal"])
def test_message_or_signal_begins_a_case(sketch: Sketch, event: str) -> None:
    sketch.deploy(begins(event), roots=ROOTS)
    sketch.deploy(SENDS.replace(message(), event), roots=ROOTS)
    sketch.do(sketch.begin(), "isi", nilai="12")

    sketch.later(minutes=1)

    (case,) = begun()
    assert (sketch.open_elements(case.id), sketch.kinds(case.id)) == (["isi"], ["started"])
    assert sketch.later(minutes=1) == 0


def test_message_prefers_who_waits_to_a_new_case(sketch: Sketch) -> None:
    sketch.deploy(begins(message()), roots=ROOTS)
    waiting = receiver(sketch)

    messages.send(sketch.actor("admin", OFFICE), Message("data"), sketch.now)
    assert (sketch.open_elements(waiting), begun()) == (["lanjut"], [])
    messages.send(sketch.actor("admin", OFFICE), Message("data", "", {"judul": "Dari luar"}), sketch.now)
    assert [case.title for case in begun()] == ["Dari luar"]


def test_message_within_one_case(sketch: Sketch) -> None:
    sketch.deploy(
        process(
            start(), gateway("a", kind="parallelGateway"), catch("terima", message()), task("isi"),
            throw("kirim", message()), gateway("b", kind="parallelGateway"), end(),
            line("mulai", "a", "terima", "b", "selesai"), line("a", "isi", "kirim", "b"),
        ),
        roots=ROOTS,
    )  # fmt: skip
    case = sketch.begin()
    sketch.do(case, "isi")

    assert (sketch.later(minutes=1), sketch.status(case)) == (1, "completed")


def test_message_is_delivered_once_by_two_at_a_time(sketch: Sketch) -> None:
    first, second = receiver(sketch), receiver(sketch)
    sender(sketch, "12")
    dispatch = db.session.scalars(select(Dispatch.id).where(Dispatch.done_at.is_(None))).one()
    sketch.later(minutes=1)
    deed = Deed("message", str(dispatch), "", "", body={"name": "data", "key": "", "values": {}})

    with pytest.raises(NotWaiting):
        acts.carry_out(sketch.instance(second), deed, sketch.now, dispatch)

    assert (sketch.open_elements(first), sketch.open_elements(second)) == (["lanjut"], [])


def test_message_carries_what_its_fields_say(sketch: Sketch) -> None:
    waiting = receiver(sketch)
    inside = extended('<camunda:in source="nilai" target="kabar"/>')
    sender(sketch, "12", inside)
    sketch.later(minutes=1)

    assert sketch.data(waiting)["kabar"] == "12"


def test_a_case_takes_its_own_signal_once(sketch: Sketch) -> None:
    heard = boundary("dengar", "kerja", signal(), interrupting=False)
    sketch.deploy(
        process(
            start(), gateway("bagi", kind="parallelGateway"), task("kerja"), task("awal"), throw("lempar", signal()),
            task("kabar"), heard, end("satu"), end("dua"), end("tiga"), line("mulai", "bagi", "kerja", "satu"),
            line("bagi", "awal", "lempar", "dua"), line("dengar", "kabar", "tiga"),
        ),
        roots=ROOTS,
    )  # fmt: skip
    case = sketch.begin()
    sketch.do(case, "awal")
    sketch.later(minutes=1)

    assert sketch.open_elements(case) == ["kabar", "kerja"]


def test_a_signal_is_divided_by_one_of_two(sketch: Sketch, monkeypatch: pytest.MonkeyPatch) -> None:
    sketch.deploy(begins(signal()), roots=ROOTS)
    seen = store.waiting_cases
    faster: list[int] = []

    def looking(*asked: str) -> list[UUID]:
        found = seen(*asked)
        if not faster:
            faster.append(0)
            faster[:] = [messages.deliver(office, row, sketch.now) for office, row in messages.due(sketch.now)]
        return found

    monkeypatch.setattr(store, "waiting_cases", looking)
    counted = messages.broadcast(sketch.actor("admin", OFFICE), "umum", {}, sketch.now)

    assert (faster, counted, len(begun())) == ([1], 0, 1)


def test_a_case_that_a_signal_could_not_begin_is_begun_later(sketch: Sketch, monkeypatch: pytest.MonkeyPatch) -> None:
    sketch.deploy(begins(signal()), roots=ROOTS)
    with monkeypatch.context() as broken:
        broken.setattr(store, "add_instance", Mock(side_effect=Conflict("its version was deleted meanwhile")))
        assert messages.broadcast(sketch.actor("admin", OFFICE), "umum", {"nilai": "x"}, sketch.now) == 0

    assert [sketch.later(minutes=1) for _ in range(2)] == [1, 0]
    (case,) = begun()
    assert sketch.data(case.id)["nilai"] == "x"


def test_a_value_that_no_column_takes_is_an_incident_and_no_endless_round(sketch: Sketch) -> None:
    parts = pause("tunggu", "timeDuration", "PT1M"), throw("lempar", message(), KEYED)
    sketch.deploy(
        process(start(), task("isi"), *parts, end(), line("mulai", "isi", "tunggu", "lempar", "selesai")), roots=ROOTS
    )
    case = sketch.begin()
    sketch.do(case, "isi", nilai="x" * 301)
    for _ in range(3):
        sketch.later(minutes=3)

    (incident,) = sketch.incidents(case)
    assert (incident.cause, incident.attempts) == ("unstorable", 1)


def test_a_case_that_cannot_be_saved_whole_is_not_begun_at_all(sketch: Sketch) -> None:
    first = start().replace("/>", f">{signal()}</bpmn:startEvent>")
    parts = throw("lempar", message(), KEYED), task("isi"), end()
    sketch.deploy(process(first, *parts, line("mulai", "lempar", "isi", "selesai"), key="dimulai"), roots=ROOTS)

    messages.broadcast(sketch.actor("admin", OFFICE), "umum", {"nilai": "x" * 301}, sketch.now)

    assert (begun(), sketch.later(minutes=1)) == ([], 0)


def uncallable(sketch: Sketch) -> None:
    """Deploy a process that begins with a message and calls one that is suspended."""
    first = start().replace("/>", f">{message()}</bpmn:startEvent>")
    sketch.deploy(
        process(first, call("panggil", "anak"), end(), line("mulai", "panggil", "selesai"), key="dimulai"),
        process(start(), task("isi"), end(), line("mulai", "isi", "selesai"), key="anak"),
        roots=ROOTS,
    )
    suspensions.suspend(sketch.actor("analis", OFFICE), "anak", 1, "Diganti edaran baru.", sketch.now)


def undecidable(sketch: Sketch) -> None:
    """Deploy a process that begins with a message and fails at once over what it brings."""
    first = start().replace("/>", f">{message()}</bpmn:startEvent>")
    choice = flow("pilih", "lanjut", 'if nilai = "buruk" then "salah" else true'), flow("pilih", "selesai")
    parts = gateway("pilih", "pilih-selesai"), task("lanjut"), end(), line("mulai", "pilih"), *choice
    sketch.deploy(process(first, *parts, line("lanjut", "selesai"), key="dimulai"), roots=ROOTS)


@pytest.mark.parametrize("hindered", [uncallable, undecidable])
def test_messages_that_cannot_begin_a_case_keep_nobody_waiting(
    sketch: Sketch, monkeypatch: pytest.MonkeyPatch, hindered: Callable[[Sketch], None]
) -> None:
    monkeypatch.setattr(messages, "MOST", 2)
    hindered(sketch)
    store.add_dispatches(
        [
            Dispatch(
                tenant_id=office, id=new_id(sketch.now), kind=kind, name=name, key="", body={"nilai": "buruk"},
                sent_at=sketch.now,
            )
            for office, kind, name in [(OFFICE, "message", "data")] * 2 + [("banggai", "signal", "umum")]
        ]
    )  # fmt: skip
    pending = select(func.count()).select_from(Dispatch).where(Dispatch.done_at.is_(None))
    failure = select(StartTrigger.failure).where(StartTrigger.process_key == "dimulai")

    sketch.later(minutes=1)
    sketch.later(minutes=1)

    assert (begun(), db.session.scalar(pending)) == ([], 2)
    assert db.session.scalar(failure)
    sketch.later(days=31)
    assert db.session.scalar(pending) == 0


def test_a_message_begins_its_case_once_nothing_stands_in_its_way(sketch: Sketch) -> None:
    uncallable(sketch)
    sender(sketch, "B")
    assert sketch.later(minutes=1) == 0
    suspensions.activate(sketch.actor("analis", OFFICE), "anak", 1, sketch.now)

    assert [sketch.later(minutes=30), sketch.later(minutes=31), sketch.later(minutes=61)] == [0, 1, 0]


def test_a_message_that_no_column_takes_begins_nothing_and_is_over_in_the_end(sketch: Sketch) -> None:
    first = start().replace("/>", f">{message()}</bpmn:startEvent>")
    parts = throw("lempar", signal(), KEYED), task("isi"), end()
    sketch.deploy(process(first, *parts, line("mulai", "lempar", "isi", "selesai"), key="dimulai"), roots=ROOTS)
    store.add_dispatches(
        [
            Dispatch(
                tenant_id=OFFICE, id=new_id(sketch.now), kind="message", name="data", key="", body={"nilai": "x" * 301},
                sent_at=sketch.now,
            )
        ]
    )  # fmt: skip

    assert [sketch.later(minutes=1), sketch.later(days=31), len(messages.due(sketch.now))] == [0, 0, 0]
    assert begun() == []
