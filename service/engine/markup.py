"""XML from strangers: limits first, no entities, no DOCTYPE, comments and processing instructions taken out."""

from dataclasses import dataclass
from typing import Any, Final

from lxml import etree

from service.errors import DeploymentRefused, Problem, Remedy, remedy

ENCODINGS: Final = frozenset({"UTF-8", "UTF-16", "ISO-8859-1", "US-ASCII", "ASCII"})
_LONGEST_DETAIL: Final = 200


@dataclass(frozen=True, slots=True)
class Limits:
    """How large a file may be."""

    bytes: int
    elements: int
    attributes: int = 100
    """Of one element."""
    noun: str = "Berkas"
    """What the sentences call it."""


def parse(content: bytes, file: str, limits: Limits) -> etree._Element:
    """Return the root element of a file.

    Raises:
        DeploymentRefused: too large, not XML, with a DOCTYPE or in an odd encoding.

    """
    if len(content) > limits.bytes:
        megabytes = limits.bytes // 1_000_000
        raise _refusal("file-too-large", f"{limits.noun} lebih besar dari {megabytes} MB.",
                       f"The file is larger than {megabytes} MB.", file,
                       remedy("Bagi menjadi beberapa berkas."))  # fmt: skip
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(content, parser)
    except (etree.XMLSyntaxError, ValueError, LookupError) as error:
        line = getattr(error, "lineno", None) or 1
        raise _refusal("not-xml", "Berkas ini bukan XML yang utuh.",
                       f"Not well-formed XML: {str(error)[:_LONGEST_DETAIL]}", file,
                       remedy("Simpan ulang berkas ini dari pemodelnya."), line) from None  # fmt: skip
    info: Any = root.getroottree().docinfo
    if info.doctype:
        raise _refusal("doctype", f"{limits.noun} tidak boleh memuat DOCTYPE.", "A DOCTYPE is not accepted.", file,
                       remedy("Hapus DOCTYPE."))  # fmt: skip
    if (info.encoding or "UTF-8").upper() not in ENCODINGS:
        raise _refusal("encoding", "Simpan berkas dengan pengodean UTF-8.", "Save the file as UTF-8.", file,
                       remedy("Simpan ulang berkas ini dari pemodelnya."))  # fmt: skip
    for number, element in enumerate(root.iter(), start=1):
        if number > limits.elements:
            raise _refusal("too-many-elements", f"{limits.noun} memuat terlalu banyak elemen.",
                           "Too many XML elements.", file, remedy("Bagi menjadi beberapa berkas."))  # fmt: skip
        if len(element.attrib) > limits.attributes:
            raise _refusal("too-many-attributes", f"Satu elemen memuat lebih dari {limits.attributes} atribut.",
                           f"An element has more than {limits.attributes} attributes.", file,
                           remedy("Simpan ulang berkas ini dari pemodelnya."), line_of(element))  # fmt: skip
    return root


def line_of(element: etree._Element) -> int:
    """Return the line on which an element begins."""
    line: Any = element.sourceline  # mistyped in the stubs
    return int(line or 0)


def _refusal(code: str, message: str, message_en: str, file: str, fix: Remedy, line: int = 1) -> DeploymentRefused:
    return DeploymentRefused([Problem(code, message, message_en, file, line, fix=fix)])
