"""What a process remembers of offices: read once, and again when an office has changed since."""

from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic
from typing import Generic, TypeVar

from sqlalchemy import Pool, bindparam, select

from service.models import Office, db
from service.prepared import Prepared

KEPT = 5.0
"""Seconds for which a session takes an office to be unchanged: so late a change is heard of elsewhere."""
Content = TypeVar("Content")
_REVISION = Prepared(select(Office.revision).where(Office.id == bindparam("office")))


@dataclass(frozen=True, slots=True)
class _Known(Generic[Content]):
    pool: Pool
    """Whoever lets go of the database remembers nothing of it."""
    revision: int
    content: Content


class Remembered(Generic[Content]):
    """Something that is the same for everybody in an office until its revision grows."""

    def __init__(self, read: Callable[[str], Content]) -> None:
        self._read = read
        self._known: dict[str, _Known[Content]] = {}
        _on_forgetting.append(self._known.clear)

    def of(self, office: str) -> Content:
        """Return it; whoever changed it in place would change it for all."""
        revision, pool, known = _revision(office), db.engine.pool, self._known.get(office)
        if known is None or known.revision != revision or known.pool is not pool:
            known = self._known[office] = _Known(pool, revision, self._read(office))
        return known.content


_on_forgetting: list[Callable[[], None]] = []


def note(office: str, revision: int) -> None:
    """Take over the revision of an office that came with what else a session read."""
    _noted()[office] = revision, monotonic() + KEPT


def forget() -> None:
    """Read everything again."""
    for drop in _on_forgetting:
        drop()


def changed(office: str) -> None:
    """Read an office again that this session has changed, or would have."""
    _noted().pop(office, None)
    forget()


def _revision(office: str) -> int:
    revision, until = _noted().get(office, (0, 0.0))
    if until <= monotonic():
        revision = next((row.revision for row in _REVISION.all({"office": office})), 0)
        note(office, revision)
    return revision


def _noted() -> dict[str, tuple[int, float]]:
    """Return the revisions that the session knows, and until when it trusts them."""
    noted: dict[str, tuple[int, float]] = db.session().info.setdefault("revisions", {})
    return noted
