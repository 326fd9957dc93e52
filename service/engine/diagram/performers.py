"""Who is asked to do a task, compared with whom the office has."""

from collections.abc import Collection, Iterator

from service.engine.assignment import PERSON
from service.engine.diagram.model import Diagram
from service.engine.diagram.places import problem_at, short
from service.errors import Problem, remedy


def strangers(diagram: Diagram, known: Collection[str]) -> Iterator[Problem]:
    """Name tasks for positions, units or people that the office does not have; expressions are asked at run time."""
    for node in diagram.user_tasks:
        people = (node.assignee, *node.users)
        wanted = (*node.groups, *(PERSON + name for name in people if name))
        for name in wanted:
            if name not in known and not name.removeprefix(PERSON).startswith(("=", "${", "#{")):
                yield problem_at(
                    node, "performer-unknown", f"Kantor ini tidak mempunyai pelaksana {short(name)}.",
                    f"The office has no position, unit or person {short(name)}.",
                    remedy("Tulis kode jabatan atau unit yang ada, atau tambahkan jabatannya."),
                )  # fmt: skip
