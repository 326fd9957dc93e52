"""The office itself: its units and positions, its people, who holds what and for how long. Its admins change it."""

from service.organisation.holdings import Appointment, appoint, appointment_flaws, end, move
from service.organisation.people import (
    PersonPlan,
    add_person,
    change_person,
    person_flaws,
    renew_password,
    switch_account,
    untie,
)
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
    naming_flaws,
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
    "appointment_flaws",
    "change_person",
    "change_position",
    "change_unit",
    "close_position",
    "close_unit",
    "end",
    "grant",
    "move",
    "naming_flaws",
    "person_flaws",
    "renew_password",
    "revoke",
    "switch_account",
    "untie",
]
