"""SOQL cut into words."""

import re
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from interlock_sandbox.salesforce.errors import SalesforceError, refused

_WORD: Final = re.compile(
    r"""\s*(?:
        (?P<string>'(?:[^'\\]|\\.)*')
      | (?P<moment>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d))
      | (?P<day>\d{4}-\d\d-\d\d)
      | (?P<number>[-+]?\d+(?:\.\d+)?)
      | (?P<name>[A-Za-z]\w*(?:\.[A-Za-z]\w*)*)
      | (?P<sign><=|>=|!=|<>|=|<|>|\(|\)|,)
    )""",
    re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class Word:
    """One word of a query, and what kind of word it is."""

    kind: str
    text: str

    def is_keyword(self, *keywords: str) -> bool:
        """Tell whether this is one of `keywords`; SOQL knows no case."""
        return self.kind in {"name", "sign"} and self.text.upper() in keywords


END: Final = Word("end", "<EOF>")


def unexpected(word: Word) -> SalesforceError:
    """Return the error for a word that does not belong where it stands."""
    return refused("MALFORMED_QUERY", f"unexpected token: {word.text}")


class Words:
    """The words of a query, one after the other."""

    def __init__(self, words: list[Word]) -> None:
        self._words = [*words, END]
        self._at = 0

    def peek(self) -> Word:
        """Return the next word without taking it."""
        return self._words[self._at]

    def take(self) -> Word:
        """Return the next word and step over it."""
        word = self._words[self._at]
        self._at = min(self._at + 1, len(self._words) - 1)
        return word

    def took(self, *keywords: str) -> bool:
        """Take the next word if it is one of `keywords`."""
        found = self.peek().is_keyword(*keywords)
        if found:
            self.take()
        return found

    def expect(self, keyword: str) -> None:
        """Take `keyword`.

        Raises:
            SalesforceError: Something else is there.
        """
        if not self.took(keyword):
            raise unexpected(self.peek())

    def name(self) -> str:
        """Take a name.

        Raises:
            SalesforceError: Something else is there.
        """
        if self.peek().kind != "name":
            raise unexpected(self.peek())
        return self.take().text

    def number(self) -> int:
        """Take a whole number.

        Raises:
            SalesforceError: Something else is there.
        """
        word = self.peek()
        if word.kind != "number" or not word.text.isdigit():
            raise unexpected(word)
        return int(self.take().text)

    def inner(self) -> "Words":
        """Take all words up to the parenthesis that closes here.

        Raises:
            SalesforceError: None does.
        """
        depth, taken = 1, list[Word]()
        while self.peek() is not END:
            word = self.take()
            depth += word.is_keyword("(") - word.is_keyword(")")
            if not depth:
                return Words(taken)
            taken.append(word)
        raise unexpected(END)

    def after(self, keyword: str) -> Word:
        """Return the word after the first `keyword` that is still to come, taking nothing."""
        rest = self._words[self._at :]
        follows = (after for word, after in pairwise(rest) if word.is_keyword(keyword))
        return next(follows, END)


def words_of(text: str) -> Words:
    """Return the words of `text`.

    Raises:
        SalesforceError: Something in it is none.
    """
    words: list[Word] = []
    at, end = 0, len(text.rstrip())
    while at < end:
        found = _WORD.match(text, at)
        if found is None or found.lastgroup is None:
            rest = text[at:].lstrip()[:20]
            raise refused("MALFORMED_QUERY", f"line 1:{at} no viable alternative at '{rest}'")
        words.append(Word(found.lastgroup, found[found.lastgroup]))
        at = found.end()
    return Words(words)
