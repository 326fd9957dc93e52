import ast
import re
from collections.abc import Iterator

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from tests.web import pagework

METHODS = [("**/templates/**.html", "jinja2"), ("**.py", "python")]
KEYWORDS = {"_": None, "gettext": None, "later": None, "ngettext": (1, 2), "remedy": None}
PLACEHOLDER = re.compile(r"%\([a-z_]+\)s|\{[a-z]+\}|</?[a-z]+>")


def _said() -> set[str]:
    """Return every Indonesian text that the pages say."""
    found = set()
    for extracted in extract_from_dir(str(pagework.PACKAGE), METHODS, keywords=KEYWORDS):
        text = extracted[2]
        found.add(text if isinstance(text, str) else text[0])
    return found


def _catalogue() -> Catalog:
    with pagework.CATALOGUE.open("rb") as file:
        return read_po(file, locale="en")


def _messages() -> Iterator[tuple[str, list[str]]]:
    for message in _catalogue():
        if message.id:
            yield _key(message), list(message.string) if isinstance(message.string, tuple) else [str(message.string)]


def _key(message: Message) -> str:
    return message.id if isinstance(message.id, str) else str(message.id[0])


def test_every_text_of_the_pages_is_in_the_english_catalogue() -> None:
    said, translated = _said(), {key for key, _ in _messages()}

    assert len(said) > 300
    assert said - translated == set()
    assert translated - said == set()


def test_every_remedy_of_a_problem_is_a_whole_sentence_that_can_be_translated() -> None:
    made = [
        call.args[0]
        for file in pagework.PACKAGE.rglob("*.py")
        for call in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(call, ast.Call) and ast.unparse(call.func) in {"remedy", "Remedy"}
    ]

    assert len(made) > 100
    assert [ast.unparse(text) for text in made if not isinstance(text, ast.Constant)] == ["sentence"]


def test_every_translation_is_there_and_has_the_same_places() -> None:
    wrong = [
        (key, english)
        for key, texts in _messages()
        for english in texts
        if not english or sorted(PLACEHOLDER.findall(english)) != sorted(PLACEHOLDER.findall(key))
    ]

    assert wrong == []


def test_english_has_two_numbers_and_nothing_is_unsure() -> None:
    catalogue = _catalogue()

    assert catalogue.num_plurals == 2
    assert [message.id for message in catalogue if message.fuzzy] == []
    assert [key for key, texts in _messages() if len(texts) not in {1, 2}] == []
