"""Files that mean harm, and a child process that checks them within hard limits of the operating system.

Run as a program it reads names of attacks from its input. For each it forks, limits itself, checks the files and
answers one line: what was told, CPU seconds and peak memory in megabytes.
"""

import json
import math
import os
import resource
import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

from service import drafts
from service.drafts import File, Shelf
from tests.engine import deciding
from tests.engine.drawing import call, definitions, end, extended, flow, gateway, line, process, start, task

Files = list[File]
CPU_SECONDS = 2
MEMORY = 200_000_000
AND, OR, XOR = "parallelGateway", "inclusiveGateway", "exclusiveGateway"


def diagram(*parts: str, key: str = "proses", head: str = "") -> File:
    return File(f"{key}.bpmn", definitions(head, process(*parts, key=key)))


def row(*inside: str, after: str = "") -> File:
    """Return a diagram of steps one after the other, each called x with its number."""
    names = [f"x{number}" for number in range(len(inside))]
    drawn = [part.replace('id="x"', f'id="{name}"', 1) for part, name in zip(inside, names, strict=True)]
    return diagram(start(), *drawn, end(), line("mulai", *names, "selesai"), after)


def script(text: str, inside: str = "") -> str:
    return (
        f'<bpmn:scriptTask id="x" scriptFormat="feel" camunda:resultVariable="r">{inside}'
        f"<bpmn:script><![CDATA[{text}]]></bpmn:script></bpmn:scriptTask>"
    )


def counted(times: str, *, sequential: bool = True) -> str:
    return (
        f'<bpmn:multiInstanceLoopCharacteristics isSequential="{str(sequential).lower()}">'
        f"<bpmn:loopCardinality><![CDATA[{times}]]></bpmn:loopCardinality></bpmn:multiInstanceLoopCharacteristics>"
    )


def repeated(maximum: str = "", condition: str = "") -> str:
    stated = f"<bpmn:loopCondition>{condition}</bpmn:loopCondition>" if condition else ""
    limit = f' loopMaximum="{maximum}"' if maximum else ""
    return f"<bpmn:standardLoopCharacteristics{limit}>{stated}</bpmn:standardLoopCharacteristics>"


def nested(depth: int, marker: str = "", innermost: str = "", name: str = "x") -> str:
    """Return sub-processes in one another around one step."""
    if not depth:
        return (innermost or script("1")).replace('id="x"', f'id="{name}"', 1)
    inside = nested(depth - 1, marker, innermost, f"{name}_")
    ways = line(f"m{name}", f"{name}_", f"s{name}")
    return f'<bpmn:subProcess id="{name}">{marker}{start(f"m{name}")}{inside}{end(f"s{name}")}{ways}</bpmn:subProcess>'


def fan(split: str, join: str, width: int, kind: Callable[[str], str] = task) -> File:
    names = [f"a{number}" for number in range(width)]
    default = f"g-{names[0]}" if split != AND else ""
    ways = [flow("g", name, "nilai = 1" if default and number else "") for number, name in enumerate(names)]
    back = [line(name, "h") for name in names]
    return diagram(start(), end(), gateway("g", default, split), gateway("h", kind=join), *map(kind, names), *ways,
                   *back, line("mulai", "g"), line("h", "selesai"))  # fmt: skip


def crossed(width: int, join: str) -> File:
    """Return parallel branches that each choose between two joins."""
    parts = [start(), end(), gateway("g", kind=AND), *(gateway(name, kind=join) for name in "pqr")]
    parts += [line("mulai", "g"), line("p", "r"), line("q", "r", "selesai")]
    for number in range(width):
        name, choice = f"a{number}", f"c{number}"
        parts += [task(name), gateway(choice, f"{choice}-p", OR), line("g", name, choice, "p"),
                  flow(choice, "q", "nilai = 1")]  # fmt: skip
    return diagram(*parts)


def ladder(width: int, height: int) -> File:
    """Return parallel rows of tasks with a way back from each to each earlier one of its row."""
    parts = [start(), end(), gateway("g", kind=AND), gateway("h", kind=AND), line("mulai", "g"), line("h", "selesai")]
    for across in range(width):
        names = [f"t{across}_{up}" for up in range(height)]
        choice = f"c{across}"
        parts += [*map(task, names), gateway(choice, f"{choice}-h"), line("g", *names, choice, "h")]
        parts += [flow(choice, name, "nilai = 1") for name in names]
    return diagram(*parts)


def tangled(width: int) -> File:
    """Return inclusive gateways that each lead to every later one."""
    names = [f"o{number}" for number in range(width)]
    parts = [start(), task("x"), end(), line("mulai", "x", *names, "selesai")]
    parts += [gateway(name, f"{name}-{after}", OR) for name, after in pairwise([*names, "selesai"])]
    parts += [flow(names[one], names[other], "nilai = 1") for one in range(width) for other in range(one + 2, width)]
    return diagram(*parts)


def dmn(name: str, rules: int, cell: str, columns: int = 1) -> File:
    tests, entries = ["-"] * columns, [cell]
    drawn = deciding.table([f"unit_kantor{n or ''}" for n in range(columns)], ["hasil"], [(tests, entries)] * rules)
    return File(f"{name}.dmn", deciding.definitions(deciding.decision(name, drawn)))


def asking(key: str, name: str = "x") -> str:
    return (
        f'<bpmn:businessRuleTask id="{name}" camunda:decisionRef="{key}" camunda:resultVariable="hasil" '
        'camunda:mapDecisionResult="singleEntry"/>'
    )


PLAIN = row(task("x"))


def changed(old: str, new: str, file: File = PLAIN) -> File:
    assert old.encode() in file.content
    return replace(file, content=file.content.replace(old.encode(), new.encode()))


def headed(head: str) -> File:
    return changed("?>\n", f"?>\n{head}\n")


def coded(said: str, codec: str, mark: bytes = b"") -> File:
    return replace(PLAIN, content=mark + PLAIN.content.decode().replace("UTF-8", said).encode(codec))


def written(*lines: str, name: str = "a.form") -> File:
    return File(name, "".join(lines).encode())


def many(count: int, file: Callable[[int], File]) -> Files:
    return [file(number) for number in range(count)]


def chain(length: int, *, closed: bool) -> Files:
    """Return processes of which each calls the next."""
    names = [f"p{number}" for number in range(length)]
    after = [*names[1:], names[0] if closed else ""]
    inside = [call("x", other) if other else task("x") for other in after]
    return [replace(diagram(start(), step, end(), line("mulai", "x", "selesai"), key=name), name=f"{name}.bpmn")
            for name, step in zip(names, inside, strict=True)]  # fmt: skip


def everything() -> Files:
    """Return files that stay below every limit."""
    steps = [script(f"{number} + {'1 + ' * 60}1") for number in range(390)]
    groups = [steps[begin : begin + 130] for begin in range(0, 390, 130)]
    diagrams = [replace(changed('id="proses"', f'id="p{n}"', row(*group)), name=f"p{n}.bpmn")
                for n, group in enumerate(groups)]  # fmt: skip
    fields = ",".join(
        f'{{"id": "a{n}", "type": "textfield", "key": "a{n}", "label": "{"a" * 1_700}"}}' for n in range(499)
    )
    forms = [written(FORM % fields, name=f"{number}.form") for number in range(1)]
    tables = [
        dmn(f"d{number}", 580, f"{number} + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1") for number in range(3)
    ]
    return [*diagrams, *forms, *tables]


LAUGHS = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 12))
HEAVY = "count(for a in 1..200, b in 1..200, c in 1..200 return a * b * c)"
DEEP = "(" * 450 + "1" + ")" * 450
LONG = " + ".join(["1"] * 245)
BACKTRACKING = 'matches("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!", "^(a+)+$")'
LOOP = (script("1"), gateway("x", "x1-selesai"))
FORM = '{"id": "mulai", "type": "default", "schemaVersion": 19, "components": [%s]}'
ASKED = written(
    FORM.replace("mulai", "isian") % '{"id": "a", "type": "number", "key": "nilai", "label": "a"}', name="isian.form"
)
"""The form that the steps of every attack ask for."""

ATTACKS: Mapping[str, Callable[[], Files]] = {
    # size
    "10 MB of XML": lambda: [changed("<bpmn:endEvent", f"<!--{'x' * 10_000_000}--><bpmn:endEvent")],
    "50,000 elements": lambda: [row(task("x", extended("<camunda:properties/>" * 50_000)))],
    "50,000 small elements": lambda: [row(task("x", extended("<camunda:a/>" * 50_000)))],
    "50,000 steps": lambda: [diagram(*(f'<bpmn:task id="t{n}"/>' for n in range(29_000)))],
    "251 steps": lambda: [row(*[task("x")] * 251)],
    "1,001 steps": lambda: [row(*(nested(1).replace('x"', f'x{n}"') for n in range(240)), *[task("x")] * 50)],
    "10,000 flows": lambda: [row(task("x"), after="".join(flow("x0", "selesai").replace(
        "x0-selesai", f"f{n}") for n in range(10_000)))],
    "10,000 flows with conditions": lambda: [row(task("x"), after="".join(flow("x0", "selesai", "nilai = 1").replace(
        "x0-selesai", f"f{n}") for n in range(10_000)))],
    "10,000 lanes": lambda: [changed("<bpmn:lane id", "".join(
        f'<bpmn:lane id="l{n}" name="a"><bpmn:flowNodeRef> x </bpmn:flowNodeRef></bpmn:lane>'
        for n in range(10_000)) + "<bpmn:lane id")],
    "10,000 attributes": lambda: [changed("<bpmn:endEvent", "<bpmn:endEvent " + " ".join(
        f'camunda:a{n}="1"' for n in range(10_000)))],
    "10,000 attributes that act": lambda: [row(*(task("x").replace("<bpmn:userTask", "<bpmn:userTask " + " ".join(
        f'camunda:{name}="a"' for name in ("class", "expression", "resource", "caseRef")))
        for _ in range(240)))],
    "10,000 namespaces": lambda: [changed("<bpmn:endEvent", "<bpmn:endEvent " + " ".join(
        f'xmlns:a{n}="http://example.org/{n}" a{n}:b="1"' for n in range(10_000)))],
    "10,000 properties": lambda: [row(task("x", extended("<camunda:properties>" + "".join(
        f'<camunda:property name="a{n}" value="1"/>' for n in range(10_000)) + "</camunda:properties>")))],
    "nested XML": lambda: [row(task("x", extended("<camunda:a>" * 100_000 + "</camunda:a>" * 100_000)))],
    "nested sub-processes": lambda: [row(nested(9))],
    "nested lanes": lambda: [changed("<bpmn:lane id", "".join(
        f'<bpmn:lane id="l{n}"><bpmn:childLaneSet>' for n in range(100)) + "</bpmn:childLaneSet></bpmn:lane>" * 100
        + "<bpmn:lane id")],
    "long expression": lambda: [row(script("1" * 1_001))],
    "many expressions": lambda: [row(*[script(f"{LONG} + 1") for _ in range(200)])],
    "many candidate groups": lambda: [row(*[task("x", group="a," * 4_000) for _ in range(200)])],
    "many problems": lambda: [row(*[task("x", form="", group="") for _ in range(240)])],
    "long texts": lambda: [row(*[task("x").replace('name="x"', f'name="{"n" * 5_000}"') for _ in range(240)])],
    "long documentation": lambda: [row(task("x", f"<bpmn:documentation>{'a' * 2_900_000}</bpmn:documentation>"))],
    "long id": lambda: [changed('"x0"', f'"{"x" * 100_000}"')],
    # entities
    "billion laughs": lambda: [replace(headed(f'<!DOCTYPE x [<!ENTITY a0 "ha">{LAUGHS}]>'), content=headed(
        f'<!DOCTYPE x [<!ENTITY a0 "ha">{LAUGHS}]>').content.replace(b'name="x"', b'name="&a11;"'))],
    "quadratic blowup": lambda: [replace(PLAIN, content=headed(f'<!DOCTYPE x [<!ENTITY a "{"a" * 100_000}">]>')
        .content.replace(b"<bpmn:endEvent", b"<bpmn:documentation>" + b"&a;" * 10_000 + b"</bpmn:documentation>"))],
    "file entity": lambda: [replace(PLAIN, content=headed('<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>')
        .content.replace(b'name="x"', b'name="&a;"'))],
    "parameter entity": lambda: [headed('<!DOCTYPE x [<!ENTITY % a SYSTEM "http://127.0.0.1:9/a"> %a;]>')],
    "outside DTD": lambda: [headed('<!DOCTYPE x SYSTEM "http://127.0.0.1:9/a.dtd">')],
    "device entity": lambda: [headed('<!DOCTYPE x SYSTEM "file:///dev/zero">')],
    "XInclude": lambda: [row(task("x", extended(
        '<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="file:///etc/passwd" parse="text"/>')))],
    "XInclude outside": lambda: [changed("<bpmn:endEvent",
        '<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="file:///etc/passwd"/><bpmn:endEvent')],
    "import": lambda: [changed("<bpmn:process",
        '<bpmn:import namespace="a" location="file:///etc/passwd" importType="b"/><bpmn:process')],
    "schema location": lambda: [changed("<bpmn:definitions", "<bpmn:definitions xsi:schemaLocation="
        '"http://www.omg.org/spec/BPMN/20100524/MODEL http://127.0.0.1:9/a.xsd"')],
    "processing instructions": lambda: [changed("<bpmn:endEvent", '<?php system("id"); ?>' * 10_000 + "<a")],
    # ids and references
    "10,000 times one id": lambda: [diagram(*['<bpmn:task id="x"/>'] * 240)],
    "missing references": lambda: [row(*['<bpmn:receiveTask id="x" messageRef="tidak_ada"/>'] * 240)],
    "flows to nowhere": lambda: [row(task("x"), after="".join(flow(f"a{n}", f"b{n}") for n in range(5_000)))],
    "flow onto a flow": lambda: [row(task("x"), after=flow("x0", "mulai-x0") + flow("x0", "lajur"))],
    "empty ids": lambda: [changed('id="x0"', 'id=""')],
    "ids that Python knows": lambda: [changed('"x0"', '"__class__"')],
    # ways without end
    "automatic circle": lambda: [diagram(start(), end(), *(gateway(f"g{n}", f"g{n}-g{n + 1}") for n in range(200)),
        gateway("g200", "g200-g0"), line("mulai", *(f"g{n}" for n in range(201)), "g0"), flow("g200", "selesai",
        "false"))],
    "automatic loop": lambda: [row(*LOOP, after=flow("x1", "x0", "true"))],
    "loop without maximum": lambda: [row(script("1", repeated(condition="true")))],
    "loops in loops": lambda: [row(nested(8, repeated("1000", "true")))],
    "loop that is long": lambda: [row(script("1", repeated("1000", "true")))],
    "long loops one after the other": lambda: [row(*[script(HEAVY, repeated("1000", "true")) for _ in range(200)])],
    "circle of links": lambda: [diagram(start(), end(), *(
        f'<bpmn:intermediate{kind}Event id="{kind}"><bpmn:linkEventDefinition id="d{kind}" name="a"/>'
        f"</bpmn:intermediate{kind}Event>" for kind in ("Throw", "Catch")), gateway("g"),
        line("mulai", "g", "Throw"), line("Catch", "g"))],
    # parallel blocks
    "parallel block of 100": lambda: [fan(AND, AND, 100)],
    "inclusive block of 100": lambda: [fan(OR, OR, 100)],
    "inclusive split that meets nowhere": lambda: [fan(OR, XOR, 100)],
    "inclusive split into a parallel join": lambda: [fan(OR, AND, 100)],
    "parallel split into an inclusive join": lambda: [fan(AND, OR, 100)],
    "crossed parallel branches": lambda: [crossed(60, AND)],
    "crossed inclusive branches": lambda: [crossed(60, OR)],
    "crossed inclusive branches, few": lambda: [crossed(8, OR)],
    "ladder": lambda: [ladder(12, 18)],
    "wide ladder": lambda: [ladder(60, 2)],
    "tangle": lambda: [tangled(9)],
    "large tangle": lambda: [tangled(60)],
    "parallel scripts": lambda: [fan(AND, AND, 100, lambda name: script("1").replace('"x"', f'"{name}"'))],
    "parallel scripts that meet nowhere": lambda: [fan(AND, XOR, 100,
        lambda name: script("1").replace('"x"', f'"{name}"'))],
    "parallel block of 200": lambda: [fan(AND, AND, 200)],
    # calls
    "call of itself": lambda: [row(call("x", "proses"))],
    "circle of calls": lambda: chain(100, closed=True),
    "chain of calls": lambda: chain(100, closed=False),
    # counts and times
    "instances without end": lambda: [row(task("x", counted("1000000000")))],
    "instances of many digits": lambda: [row(task("x", counted("9" * 900)))],
    "instances by power": lambda: [row(task("x", counted("9 ** 9 ** 9 ** 9")))],
    "instances of instances": lambda: [row(nested(8, counted("100")))],
    "parallel instances of instances": lambda: [row(nested(8, counted("100", sequential=False)))],
    "many instances": lambda: [row(*[script("1", counted("100")) for _ in range(200)])],
    "endless timer": lambda: [row(*(f'<bpmn:intermediateCatchEvent id="x"><bpmn:timerEventDefinition id="d{n}">'
        f"<bpmn:timeDuration>{text}</bpmn:timeDuration></bpmn:timerEventDefinition></bpmn:intermediateCatchEvent>"
        for n, text in enumerate(["PT0S", "P" + "9" * 900 + "Y", "-P1D", "P1Y" * 300, "R" * 900, "PT" + "1H" * 400])))],
    # expressions
    "deep expression": lambda: [row(script(DEEP))],
    "deep expressions": lambda: [row(*[script(DEEP) for _ in range(100)])],
    "heavy script": lambda: [row(script(HEAVY))],
    "heavy scripts": lambda: [row(*[script(HEAVY) for _ in range(200)])],
    "heavy texts": lambda: [row(*[script('string join(for a in 1..9000 return "aaaaaaaaaaaaaaaaaaaa")')
        for _ in range(200)])],
    "growing text": lambda: [row(script('"a"'), *[script("r + r") for _ in range(200)])],
    "growing number": lambda: [row(script("9"), *[script("r * r") for _ in range(200)])],
    "growing list": lambda: [row(script("[1]"), *[script("concatenate(r, r)") for _ in range(200)])],
    "growing nest": lambda: [row(script("[1]"), *[script("[r, r]") for _ in range(200)])],
    "backtracking pattern": lambda: [row(script(BACKTRACKING))],
    "power": lambda: [row(script("9 ** 999999999"))],
    "Python": lambda: [row(script('__import__("os").system("id")'))],
    "Python of objects": lambda: [row(script("().__class__.__bases__[0].__subclasses__()"))],
    "template": lambda: [changed('name="x"', 'name="{{ 7 * 7 }}&lt;script&gt;alert(1)&lt;/script&gt;"')],
    "names that are code": lambda: [row(script("1").replace('"r"', '"__class__"'))],
    # encodings
    "UTF-8 with a mark": lambda: [coded("UTF-8", "utf-8", b"\xef\xbb\xbf")],
    "UTF-16": lambda: [coded("UTF-16", "utf-16")],
    "UTF-16 without a mark": lambda: [coded("UTF-16", "utf-16-be")],
    "UTF-32": lambda: [coded("UTF-32", "utf-32")],
    "UTF-7": lambda: [coded("UTF-7", "utf-7")],
    "EBCDIC": lambda: [coded("IBM037", "cp037")],
    "wrong encoding": lambda: [coded("UTF-16", "utf-8")],
    "half a mark": lambda: [coded("UTF-8", "utf-8", b"\xef\xbb")],
    "two marks": lambda: [coded("UTF-8", "utf-8", b"\xef\xbb\xbf" * 2)],
    "Latin-1 as UTF-8": lambda: [replace(PLAIN, content=PLAIN.content.replace(b'name="x"', b'name="\xe9"'))],
    # whole uploads
    "much of everything": everything,
    "25 large tables": lambda: [row(task("x")), *many(25, lambda n: dmn(f"d{n}", 1_300, " + ".join("11111111")))],
    "tables at the limit": lambda: [row(task("x")), *many(25, lambda n: dmn(f"d{n}", 150, " + ".join(["1"] * 240)))],
    "large table": lambda: [row(asking("d")), dmn("d", 1_900, "1 + 1")],
    "wide table": lambda: [row(asking("d")), dmn("d", 40, "1", 400)],
    "large table asked often": lambda: [row(*[asking("d")] * 200), dmn("d", 1_900, "1 + 1")],
    "25 diagrams at the limit": lambda: many(25, lambda n: replace(changed('id="proses"', f'id="p{n}"', row(
        *[script(LONG) for _ in range(150)])), name=f"p{n}.bpmn")),
    "25 wide diagrams": lambda: many(25, lambda n: replace(changed('id="proses"', f'id="p{n}"', crossed(60, OR)),
        name=f"p{n}.bpmn")),
    "1,000 diagrams": lambda: many(1_000, lambda n: replace(changed('id="proses"', f'id="p{n}"'), name=f"p{n}.bpmn")),
    "1,000 empty files": lambda: many(1_000, lambda n: File(f"{n}.bpmn", b"")),
    "1,000 files of other kinds": lambda: many(1_000, lambda n: File(f"{n}.exe", b"MZ")),
    "name without end": lambda: [replace(PLAIN, name="a" * 1_000_000 + ".bpmn")],
    "25 large forms": lambda: [PLAIN, *many(24, lambda n: written(
        FORM % ",".join(f'{{"id": "a{m}", "type": "textfield", "key": "a{m}", "label": "{"a" * 1_800}"}}'
        for m in range(499)), name=f"{n}.form"))],
    "deep form": lambda: [PLAIN, written('{"a":' * 100_000 + "1" + "}" * 100_000)],
    "form of digits": lambda: [PLAIN, written('{"a": ' + "9" * 900_000 + "}")],
    "form of names": lambda: [PLAIN, written("{" + ",".join(f'"a{n}": 1' for n in range(60_000)) + "}")],
}  # fmt: skip


def main() -> None:
    """Answer each attack named in the input with a line of its own."""
    for name in map(str.strip, sys.stdin):
        if not os.fork():
            _confined(name)
            os._exit(0)
        os.wait()


def _confined(name: str) -> None:
    files = [*ATTACKS[name](), ASKED]
    before = resource.getrusage(resource.RUSAGE_SELF)
    spent = before.ru_utime + before.ru_stime
    _limit(resource.RLIMIT_CPU, math.ceil(spent) + CPU_SECONDS)
    _limit(resource.RLIMIT_AS, _address_space() + MEMORY)
    checked = drafts.check(drafts.read(files), Shelf())
    used = resource.getrusage(resource.RUSAGE_SELF)
    told = [(p.code, p.severity, p.file[:80], p.line, p.place or p.element or p.file[:80]) for p in checked.problems]
    seconds = round(used.ru_utime + used.ru_stime - spent, 2)
    sys.stdout.write(json.dumps([name, seconds, used.ru_maxrss // 1_024, told]) + "\n")
    sys.stdout.flush()


def _limit(kind: int, most: int) -> None:
    resource.setrlimit(kind, (most, resource.getrlimit(kind)[1]))


def _address_space() -> int:
    """Return how many bytes this process has mapped already, its libraries among them."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    return pages * resource.getpagesize()


if __name__ == "__main__":
    main()
