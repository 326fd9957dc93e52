"""How large a diagram may be, so that reading and checking it ends in time whatever it holds."""

from collections import Counter
from collections.abc import Iterator

from lxml import etree

from service.engine.diagram.places import short
from service.engine.diagram.tags import BPMN, CAMUNDA, NODE_KINDS, SUB_PROCESSES, line_of, local_name, reference
from service.errors import Problem, remedy

LONGEST_ID, LONGEST_NAME, LONGEST_TEXT, LONGEST_EXPRESSION = 128, 300, 10_000, 1_000
MOST_NODES_IN_SCOPE, MOST_NODES, DEEPEST_NESTING = 250, 1_000, 8
MOST_PARTS = {"sequenceFlow": 3_000, "lane": 200}
MOST_FLOWS_OF_NODE = 100
MOST_EXPRESSION_TEXT = 100_000
"""Characters of all expressions together: compiling that much takes about a quarter of a second."""
MOST_TOLD = 20
EXPRESSIONS = frozenset(
    {
        "conditionExpression", "completionCondition", "loopCondition", "loopCardinality", "script", "condition",
        "timeDate", "timeDuration", "timeCycle", "loopDataInputRef", "inputParameter", "outputParameter",
    }
)  # fmt: skip
EXPRESSION_ATTRIBUTES = frozenset(
    {
        "candidateGroups", "candidateUsers", "assignee", "dueDate", "followUpDate", "priority", "collection", "source",
        "sourceExpression",
    }
)  # fmt: skip
PICTURES = frozenset({"modelerTemplateIcon"})
"""Attributes with a picture inside, which nobody reads here."""


def exceeded(root: etree._Element, file: str) -> Iterator[Problem]:
    """Name what is larger than a diagram may be, the first of each kind only."""
    told = 0
    for problem in (*_counted(root, file), *_nested(root, file)):
        yield problem
    for element in root.iter():
        for problem in _long(element, file):
            told += 1
            yield problem
        if told >= MOST_TOLD:
            return
    if expression_text(root) > MOST_EXPRESSION_TEXT:
        yield Problem(
            "too-many-expressions", f"Semua ekspresi bersama melebihi {MOST_EXPRESSION_TEXT} huruf.",
            f"All expressions together are longer than {MOST_EXPRESSION_TEXT} characters.", file, 1,
            fix=remedy("Bagi diagram menjadi beberapa SOP terkait."),
        )  # fmt: skip


def expression_text(root: etree._Element) -> int:
    """Count the characters of all expressions."""
    return sum(_expression_text(element) for element in root.iter())


def _counted(root: etree._Element, file: str) -> Iterator[Problem]:
    nodes = list(root.iter(*(f"{{{BPMN}}}{kind}" for kind in sorted(NODE_KINDS))))
    if len(nodes) > MOST_NODES:
        yield Problem(
            "too-many-nodes", f"Diagram memuat {len(nodes)} langkah, kejadian, dan gerbang; batasnya {MOST_NODES}.",
            f"{len(nodes)} flow nodes are in the diagram, {MOST_NODES} are the most.", file, 1,
            fix=remedy("Bagi diagram menjadi beberapa SOP terkait."),
        )  # fmt: skip
    for part, most in MOST_PARTS.items():
        parts = list(root.iter(f"{{{BPMN}}}{part}"))
        if len(parts) > most:
            yield Problem(
                "too-many-parts", f"Diagram memuat {len(parts)} {part}; batasnya {most}.",
                f"{len(parts)} {part} are in the diagram, {most} are the most.", file, line_of(parts[most]),
                short(parts[most].get("id", "")), fix=remedy("Bagi diagram menjadi beberapa SOP terkait."),
            )  # fmt: skip
    flows = list(root.iter(f"{{{BPMN}}}sequenceFlow"))
    for end in ("sourceRef", "targetRef"):
        for element, count in Counter(reference(flow, end) for flow in flows).most_common(1):
            if count > MOST_FLOWS_OF_NODE:
                yield Problem(
                    "too-many-parts", f"{count} alur bertemu di satu elemen; batasnya {MOST_FLOWS_OF_NODE}.",
                    f"{count} flows meet at one element, {MOST_FLOWS_OF_NODE} are the most.", file, 1, short(element),
                    fix=remedy("Bagi menjadi beberapa gerbang."),
                )  # fmt: skip
    scopes = Counter(node.getparent() for node in nodes)
    for scope, count in scopes.items():
        if scope is not None and count > MOST_NODES_IN_SCOPE:
            yield Problem(
                "scope-too-large", f"Satu bagian memuat {count} langkah, kejadian, dan gerbang; "
                f"paling banyak {MOST_NODES_IN_SCOPE}.",
                f"{count} flow nodes are in one scope, {MOST_NODES_IN_SCOPE} are the most.", file, line_of(scope),
                short(scope.get("id", "")), fix=remedy("Pindahkan sebagian ke subproses atau SOP terkait."),
            )  # fmt: skip


def _nested(root: etree._Element, file: str) -> Iterator[Problem]:
    depth = 0
    tags = [f"{{{BPMN}}}{kind}" for kind in sorted(SUB_PROCESSES)]
    for event, element in etree.iterwalk(root, events=("start", "end"), tag=tags):
        depth += 1 if event == "start" else -1
        if depth > DEEPEST_NESTING:
            yield Problem(
                "nested-too-deep", f"Subproses bersarang lebih dari {DEEPEST_NESTING} tingkat.",
                f"Sub-processes are nested more than {DEEPEST_NESTING} deep.", file, line_of(element),
                short(element.get("id", "")), fix=remedy("Pindahkan bagian dalam ke SOP terkait."),
            )  # fmt: skip
            return


def _long(element: etree._Element, file: str) -> Iterator[Problem]:
    for name, value in _attributes(element):
        own = name.rpartition("}")[2]
        limit = {"id": LONGEST_ID, "name": LONGEST_NAME}.get(own, LONGEST_TEXT)
        if own == "value" and element.get("name") == "sop.judul":
            limit = LONGEST_NAME
        if len(value) > limit and own not in PICTURES:
            yield _too_long(element, file, own, limit)
    own, length = _name(element), len((element.text or "").strip())
    if own in EXPRESSIONS and length > LONGEST_EXPRESSION:
        yield Problem(
            "expression-too-long", f"Ekspresi {own} melebihi {LONGEST_EXPRESSION} huruf.",
            f"The expression {own} is longer than {LONGEST_EXPRESSION} characters.", file, line_of(element),
            _owner(element), fix=remedy("Bagi menjadi beberapa langkah atau pindahkan ke tabel keputusan."),
        )  # fmt: skip
    elif length > LONGEST_TEXT:
        yield _too_long(element, file, own or "teks", LONGEST_TEXT)


def _too_long(element: etree._Element, file: str, name: str, limit: int) -> Problem:
    return Problem(
        "text-too-long", f"Isi {name} melebihi {limit} huruf.", f"The {name} is longer than {limit} characters.", file,
        line_of(element), element.get("id", "")[:LONGEST_ID], place=element.get("name", "")[:60],
        fix=remedy("Persingkat teksnya."),
    )  # fmt: skip


def _name(element: etree._Element) -> str:
    return local_name(element) or str(element.tag).rpartition("}")[2]


def _owner(element: etree._Element) -> str:
    parent = element.getparent()
    own = element.get("id", "")
    return short(own if own or parent is None else parent.get("id", ""))


def _attributes(element: etree._Element) -> Iterator[tuple[str, str]]:
    for name, value in element.items():
        yield str(name), str(value)  # the stubs take bytes for possible


def _expression_text(element: etree._Element) -> int:
    text = len((element.text or "").strip()) if _name(element) in EXPRESSIONS else 0
    attributes = (
        len(value)
        for name, value in _attributes(element)
        if name.startswith(f"{{{CAMUNDA}}}") or element.tag in _MAPPINGS
        if name.rpartition("}")[2] in EXPRESSION_ATTRIBUTES
    )
    return text + sum(attributes)


_MAPPINGS = frozenset({f"{{{CAMUNDA}}}in", f"{{{CAMUNDA}}}out"})
