"""The two ways an expression can be refused: when it is read and when it is worked out."""

from service.errors import EngineFailed, Invalid


class ExpressionInvalid(Invalid):
    """The text is not an expression of the supported language."""

    code = "expression-invalid"

    def __init__(self, position: int, message_id: str, message_en: str) -> None:
        super().__init__(message_en, position=position)
        self.position = position
        """Column, counted from 1, in the text as it was given."""
        self.message_id = message_id
        self.message_en = message_en


class ExpressionFailed(EngineFailed):
    """The expression was read, but its value could not be used."""

    code = "expression-failed"

    def __init__(self, reason: str, message_id: str, message_en: str) -> None:
        super().__init__(message_en, cause=reason)
        self.reason = reason
        """For machines: "not-boolean", "too-much-work", "result-too-large", "number-too-large"."""
        self.message_id = message_id
        self.message_en = message_en


def too_much_work() -> ExpressionFailed:
    """Say that the step budget of one evaluation is used up."""
    return ExpressionFailed(
        "too-much-work",
        "Ekspresi memerlukan terlalu banyak perhitungan.",
        "The expression needs too much computing.",
    )


def too_large() -> ExpressionFailed:
    """Say that a list, text or context became larger than a result may be."""
    return ExpressionFailed(
        "result-too-large",
        "Hasil ekspresi terlalu besar.",
        "The result of the expression is too large.",
    )
