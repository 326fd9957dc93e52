"""What is wrong with the markers of a diagram: told before it is deployed, with the step and its line."""

from collections.abc import Iterator, Mapping

from service.engine.completeness.items import SIDES, Item, items_of
from service.engine.diagram import Diagram, Node
from service.engine.diagram.places import problem_at, short
from service.engine.form import Form
from service.engine.form.model import Field, flat
from service.errors import Problem, remedy

WORDS = remedy("Tulis [wajib], [wajib, berkas: isian], [data: isian], atau [dari: row_07] di belakang butirnya.")


def problems(diagram: Diagram, forms: Mapping[str, Form]) -> Iterator[Problem]:
    """List the markers that nobody understands or that nothing can fulfil."""
    supplied = _supplied(diagram, forms)
    is_whole = all(node.form in forms for node in diagram.nodes.values() if node.form)
    before: dict[str, frozenset[str]] = {}
    for node in diagram.user_tasks:
        own = forms.get(node.form)
        for side in SIDES:
            for item in items_of(node, side):
                if item.faults:
                    yield _unknown(node, item)
                elif item.key and side == "output" and own is not None:
                    yield from _key(node, item, _taken(own))
                elif item.key:
                    yield from _key(node, item, supplied) if side == "kelengkapan" and is_whole else ()
                elif item.step:
                    yield from _step(diagram, node, item, before)
                elif item.is_required:
                    yield problem_at(
                        node, "sop-item-unfillable",
                        f"“{short(item.text)}” wajib, tetapi tidak ada isian atau langkah yang memenuhinya.",
                        f"{short(item.text)!r} is required, but no field or step fulfils it.", WORDS,
                    )  # fmt: skip


def _unknown(node: Node, item: Item) -> Problem:
    words = short(", ".join(item.faults))
    return problem_at(node, "sop-item-marker", f"Penanda “{words}” pada sop.{item.side} tidak dikenal.",
                      f"The marker {words!r} in sop.{item.side} is unknown.", WORDS)  # fmt: skip


def _key(node: Node, item: Item, fields: Mapping[str, Field]) -> Iterator[Problem]:
    """Expect a question of that key which takes what the item is."""
    field = fields.get(item.key)
    if field is None:
        where = "formulir langkah ini" if item.side == "output" else "formulir mana pun pada SOP ini"
        where_en = "the form of this step" if item.side == "output" else "any form of this SOP"
        yield problem_at(
            node, "sop-item-field", f"“{short(item.text)}” menunjuk isian {item.key}, yang tidak diisi pada {where}.",
            f"{short(item.text)!r} names the field {item.key}, which {where_en} does not ask.",
            remedy("Samakan dengan kunci isian formulir."),
        )  # fmt: skip
    elif (field.kind == "filepicker") != (item.kind == "berkas"):
        told = "data, bukan berkas" if item.kind == "berkas" else "berkas, bukan data"
        told_en = "data, no file" if item.kind == "berkas" else "a file, no data"
        right = "data" if item.kind == "berkas" else "berkas"
        yield problem_at(
            node, "sop-item-kind", f"“{short(item.text)}” menunjuk isian {item.key}, yang menerima {told}.",
            f"{short(item.text)!r} names the field {item.key}, which takes {told_en}.",
            remedy("Tulis %(kind)s: %(key)s, atau pilih isian lain.", kind=right, key=item.key),
        )  # fmt: skip


def _step(diagram: Diagram, node: Node, item: Item, before: dict[str, frozenset[str]]) -> Iterator[Problem]:
    """Expect an earlier step with an output of its own."""
    source = diagram.nodes.get(item.step)
    if source is None or source.kind != "userTask":
        yield _unfillable(node, item, "yang tidak ada", "which is no step here")
    elif not any(output.key for output in items_of(source, "output")):
        yield _unfillable(node, item, "yang tidak menandai outputnya", "which marks no output")
    elif source.id == node.id or node.id not in before.setdefault(source.id, _after(diagram, source.id)):
        yield _unfillable(node, item, "yang tidak mendahului langkah ini", "which does not come before this step")


def _unfillable(node: Node, item: Item, why: str, why_en: str) -> Problem:
    return problem_at(node, "sop-item-step", f"“{short(item.text)}” menunjuk langkah {item.step}, {why}.",
                      f"{short(item.text)!r} names the step {item.step}, {why_en}.",
                      remedy("Tulis id langkah sebelumnya yang outputnya ditandai, misalnya row_07."))  # fmt: skip


def _taken(form: Form) -> dict[str, Field]:
    """Return the questions whose answers are kept, by key."""
    return {
        field.key: field
        for field in flat(form.fields)
        if field.key and not field.readonly and (field.writable or field.kind in {"dynamiclist", "group", "expression"})
    }


def _supplied(diagram: Diagram, forms: Mapping[str, Form]) -> dict[str, Field]:
    """Return what any form of the SOP asks, that of the start too."""
    named = [node.form for node in diagram.nodes.values() if node.form]
    return {key: field for form_id in named if form_id in forms for key, field in _taken(forms[form_id]).items()}


def _after(diagram: Diagram, element: str) -> frozenset[str]:
    """Return what can come after an element, through sub-processes, boundary events and links."""
    seen: set[str] = set()
    waiting = [element]
    while waiting:
        for step in _next(diagram, diagram.nodes[waiting.pop()]):
            if step not in seen:
                seen.add(step)
                waiting.append(step)
    return frozenset(seen)


def _next(diagram: Diagram, node: Node) -> Iterator[str]:
    yield from (flow.target for flow in diagram.outgoing.get(node.id, ()) if flow.target in diagram.nodes)
    yield from (event.id for event in diagram.boundaries.get(node.id, ()))
    if node.scope in diagram.nodes:
        yield node.scope
    for other in diagram.nodes.values():
        is_inside = other.scope == node.id
        is_linked = node.kind == "intermediateThrowEvent" and other.kind == "intermediateCatchEvent"
        if is_inside or (is_linked and _link(node) == _link(other) != ""):
            yield other.id


def _link(node: Node) -> str:
    return node.event.name if node.event is not None and node.event.kind == "link" else ""
