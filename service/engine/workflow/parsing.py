"""Turns checked BPMN files into specifications that are built once and shared, read-only, by all instances."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from service.engine.decision import Decisions
from service.engine.diagram import Diagram, Node, place, read
from service.engine.workflow.building import build, lost
from service.errors import DeploymentRefused, Problem, remedy


@dataclass(frozen=True, slots=True)
class Source:
    """A BPMN file as it was deployed, with the decisions that it asks."""

    file: str
    content: bytes
    decisions: Decisions = field(default_factory=dict)


@dataclass(frozen=True)
class Specification:
    """An executable process with all processes that it calls. Shared by instances: never change it."""

    key: str
    diagrams: dict[str, Diagram]
    """By process key: the process itself and every called one."""
    scopes: dict[str, Any] = field(repr=False)
    """By name: what SpiffWorkflow runs of each process and sub-process."""

    @property
    def diagram(self) -> Diagram:
        """Return the diagram of the process itself."""
        return self.diagrams[self.key]

    @property
    def spec(self) -> Any:
        """Return what SpiffWorkflow runs of the process itself."""
        return self.scopes[self.key]

    def called(self, key: str) -> str:
        """Return the title of a called SOP; nothing for the process itself."""
        diagram = self.diagrams[key]
        return "" if key == self.key else diagram.properties.get("sop.judul") or diagram.name


def parse(sources: Sequence[Source], key: str) -> Specification:
    """Build a process and those it calls.

    Raises:
        DeploymentRefused: a file cannot be read, or two hold the same process.

    """
    diagrams: dict[str, Diagram] = {}
    scopes: dict[str, Any] = {}
    for source in sources:
        diagram = read(source.content, source.file)
        if diagram.key in diagrams:
            raise DeploymentRefused([_twice(diagram.key, source.file)])
        missing = [_lost(source.file, node) for node in lost(diagram)]
        if missing:
            raise DeploymentRefused(missing)
        diagrams[diagram.key] = diagram
        scopes |= build(diagram, source.decisions)
    absent = ({key} | {called for diagram in diagrams.values() for called in diagram.called}) - diagrams.keys()
    if absent:
        raise DeploymentRefused([_absent(name) for name in sorted(absent)])
    return Specification(key, diagrams, scopes)


def _lost(file: str, node: Node) -> Problem:
    return Problem(
        "element-lost", f"Mesin tidak dapat menjalankan elemen {node.id}.",
        f"The engine cannot run the element {node.id}.", file, node.line, node.id, place=place(node),
        fix=remedy("Hapus elemen ini atau ganti dengan yang didukung."),
    )  # fmt: skip


def _absent(key: str) -> Problem:
    return Problem(
        "process-missing", f"Proses {key} tidak ada dalam berkas yang diberikan.",
        f"The process {key} is in none of the files.", "", 1, key, fix=remedy("Sertakan diagram proses ini."),
    )  # fmt: skip


def _twice(key: str, file: str) -> Problem:
    return Problem(
        "process-twice", f"Proses {key} ada di dua berkas.", f"{key} is in two files.", file, 1, key,
        fix=remedy("Unggah salah satu saja."),
    )  # fmt: skip
