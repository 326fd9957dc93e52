"""A trial start of each drafted process, the way a case would start; nothing of it stays."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime

from service.engine import diagram as diagrams
from service.engine import workflow
from service.engine.diagram import Diagram
from service.engine.workflow import Source, Specification
from service.errors import DataTooLarge, DeploymentRefused, EngineFailed, Problem, remedy

START_VARIABLES = frozenset({"unit_kantor"})
"""Variables that every case has from the start, beside the start form."""
DEEPEST_CALLS = 8
MOMENT = datetime(2026, 1, 1, tzinfo=UTC)
OF_THE_DRAWING = frozenset({"endless", "stopped", "engine"})
"""Causes that no answer in a form can change."""

Drafted = Mapping[str, tuple[Source, Diagram]]
"""By process key."""


def problems(drafted: Drafted, deployed: Mapping[str, Source]) -> Iterator[Problem]:
    """List the processes that cannot be started, on top of those that the office has already."""
    sources = {**deployed, **{key: source for key, (source, _) in drafted.items()}}
    called = {key: diagram.called for key, (_, diagram) in drafted.items()}
    found: list[Problem] = []
    needed: dict[str, Source] = {}
    try:
        for key, (source, diagram) in drafted.items():
            reached = _reached(key, sources, called)
            found += _call_problems(source, diagram, sources.keys(), {name: called[name] for name in reached})
            needed |= {name: sources[name] for name in reached}
        yield from found
        if not found:
            specification = workflow.parse(list(needed.values()), next(iter(drafted)))
            for key, (source, _) in drafted.items():
                yield from _started(replace(specification, key=key), source)
    except DeploymentRefused as refusal:
        yield from refusal.problems


def _reached(key: str, sources: Mapping[str, Source], called: dict[str, frozenset[str]]) -> set[str]:
    """Return the processes that one needs, itself among them; fill in what they call."""
    found: set[str] = set()
    waiting = [key]
    while waiting:
        name = waiting.pop()
        if name in sources and name not in found:
            found.add(name)
            if name not in called:
                called[name] = diagrams.read(sources[name].content, sources[name].file).called
            waiting.extend(called[name])
    return found


def _call_problems(
    source: Source, diagram: Diagram, known: Collection[str], called: Mapping[str, frozenset[str]]
) -> Iterator[Problem]:
    wanted = frozenset[str]().union(*called.values())
    yield from (_missing(source, diagram, name) for name in sorted(wanted.difference(known)))
    if diagram.key in wanted:
        yield _cycle(source, diagram)
    elif _is_deep(diagram.key, called):
        yield _deep(source, diagram)


def _is_deep(key: str, called: Mapping[str, frozenset[str]]) -> bool:
    level = {key}
    for _ in range(DEEPEST_CALLS):
        level = {other for name in level for other in called.get(name, ())}
    return bool(level)


def _started(specification: Specification, source: Source) -> Iterator[Problem]:
    try:
        workflow.start(specification, {name: [] for name in START_VARIABLES}, MOMENT)
    except (EngineFailed, DataTooLarge) as error:
        yield _cannot_start(specification, source, error)


def _cannot_start(specification: Specification, source: Source, error: EngineFailed | DataTooLarge) -> Problem:
    """Tell where the trial stopped; a warning where answers of the start form may change it."""
    diagram = specification.diagram
    element, process, cause = "", diagram.key, "engine"
    if isinstance(error, EngineFailed):
        element, process, cause = error.element, error.process or diagram.key, error.cause
    node = specification.diagrams[process].nodes.get(element)
    depends = bool(diagram.start_form) and cause not in OF_THE_DRAWING
    message = "Saat dicoba mulai tanpa isian, SOP ini berhenti di sini." if depends else "SOP ini tidak dapat dimulai."
    return Problem("cannot-start", message, f"A trial start without answers stops: {error}", source.file,
                   node.line if node and process == diagram.key else 1, node.id if node else diagram.key,
                   "warning" if depends else "error", diagrams.place(node) if node else diagram.name,
                   fix=remedy("Periksa ekspresi dan data langkah ini."))  # fmt: skip


def _missing(source: Source, diagram: Diagram, key: str) -> Problem:
    node = next((node for node in diagram.nodes.values() if node.called == key), None)
    return Problem("call-missing", f"SOP terkait {key} belum ada di kantor ini.",
                   f"The called process {key} is not deployed.", source.file, node.line if node else 1,
                   node.id if node else "", place=node.name if node else diagram.name,
                   fix=remedy("Unggah %(key)s.bpmn bersama diagram ini.", key=key))  # fmt: skip


def _cycle(source: Source, diagram: Diagram) -> Problem:
    return Problem("call-cycle", "SOP ini memanggil dirinya sendiri lewat SOP lain.",
                   "The process calls itself through another one.", source.file, 1, diagram.key,
                   place=diagram.name, fix=remedy("Putuskan lingkaran pemanggilan."))  # fmt: skip


def _deep(source: Source, diagram: Diagram) -> Problem:
    return Problem("calls-too-deep", f"SOP terkait saling memanggil lebih dari {DEEPEST_CALLS} tingkat.",
                   f"Called processes are more than {DEEPEST_CALLS} deep.", source.file, 1, diagram.key,
                   place=diagram.name, fix=remedy("Gambarkan sebagian langsung dalam SOP ini."))  # fmt: skip
