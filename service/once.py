"""A request that counts once, however often it arrives: over a weak line an answer gets lost and people send again."""

from dataclasses import dataclass
from hashlib import sha256
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Once:
    """What one request is known by, and what it asks for."""

    key: UUID
    digest: UUID

    @classmethod
    def of(cls, who: object, key: str, *asked: object) -> "Once":
        """Return what somebody's request is known by under the key that he chose for it: keys of others never meet."""
        return cls(_digest(str(who), key), _digest(*asked))

    def part(self, *asked: object) -> "Once":
        """Return what a part of the request is known by that is carried out even where the rest fails."""
        return Once(_digest(self.key, *asked), _digest(*asked))


def _digest(*parts: object) -> UUID:
    return UUID(bytes=sha256(repr(parts).encode()).digest()[:16])
