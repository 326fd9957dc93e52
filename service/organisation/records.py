"""What is there in an office: found, or refused as not there."""

from uuid import UUID
from zoneinfo import ZoneInfo

from service import catalogue, store
from service.errors import NotFound
from service.models import Holding, Person, Position, Unit


def open_unit(office: str, code: str) -> Unit:
    """Return a unit that is not closed.

    Raises:
        NotFound: the office has none.

    """
    unit = store.units_of(office).get(code)
    if unit is None or unit.closed_at is not None:
        raise NotFound(unit=code)
    return unit


def open_position(office: str, code: str) -> Position:
    """Return a position that is not closed.

    Raises:
        NotFound: the office has none.

    """
    position = store.positions_of(office).get(code)
    if position is None or position.closed_at is not None:
        raise NotFound(position=code)
    return position


def person_of(office: str, user_name: str) -> Person:
    """Return somebody who ever had to do with the office.

    Raises:
        NotFound: there is none.

    """
    person = store.find_person(user_name.strip().lower())
    if person is None or office not in store.offices_ever(person.id):
        raise NotFound(person=user_name)
    return person


def row_of(office: str, person_id: UUID) -> Person:
    """Return the person of something in the office.

    Raises:
        NotFound: there is none.

    """
    person = store.get_person(person_id)
    if person is None:
        raise NotFound(office=office, person=person_id)
    return person


def holding_of(office: str, holding_id: UUID) -> Holding:
    """Return what somebody in the office holds or held.

    Raises:
        NotFound: there is none.

    """
    holding = store.get_holding(office, holding_id)
    if holding is None:
        raise NotFound(holding=holding_id)
    return holding


def zone_of(office: str) -> ZoneInfo:
    """Return the clock of the office."""
    return catalogue.calendar(office).time_zone
