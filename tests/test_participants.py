"""Participants of a running multi-instance task: one more, one fewer; by whom, and what is refused."""

from uuid import UUID, uuid4

import pytest

from service import catalogue, organisation, participants
from service.errors import Conflict, Invalid, NotAllowed, NotFound, ReasonMissing, TaskClosed
from service.organisation import UnitPlan
from tests.drafting import Sketch
from tests.engine.drawing import call, each, end, extended, line, process, start, task

REASON = "Bidang 3 juga memegang data."


def asked(sketch: Sketch, *, sequential: bool = False) -> UUID:
    """Start a case that asks two units."""
    minta = task("minta", each(sequential=sequential), group="${unit}")
    sketch.deploy(process(start(), task("isi"), minta, end(), line("mulai", "isi", "minta", "selesai")))
    case = sketch.begin()
    sketch.do(case, "isi", daftar=["bidang1", "bidang2"])
    return case


def codes(sketch: Sketch, case: UUID, user: str = "blitar.kadis") -> list[str]:
    return [code for code, _ in participants.addable(sketch.actor(user), case, "minta")]


def test_unit_that_is_added_is_waited_for(sketch: Sketch) -> None:
    case = asked(sketch)
    assert "bidang3" in codes(sketch, case)
    assert not {"bidang1", "bidang2"} & {*codes(sketch, case)}

    participants.add(sketch.actor("blitar.kadis"), case, "minta", "bidang3", REASON, sketch.now)

    assert sketch.open_elements(case) == ["minta bidang1", "minta bidang2", "minta bidang3"]
    assert "bidang3" not in codes(sketch, case)
    for unit in ("bidang3", "bidang1", "bidang2"):
        assert sketch.status(case) == "running"
        sketch.do(case, "minta", unit, nilai=unit)
    assert (sketch.status(case), len(sketch.data(case)["hasil"])) == ("completed", 3)
    assert sketch.kinds(case)[2] == "added"


def test_unit_that_is_withdrawn_is_not_waited_for(sketch: Sketch) -> None:
    case = asked(sketch)
    sketch.do(case, "minta", "bidang1", nilai="a")
    task_id = sketch.task(case, "minta", "bidang2").id

    participants.withdraw(sketch.actor("blitar.kadis"), task_id, REASON, sketch.now)

    assert (sketch.status(case), len(sketch.data(case)["hasil"])) == ("completed", 1)
    assert sketch.kinds(case)[-2:] == ["withdrawn", "ended"]
    with pytest.raises((TaskClosed, NotAllowed)):
        participants.withdraw(sketch.actor("blitar.kadis"), task_id, REASON, sketch.now)


def test_unit_is_added_behind_the_others_of_a_row(sketch: Sketch) -> None:
    case = asked(sketch, sequential=True)
    participants.add(sketch.actor("blitar.kadis"), case, "minta", "bidang3", REASON, sketch.now)
    assert not {"bidang2", "bidang3"} & {*codes(sketch, case)}

    for unit in ("bidang1", "bidang2", "bidang3"):
        assert sketch.open_elements(case) == [f"minta {unit}"]
        sketch.do(case, "minta", unit)
    assert sketch.status(case) == "completed"


def test_forms_know_the_name_of_a_unit_that_the_office_got_after_the_case_began(sketch: Sketch) -> None:
    case = asked(sketch)
    known = sketch.data(case)["unit_kantor"]
    organisation.add_unit(
        sketch.actor("admin", "blitar"), "bidang4", UnitPlan("Bidang Empat", reports_data=True), sketch.now
    )

    for unit in ("bidang3", "bidang4"):
        participants.add(sketch.actor("blitar.kadis"), case, "minta", unit, REASON, sketch.now)

    assert sketch.data(case)["unit_kantor"] == [*known, {"kode": "bidang4", "nama": "Bidang Empat"}]
    assert sketch.kinds(case)[-2:] == ["added", "added"]


def test_a_called_process_and_its_caller_both_know_an_added_unit(sketch: Sketch) -> None:
    minta = task("minta", each(), group="${unit}")
    inner = process(start(), task("isi"), minta, end(), line("mulai", "isi", "minta", "selesai"), key="dalam")
    outer = process(
        start(),
        call("panggil", "dalam", extended('<camunda:in variables="all"/>')),
        end(),
        line("mulai", "panggil", "selesai"),
    )
    sketch.deploy(outer, inner)
    case = sketch.begin()
    sketch.do(case, "isi", daftar=["bidang1"])
    organisation.add_unit(
        sketch.actor("admin", "blitar"), "bidang4", UnitPlan("Bidang Empat", reports_data=True), sketch.now
    )

    participants.add(sketch.actor("blitar.kadis"), case, "minta", "bidang4", REASON, sketch.now)

    seen = catalogue.hydrate(sketch.instance(case)).variables(str(sketch.task(case, "minta", "bidang1").id))
    assert [units[-1]["nama"] for units in (sketch.data(case)["unit_kantor"], seen["unit_kantor"])] == [
        "Bidang Empat", "Bidang Empat",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("user", "unit", "reason", "refusal"),
    [
        ("blitar.bidang1", "bidang3", REASON, NotAllowed),
        ("auditor", "bidang3", REASON, NotAllowed),
        ("blitar.kadis", "bidang1", REASON, Invalid),
        ("blitar.kadis", "bidang99", REASON, Invalid),
        ("blitar.kadis", "", REASON, Invalid),
        ("blitar.kadis", "bidang3", "", ReasonMissing),
        ("blitar.kadis", "bidang3", " \x00a  ", ReasonMissing),
        ("banggai.kadis", "bidang3", REASON, NotFound),
    ],
)
def test_refused_addition_changes_nothing(
    sketch: Sketch, user: str, unit: str, reason: str, refusal: type[Exception]
) -> None:
    case = asked(sketch)
    before = sketch.instance(case).state
    actor = sketch.actor(user, "blitar" if user == "auditor" else None)

    with pytest.raises(refusal):
        participants.add(actor, case, "minta", unit, reason, sketch.now)

    assert sketch.instance(case).state == before


def test_refused_withdrawal_changes_nothing(sketch: Sketch) -> None:
    case = asked(sketch)
    task_id = sketch.task(case, "minta", "bidang1").id
    before = sketch.instance(case).state

    with pytest.raises(NotAllowed):
        participants.withdraw(sketch.actor("blitar.bidang1"), task_id, REASON, sketch.now)
    with pytest.raises(ReasonMissing):
        participants.withdraw(sketch.actor("blitar.kadis"), task_id, "tak", sketch.now)
    with pytest.raises(NotFound):
        participants.withdraw(sketch.actor("blitar.kadis"), uuid4(), REASON, sketch.now)
    assert sketch.instance(case).state == before


def test_only_tasks_of_several_have_participants(sketch: Sketch) -> None:
    case = asked(sketch)
    other = sketch.begin()
    kadis = sketch.actor("blitar.kadis")

    assert participants.addable(kadis, other, "isi") == []
    with pytest.raises(NotFound):
        participants.add(kadis, other, "isi", "bidang3", REASON, sketch.now)
    with pytest.raises(NotFound):
        participants.add(kadis, case, "tidak_ada", "bidang3", REASON, sketch.now)
    with pytest.raises(Conflict):
        participants.withdraw(kadis, sketch.task(other, "isi").id, REASON, sketch.now)
