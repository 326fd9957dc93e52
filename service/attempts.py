"""How often one may fail to sign in: per account and, since an office shares its address, slower per address."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from ipaddress import IPv6Address, ip_address, ip_network
from uuid import UUID

from service import store
from service.errors import TooManyAttempts
from service.models import new_id

WINDOW = timedelta(minutes=15)
MOST_PER_ACCOUNT, MOST_PER_ADDRESS = 10, 100
IPV6_NETWORK = 64
"""One subscriber has all addresses of such a network."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """Somebody tries a password; it counts as failed until he is forgiven."""

    id: UUID
    account: str
    """Empty where none was named."""
    address: str

    def succeeded(self) -> None:
        """Forget what failed at the account, and that this came from the address."""
        store.forgive(self.id, wholly=self.account, once=self.address)


def begin(user_name: str, address: str, now: datetime) -> Attempt:
    """Count an attempt before the password is looked at; whether there is such an account makes no difference.

    Raises:
        TooManyAttempts: with the time from which on it may be tried again.

    """
    attempt = Attempt(new_id(now), _digest("account", user_name.strip().lower()), _digest("address", _network(address)))
    _count(attempt.id, {attempt.account: MOST_PER_ACCOUNT, attempt.address: MOST_PER_ADDRESS}, now)
    return attempt


def begin_elsewhere(address: str, now: datetime) -> Attempt:
    """Count somebody who comes back from a provider, before it is asked whether it vouches for him.

    Raises:
        TooManyAttempts: as `begin`; who types passwords at the address is not locked out by it.

    """
    attempt = Attempt(new_id(now), "", _digest("provider", _network(address)))
    _count(attempt.id, {attempt.address: MOST_PER_ADDRESS}, now)
    return attempt


def count_wrong_token(address: str, now: datetime) -> None:
    """Count a token that is none.

    Raises:
        TooManyAttempts: as `begin`; programs and people of an address do not lock each other out.

    """
    _count(new_id(now), {_digest("token", _network(address)): MOST_PER_ADDRESS}, now)


def _count(attempt: UUID, most: Mapping[str, int], now: datetime) -> None:
    store.note_attempt(attempt, most, now)
    tries = store.attempts(most, now - WINDOW)
    # Who gets in meanwhile at the same account is forgiven everything there, this attempt too.
    waits = [found.first_at + WINDOW for subject, found in tries.items() if found.number > most[subject]]
    if waits:
        store.drop_attempt(attempt, most)
        raise TooManyAttempts(until=max(waits))


def forget(now: datetime) -> None:
    """Delete what does not count any more."""
    store.drop_attempts(now - WINDOW)


def _network(address: str) -> str:
    try:
        found = ip_address(address)
    except ValueError:
        return address
    return str(ip_network((found, IPV6_NETWORK), strict=False)) if isinstance(found, IPv6Address) else str(found)


def _digest(kind: str, text: str) -> str:
    return sha256(f"{kind}:{text}".encode()).hexdigest()
