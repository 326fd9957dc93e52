"""Forms that are answered by one button: what several like tasks can be completed with at once."""

from service.engine.form.cleaning import clean
from service.engine.form.model import Form, Option


def agreement(form: Form) -> Option | None:
    """Return the first decision that sends nothing back, where nothing else has to be filled in."""
    outcome = form.outcome
    if outcome is None:
        return None
    option = next((option for option in outcome.options if option.value not in outcome.returns), None)
    if option is None or clean(form, {outcome.key: option.value}, {}, {}).errors:
        return None
    return option
