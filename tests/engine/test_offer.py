"""What a task that opens says: for whom, until when, how urgent."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from service.engine.workflow import Offer, start
from service.errors import EngineFailed
from tests.engine.drawing import each, end, line, process, specification, task
from tests.engine.drawing import start as beginning

NOW = datetime(2026, 10, 5, 1, tzinfo=UTC)
WITA = ZoneInfo("Asia/Makassar")
VARIABLES = {
    "siapa": "sri", "para": ["sri", "budi"], "kosong": None, "jabatan": ["kadis", "kasubbag"], "besok": "2026-10-06",
    "segera": 80, "daftar": ["bidang1", "bidang2"], "panjang": "x" * 81,
}  # fmt: skip


def offered(attributes: str = "", group: str = "kadis", inside: str = "") -> list[Offer]:
    drawn = task("isi", inside, group=group).replace("<bpmn:userTask ", f"<bpmn:userTask {attributes} ", 1)
    shared = specification(process(beginning(), drawn, end(), line("mulai", "isi", "selesai")))
    step = start(shared, VARIABLES, NOW, WITA)
    return [step.offers[one.id] for one in step.open_tasks]


@pytest.mark.parametrize(
    ("attributes", "group", "groups", "is_computed"),
    [
        ("", "kadis, sekretaris", ("kadis", "sekretaris"), False),
        ("", "${jabatan},sekretaris", ("kadis", "kasubbag", "sekretaris"), True),
        ("", "=jabatan[1]", ("kadis",), True),
        ("", "kadis,${kosong}", ("kadis",), True),
        ('camunda:candidateUsers="sri,${para}"', "kadis", ("kadis", "@sri", "@budi"), True),
        ('camunda:candidateUsers="sri"', "", ("@sri",), True),
        ('camunda:assignee="${siapa}"', "kadis", ("@sri",), True),
        ('camunda:assignee="${kosong}"', "kadis", ("kadis",), False),
    ],
)
def test_task_is_for_groups_and_people(
    attributes: str, group: str, groups: tuple[str, ...], is_computed: bool  # noqa: FBT001 - a column of the table
) -> None:  # fmt: skip
    (offer,) = offered(attributes, group)

    assert (offer.groups, offer.is_computed) == (groups, is_computed)


def test_each_instance_is_for_its_item() -> None:
    assert [offer.groups for offer in offered(group="${unit}", inside=each())] == [("bidang1",), ("bidang2",)]


@pytest.mark.parametrize(
    ("written", "due"),
    [
        ("2026-10-06T08:00:00+07:00", datetime(2026, 10, 6, 1, tzinfo=UTC)),
        ("2026-10-06T08:00:00", datetime(2026, 10, 6, 8, tzinfo=WITA)),
        ("2026-10-06", datetime(2026, 10, 6, 23, 59, tzinfo=WITA)),
        ("${besok}", datetime(2026, 10, 6, 23, 59, tzinfo=WITA)),
        ("=date(besok)", datetime(2026, 10, 6, 23, 59, tzinfo=WITA)),
        ("P3D", NOW + timedelta(days=3)),
        ("=duration(&quot;P3D&quot;)", NOW + timedelta(days=3)),
        ("${kosong}", None),
        ("", None),
    ],
)
def test_due_and_follow_up_dates(written: str, due: datetime | None) -> None:
    (offer,) = offered(f'camunda:dueDate="{written}" camunda:followUpDate="{written}"')

    assert (offer.due, offer.follow_up) == (due, due)


@pytest.mark.parametrize(("written", "priority"), [("", 50), ("7", 7), ("${segera}", 80), ("=segera + 1", 81)])
def test_priority(written: str, priority: int) -> None:
    (offer,) = offered(f'camunda:priority="{written}"')

    assert offer.priority == priority


@pytest.mark.parametrize(
    ("attributes", "group", "cause"),
    [
        ("", "${kosong}", "nobody"),
        ("", "${panjang}", "nobody"),
        ('camunda:assignee="${kosong}"', "", "nobody"),
        ('camunda:dueDate="${siapa}"', "kadis", "date-invalid"),
        ('camunda:dueDate="${segera}"', "kadis", "date-invalid"),
        ('camunda:priority="${siapa}"', "kadis", "priority-invalid"),
        ('camunda:priority="=-1"', "kadis", "priority-invalid"),
        ("", "${hilang}", "nobody"),
    ],
)
def test_what_cannot_be_worked_out_stops_the_act(attributes: str, group: str, cause: str) -> None:
    with pytest.raises(EngineFailed) as failed:
        offered(attributes, group)

    assert (failed.value.cause, failed.value.element) == (cause, "isi")
