"""Composite: up to 25 calls in one, each of which may use what an earlier one answered.

``@{ref.path}`` in a URL or a body stands for a value in the answer of the call ``ref``. With
``allOrNone`` true one failure halts all the others; otherwise only those that refer to it
(developer.salesforce.com, "Composite"). All of them count as one call.
"""

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from interlock_sandbox.salesforce.errors import refused
from interlock_sandbox.world import Record

MOST: Final = 25
_REFERENCE: Final = re.compile(r"@\{(\w+)((?:\.\w+|\[\d+\])*)\}")
_STEP: Final = re.compile(r"\.(\w+)|\[(\d+)\]")
_ERRORS: Final = 400
Ask = Callable[[str, str, object], Awaitable[tuple[int, Mapping[str, str], Any]]]
"""Method, URL and body of a call -> its status, headers and answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Composite:
    """Makes the calls of one request, in order."""

    ask: Ask

    async def answer(self, body: Mapping[str, Any]) -> Record:
        """Return the answer of every call.

        Raises:
            SalesforceError: It is no list of calls, or a list of too many.
        """
        calls = body.get("compositeRequest")
        if not isinstance(calls, list) or not calls:
            raise refused("JSON_PARSER_ERROR", "The HTTP entity body is required.")
        if len(calls) > MOST:
            message = f"The number of subrequests exceeds the limit of {MOST}"
            raise refused("LIMIT_EXCEEDED", message)
        found: list[Record] = []
        known: dict[str, Any] = {}
        for call in calls:
            found.append(await self._one(call, known))
            if found[-1]["httpStatusCode"] < _ERRORS:
                known[str(call["referenceId"])] = found[-1]["body"]
            elif body.get("allOrNone") is True:
                return {"compositeResponse": [_halted(each) for each in calls]}
        return {"compositeResponse": found}

    async def _one(self, call: Mapping[str, Any], known: Mapping[str, Any]) -> Record:
        try:
            url, said = _filled(call["url"], known), _filled(call.get("body"), known)
        except KeyError:
            return _halted(call)
        status, headers, told = await self.ask(str(call["method"]), str(url), said)
        return {
            "body": told,
            "httpHeaders": dict(headers),
            "httpStatusCode": status,
            "referenceId": call["referenceId"],
        }


def _filled(value: Any, known: Mapping[str, Any]) -> Any:  # noqa: ANN401 (any JSON)
    if isinstance(value, str):
        return _REFERENCE.sub(lambda match: str(_found(match, known)), value)
    if isinstance(value, dict):
        return {name: _filled(each, known) for name, each in value.items()}
    return [_filled(each, known) for each in value] if isinstance(value, list) else value


def _found(match: re.Match[str], known: Mapping[str, Any]) -> object:
    found = known[match[1]]
    for name, number in _STEP.findall(match[2]):
        try:
            found = found[name] if name else found[int(number)]
        except (IndexError, TypeError):
            raise KeyError(match[0]) from None
    return found


def _halted(call: Mapping[str, Any]) -> Record:
    message = (
        "The transaction was rolled back since another operation in the same transaction failed."
    )
    return {
        "body": [{"errorCode": "PROCESSING_HALTED", "message": message}],
        "httpHeaders": {},
        "httpStatusCode": _ERRORS,
        "referenceId": call.get("referenceId"),
    }
