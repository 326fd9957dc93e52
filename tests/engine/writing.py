"""Writes the models of the token game as files: BPMN for each process, DMN for each table."""

from collections.abc import Iterator
from html import escape

from tests.engine import deciding, drawing
from tests.engine.tokengame import (
    Choice,
    Condition,
    Formula,
    Model,
    Multi,
    Named,
    Node,
    Process,
    Table,
    Tally,
    Trigger,
    Value,
)

TESTED = {"=": "{}", "<": "< {}", ">=": ">= {}"}
EXPRESSION = 'xsi:type="bpmn:tFormalExpression"'


def files(model: Model) -> list[bytes]:
    """Return the BPMN file of each process, the model's own first."""
    return [_file(process) for process in model.processes.values()]


def tables(model: Model) -> list[bytes]:
    """Return the DMN file of each decision table."""
    found = (node.table for process in model.processes.values() for node in _all(process))
    return [_table(table) for table in found if table]


def _all(process: Process) -> Iterator[Node]:
    for node in process.nodes.values():
        yield node
        if node.inside:
            yield from _all(node.inside)


def _file(process: Process) -> bytes:
    declared = dict.fromkeys(_declared(process))
    return drawing.definitions(*declared, drawing.process(_elements(process), key=process.key))


def _declared(process: Process) -> Iterator[str]:
    for node in _all(process):
        trigger = node.trigger
        if trigger and trigger.name and trigger.kind != "link":
            code = f' {trigger.kind}Code="{trigger.name}"' if trigger.kind in {"error", "escalation"} else ""
            yield f'<bpmn:{trigger.kind} id="{_root(trigger)}" name="{trigger.name}"{code}/>'


def _root(trigger: Trigger) -> str:
    return f"{trigger.kind}_{trigger.name}"


def _elements(process: Process) -> str:
    nodes = (_node(node) for node in process.nodes.values())
    flows = (
        drawing.flow(flow.source, flow.target, _condition(flow.condition) if flow.condition else "")
        for flow in process.flows
    )
    return "".join((*nodes, *flows))


def _node(node: Node) -> str:
    attributes = "".join(_attributes(node))
    inside = _extensions(node) + (_definition(node.trigger) if node.trigger else "") + _marker(node)
    if node.kind in {"receiveTask", "sendTask"} and node.trigger:
        attributes += f' messageRef="{_root(node.trigger)}"'
        inside = _extensions(node) + _marker(node)
    if node.kind == "userTask":
        return drawing.task(node.id, inside, attributes=attributes)
    if node.script:
        inside += f"<bpmn:script>{escape(_formula(node.script))}</bpmn:script>"
    if node.inside:
        inside += _elements(node.inside)
    return f'<bpmn:{node.kind} id="{node.id}"{attributes}>{inside}</bpmn:{node.kind}>'


def _attributes(node: Node) -> Iterator[str]:
    if node.default:
        yield f' default="{node.default}"'
    if node.kind == "serviceTask":
        yield ' camunda:type="external" camunda:topic="luar"'
    if node.attached_to:
        yield f' attachedToRef="{node.attached_to}" cancelActivity="{str(node.interrupting).lower()}"'
    if node.called:
        yield f' calledElement="{node.called}"'
    if node.script:
        yield ' scriptFormat="feel"'
    if node.table:
        shape = "collectEntries" if node.table.is_list else "singleEntry"
        yield f' camunda:decisionRef="{node.table.key}" camunda:mapDecisionResult="{shape}"'
    if node.result:
        yield f' camunda:resultVariable="{node.result}"'


def _extensions(node: Node) -> str:
    passing = _passed("in", node.handed) + _passed("out", node.returned)
    own = _parameters("input", node.inputs) + _parameters("output", node.outputs)
    if own:
        passing += f"<camunda:inputOutput>{own}</camunda:inputOutput>"
    if node.trigger and node.trigger.key:
        key = f'<camunda:property name="sop.kunci" value="{escape(_formula(node.trigger.key))}"/>'
        passing += f"<camunda:properties>{key}</camunda:properties>"
    return drawing.extended(passing) if passing else ""


def _passed(tag: str, named: Named) -> str:
    return "".join(f'<camunda:{tag} {_source(formula)} target="{name}"/>' for name, formula in named)


def _source(formula: Formula | Choice) -> str:
    if isinstance(formula, Formula) and formula.added is None:
        return f'source="{formula.name}"'
    return f'sourceExpression="={escape(_formula(formula))}"'


def _parameters(kind: str, named: Named) -> str:
    return "".join(
        f'<camunda:{kind}Parameter name="{name}">{escape(_formula(formula))}</camunda:{kind}Parameter>'
        for name, formula in named
    )


def _definition(trigger: Trigger) -> str:
    tag = f"{trigger.kind}EventDefinition"
    if trigger.kind == "timer":
        written = "timeDuration" if trigger.times == 1 else "timeCycle"
        text = f"PT{trigger.minutes}M" if trigger.times == 1 else f"R{trigger.times or ''}/PT{trigger.minutes}M"
        return f"<bpmn:{tag}><bpmn:{written} {EXPRESSION}>{text}</bpmn:{written}></bpmn:{tag}>"
    if trigger.kind == "link":
        return f'<bpmn:{tag} name="{trigger.name}"/>'
    reference = f' {trigger.kind}Ref="{_root(trigger)}"' if trigger.name else ""
    return f"<bpmn:{tag}{reference}/>"


def _marker(node: Node) -> str:
    if node.loop:
        most = f' loopMaximum="{node.loop.maximum}"' if node.loop.maximum else ""
        asked = escape(_condition(node.loop.condition))
        return (
            f'<bpmn:standardLoopCharacteristics testBefore="{str(node.loop.before).lower()}"{most}>'
            f"<bpmn:loopCondition {EXPRESSION}>{asked}</bpmn:loopCondition></bpmn:standardLoopCharacteristics>"
        )
    return _instances(node, node.multi) if node.multi else ""


def _instances(node: Node, multi: Multi) -> str:
    attributes = f'isSequential="{str(multi.sequential).lower()}"'
    parts = ""
    if multi.cardinality:
        parts += f"<bpmn:loopCardinality {EXPRESSION}>{multi.cardinality}</bpmn:loopCardinality>"
    elif multi.results:
        parts += f"<bpmn:loopDataInputRef>{multi.collection}</bpmn:loopDataInputRef>"
    else:
        attributes += f' camunda:collection="{multi.collection}" camunda:elementVariable="{multi.item}"'
    if multi.results:
        parts += f"<bpmn:loopDataOutputRef>{multi.results}</bpmn:loopDataOutputRef>"
    if multi.results and multi.item:
        parts += f'<bpmn:inputDataItem id="unsur_{node.id}" name="{multi.item}"/>'
    if multi.results:
        parts += f'<bpmn:outputDataItem id="satu_{node.id}" name="satu"/>'
    if multi.until:
        parts += f"<bpmn:completionCondition {EXPRESSION}>{escape(_condition(multi.until))}</bpmn:completionCondition>"
    return f"<bpmn:multiInstanceLoopCharacteristics {attributes}>{parts}</bpmn:multiInstanceLoopCharacteristics>"


# Tables and expressions ---------------------------------------------------------------------------


def _table(table: Table) -> bytes:
    names = sorted({condition.name for conditions, _ in table.rules for condition in conditions})
    inputs = names or ["true"]
    rules = [([_cell(name, conditions) for name in inputs], [_literal(output)]) for conditions, output in table.rules]
    policy = f'hitPolicy="{table.policy}"' + f' aggregation="{table.aggregator}"' * bool(table.aggregator)
    return deciding.definitions(deciding.decision(table.key, deciding.table(inputs, ["hasil"], rules, policy)))


def _cell(name: str, conditions: tuple[Condition, ...]) -> str:
    for condition in conditions:
        if condition.name == name:
            return TESTED[condition.sign].format(_literal(condition.value))
    return "-"


def _condition(condition: Condition | Tally) -> str:
    if isinstance(condition, Tally):
        counted = f"{condition.collection}[item.{condition.name} = {_literal(condition.value)}]"
        return f"count({counted}) >= {condition.least}"
    return f"{condition.name} {condition.sign} {_literal(condition.value)}"


def _formula(formula: Formula | Choice) -> str:
    if isinstance(formula, Choice):
        return f"if {_condition(formula.condition)} then {_literal(formula.yes)} else {_literal(formula.no)}"
    if not formula.name:
        return _literal(formula.added)
    return formula.name if formula.added is None else f"{formula.name} + {_literal(formula.added)}"


def _literal(value: Value) -> str:
    return f'"{value}"' if isinstance(value, str) else str(value)
