"""Reads an answer by the declared error table: the first line that matches, else what is safe.

An unlisted refusal of a write is `uncertain`, never a rejection (`kit.classify`): the owner of the
API has not said that nothing was done. 401 and 429 mean by RFC 9110 and RFC 6585 that it was not.
"""

import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import Final

from interlock.connectors.kit.channel import Dialect
from interlock.connectors.kit.classify import Fault, Row
from interlock.connectors.kit.document import plain
from interlock.connectors.kit.exchange import Answer
from interlock.connectors.kit.pointer import pointed
from interlock.connectors.port import Kind, Verdict
from interlock.estate.kinds.rest import RestOptions
from interlock.estate.kinds.rest_errors import ErrorRow

LONGEST_TEXT: Final = 2_000
"""How much of a value a pattern is tried on."""
PROBLEM: Final = "application/problem+json"
GONE: Final = frozenset({HTTPStatus.NOT_FOUND, HTTPStatus.GONE})


def dialect_of(options: RestOptions) -> Dialect:
    """Return how the declared API says that something went wrong."""
    lines = [(line, _row(index, line)) for index, line in enumerate(options.errors)]
    expired = {row for line, row in lines if line.expired}

    def fault_of(answer: Answer) -> Fault | None:
        ruled = next((row for line, row in lines if _matches(line, answer)), None)
        fine = HTTPStatus.OK <= answer.status < HTTPStatus.MULTIPLE_CHOICES
        if ruled is None and (fine or answer.unreadable) and not _problem(answer):
            return None
        return _fault(options, answer, ruled)

    return Dialect(rows=(), fault_of=fault_of, expired=lambda fault: fault.ruled in expired)


def _row(index: int, line: ErrorRow) -> Row:
    return Row(verdict=Verdict(line.verdict), kind=Kind(line.kind), source=f"errors[{index}]")


def _matches(line: ErrorRow, answer: Answer) -> bool:
    if line.status and answer.status not in line.status:
        return False
    if line.at is not None:
        return not answer.unreadable and _says(line, pointed(answer.document, line.at))
    if line.header is not None:
        return _says(line, answer.headers.get(line.header.lower()))
    return _in_form(answer) or not answer.content.strip()


def _says(line: ErrorRow, value: object) -> bool:
    if value is None:
        return False
    said = text_of(value)[:LONGEST_TEXT]
    if line.equals is not None:
        return said == line.equals
    return line.matches is None or re.search(line.matches, said) is not None


def text_of(value: object) -> str:
    """Return a value of an answer as a declaration writes it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return plain(value) if hasattr(value, "is_finite") else str(value)  # type: ignore[arg-type]  # a Decimal


def _problem(answer: Answer) -> bool:
    """Tell whether it is a problem (RFC 9457), whatever its status."""
    return answer.headers.get("content-type", "").partition(";")[0].strip().lower() == PROBLEM


def _in_form(answer: Answer) -> bool:
    return not answer.unreadable and isinstance(answer.document, Mapping)


def _fault(options: RestOptions, answer: Answer, ruled: Row | None) -> Fault:
    code, message = options.code, options.message
    if _problem(answer):
        code, message = code or "/type", message or "/detail"
    return Fault(
        status=answer.status,
        code=_shown(answer, code) or ("" if ruled is None else ruled.source),
        message=_shown(answer, message),
        readable=_in_form(answer),
        ruled=ruled,
    )


def _shown(answer: Answer, pointer: str | None) -> str:
    found = None if pointer is None else pointed(answer.document, pointer)
    return "" if found is None else text_of(found)
