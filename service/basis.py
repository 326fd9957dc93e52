"""What a page that sends a draft knew of the one that is kept: somebody may fill in a task on two devices."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Basis:
    """Whose draft a page may replace: its own, and any that was saved before it was shown."""

    page: str
    """Its own mark, at most 40 characters."""
    before: datetime
    """What was saved earlier stood on it when it was shown."""
    continued: str = ""
    """Mark of an earlier page whose answers it took up on the same device; empty: of none."""

    @property
    def own(self) -> tuple[str, ...]:
        """Return the marks of the pages that it stands for."""
        return (self.page, self.continued) if self.continued else (self.page,)
