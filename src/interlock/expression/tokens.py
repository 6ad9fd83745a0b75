"""Text to words: CEL's tokens and the escapes of its strings."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from interlock.expression.errors import ExpressionError

_TOKEN = re.compile(
    r"""(?P<space>[ \t\r\n]+|//[^\n]*)
      | (?P<decimal>[0-9]+\.[0-9]+(?:[eE][+-]?[0-9]{1,3})?|[0-9]+[eE][+-]?[0-9]{1,3})
      | (?P<int>0[xX][0-9a-fA-F]+|[0-9]+)(?![A-Za-z_0-9])
      | (?P<string>[rR]?(?:"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'))
      | (?P<name>[A-Za-z_][A-Za-z_0-9]*)
      | (?P<symbol>\|\||&&|==|!=|<=|>=|[-+*/%<>!?:.,()\[\]{}])""",
    re.VERBOSE,
)

_ESCAPES: Final = {
    "n": "\n",
    "t": "\t",
    "r": "\r",
    "a": "\a",
    "b": "\b",
    "f": "\f",
    "v": "\v",
    "\\": "\\",
    '"': '"',
    "'": "'",
    "`": "`",
    "?": "?",
}
_ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|[xX][0-9a-fA-F]{2}|[0-3][0-7]{2}|.)")


@dataclass(frozen=True, slots=True)
class Token:
    """A word of the text."""

    kind: str
    text: str
    start: int
    end: int


def tokens(text: str) -> Iterator[Token]:
    """Yield the words of `text`, then an end mark."""
    position = 0
    while position < len(text):
        found = _TOKEN.match(text, position)
        if found is None:
            shown = text[position]
            raise ExpressionError(
                f"unexpected {shown!r}",
                text=text,
                start=position,
                end=position + 1,
                hint="Strings stand in quotes; operators are those of CEL.",
            )
        if found.lastgroup != "space":
            yield Token(str(found.lastgroup), found.group(), position, found.end())
        position = found.end()
    yield Token("end", "", len(text), len(text))


def unquoted(token: Token, text: str) -> str:
    """Return what the string literal `token` of `text` stands for.

    Raises:
        ExpressionError: It holds an escape that CEL does not know.
    """
    if token.text[0] in "rR":
        return token.text[2:-1]
    return _ESCAPE.sub(lambda found: _escaped(found.group(1), token, text), token.text[1:-1])


def _escaped(code: str, token: Token, text: str) -> str:
    if code in _ESCAPES:
        return _ESCAPES[code]
    if code[0] in "uUxX" and len(code) > 1:
        number = int(code[1:], 16)
        if number <= 0x10FFFF and not 0xD800 <= number <= 0xDFFF:  # noqa: PLR2004 (Unicode)
            return chr(number)
    elif code.isdigit() and len(code) > 1:
        return chr(int(code, 8))
    reason = f"`\\{code}` is not an escape"
    raise ExpressionError(reason, text=text, start=token.start, end=token.end)
