"""Words and signs of an expression, with their places."""

import re
from itertools import pairwise
from typing import Final, NamedTuple

from service.engine.expression.refusals import ExpressionInvalid

DIGITS: Final = 18
"""A whole number or a fraction may have so many digits."""

KEYWORDS: Final = frozenset(
    {
        *("null", "true", "false", "and", "or", "if", "then", "else", "for", "in", "return"),
        *("some", "every", "satisfies", "between", "instance", "function", "external"),
    },
)


class Token(NamedTuple):
    """One word or sign; kind is number, text, temporal, name, keyword, sign or end."""

    kind: str
    text: str
    position: int
    """Column, counted from 1."""


_TOKEN: Final = re.compile(
    r"""(?P<space>\s+|//[^\n]*|/\*.*?\*/)
      | (?P<number>[0-9]+(?:\.[0-9]+)?|\.[0-9]+)
      | (?P<text>"(?:[^"\\]|\\.)*")
      | (?P<temporal>@"[^"\\]*")
      | (?P<name>[^\W\d]\w*)
      | (?P<sign>\.\.|\*\*|<=|>=|!=|[-+*/<>=()\[\]{},.:?])
    """,
    re.VERBOSE | re.DOTALL,
)
_JUEL: Final = re.compile(
    r"""(?P<space>\s+)
      | (?P<number>[0-9]+(?:\.[0-9]+)?|\.[0-9]+)
      | (?P<text>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')
      | (?P<name>[^\W\d]\w*)
      | (?P<sign>==|!=|<=|>=|&&|\|\||[-+*/<>().!])
    """,
    re.VERBOSE | re.DOTALL,
)
_JUEL_SIGNS: Final = {"==": "=", "&&": "and", "||": "or"}
_JUEL_WORDS: Final = {"eq": "=", "ne": "!=", "lt": "<", "le": "<=", "gt": ">", "ge": ">=", "not": "!"}


def tokens(text: str, offset: int) -> list[Token]:
    """Cut a FEEL expression into tokens; offset is what was cut off in front of it."""
    found = _cut(_TOKEN, text, offset)
    return [
        token._replace(kind="keyword") if token.kind == "name" and token.text in KEYWORDS else token for token in found
    ]


def juel_tokens(text: str, offset: int) -> list[Token]:
    """Cut the inside of a Camunda 7 `${…}` into FEEL tokens; `!` stays as a sign."""
    found = _cut(_JUEL, text, offset)
    for token, following in pairwise(found):
        if token.kind == "name" and following.text == "(" and token.text not in _JUEL_WORDS | {"and": "", "or": ""}:
            raise unsupported(
                token, f"pemanggilan '{token.text}(…)' dalam ${{…}}", f"the call '{token.text}(…)' inside ${{…}}"
            )
    return [_translated(token) for token in found]


def _translated(token: Token) -> Token:
    sign = _JUEL_SIGNS.get(token.text) if token.kind == "sign" else None
    if token.kind == "name":
        if token.text in {"empty", "div", "mod", "instanceof"} or token.text in KEYWORDS - _SHARED:
            raise unsupported(token, f"'{token.text}' dalam ${{…}}", f"'{token.text}' inside ${{…}}")
        sign = _JUEL_WORDS.get(token.text) or (token.text if token.text in _SHARED else None)
    if sign is None:
        return token
    return token._replace(kind="keyword" if sign.isalpha() else "sign", text=sign)


_SHARED: Final = frozenset({"true", "false", "null", "and", "or"})


def _cut(pattern: re.Pattern[str], text: str, offset: int) -> list[Token]:
    found: list[Token] = []
    place = 0
    while place < len(text):
        match = pattern.match(text, place)
        if match is None:
            raise _unknown(text, place, offset)
        if match.lastgroup != "space":
            found.append(Token(match.lastgroup or "", match.group(), place + offset + 1))
        place = match.end()
    return [*found, Token("end", "", len(text) + offset + 1)]


def _unknown(text: str, place: int, offset: int) -> ExpressionInvalid:
    character = text[place]
    token = Token("sign", character, place + offset + 1)
    if character == '"' or (character == "'" and "'" not in text[place + 1 :]):
        return ExpressionInvalid(token.position, "Teks dalam tanda petik belum ditutup.", "The text is not closed.")
    if character == "'":
        return ExpressionInvalid(
            token.position,
            'Teks ditulis dengan tanda petik ganda ("…"), bukan petik tunggal.',
            'Text is written with double quotes ("…"), not single ones.',
        )
    return unsupported(token, f"tanda '{_shown(character)}'", f"the sign '{_shown(character)}'")


def _shown(character: str) -> str:
    return character if character.isprintable() else f"U+{ord(character):04X}"


def unsupported(token: Token, what_id: str, what_en: str) -> ExpressionInvalid:
    """Name something that the language does not have."""
    return ExpressionInvalid(
        token.position,
        f"Ekspresi memakai {what_id}, yang tidak didukung.",
        f"The expression uses {what_en}, which is not supported.",
    )


_ESCAPE: Final = re.compile(r"""\\(?:u([0-9a-fA-F]{4})|U([0-9a-fA-F]{6})|([nrt"'\\]))""")
_CONTROL: Final = {"n": "\n", "r": "\r", "t": "\t"}


def text_value(token: Token) -> str:
    """Return what a text in quotes stands for; an unknown escape stays as written, as patterns need it."""
    inside = _ESCAPE.sub(_unescaped, token.text[1:-1])
    try:
        # Two \uXXXX may be one character; a lone half is none.
        inside = inside.encode("utf-16", "surrogatepass").decode("utf-16")
    except (UnicodeDecodeError, UnicodeEncodeError):
        raise unsupported(token, "karakter yang tidak sah", "an illegal character") from None
    if "\x00" in inside:
        raise unsupported(token, "karakter yang tidak sah", "an illegal character")
    return inside


def _unescaped(match: re.Match[str]) -> str:
    code = match[1] or match[2]
    if code is None:
        return _CONTROL.get(match[3], match[3])
    return chr(int(code, 16)) if int(code, 16) <= 0x10FFFF else match.group()  # noqa: PLR2004 - end of Unicode
