"""Nobody decides on his own work: every way round that people may try, on every step of the SOPs that decides."""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import pytest
from sqlalchemy import select, update

from service import claims, demo, drafts, identity, tasks
from service.engine.appointment import Capacity
from service.engine.assignment import Role, excluded_elements
from service.errors import NotAllowed
from service.identity import NewPerson
from service.models import Holding, Person, Position, Task, TaskStatus, db, new_id
from tests import stage
from tests.conftest import on_sqlite
from tests.walking import Player

NIP = "198501012010011001"
BEGAN = datetime(2026, 1, 1, tzinfo=stage.MONDAY.tzinfo)


class Step(NamedTuple):
    """A step that decides on the work of another step."""

    process: str
    element: str
    drafted: str
    position: str
    """Whose decision it is."""


class Scene(NamedTuple):
    """Somebody who drafted what is now to be decided, and who tries to decide it himself."""

    player: Player
    office: str
    task: Task
    drafter: str
    decider: str
    position: str


def deciding() -> Iterator[Step]:
    """Yield every step of the five SOPs that declares whom it excludes."""
    for process in (key for office in demo.OFFICES for key in office.processes):
        ((_, diagram),) = drafts.read(demo.drafts(process)).diagrams
        for node in diagram.nodes.values():
            for drafted in sorted(excluded_elements(node.properties)):
                yield Step(process, node.id, drafted, node.groups[0])


STEPS = list(deciding())


def hold(scene: Scene, user: str, capacity: Capacity) -> None:
    """Let somebody hold the post that decides, in some capacity."""
    held = Holding(
        tenant_id=scene.office, id=new_id(scene.player.now), position_code=scene.position,
        person_id=identity.person_named(user), capacity=capacity.value, decree="800/12/2026", starts_at=BEGAN,
        recorded_at=BEGAN,
    )  # fmt: skip
    db.session.add(held)
    db.session.commit()


def directly(scene: Scene) -> None:
    hold(scene, scene.drafter, Capacity.DEFINITIVE)
    complete(scene, scene.drafter)


def by_claim(scene: Scene) -> None:
    hold(scene, scene.drafter, Capacity.DEFINITIVE)
    claims.claim(scene.player.actor(scene.drafter), scene.task.id, scene.player.now)


def by_delegation(scene: Scene) -> None:
    to = str(identity.person_named(scene.drafter))
    claims.delegate(scene.player.actor(scene.decider), scene.task.id, to, "Tolong diputuskan.", scene.player.now)


def by_reassignment(scene: Scene) -> None:
    to = str(identity.person_named(scene.drafter))
    above = superior_of(scene)
    claims.assign(scene.player.actor(above), scene.task.id, to, "Pejabatnya sedang dinas luar.", scene.player.now)


def by_a_second_account(scene: Scene) -> None:
    new = NewPerson("kedua", "Akun Kedua", "kata sandi panjang", roles=[(scene.office, Role.STAFF)])
    identity.add_person(new, scene.player.now)
    db.session.execute(update(Person).where(Person.user_name.in_([scene.drafter, "kedua"])).values(nip=NIP))
    hold(scene, "kedua", Capacity.DEFINITIVE)
    complete(scene, "kedua")


def as_plh(scene: Scene) -> None:
    hold(scene, scene.drafter, Capacity.PLH)
    complete(scene, scene.drafter)


WAYS: list[Callable[[Scene], None]] = [
    directly, by_claim, by_delegation, by_reassignment, by_a_second_account, as_plh,
]  # fmt: skip


def complete(scene: Scene, user: str) -> None:
    raw = scene.player.answers(scene.task)
    tasks.complete(scene.player.actor(user), scene.task.id, raw, scene.player.now)


def superior_of(scene: Scene) -> str:
    """Return somebody above the post that decides; above the head of an office there is the regent."""
    deciding = db.session.get_one(Position, (scene.office, scene.position))
    if deciding.superior_code:
        return f"{scene.office}.{deciding.superior_code}"
    regent = NewPerson("bupati", "Bupati", "kata sandi panjang", roles=[(scene.office, Role.STAFF)])
    identity.add_person(regent, scene.player.now)
    db.session.add(Position(tenant_id=scene.office, code="bupati", name="Bupati"))
    deciding.superior_code = "bupati"
    hold(scene._replace(position="bupati"), "bupati", Capacity.DEFINITIVE)
    return "bupati"


@pytest.fixture
def scene(request: pytest.FixtureRequest, player: Player) -> Scene:
    """Play until a step has to decide."""
    step: Step = request.param
    case = player.reach(step.process, step.element)
    task = player.task(case, step.element)
    office = step.process.partition("_")[0]
    drafter = stage.user_of(step.process, step.drafted)
    return Scene(player, office, task, drafter, stage.user_of(step.process, step.element), step.position)


def test_the_sops_decide_five_times() -> None:
    assert {(step.process, step.element) for step in STEPS} == {
        ("blitar_penyusunan_dokumen", "row_09"), ("blitar_penyusunan_dokumen", "row_10"),
        ("banggai_pengukuran_kinerja", "row_09"), ("banggai_pengukuran_kinerja", "row_11"),
        ("banggai_monitoring_renstra", "row_09"),
    }  # fmt: skip


@on_sqlite
@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
@pytest.mark.parametrize("scene", STEPS, indirect=True, ids=lambda step: f"{step.process}-{step.element}")
def test_no_way_leads_round_it(scene: Scene, way: Callable[[Scene], None]) -> None:
    with pytest.raises(NotAllowed) as refused:
        way(scene)

    assert refused.value.facts["own_work"] is True
    assert status(scene.task.id) == (TaskStatus.OPEN, None)
    complete(scene, scene.decider)
    assert status(scene.task.id)[0] == TaskStatus.COMPLETED


def status(task: UUID) -> tuple[str, object]:
    db.session.expire_all()
    row = db.session.scalars(select(Task).where(Task.id == task)).one()
    return row.status, row.assignee
