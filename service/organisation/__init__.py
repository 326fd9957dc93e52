"""The office itself: its units and positions, its people, who holds what and for how long. Its admins change it."""

from service.organisation.holdings import Appointment, appoint, end, move
from service.organisation.people import PersonPlan, add_person, change_person, renew_password, untie
from service.organisation.roles import grant, revoke
from service.organisation.structure import (
    PositionPlan,
    UnitPlan,
    add_position,
    add_unit,
    change_position,
    change_unit,
    close_position,
    close_unit,
)

__all__ = [
    "Appointment",
    "PersonPlan",
    "PositionPlan",
    "UnitPlan",
    "add_person",
    "add_position",
    "add_unit",
    "appoint",
    "change_person",
    "change_position",
    "change_unit",
    "close_position",
    "close_unit",
    "end",
    "grant",
    "move",
    "renew_password",
    "revoke",
    "untie",
]
