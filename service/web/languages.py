"""The catalogues of texts, looked up once per language instead of once per text: a page has hundreds."""

from babel.support import NullTranslations
from flask_babel import Domain, get_locale


class Catalogues(Domain):  # type: ignore[misc]  # flask-babel tells no types
    """The texts of all languages."""

    def __init__(self) -> None:
        super().__init__()
        self._by_language: dict[str, NullTranslations] = {}

    def get_translations(self) -> NullTranslations:
        """Return the texts of the language that is spoken now."""
        locale = get_locale()
        language = locale.language if locale else ""
        found = self._by_language.get(language)
        if found is None:
            found = self._by_language[language] = super().get_translations()
        return found
