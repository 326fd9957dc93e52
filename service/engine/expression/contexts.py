"""Functions on contexts."""

from service.engine.expression.values import Run, Value, lift


def value_of(_run: Run, context: dict[str, object], key: str) -> Value:
    """Return an entry by its key."""
    return lift(context.get(key))


def entries(run: Run, context: dict[str, object]) -> Value:
    """Return the entries as a list of key and value."""
    run.spend(len(context))
    return [{"key": key, "value": value} for key, value in context.items()]


def with_entry(run: Run, context: dict[str, object], key: str, value: Value) -> Value:
    """Return the context with one entry set."""
    run.spend(len(context))
    return {**context, key: value}


def merged(run: Run, contexts: list[object]) -> Value:
    """Join contexts; later entries win."""
    made: dict[str, object] = {}
    for context in contexts:
        if not isinstance(context, dict):
            return None
        run.spend(len(context))
        made |= context
    return made
