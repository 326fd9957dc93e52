"""How much work a proof may take: counted, not timed, so that every machine gives the same answer."""

WORK = 5_000_000


class TooLarge(Exception):
    """The diagram needs more work than a proof may take."""


class Budget:
    """Counts the work of one proof."""

    def __init__(self, work: int = WORK) -> None:
        self.left = work

    def spend(self, work: int) -> None:
        """Take work from what is left."""
        self.left -= work
        if self.left < 0:
            raise TooLarge


class Effort:
    """What the proofs of one upload may take together: to decide, and to show examples."""

    def __init__(self) -> None:
        self.proving = Budget()
        self.explaining = Budget()
