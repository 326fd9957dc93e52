"""Background work: what is due is done, one round at a time."""

from datetime import datetime

from service import messages, timers


def run_due(now: datetime) -> int:
    """Do everything that is due now and return how much it was; what fails becomes an incident or is tried later."""
    return timers.start_due(now) + timers.fire_due(now) + messages.drain(now)
