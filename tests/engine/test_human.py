"""The human being behind accounts: the service number, checked and masked."""

from uuid import UUID

import pytest

from service.engine.assignment import Actor, Role, nip_for
from service.engine.human import Human, masked, read_nip
from service.errors import OrganisationRefused

NIP, OTHER = "198501012010011001", "198501012010012002"
ANI, BUDI = UUID(int=1), UUID(int=2)


@pytest.mark.parametrize("text", [NIP, "19850101 201001 1 001", "19850101.201001.1.001", " 19850101-201001-1-001 "])
def test_a_service_number_is_read_with_what_separates_its_parts(text: str) -> None:
    assert read_nip(text) == NIP


@pytest.mark.parametrize(
    "text",
    [
        "",
        NIP[:-1],
        NIP + "1",
        "198513012010011001",
        "198502302010011001",
        "201001011985011001",
        "198501012010013001",
        "19850101201001100A",
        "١٩٨٥٠١٠١٢٠١٠٠١١٠٠١",
        "198501012010011001\x00",
    ],
)
def test_what_cannot_be_a_service_number_is_refused(text: str) -> None:
    with pytest.raises(OrganisationRefused) as refusal:
        read_nip(text)

    assert refusal.value.cause == "nip-invalid"


@pytest.mark.parametrize(
    ("others", "expected"),
    [
        ([], False),
        ([Human(ANI)], True),
        ([Human(ANI, OTHER)], True),
        ([Human(BUDI, NIP)], True),
        ([Human(BUDI, OTHER), Human(UUID(int=3), NIP)], True),
        ([Human(BUDI, OTHER), Human(UUID(int=3))], False),
    ],
)
def test_two_accounts_with_one_service_number_are_one_human_being(
    others: list[Human],
    expected: bool,  # noqa: FBT001 - a column of the table
) -> None:
    assert Human(ANI, NIP).is_among(others) is expected


def test_people_without_a_service_number_are_not_taken_for_one_another() -> None:
    assert not Human(ANI).is_among([Human(BUDI)])


@pytest.mark.parametrize(
    ("role", "own", "shown"),
    [
        (Role.ADMIN, "", NIP),
        (Role.STAFF, "", "••••••••••••••1001"),
        (Role.AUDITOR, "", "••••••••••••••1001"),
        (Role.STAFF, NIP, NIP),
        (Role.STAFF, OTHER, "••••••••••••••1001"),
    ],
)
def test_a_service_number_is_read_whole_by_its_owner_and_by_admins(role: Role, own: str, shown: str) -> None:
    assert nip_for(Actor(ANI, "ani", "Ani", "blitar", (), frozenset({role}), own), NIP) == shown


def test_nobody_who_has_no_service_number_has_one_to_mask() -> None:
    assert masked("") == ""
