"""The part of DMN 1.1 to 1.3 that is read; whatever else stands in a file is told, for it would be ignored."""

from collections import Counter
from collections.abc import Iterator
from typing import Final

from lxml import etree

from service.engine.markup import line_of
from service.errors import Problem, Remedy, remedy

NAMESPACES: Final = frozenset(
    {
        "http://www.omg.org/spec/DMN/20151101/dmn.xsd",
        "http://www.omg.org/spec/DMN/20180521/MODEL/",
        "https://www.omg.org/spec/DMN/20191111/MODEL/",
    }
)
"""DMN 1.1, 1.2 and 1.3."""
EXPRESSIONS: Final = frozenset(
    {
        "inputExpression", "inputValues", "outputValues", "defaultOutputEntry", "inputEntry", "outputEntry",
        "literalExpression",
    }
)  # fmt: skip
READ: Final[dict[str, frozenset[str]]] = {
    "definitions": frozenset({"decision"}),
    "decision": frozenset({"variable", "informationRequirement", "decisionTable", "literalExpression"}),
    "informationRequirement": frozenset({"requiredDecision", "requiredInput"}),
    "decisionTable": frozenset({"input", "output", "rule"}),
    "input": frozenset({"inputExpression", "inputValues"}),
    "output": frozenset({"outputValues", "defaultOutputEntry"}),
    "rule": frozenset({"inputEntry", "outputEntry"}),
    **dict.fromkeys(EXPRESSIONS, frozenset({"text"})),
    "text": frozenset(),
}
"""What is read, by where it stands."""
REMARKS: Final = frozenset(
    {
        "description", "extensionElements", "itemDefinition", "inputData", "knowledgeSource", "textAnnotation",
        "association", "group", "elementCollection", "performanceIndicator", "organizationUnit", "question",
        "allowedAnswers", "authorityRequirement", "supportedObjective", "impactedPerformanceIndicator",
        "decisionMaker", "decisionOwner", "usingProcess", "usingTask", "annotation", "annotationEntry", "DMNDI",
    }
)  # fmt: skip
"""What changes no result: descriptions, people, drawings."""
ONCE: Final = frozenset({"text", "variable", "decisionTable", *EXPRESSIONS} - {"inputEntry", "outputEntry"})
MOST_TOLD: Final = 20


def namespace_of(element: etree._Element) -> str:
    """Return the namespace of an element."""
    return str(element.tag)[1:].rpartition("}")[0]


def local_name(element: etree._Element) -> str:
    """Return the name of an element without its namespace."""
    return str(element.tag).rpartition("}")[2]


def foreign_parts(root: etree._Element, file: str) -> Iterator[Problem]:
    """Name the elements that nobody would look at and those that stand where one is expected more than once."""
    own = namespace_of(root)
    waiting = [root]
    while waiting:
        parent = waiting.pop()
        allowed = READ.get(local_name(parent), frozenset())
        for name, count in Counter(map(local_name, parent)).items():
            if name in ONCE and count > 1:
                yield _problem("decision-part-twice", f"Bagian {_short(name)} ada {count} kali.",
                               f"{_short(name)} is there {count} times.",
                               remedy("Sisakan satu."), file, parent)  # fmt: skip
        for child in parent:
            name = local_name(child)
            if name in REMARKS:
                continue
            if name in allowed and namespace_of(child) == own:
                waiting.append(child)
                continue
            yield _problem(
                "decision-part-unsupported", f"Bagian {_short(name)} belum dapat dijalankan.",
                f"The part {_short(name)} cannot be run here.",
                remedy("Pakai tabel keputusan atau satu ekspresi FEEL, dalam satu versi DMN."), file, child,
            )  # fmt: skip


def _problem(code: str, message: str, message_en: str, fix: Remedy, file: str, element: etree._Element) -> Problem:
    identifier = _short(element.get("id", ""))
    return Problem(code, message, message_en, file, line_of(element), identifier, place=identifier, fix=fix)


def _short(text: str) -> str:
    return text[:60]
