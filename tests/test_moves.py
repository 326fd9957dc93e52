"""Going back to an earlier step where the SOP knows no way: by an admin, for a reason, and only where it is sound."""

from uuid import UUID, uuid4

import pytest
from flask import Flask

from service import moves
from service.errors import Conflict, NotAllowed, NotFound, ReasonMissing, TaskClosed
from service.models import InstanceStatus
from tests.answers import BLITAR
from tests.drafting import OFFICE, Sketch
from tests.engine.drawing import end, gateway, line, process, start, task
from tests.programs import Program
from tests.walking import Player, Visitor

REASON = "Data sumber ternyata keliru."
BOTH = "parallelGateway"
STEPS = process(
    start(), task("a"), task("b"), gateway("bagi", kind=BOTH), task("c"), task("d"), gateway("gabung", kind=BOTH),
    task("e"), end(), line("mulai", "a", "b", "bagi", "c", "gabung", "e", "selesai"), line("bagi", "d", "gabung"),
)  # fmt: skip


@pytest.fixture
def case(sketch: Sketch) -> UUID:
    sketch.deploy(STEPS)
    case = sketch.begin()
    for element in "abcd":
        sketch.do(case, element, nilai=element)
    return case


def back(sketch: Sketch, case: UUID, element: str, to: str, *, user: str = "admin", reason: str = REASON) -> None:
    moves.go_back(sketch.actor(user, OFFICE), case, sketch.task(case, element).id, to, reason, sketch.now)


def test_a_case_goes_back_and_on_again(sketch: Sketch, case: UUID) -> None:
    gone = sketch.task(case, "e").id
    back(sketch, case, "e", "b")

    again = sketch.task(case, "b")
    assert (sketch.open_elements(case), sketch.instance(case).returns) == (["b"], 1)
    assert (again.round, again.is_returned, again.return_reason) == (2, True, REASON)
    assert (sketch.kinds(case)[-1], sketch.data(case)["nilai"]) == ("moved", "d")
    with pytest.raises(TaskClosed):
        moves.go_back(sketch.actor("admin", OFFICE), case, gone, "a", REASON, sketch.now)
    for element in "bcde":
        sketch.do(case, element, nilai=element)
    assert (sketch.status(case), sketch.kinds(case)[-2:]) == ("completed", ["completed", "ended"])


def test_what_is_not_sound_is_refused(sketch: Sketch, case: UUID) -> None:
    other = sketch.begin()
    before = sketch.kinds(case)
    refused: list[tuple[str, type[Exception], dict[str, str]]] = [
        ("c", Conflict, {}),
        ("e", Conflict, {}),
        ("mulai", Conflict, {}),
        ("tidak_ada", Conflict, {}),
        ("b", ReasonMissing, {"reason": " "}),
        ("b", NotAllowed, {"user": "blitar.kadis"}),
        ("b", NotAllowed, {"user": "auditor"}),
    ]
    for to, error, said in refused:
        with pytest.raises(error):
            back(sketch, case, "e", to, **said)
    for task_id, place in ((sketch.task(other, "a").id, case), (uuid4(), case)):
        with pytest.raises(NotFound):
            moves.go_back(sketch.actor("admin", OFFICE), place, task_id, "a", REASON, sketch.now)
    with pytest.raises(Conflict):
        back(sketch, other, "a", "b")
    assert (sketch.kinds(case), sketch.open_elements(case)) == (before, ["e"])


def test_nothing_goes_back_beside_something_else(sketch: Sketch) -> None:
    sketch.deploy(process(
        start(), gateway("bagi", kind=BOTH), task("a"), task("b"), task("c"), gateway("gabung", kind=BOTH), end(),
        line("mulai", "bagi", "a", "b", "gabung", "selesai"), line("bagi", "c", "gabung"),
    ))  # fmt: skip
    case = sketch.begin()
    sketch.do(case, "a")

    with pytest.raises(Conflict):
        back(sketch, case, "b", "a")
    sketch.do(case, "c")
    with pytest.raises(Conflict):
        back(sketch, case, "b", "a")
    assert sketch.open_elements(case) == ["b"]


def test_units_are_asked_again_and_the_case_ends(app: Flask) -> None:
    with app.app_context():
        player = Player()
        case = player.reach(BLITAR, "row_06")
        (here,) = player.open_tasks(case)

        moves.go_back(player.actor("admin", "blitar"), case, here.id, "row_04_bidang", REASON, player.now)
        assert {task.element for task in player.open_tasks(case)} == {"row_04_bidang"}
        assert len({task.unit for task in player.open_tasks(case)}) > 1
        assert all(task.is_returned for task in player.open_tasks(case))
        assert player.finish(case).status == InstanceStatus.COMPLETED
    page = Visitor(app, "blitar.kadis").get(f"/berkas/{case}").response.text
    assert "memindahkan berkas dari langkah 6" in page
    assert REASON in page


def test_programs_of_admins_let_a_case_go_back(app: Flask, sketch: Sketch, case: UUID) -> None:
    admin, path = Program(app), f"/process-instance/{case}/modification"
    (here,) = admin.get(f"/process-instance/{case}/activity-instances")["childActivityInstances"]
    cancel = {"type": "cancel", "activityInstanceId": here["id"]}
    begin = {"type": "startBeforeActivity", "activityId": "b"}
    sent = {"skipCustomListeners": True, "annotation": REASON, "instructions": [cancel, begin]}
    wrong: list[dict[str, object]] = [
        {"annotation": ""}, {"instructions": []}, {"instructions": [cancel]}, {"instructions": [begin, begin]},
        {"instructions": [cancel, {**begin, "type": "startAfterActivity"}]}, {"apa": 1},
        {"instructions": [cancel, {**begin, "variables": {"a": {"value": 1}}}]},
        {"instructions": [cancel, {"type": "startBeforeActivity"}]},
        {"instructions": [{"type": "cancel", "activityId": "a"}, begin]},
    ]  # fmt: skip

    for body in wrong:
        assert admin.refused("POST", path, json=sent | body)[0] == 400, body
    elsewhere = sent | {"instructions": [cancel, {**begin, "activityId": "c"}]}
    assert admin.refused("POST", path, json=elsewhere) == (409, "ProcessEngineException")
    assert Program(app, "blitar.kadis").refused("POST", path, json=sent)[0] == 403
    assert Program(app, "admin", "banggai").refused("POST", path, json=sent)[0] == 404
    assert sketch.open_elements(case) == ["e"]
    assert admin.post(f"/process-instance/{case}/modification", **sent) is None
    assert sketch.open_elements(case) == ["b"]
    by_element = {"type": "cancel", "activityId": "b"}
    to_first = {"type": "startBeforeActivity", "activityId": "a"}
    admin.post(f"/process-instance/{case}/modification", annotation=REASON, instructions=[to_first, by_element])
    assert (sketch.open_elements(case), sketch.instance(case).returns) == (["a"], 2)
