"""A worker that fetches and locks 10 external tasks over REST while 10,000 wait: CPU time of the whole request.

The application is called as a server calls it; what the worker does to ask does not count.
"""

import json
import tempfile
import zlib
from io import BytesIO
from typing import Any
from uuid import UUID, uuid4

from flask import current_app
from sqlalchemy import insert, select
from werkzeug.test import EnvironBuilder, run_wsgi_app

from bench.measuring import office
from bench.measuring.figures import at_most, milliseconds, show, title
from service.models import Base, Instance, Waiting, db
from tests.drafting import OFFICE, Sketch
from tests.programs import ROOT, token
from tests.rest.test_external_tasks import COUNTS, ROOTS, waiting

SIZE, AT_ONCE, MOST = 10_000, 2_500, 10
ROUNDS = 60
SLOWEST = 5
TOPIC = {"topicName": "capaian", "lockDuration": 600_000}
Row = dict[str, Any]
Asked = tuple[bytes, dict[str, Any]]
"""The body of a request, and all else of it."""


def add_waiting(case: Row, wait: Row) -> None:
    """Add copies of a case with its external task."""
    for first in range(1, SIZE, AT_ONCE):
        ids = [(number, uuid4(), uuid4()) for number in range(first, min(first + AT_ONCE, SIZE))]
        copies = [
            case | {"id": own, "number": case["number"] + number, "state": _state(case, wait, task)}
            for number, own, task in ids
        ]
        db.session.execute(insert(Instance), copies)
        db.session.execute(insert(Waiting), [wait | {"id": task, "instance_id": own} for _, own, task in ids])
        db.session.commit()


def main() -> None:
    """Print what a fetch costs, with all variables, with one, and with nothing to find."""
    title(f"Fetch and lock {MOST} of {SIZE} external tasks")
    with tempfile.TemporaryDirectory() as folder, office.office(folder):
        sketch = Sketch()
        sketch.deploy(COUNTS, roots=ROOTS)
        first = waiting(sketch, "1")
        case = db.session.get_one(Instance, (OFFICE, first))
        wait = db.session.scalars(select(Waiting).where(Waiting.instance_id == first)).one()
        add_waiting(_row(case), _row(wait))
        app = current_app._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001 - how Flask names it
        headers = [("Authorization", f"Bearer {token(app, 'admin')}")]

        def fetch(expected: int, asked: Asked) -> None:
            body, environ = asked
            told, status, _ = run_wsgi_app(app, environ | {"wsgi.input": BytesIO(body)}, buffered=True)
            assert (status, len(json.loads(b"".join(told)))) == ("200 OK", expected)

        def asking(**topic: object) -> Asked:
            body = json.dumps({"workerId": "satu", "maxTasks": MOST, "topics": [TOPIC | topic]}).encode()
            address = f"{ROOT}/external-task/fetchAndLock"
            asked = EnvironBuilder(address, method="POST", data=body, content_type="application/json", headers=headers)
            return body, asked.get_environ()

        for name, expected, topic in (
            ("with all variables", MOST, {}),
            ("with one variable", MOST, {"variables": ["jumlah"]}),
            ("with none", MOST, {"variables": []}),
            ("of a topic that nobody waits for", 0, {"topicName": "lain"}),
        ):
            asked = asking(**topic)
            spent = milliseconds(lambda: fetch(expected, asked), ROUNDS)  # noqa: B023 - called at once
            show(name, spent, "ms", at_most(spent, SLOWEST))


def _state(case: Row, wait: Row, task: UUID) -> bytes:
    """Return the state of a case in which what waits has another id."""
    content = zlib.decompress(case["state"][1:]).replace(wait["id"].hex.encode(), task.hex.encode())
    return bytes(case["state"][:1]) + zlib.compress(content, 1)


def _row(of: Base) -> Row:
    return {column.name: getattr(of, column.key) for column in of.__table__.columns}


if __name__ == "__main__":
    main()
