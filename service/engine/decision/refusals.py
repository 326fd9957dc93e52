"""Why a decision has no usable result."""

from service.errors import EngineFailed


class DecisionFailed(EngineFailed):
    """The decision was read, but these values give no result that could be used."""

    code = "decision-failed"

    def __init__(self, cause: str, message_id: str, message_en: str, rules: tuple[int, ...] = ()) -> None:
        super().__init__(message_en, cause=cause)
        self.message_id = message_id
        self.message_en = message_en
        self.rules = rules
        """Numbers of the rules that stand in each other's way, as the table counts them."""
