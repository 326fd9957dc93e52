"""Where a case may go back to: over flows on which what splits meets again."""

import pytest

from service.engine.diagram import Diagram, read, ways_back
from tests.engine.drawing import definitions, each, end, flow, gateway, line, process, start, task

BOTH = "parallelGateway"


def drawn(*parts: str) -> Diagram:
    return read(definitions(process(start(), end(), *parts)), "proses.bpmn")


ROUND = drawn(
    task("a"), task("b"), gateway("bagi", kind=BOTH), task("c"), task("d"), gateway("gabung", kind=BOTH), task("e"),
    gateway("ulang", default="ulang-selesai"), line("mulai", "a", "b", "bagi", "c", "gabung", "e", "ulang", "selesai"),
    line("bagi", "d", "gabung"), flow("ulang", "b", "nilai = 1"),
)  # fmt: skip
OPEN = drawn(
    task("a"), gateway("bagi", kind=BOTH), task("c"), task("d"), gateway("temu"), task("e"),
    line("mulai", "a", "bagi", "c", "temu", "e", "selesai"), line("bagi", "d", "temu"),
)  # fmt: skip
SEVERAL = drawn(
    task("a"), task("b", each()), task("c"), line("mulai", "a", "b", "c", "selesai"),
)  # fmt: skip
FORKED = drawn(
    task("a"), task("b"), task("c"), gateway("temu"), task("e"),
    line("mulai", "a", "b", "temu", "e", "selesai"), line("a", "c", "temu"),
)  # fmt: skip
INSIDE = drawn(
    task("a"),
    f"""<bpmn:subProcess id="dalam">{start("m")}{task("b")}{task("c")}{end("s")}{line("m", "b", "c", "s")}
    </bpmn:subProcess>""",
    task("d"), line("mulai", "a", "dalam", "d", "selesai"),
)  # fmt: skip


@pytest.mark.parametrize(
    ("diagram", "element", "back"),
    [
        (ROUND, "a", ""),
        (ROUND, "b", "ae"),
        (ROUND, "c", ""),
        (ROUND, "e", "ab"),
        (OPEN, "c", ""),
        (OPEN, "e", "cd"),
        (SEVERAL, "b", ""),
        (SEVERAL, "c", "ab"),
        (FORKED, "b", ""),
        (FORKED, "e", "bc"),
        (INSIDE, "c", "b"),
        (INSIDE, "d", "a"),
    ],
)
def test_back_to_steps_from_which_one_token_comes(diagram: Diagram, element: str, back: str) -> None:
    assert ways_back(diagram, element) == frozenset(back)
