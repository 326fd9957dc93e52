"""The human being behind accounts: told apart by the service number (NIP), which not everybody may read."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from service.errors import Invalid, OrganisationRefused

LONGEST_EMAIL = 254
EMAIL = re.compile(r"[^\s@<>\"',;:\\]+@[A-Za-z0-9.-]+")
SHOWN = 4
"""Digits of a service number that everybody may see."""
_NIP = re.compile(r"(\d{4})(\d{2})(\d{2})(\d{4})\d{2}[12]\d{3}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Human:
    """An account with the service number of who has it, empty where nobody entered it."""

    person_id: UUID
    nip: str = ""

    def is_among(self, others: Iterable["Human"]) -> bool:
        """Tell whether one of these accounts, or another account with the same service number, is this one's."""
        return any(self.person_id == other.person_id or (self.nip != "" and self.nip == other.nip) for other in others)


def read_nip(text: str) -> str:
    """Return the 18 digits of a service number without what separates them: birth, entry, sex, serial number.

    Raises:
        OrganisationRefused: it cannot be one.

    """
    digits = re.sub(r"[\s.\-]", "", text)
    found = _NIP.fullmatch(digits)
    if found is None or not _is_day(*found.groups()[:3]) or not found[1] < found[4]:
        raise OrganisationRefused("nip-invalid")
    return digits


def read_email(text: str) -> str:
    """Return where somebody is told of his work; empty for nowhere.

    Raises:
        Invalid: no e-mail address.

    """
    email = text.strip()
    if email and (len(email) > LONGEST_EMAIL or not EMAIL.fullmatch(email)):
        raise Invalid(f"{email} is no e-mail address", field="email")
    return email


def masked(nip: str) -> str:
    """Return a service number for somebody who may not read it: its last digits only."""
    return "•" * (len(nip) - SHOWN) + nip[-SHOWN:]


def _is_day(year: str, month: str, day: str) -> bool:
    try:
        date(int(year), int(month), int(day))
    except ValueError:
        return False
    return True
