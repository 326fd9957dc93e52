"""A page of 50 of the history of 10,000 cases over REST: CPU time of the whole request, and SQL statements."""

import tempfile
from typing import Any
from uuid import UUID, uuid4

from flask import current_app
from sqlalchemy import insert, select

from bench.inbox import counted
from bench.measuring import office
from bench.measuring.figures import at_most, milliseconds, show, title
from service.models import Base, History, Instance, Task, db
from tests.drafting import OFFICE, Sketch
from tests.programs import Program
from tests.rest.test_history import TWO

SIZE, AT_ONCE, ROWS = 10_000, 2_500, 50
ROUNDS = 10
SLOWEST = 100
ASKED: tuple[tuple[str, dict[str, str]], ...] = (
    ("process-instance", {"sortBy": "startTime", "sortOrder": "desc"}),
    ("process-instance", {"sortBy": "duration", "sortOrder": "desc", "finished": "true"}),
    ("process-instance/count", {}),
    ("process-instance/report", {"reportType": "duration", "periodUnit": "month"}),
    ("task", {"sortBy": "startTime", "sortOrder": "desc"}),
    ("task", {"sortBy": "endTime", "sortOrder": "desc", "taskAssignee": "blitar.kadis"}),
    ("task/count", {}),
    ("task/report", {"reportType": "count", "groupBy": "taskName"}),
    ("user-operation", {"sortBy": "timestamp", "sortOrder": "desc"}),
    ("user-operation/count", {}),
    ("incident", {"sortBy": "createTime", "sortOrder": "desc"}),
)
OF_ONE = ("task", "activity-instance", "variable-instance", "user-operation")
Row = dict[str, Any]


def add_cases(case: UUID) -> None:
    """Add copies of a case with its tasks and its history."""
    of_case = _row(db.session.get_one(Instance, (OFFICE, case)))
    tasks = [_row(task) for task in db.session.scalars(select(Task).where(Task.instance_id == case))]
    lines = [_row(line) for line in db.session.scalars(select(History).where(History.instance_id == case))]
    for first in range(1, SIZE, AT_ONCE):
        ids = [(number, uuid4()) for number in range(first, min(first + AT_ONCE, SIZE))]
        copies = [of_case | {"id": own, "number": of_case["number"] + number} for number, own in ids]
        db.session.execute(insert(Instance), copies)
        own_tasks = [task | {"id": uuid4(), "instance_id": own} for _, own in ids for task in tasks]
        db.session.execute(insert(Task), own_tasks)
        db.session.execute(insert(History), [line | {"instance_id": own} for _, own in ids for line in lines])
        db.session.commit()


def main() -> None:
    """Print what each list costs, of the whole office and of one case."""
    title(f"{ROWS} rows of the history of {SIZE} cases")
    with tempfile.TemporaryDirectory() as folder, office.office(folder):
        sketch = Sketch()
        sketch.deploy(TWO)
        case = sketch.begin()
        sketch.do(case, "satu", nilai="x", jumlah="7")
        sketch.do(case, "dua", nilai="y", jumlah="8")
        add_cases(case)
        program = Program(current_app._get_current_object())  # type: ignore[attr-defined]  # noqa: SLF001 - how Flask names it
        for resource, query in (*ASKED, *((name, {"processInstanceId": str(case)}) for name in OF_ONE)):
            page = {"maxResults": str(ROWS)} if "/" not in resource else {}
            measure(program, f"/history/{resource}", query | page)


def measure(program: Program, path: str, query: dict[str, str]) -> None:
    """Print what one question costs."""
    program.get(path, **query)
    with counted() as statements:
        program.get(path, **query)
    spent = milliseconds(lambda: program.get(path, **query), ROUNDS)
    name = " ".join([path, *(f"{name}={value}" for name, value in query.items() if name != "maxResults")])
    show(f"{name[:90]}, {len(statements)} statements", spent, "ms", at_most(spent, SLOWEST))


def _row(of: Base) -> Row:
    return {column.key: getattr(of, column.key) for column in of.__mapper__.column_attrs}


if __name__ == "__main__":
    main()
