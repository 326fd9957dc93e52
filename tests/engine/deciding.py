"""Draws small decision tables: DMN text from a few words."""

from collections.abc import Mapping, Sequence
from html import escape

VERSIONS = (
    "http://www.omg.org/spec/DMN/20151101/dmn.xsd",
    "http://www.omg.org/spec/DMN/20180521/MODEL/",
    "https://www.omg.org/spec/DMN/20191111/MODEL/",
)
Cells = Sequence[str]


def definitions(*decisions: str, namespace: str = VERSIONS[-1], attributes: str = "") -> bytes:
    """Return a DMN file with these decisions."""
    head = (
        f'<definitions xmlns="{namespace}" id="berkas" name="berkas" namespace="http://example.org/dmn" {attributes}>'
    )
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{head}\n{"".join(decisions)}\n</definitions>'.encode()


def decision(key: str, inside: str, *, name: str = "Jalur", requires: Sequence[str] = ()) -> str:
    """Return a decision; `requires` are references to others."""
    required = "".join(
        f'<informationRequirement><requiredDecision href="{href}"/></informationRequirement>' for href in requires
    )
    return f'<decision id="{key}" name="{name}">{required}{inside}</decision>'


def literal(text: str, variable: str = "") -> str:
    """Return the inside of a decision that is one expression."""
    named = f'<variable name="{variable}"/>' if variable else ""
    return f"{named}<literalExpression>{cell(text)}</literalExpression>"


def table(
    inputs: Mapping[str, str] | Cells,
    outputs: Mapping[str, str] | Cells,
    rules: Sequence[tuple[Cells, Cells]],
    attributes: str = "",
    default: str = "",
) -> str:
    """Return a decision table; a mapping of columns gives the allowed values of each."""
    columns = inputs if isinstance(inputs, Mapping) else dict.fromkeys(inputs, "")
    results = outputs if isinstance(outputs, Mapping) else dict.fromkeys(outputs, "")
    fallback = f"<defaultOutputEntry>{cell(default)}</defaultOutputEntry>" if default else ""
    return (
        f"<decisionTable {attributes}>"
        + "".join(
            f'<input label="{escape(text)}"><inputExpression>{cell(text)}</inputExpression>'
            f"{_values('inputValues', allowed)}</input>"
            for text, allowed in columns.items()
        )
        + "".join(
            f'<output name="{name}">{_values("outputValues", allowed)}{fallback}</output>'
            for name, allowed in results.items()
        )
        + "".join(_rule(tests, entries) for tests, entries in rules)
        + "</decisionTable>"
    )


def cell(text: str) -> str:
    """Return a text element."""
    return f"<text>{escape(text)}</text>"


def _values(tag: str, allowed: str) -> str:
    return f"<{tag}>{cell(allowed)}</{tag}>" if allowed else ""


def _rule(tests: Cells, entries: Cells) -> str:
    return (
        "<rule>"
        + "".join(f"<inputEntry>{cell(test)}</inputEntry>" for test in tests)
        + "".join(f"<outputEntry>{cell(entry)}</outputEntry>" for entry in entries)
        + "</rule>"
    )
