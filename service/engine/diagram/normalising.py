"""What reading puts right without changing what was meant; each is said, so that what runs is what is shown."""

from collections.abc import Iterator

from lxml import etree

from service.engine.diagram.places import short
from service.engine.diagram.tags import BPMN, NODE_KINDS, line_of, local_name
from service.errors import Problem, Remedy, Severity, remedy

REFERENCES = ("sourceRef", "targetRef", "default", "attachedToRef", "calledElement", "messageRef", "signalRef",
              "errorRef", "escalationRef")  # fmt: skip


def unnamed_flow(number: int) -> str:
    """Return the id of a flow that the file gives none; counted over the whole process, so it stays the same."""
    return f"flow_without_id_{number}"


def normalised(process: etree._Element) -> Iterator[Problem]:
    """Tell what is read otherwise than it is written."""
    known = {element.get("id", "") for element in process.iter() if local_name(element) in NODE_KINDS}
    for number, flow in enumerate(process.iter(f"{{{BPMN}}}sequenceFlow")):
        if not flow.get("id"):
            yield _note(flow, "flow-without-id", "Alur ini tidak mempunyai id; dipakai id buatan.",
                        "This flow has no id; a made-up one is used.",
                        remedy("Simpan ulang diagram dengan pemodel BPMN."),
                        unnamed_flow(number))  # fmt: skip
    for element in process.iter():
        if any(_padded(element.get(name)) for name in REFERENCES):
            yield _note(element, "reference-trimmed", "Rujukan memuat spasi; spasinya diabaikan.",
                        "A reference holds white space, which is ignored.",
                        remedy("Hapus spasi pada rujukan."))  # fmt: skip
        if local_name(element) == "lane":
            yield from _lane(element, known)


def _lane(lane: etree._Element, known: set[str]) -> Iterator[Problem]:
    written = [reference.text or "" for reference in lane.findall(f"{{{BPMN}}}flowNodeRef")]
    if any(map(_padded, written)):
        yield _note(lane, "reference-trimmed", "Isi lajur memuat spasi; spasinya diabaikan.",
                    "References of the lane hold white space, which is ignored.",
                    remedy("Hapus spasi pada rujukan."))  # fmt: skip
    lost = sorted({text.strip() for text in written} - known)
    if lost:
        yield _note(lane, "lane-reference-unknown", f"Lajur menunjuk elemen yang tidak ada: {short(', '.join(lost))}.",
                    f"The lane refers to missing elements: {short(', '.join(lost))}.",
                    remedy("Hapus rujukan itu dari lajur."), severity="warning")  # fmt: skip


def _padded(text: str | None) -> bool:
    return text is not None and text != text.strip()


def _note(
    element: etree._Element,
    code: str,
    message: str,
    message_en: str,
    fix: Remedy,
    identifier: str = "",
    severity: Severity = "info",
) -> Problem:
    identifier = identifier or element.get("id", "")
    name = element.get("name", "") or identifier
    kind = {"sequenceFlow": "Alur", "lane": "Lajur"}.get(local_name(element), "Elemen")
    return Problem(code, message, message_en, "", line_of(element), identifier, severity, f"{kind} {name}", fix=fix)
