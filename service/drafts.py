"""Drafts: diagrams, forms and decision tables read together, and everything that is wrong with them."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from itertools import accumulate

from service import trial
from service.engine import completeness, workflow
from service.engine import decision as decisions
from service.engine import diagram as diagrams
from service.engine import form as forms
from service.engine.decision import Decisions
from service.engine.diagram import Diagram, Inspection, Supply
from service.engine.diagram.performers import strangers
from service.engine.diagram.sop_rules import unlisted_links
from service.engine.form import Form
from service.errors import DeploymentRefused, Problem, remedy

LONGEST_FILE_NAME = 200
MOST_FILES = 200
LARGEST = {"bpmn": 3_000_000, "dmn": 250_000, "form": 2_000_000}
"""Bytes of all files of a kind together."""
MOST_NODES, MOST_EXPRESSION_TEXT = 1_000, 100_000
"""Of all diagrams together, as of each."""


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
    performers: frozenset[str] | None = None
    """Candidate groups of the office, its people among them; nothing where no office is looked at."""


@dataclass(frozen=True)
class FormFile:
    """A form, as far as it could be read."""

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
    def inspection(self) -> Inspection:
        """Return which variables its cases hold."""
        names = {form_id: forms.names(held.form) for form_id, held in self.forms.items()}
        return Inspection(self.diagram, names, trial.START_VARIABLES)

    @property
    def source(self) -> workflow.Source:
        """Return what the engine reads of it."""
        return workflow.Source(self.file.name, self.file.content, self.decisions)


@dataclass(frozen=True)
class Upload:
    """Files that were read together, and what is wrong with each by itself."""

    forms: Mapping[tuple[str, str], FormFile] = field(default_factory=dict)
    """By process and id."""
    tables: Sequence[DecisionFile] = ()
    diagrams: Sequence[tuple[File, Diagram]] = ()
    problems: Sequence[Problem] = ()


@dataclass(frozen=True)
class Checked:
    """Files that were checked together."""

    candidates: tuple[Candidate, ...]
    problems: tuple[Problem, ...]

    @property
    def errors(self) -> tuple[Problem, ...]:
        """Return what keeps the files from being deployed."""
        return tuple(problem for problem in self.problems if problem.severity == "error")


def read(files: Sequence[File]) -> Upload:
    """Read diagrams, forms and decision tables, as far as they are not too much for one upload."""
    too_much = list(_too_much(files))
    if too_much:
        return Upload(problems=too_much)
    found = [_unknown_kind(file) for file in files if _kind(file) not in LARGEST]
    uploaded, form_problems = _read_forms(files)
    tables, table_problems = _read_decisions(files)
    read, diagram_problems = _read_diagrams(files)
    return Upload(uploaded, tables, read, [*found, *form_problems, *table_problems, *diagram_problems])


def check(upload: Upload, shelf: Shelf) -> Checked:
    """List everything that is wrong with files that were read together."""
    candidates = tuple(_candidate(file, diagram, upload, shelf) for file, diagram in upload.diagrams)
    found = list(upload.problems)
    titles = {c.diagram.key: c.diagram.properties.get("sop.judul", "") for c in candidates}
    effort = diagrams.Effort()
    held = _held(candidates, shelf)
    for candidate in candidates:
        told = _problems(candidate, titles, held, effort)
        found += (replace(problem, file=candidate.file.name) for problem in told)
        if shelf.performers is not None:
            unknown = strangers(candidate.diagram, shelf.performers)
            found += (replace(problem, file=candidate.file.name) for problem in unknown)
    if candidates and not any(problem.severity == "error" for problem in found):
        drafted = {candidate.diagram.key: (candidate.source, candidate.diagram) for candidate in candidates}
        found += trial.problems(drafted, shelf.sources)
        found += _left_behind(candidates, shelf)
    return Checked(candidates, tuple(found))


def _held(candidates: Sequence[Candidate], shelf: Shelf) -> dict[str, Supply]:
    """Return the variables of the drafted processes and of those that they call, by process key."""
    inspections = {candidate.diagram.key: candidate.inspection for candidate in candidates}
    waiting = [key for inspection in inspections.values() for key in inspection.diagram.called]
    while waiting:
        key = waiting.pop()
        if key in shelf.sources and key not in inspections:
            with suppress(DeploymentRefused):  # the trial start tells it
                inspections[key] = _deployed(shelf, key).inspection
                waiting.extend(inspections[key].diagram.called)
    return diagrams.supplies(inspections)


def _deployed(shelf: Shelf, key: str) -> Candidate:
    """Return a process as the office has it."""
    source, stored = shelf.sources[key], shelf.forms.get(key, {})
    held = {form_id: FormFile(content, forms.read(content, form_id)) for form_id, content in stored.items()}
    diagram = diagrams.read(source.content, source.file)
    return Candidate(File(source.file, source.content), diagram, held, shelf.tables.get(key, {}), source.decisions)


def _left_behind(candidates: Sequence[Candidate], shelf: Shelf) -> Iterator[Problem]:
    """Name what deployed processes miss in the drafted ones that they call, and had in the versions before."""
    before: dict[str, Candidate] = {}
    for key in shelf.sources:
        with suppress(DeploymentRefused):  # deployed under older rules; nothing is known of it
            before[key] = _deployed(shelf, key)
    drafted = {candidate.diagram.key: candidate for candidate in candidates}
    had = diagrams.supplies({key: one.inspection for key, one in before.items()})
    has = diagrams.supplies({key: one.inspection for key, one in (before | drafted).items()})
    poorer = [one for key, one in drafted.items() if key in had and has[key].lacks(had[key])]
    if not poorer:
        return
    for key in sorted(before.keys() - drafted.keys()):
        known = list(_problems(before[key], {}, had, diagrams.Effort()))
        missing = [one for one in _problems(before[key], {}, has, diagrams.Effort()) if one not in known]
        yield from (_caller_lacks(poorer[0].file, before[key].diagram, problem) for problem in missing)


def _problems(
    candidate: Candidate, titles: Mapping[str, str], held: Mapping[str, Supply], effort: diagrams.Effort
) -> Iterator[Problem]:
    diagram, known, names = candidate.diagram, trial.START_VARIABLES, candidate.inspection.form_names
    yield from diagrams.problems(
        diagram, candidate.file.name, form_names=names, known=known, called=held, effort=effort
    )
    yield from unlisted_links(diagram, titles)
    yield from completeness.problems(diagram, {form_id: held.form for form_id, held in candidate.forms.items()})
    yield from decisions.problems(diagram, candidate.decisions, form_names=names, known=known, called=held)


def _too_much(files: Sequence[File]) -> Iterator[Problem]:
    """Name the first file with which an upload becomes too large, by number or by size of its kind."""
    if len(files) > MOST_FILES:
        yield Problem("too-many-files", f"Unggahan memuat {len(files)} berkas; batasnya {MOST_FILES}.",
                      f"{len(files)} files are in the upload, {MOST_FILES} are the most.", files[MOST_FILES].name, 1,
                      fix=remedy("Unggah dalam beberapa bagian."))  # fmt: skip
    for kind, limit in LARGEST.items():
        of_kind = [file for file in files if _kind(file) == kind]
        sizes = accumulate(len(file.content) for file in of_kind)
        file = next((file for file, size in zip(of_kind, sizes, strict=True) if size > limit), None)
        if file is not None and len(of_kind) > 1:  # one alone is told when it is read
            yield Problem("upload-too-large", f"Semua berkas .{kind} bersama lebih besar dari {limit // 1_000} kB.",
                          f"All .{kind} files together are larger than {limit // 1_000} kB.", file.name, 1,
                          fix=remedy("Unggah dalam beberapa bagian."))  # fmt: skip


def _read_forms(files: Sequence[File]) -> tuple[dict[tuple[str, str], FormFile], list[Problem]]:
    """Return the forms by process and id, as far as each can be read, and all their problems."""
    readable: dict[tuple[str, str], FormFile] = {}
    found: list[Problem] = []
    for file in files:
        if _kind(file) != "form":
            continue
        form, problems = forms.examine(file.content, file.name)
        found += problems
        if form is None:
            continue  # one with errors stays: the steps that show it and ask its answers are not wrong for them
        place = file.process, form.id
        if place in readable and readable[place].content != file.content:
            found.append(_form_twice(file, form.id))
        readable[place] = FormFile(file.content, form)
    return readable, found


def _read_diagrams(files: Sequence[File]) -> tuple[list[tuple[File, Diagram]], list[Problem]]:
    """Return the readable diagrams, and the problems of the others; none of those that are too much together."""
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
        if too_much := _too_rich([one for _, one in read.values()], file):
            return [], [*found, too_much]
    return list(read.values()), found


def _too_rich(together: Sequence[Diagram], file: File) -> Problem | None:
    """Name the file with which diagrams hold too much together."""
    fix = remedy("Unggah dalam beberapa bagian.")
    if sum(len(diagram.nodes) for diagram in together) > MOST_NODES:
        return Problem("too-many-nodes", f"Semua diagram bersama memuat lebih dari {MOST_NODES} langkah, kejadian, "
                       "dan gerbang.", f"All diagrams together hold more than {MOST_NODES} flow nodes.", file.name, 1,
                       fix=fix)  # fmt: skip
    if sum(diagram.written for diagram in together) > MOST_EXPRESSION_TEXT:
        return Problem("too-many-expressions", f"Semua ekspresi bersama melebihi {MOST_EXPRESSION_TEXT} huruf.",
                       f"All expressions together are longer than {MOST_EXPRESSION_TEXT} characters.", file.name, 1,
                       fix=fix)  # fmt: skip
    return None


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


def _candidate(file: File, diagram: Diagram, upload: Upload, shelf: Shelf) -> Candidate:
    """Give a diagram its forms: its own of this upload, then shared ones, then those it was deployed with before."""
    before = shelf.forms.get(diagram.key, {})
    chosen: dict[str, FormFile] = {}
    for form_id in sorted({node.form for node in diagram.nodes.values() if node.form}):
        held = upload.forms.get((diagram.key, form_id)) or upload.forms.get(("", form_id))
        if held is None and form_id in before:
            held = FormFile(before[form_id], forms.read(before[form_id], form_id))
        if held is not None:
            chosen[form_id] = held
    own = _tables(diagram, upload.tables, shelf.tables.get(diagram.key, {}))
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


def _kind(file: File) -> str:
    return file.name.rpartition(".")[2].lower()


def _table_name(file: File) -> str:
    """Return the name of a file without its folders."""
    return file.name.replace("\\", "/").rpartition("/")[2][-LONGEST_FILE_NAME:]


def _unknown_kind(file: File) -> Problem:
    return Problem("file-kind", "Hanya berkas .bpmn, .dmn, dan .form yang diterima.",
                   "Only .bpmn, .dmn and .form files are taken.", file.name, 1, place=file.name,
                   fix=remedy("Unggah diagram .bpmn bersama formulir .form dan tabel keputusan .dmn."))  # fmt: skip


def _twice(file: File, diagram: Diagram) -> Problem:
    return Problem("process-twice", f"Proses {diagram.key} ada di dua berkas.", f"{diagram.key} is in two files.",
                   file.name, 1, diagram.key, place=diagram.name, fix=remedy("Unggah salah satu saja."))  # fmt: skip


def _caller_lacks(file: File, caller: Diagram, problem: Problem) -> Problem:
    return Problem("caller-lacks", f"SOP {caller.name} memanggil SOP ini. {problem.place}: {problem.message}",
                   f"The process {caller.key} calls this one. {problem.message_en}", file.name, 1,
                   severity=problem.severity, place=caller.name,
                   fix=remedy("Unggah SOP pemanggil yang sudah disesuaikan bersama diagram ini."))  # fmt: skip


def _form_twice(file: File, form_id: str) -> Problem:
    return Problem("form-twice", f"Dua formulir memakai id {form_id}.", f"Two forms have the id {form_id}.",
                   file.name, 1, form_id, place=file.name, fix=remedy("Beri salah satu id lain."))  # fmt: skip


def _decision_twice(file: File, key: str) -> Problem:
    return Problem("decision-twice", f"Dua berkas tabel keputusan memuat {key}.", f"{key} is in two DMN files.",
                   file.name, 1, key, place=file.name, fix=remedy("Unggah salah satu saja."))  # fmt: skip
