"""What a file asks for and nobody here would do: told, because silence would run another process than the drawn one."""

from collections.abc import Iterator

from lxml import etree

from service.engine.diagram.places import short
from service.engine.diagram.tags import BPMN, CAMUNDA, NODE_KINDS, extension_name, line_of, local_name, nearest
from service.errors import Problem, Remedy, Severity, remedy

READ = NODE_KINDS | {
    "process", "documentation", "extensionElements", "incoming", "outgoing", "laneSet", "lane", "childLaneSet",
    "flowNodeRef", "sequenceFlow", "conditionExpression", "multiInstanceLoopCharacteristics",
    "standardLoopCharacteristics", "loopCardinality", "loopDataInputRef", "loopDataOutputRef", "inputDataItem",
    "outputDataItem", "completionCondition", "loopCondition", "script", "timeDate", "timeDuration", "timeCycle",
    "condition", "dataObject",
}  # fmt: skip
PICTURED = frozenset(
    {
        "dataObjectReference", "dataStoreReference", "dataState", "textAnnotation", "text", "association", "group",
        "auditing", "monitoring", "property", "category", "operationRef", "supportedInterfaceRef",
    }
)  # fmt: skip
"""Drawn for people; a process runs the same without."""
DRAWN_ONLY = frozenset(
    {
        "dataInputAssociation", "dataOutputAssociation", "ioSpecification", "dataInput", "dataOutput", "inputSet",
        "outputSet", "resourceRole", "performer", "humanPerformer", "potentialOwner", "correlationSubscription",
    }
)  # fmt: skip
"""Other engines act on these; here they are a drawing."""
EXTENSIONS = frozenset(
    {
        "properties", "property", "inputOutput", "inputParameter", "outputParameter", "in", "out",
        "failedJobRetryTimeCycle",
    }
)  # fmt: skip
ENGINES = {
    "http://camunda.org/schema/zeebe/1.0": "zeebe",
    "http://flowable.org/bpmn": "flowable",
    "http://activiti.org/bpmn": "activiti",
    "http://spiffworkflow.org/bpmn/schema/1.0/core": "spiffworkflow",
}
"""What others act on where this dialect says `camunda`; Camunda 8 writes zeebe."""
ACTING_ATTRIBUTES = frozenset(
    {
        "class", "expression", "delegateExpression", "resource", "caseRef", "variableMappingClass",
        "variableMappingDelegateExpression", "formHandlerClass",
    }
)  # fmt: skip
STARTERS = {"candidateStarterGroups": "", "candidateStarterUsers": "", "isStartableInTasklist": "true"}
"""What says who may start an SOP, with the value that says nothing; here the performers of its first step do."""
LANGUAGES = frozenset({"", "feel", "juel", "https://www.omg.org/spec/dmn/20191111/feel/"})
"""Lower case; the first three and the address that the DMN specification gives FEEL."""
BINDINGS = {"calledElementBinding": "calledElement", "decisionRefBinding": "decisionRef", "formRefBinding": "formRef"}
KEPT_BINDINGS = frozenset({"", "latest", "deployment"})


def ignored(process: etree._Element) -> Iterator[Problem]:
    """Tell what would be dropped or done otherwise, each element once."""
    skipped: set[etree._Element] = set()
    for element in process.iter():
        parent = element.getparent()
        if parent in skipped:
            skipped.add(element)  # told with its parent
            continue
        told = list(_element(element))
        yield from told
        if told and not _is_known(element):
            skipped.add(element)
        elif not local_name(element) and not extension_name(element):
            skipped.add(element)  # another language, with everything in it


def _is_known(element: etree._Element) -> bool:
    return local_name(element) in READ or extension_name(element) in EXTENSIONS


def _element(element: etree._Element) -> Iterator[Problem]:
    name = local_name(element)
    if name:
        yield from _own(element, name)
        yield from _attributes(element, name)
    elif extension_name(element):
        yield from _extension(element, extension_name(element))


def _own(element: etree._Element, name: str) -> Iterator[Problem]:
    foreign = sorted(set(_foreign(element)))
    if foreign:
        yield _note(element, "engine-foreign", f"Milik mesin lain, tidak dijalankan: {short(', '.join(foreign))}.",
                    f"For another engine, not carried out: {short(', '.join(foreign))}.",
                    remedy("Isi dengan camunda: seperti pemodel untuk Camunda 7, atau hapus."), "warning")  # fmt: skip
    if name in DRAWN_ONLY:
        yield _note(element, "drawn-only", f"{name} hanya digambar; tidak dijalankan.",
                    f"{name} is a drawing here and is not carried out.",
                    remedy("Teruskan nilai dengan camunda:inputOutput, pelaksana dengan candidateGroups."),
                    "warning")  # fmt: skip
    elif name not in READ and name not in PICTURED and not name.endswith("EventDefinition"):
        yield _note(element, "element-ignored", f"Bagian {name} tidak akan dijalankan.",
                    f"{name} would be ignored.",
                    remedy("Hapus bagian ini atau gambarkan dengan elemen lain."))  # fmt: skip
    if name in NODE_KINDS and not element.get("id"):
        yield _note(element, "element-without-id", f"Elemen {name} tidak mempunyai id, sehingga hilang.",
                    f"The {name} has no id and would be lost.",
                    remedy("Simpan ulang diagram dengan pemodel BPMN."))  # fmt: skip


def _foreign(element: etree._Element) -> Iterator[str]:
    """Yield what an element says to another engine, in attributes and extensions of its own."""
    extensions = element.iterfind(f"{{{BPMN}}}extensionElements/*")
    for written in (*element.attrib, *(extension.tag for extension in extensions)):
        address, _, own = str(written)[1:].rpartition("}")
        if address in ENGINES:
            yield f"{ENGINES[address]}:{own}"


def _attributes(element: etree._Element, name: str) -> Iterator[Problem]:
    for attribute in sorted(ACTING_ATTRIBUTES):
        if element.get(f"{{{CAMUNDA}}}{attribute}"):
            yield _note(
                element,
                "attribute-ignored",
                f"camunda:{attribute} tidak akan dijalankan.",
                f"camunda:{attribute} would be ignored.",
                remedy("Pakai layanan luar (camunda:type=external dengan topic) atau ekspresi FEEL."),
            )
    for attribute, nothing in STARTERS.items():
        if element.get(f"{{{CAMUNDA}}}{attribute}", nothing).strip() != nothing:
            yield _note(element, "drawn-only", f"camunda:{attribute} tidak berlaku di sini.",
                        f"camunda:{attribute} has no effect here.",
                        remedy("Hapus; yang memulai SOP ialah pelaksana langkah pertamanya."), "warning")  # fmt: skip
    kind = element.get(f"{{{CAMUNDA}}}type", "external")
    if kind != "external":
        yield _note(element, "attribute-ignored", f"camunda:type {short(kind)} tidak didukung.",
                    f"camunda:type {short(kind)} is not supported.",
                    remedy("Pakai camunda:type=external dengan topic."))  # fmt: skip
    for attribute, wanted in BINDINGS.items():
        binding = element.get(f"{{{CAMUNDA}}}{attribute}", "")
        if binding not in KEPT_BINDINGS:
            yield _note(element, "binding-unsupported", f"camunda:{attribute} {short(binding)} tidak didukung.",
                        f"camunda:{attribute} {short(binding)} is not supported.",
                        remedy("Tulis latest atau deployment untuk %(wanted)s.", wanted=wanted))  # fmt: skip
    language = element.get("language", "").lower()
    if name != "script" and language not in LANGUAGES:
        yield _note(element, "language-unsupported", f"Bahasa ekspresi {short(language)} tidak didukung.",
                    f"The expression language {short(language)} is not supported.",
                    remedy("Tulis ekspresi FEEL."))  # fmt: skip
    yield from _standard_attributes(element, name)


def _standard_attributes(element: etree._Element, name: str) -> Iterator[Problem]:
    wanted = {"startQuantity": "1", "completionQuantity": "1", "instantiate": "false", "behavior": "All"}
    if name == "multiInstanceLoopCharacteristics":
        wanted |= {"noneBehaviorEventRef": "", "oneBehaviorEventRef": ""}
    for attribute, value in wanted.items():
        given = element.get(attribute, value).strip()
        if given not in {value, "0" if value == "false" else value}:
            yield _note(element, "attribute-ignored", f"{attribute}={short(given)} tidak akan dijalankan.",
                        f"{attribute}={short(given)} would be ignored.",
                        remedy("Hapus %(attribute)s.", attribute=attribute))  # fmt: skip


def _extension(element: etree._Element, name: str) -> Iterator[Problem]:
    if name not in EXTENSIONS:
        instead = remedy("Hapus, atau pakai layanan luar (topic).")
        if name == "formData":
            instead = remedy("Buat formulir .form dan isi formRef.")
        yield _note(element, "extension-ignored", f"camunda:{name} tidak akan dijalankan.",
                    f"camunda:{name} would be ignored.", instead)  # fmt: skip


def _note(
    element: etree._Element, code: str, message: str, message_en: str, fix: Remedy, severity: Severity = "error"
) -> Problem:
    identifier, name = nearest(element)
    return Problem(
        code, message, message_en, "", line_of(element), identifier, severity, f"Elemen {name or identifier}", fix=fix
    )
