"""A declared error table: what an answer of the API means, line by line."""

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, model_validator
from pydantic import Field as Given

from interlock.estate.kinds.declared import Part, Text

_NESTED = re.compile(r"[+*}]\s*\)\s*[+*{]")
"""A repeated repetition: such a pattern can take for ever."""
LONGEST = 200
SUCCESS = range(200, 300)

Verdict = Literal["done", "rejected", "retryable", "uncertain", "blocked"]
Kind = Literal[
    "rejected",
    "period-closed",
    "missing-field",
    "unknown-value",
    "unknown-field",
    "duplicate",
    "not-found",
    "conflict",
    "locked",
    "quota",
    "auth",
    "outage",
    "transport",
    "malformed",
    "tax-failed",
]


def _pointer(value: str) -> str:
    if (value and not value.startswith("/")) or re.search(r"~(?![01])", value):
        raise ValueError("write a JSON Pointer (RFC 6901), such as /error/code")
    return value


def _statuses(value: object) -> object:
    return value if isinstance(value, list) else [value]


def _pattern(value: str) -> str:
    try:
        re.compile(value)
    except (re.error, OverflowError, RecursionError) as error:
        raise ValueError(f"not a regular expression: {error}") from error
    if len(value) > LONGEST or _NESTED.search(value):
        raise ValueError("a regular expression that may take for ever; write a simpler one")
    return value


Pointer = Annotated[str, AfterValidator(_pointer)]
Pattern = Annotated[str, AfterValidator(_pattern)]
Status = Annotated[int, Given(ge=100, le=599)]
Statuses = Annotated[tuple[Status, ...], BeforeValidator(_statuses)]


class ErrorRow(Part):
    """One line: when all of it matches an answer, its verdict stands."""

    status: Statuses = ()
    at: Pointer | None = None
    """Something stands here in the body; with `equals` or `matches`, this."""
    header: str | None = None
    """The header is there; with `equals` or `matches`, and says this."""
    equals: Text | None = None
    matches: Pattern | None = None
    verdict: Verdict
    kind: Kind = "rejected"
    expired: bool = False
    """The session ended, and nothing was done: log in again and send it again."""

    @model_validator(mode="after")
    def _meant(self) -> "ErrorRow":
        looks = self.at is not None or self.header is not None
        if self.at is not None and self.header is not None:
            raise ValueError("a line looks at the body (`at`) or at a `header`, not at both")
        if not looks and (self.equals is not None or self.matches is not None):
            raise ValueError("`equals` and `matches` need `at:` or `header:`")
        if self.equals is not None and self.matches is not None:
            raise ValueError("a line has `equals` or `matches`, not both")
        if not looks and not self.status:
            raise ValueError("a line that matches everything: give a status, `at` or a `header`")
        if not looks and any(each in SUCCESS for each in self.status):
            raise ValueError("a success is an error only by what it says: give `at` or a `header`")
        if self.expired and self.kind != "auth":
            raise ValueError("`expired` goes with `kind: auth`")
        return self
