"""Drafts: diagrams, forms and decision tables read together, and everything that is wrong with them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from service.engine import decision as decisions
from service.engine import diagram as diagrams
from service.engine import form as forms
from service.engine import workflow
from service.engine.decision import Decisions
from service.engine.diagram import Diagram
from service.engine.diagram.sop_rules import unlisted_links
from service.engine.form import Form
from service.errors import DeploymentRefused, EngineFailed, Problem

LONGEST_FILE_NAME = 200
START_VARIABLES = frozenset({"unit_kantor"})
"""Variables that every case has from the start, beside the start form."""

TRIAL = datetime(2026, 1, 1, tzinfo=UTC)
"""Moment of the trial start; nothing of it stays."""


@dataclass(frozen=True, slots=True)
class File:
    """An uploaded file. A form or decision table may say which process it belongs to; else it serves them all."""

    name: str
    content: bytes
    process: str = ""


@dataclass(frozen=True)
class Shelf:
    """What an office has deployed already and new files may rely on."""

    sources: Mapping[str, workflow.Source] = field(default_factory=dict)
    """By process key."""
    forms: Mapping[str, Mapping[str, bytes]] = field(default_factory=dict)
    """By process key and form id."""
    tables: Mapping[str, Mapping[str, bytes]] = field(default_factory=dict)
    """DMN files by process key and file name."""


@dataclass(frozen=True)
class FormFile:
    """A readable form."""

    content: bytes
    form: Form


@dataclass(frozen=True)
class DecisionFile:
    """A readable DMN file."""

    name: str
    content: bytes
    process: str
    decisions: Decisions


@dataclass(frozen=True)
class Candidate:
    """A diagram with the forms and decisions that it would be deployed with."""

    file: File
    diagram: Diagram
    forms: Mapping[str, FormFile]
    tables: Mapping[str, bytes] = field(default_factory=dict)
    """DMN files by name."""
    decisions: Decisions = field(default_factory=dict)

    @property
    def source(self) -> workflow.Source:
        """Return what the engine reads of it."""
        return workflow.Source(self.file.name, self.file.content, self.decisions)


@dataclass(frozen=True)
class Checked:
    """Files that were read together."""

    candidates: tuple[Candidate, ...]
    problems: tuple[Problem, ...]

    @property
    def errors(self) -> tuple[Problem, ...]:
        """Return what keeps the files from being deployed."""
        return tuple(problem for problem in self.problems if problem.severity == "error")


def check(files: Sequence[File], shelf: Shelf) -> Checked:
    """Read diagrams, forms and decision tables together and list everything that is wrong with them."""
    found = [_unknown_kind(file) for file in files if _kind(file) not in {"bpmn", "dmn", "form"}]
    uploaded, form_problems = _read_forms(files)
    tables, table_problems = _read_decisions(files)
    read, diagram_problems = read_diagrams(files)
    candidates = tuple(_candidate(file, diagram, uploaded, tables, shelf) for file, diagram in read)
    found += [*form_problems, *table_problems, *diagram_problems]
    titles = {c.diagram.key: c.diagram.properties.get("sop.judul", "") for c in candidates}
    for candidate in candidates:
        names = {form_id: forms.names(held.form) for form_id, held in candidate.forms.items()}
        found += diagrams.problems(candidate.diagram, candidate.file.name, form_names=names, known=START_VARIABLES)
        found += [replace(problem, file=candidate.file.name) for problem in unlisted_links(candidate.diagram, titles)]
        asked = decisions.problems(candidate.diagram, candidate.decisions, form_names=names, known=START_VARIABLES)
        found += [replace(problem, file=candidate.file.name) for problem in asked]
    if candidates and not any(problem.severity == "error" for problem in found):
        found += _trial_problems(candidates, shelf)
    return Checked(candidates, tuple(found))


def _read_forms(files: Sequence[File]) -> tuple[dict[tuple[str, str], FormFile], list[Problem]]:
    """Return the readable forms by process and id, and the problems of the others."""
    readable: dict[tuple[str, str], FormFile] = {}
    found: list[Problem] = []
    for file in files:
        if _kind(file) != "form":
            continue
        problems = forms.problems(file.content, file.name)
        found += problems
        if any(problem.severity == "error" for problem in problems):
            continue
        form = forms.read(file.content, file.name)
        place = file.process, form.id
        if place in readable and readable[place].content != file.content:
            found.append(_form_twice(file, form.id))
        readable[place] = FormFile(file.content, form)
    return readable, found


def read_diagrams(files: Sequence[File]) -> tuple[list[tuple[File, Diagram]], list[Problem]]:
    """Return the readable diagrams, and the problems of the others."""
    read: dict[str, tuple[File, Diagram]] = {}
    found: list[Problem] = []
    for file in files:
        if _kind(file) != "bpmn":
            continue
        try:
            diagram = diagrams.read(file.content, file.name)
        except DeploymentRefused as refusal:
            found += refusal.problems
            continue
        if diagram.key in read:
            found.append(_twice(file, diagram))
        read[diagram.key] = (file, diagram)
    return list(read.values()), found


def _read_decisions(files: Sequence[File]) -> tuple[list[DecisionFile], list[Problem]]:
    """Return the readable DMN files, and the problems of the others."""
    readable: list[DecisionFile] = []
    found: list[Problem] = []
    for file in files:
        if _kind(file) != "dmn":
            continue
        try:
            held = decisions.read(file.content, file.name)
        except DeploymentRefused as refusal:
            found += refusal.problems
            continue
        table = DecisionFile(_table_name(file), file.content, file.process, held)
        for other in readable:
            if other.process == table.process and other.content != table.content:
                twice = sorted(held.keys() & other.decisions.keys()) or [table.name] * (table.name == other.name)
                found += [_decision_twice(file, key) for key in twice]
        readable.append(table)
    return readable, found


def _candidate(
    file: File,
    diagram: Diagram,
    uploaded: Mapping[tuple[str, str], FormFile],
    tables: Sequence[DecisionFile],
    shelf: Shelf,
) -> Candidate:
    """Give a diagram its forms: its own of this upload, then shared ones, then those it was deployed with before."""
    before = shelf.forms.get(diagram.key, {})
    chosen: dict[str, FormFile] = {}
    for form_id in sorted({node.form for node in diagram.nodes.values() if node.form}):
        held = uploaded.get((diagram.key, form_id)) or uploaded.get(("", form_id))
        if held is None and form_id in before:
            held = FormFile(before[form_id], forms.read(before[form_id], form_id))
        if held is not None:
            chosen[form_id] = held
    own = _tables(diagram, tables, shelf.tables.get(diagram.key, {}))
    asked = {key: decision for table in own for key, decision in table.decisions.items()}
    return Candidate(file, diagram, chosen, {table.name: table.content for table in own}, asked)


def _tables(diagram: Diagram, uploaded: Sequence[DecisionFile], before: Mapping[str, bytes]) -> list[DecisionFile]:
    """Choose the DMN files that a diagram asks: as with forms; an uploaded file replaces the one of its name."""
    new = {table.name for table in uploaded if table.process in {"", diagram.key}}
    old = [
        DecisionFile(name, content, "", decisions.read(content, name))
        for name, content in before.items()
        if name not in new
    ]
    shelves = (
        [table for table in uploaded if table.process == diagram.key],
        [table for table in uploaded if not table.process],
        old,
    )
    chosen: dict[str, DecisionFile] = {}
    for key in sorted({node.decision for node in diagram.nodes.values() if node.decision}):
        table = next((table for shelf in shelves for table in shelf if key in table.decisions), None)
        if table is not None:
            chosen.setdefault(table.name, table)
    return list(chosen.values())


def _trial_problems(candidates: Sequence[Candidate], shelf: Shelf) -> Iterator[Problem]:
    """Parse and start each process once, the way a case would."""
    sources = {**shelf.sources, **{candidate.diagram.key: candidate.source for candidate in candidates}}
    called = {candidate.diagram.key: candidate.diagram.called for candidate in candidates}
    for candidate in candidates:
        file, diagram, key = candidate.file, candidate.diagram, candidate.diagram.key
        try:
            needed, missing = _reachable(key, sources, called)
            if missing:
                yield from (_call_missing(file, diagram, name) for name in sorted(missing))
            elif key in {name for other in needed for name in called[other]}:
                yield _call_cycle(file, diagram)
            else:
                parts = [sources[key], *(sources[name] for name in sorted(needed - {key}))]
                workflow.start(workflow.parse(parts, key), {name: [] for name in START_VARIABLES}, TRIAL)
        except DeploymentRefused as refusal:
            yield from refusal.problems
        except EngineFailed as error:
            yield _cannot_start(file, diagram, error)


def _reachable(
    key: str, sources: Mapping[str, workflow.Source], called: dict[str, frozenset[str]]
) -> tuple[set[str], set[str]]:
    """Return the processes that one needs, itself among them, and those that are not there; fill in `called`."""
    needed: set[str] = set()
    missing: set[str] = set()
    waiting = [key]
    while waiting:
        name = waiting.pop()
        if name not in sources:
            missing.add(name)
        elif name not in needed:
            needed.add(name)
            if name not in called:
                called[name] = diagrams.read(sources[name].content, sources[name].file).called
            waiting.extend(called[name])
    return needed, missing


def _kind(file: File) -> str:
    return file.name.rpartition(".")[2].lower()


def _table_name(file: File) -> str:
    """Return the name of a file without its folders."""
    return file.name.replace("\\", "/").rpartition("/")[2][-LONGEST_FILE_NAME:]


def _unknown_kind(file: File) -> Problem:
    return Problem("file-kind", "Hanya berkas .bpmn, .dmn, dan .form yang diterima.",
                   "Only .bpmn, .dmn and .form files are taken.", file.name, 1, place=file.name,
                   fix="Unggah diagram .bpmn bersama formulir .form dan tabel keputusan .dmn.")  # fmt: skip


def _twice(file: File, diagram: Diagram) -> Problem:
    return Problem("process-twice", f"Proses {diagram.key} ada di dua berkas.", f"{diagram.key} is in two files.",
                   file.name, 1, diagram.key, place=diagram.name, fix="Unggah salah satu saja.")  # fmt: skip


def _form_twice(file: File, form_id: str) -> Problem:
    return Problem("form-twice", f"Dua formulir memakai id {form_id}.", f"Two forms have the id {form_id}.",
                   file.name, 1, form_id, place=file.name, fix="Beri salah satu id lain.")  # fmt: skip


def _decision_twice(file: File, key: str) -> Problem:
    return Problem("decision-twice", f"Dua berkas tabel keputusan memuat {key}.", f"{key} is in two DMN files.",
                   file.name, 1, key, place=file.name, fix="Unggah salah satu saja.")  # fmt: skip


def _call_missing(file: File, diagram: Diagram, key: str) -> Problem:
    node = next((node for node in diagram.nodes.values() if node.called == key), None)
    return Problem("call-missing", f"SOP terkait {key} belum ada di kantor ini.",
                   f"The called process {key} is not deployed.", file.name, node.line if node else 1,
                   node.id if node else "", place=node.name if node else diagram.name,
                   fix=f"Unggah {key}.bpmn bersama diagram ini.")  # fmt: skip


def _call_cycle(file: File, diagram: Diagram) -> Problem:
    return Problem("call-cycle", "SOP ini memanggil dirinya sendiri lewat SOP lain.",
                   "The process calls itself through another one.", file.name, 1, diagram.key,
                   place=diagram.name, fix="Putuskan lingkaran pemanggilan.")  # fmt: skip


def _cannot_start(file: File, diagram: Diagram, error: EngineFailed) -> Problem:
    return Problem("cannot-start", "Proses ini tidak dapat dimulai.", f"The process cannot be started: {error}",
                   file.name, 1, diagram.key, place=diagram.name, fix="Periksa langkah pertama.")  # fmt: skip
