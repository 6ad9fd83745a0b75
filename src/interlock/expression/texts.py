"""Functions over text; patterns are RE2's, which need time linear in the text."""

import re2

from interlock.expression.values import LONGEST_STRING, Refused, text


def matches(value: str, pattern: str) -> bool:
    try:
        return re2.search(text(pattern), text(value)) is not None
    except re2.error as error:
        raise Refused(f"{pattern!r} is not a pattern", "RE2 syntax") from error


def replaced(value: str, old: str, new: str) -> str:
    value, old, new = text(value), text(old), text(new)
    if old and len(value) + value.count(old) * len(new) > LONGEST_STRING:
        raise Refused(f"the text is longer than {LONGEST_STRING} characters")
    return value.replace(old, new)


def substring(value: str, start: int, end: int | None = None) -> str:
    value = text(value)
    stop = len(value) if end is None else end
    if type(start) is not int or type(stop) is not int or not 0 <= start <= stop <= len(value):
        raise Refused(f"no characters {start} to {stop} in a text of {len(value)}")
    return value[start:stop]
