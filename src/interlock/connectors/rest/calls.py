"""From declared templates to calls: values become one segment of a path or one query value."""

import re
from collections.abc import Mapping, Sequence
from typing import Final

from interlock.connectors.kit.dotted import placed
from interlock.connectors.kit.exchange import (
    Call,
    Intent,
    segment,
    trace_header,
    with_form,
    with_json,
)
from interlock.connectors.kit.flatten import flattened
from interlock.connectors.port import Request
from interlock.estate.kinds.rest import Finding, Headers, Listing, Operation, Reading
from interlock.foundation.ids import digest

LONGEST_VALUE: Final = 512
LONGEST_KEY: Final = 255
_PLACE: Final = re.compile(r"\{([a-z]+)\}")
_CLIMBING: Final = re.compile(r"(?:^|[/\\])\.{1,2}(?:$|[/\\])")


class UnsendableError(ValueError):
    """A value cannot stand where the declaration puts it; nothing was sent."""


def reading(how: Reading, ref: str, headers: Headers) -> Call:
    """Return the call that reads the object `ref`."""
    return _get(how.path, how.query, {"id": ref}, headers)


def finding(how: Finding, value: str, headers: Headers) -> Call:
    """Return the call that looks for `value`."""
    return _get(how.path, how.query, {"value": value}, headers)


def listing(how: Listing, since: str, more: Sequence[tuple[str, str]], headers: Headers) -> Call:
    """Return the call that lists what changed `since`; `more` says where the list goes on."""
    call = _get(how.path, how.query, {"since": since}, headers)
    said = dict(more)
    kept = [pair for pair in call.query if pair[0] not in said]
    return Call(
        intent=Intent.READ,
        method="GET",
        path=call.path,
        query=[*kept, *more],
        headers=call.headers,
    )


def writing(how: Operation, request: Request, headers: Headers) -> Call:
    """Return the call that writes `request`.

    Raises:
        UnsendableError: A value has no form on this wire.
    """
    values = {name: value for name, value in (("id", request.ref), ("key", request.key)) if value}
    said, content = _body(how, request)
    key = (
        {how.idempotencyHeader: _printable(request.idempotency_key)}
        if how.idempotencyHeader
        else {}
    )
    return Call(
        intent=Intent.WRITE if how.effect != "read" else Intent.READ,
        method=how.method,
        path=_filled_path(how.path, values),
        query=_filled_query(how.query, values),
        headers={**headers, **how.headers, **said, **trace_header(request.traceparent), **key},
        content=content,
    )


def _printable(key: str) -> str:
    """Return a key that every header takes; the same key gives the same."""
    fits = key.isascii() and key.isprintable() and len(key) <= LONGEST_KEY
    return key if fits else digest(key)


def _body(how: Operation, request: Request) -> tuple[Mapping[str, str], bytes]:
    if how.body == "none":
        return {}, b""
    body = dict(request.body)
    if request.key_field and request.key:
        body = placed(body, request.key_field, request.key)
    if how.wrap:
        body = {how.wrap: body}
    try:
        return with_json(body) if how.body == "json" else with_form(flattened(body))
    except (TypeError, UnicodeEncodeError) as error:
        raise UnsendableError(f"a value has no form on the wire: {type(error).__name__}") from None


def _get(path: str, query: Mapping[str, str], values: Mapping[str, str], headers: Headers) -> Call:
    return Call(
        intent=Intent.READ,
        method="GET",
        path=_filled_path(path, values),
        query=_filled_query(query, values),
        headers=headers,
    )


def _filled_path(template: str, values: Mapping[str, str]) -> str:
    return _PLACE.sub(lambda found: segment(_value(values, found[1], climbs=False)), template)


def _filled_query(query: Mapping[str, str], values: Mapping[str, str]) -> list[tuple[str, str]]:
    return [
        (name, _PLACE.sub(lambda found: _value(values, found[1], climbs=True), text))
        for name, text in query.items()
    ]


def _value(values: Mapping[str, str], name: str, *, climbs: bool) -> str:
    value = values.get(name, "")
    if not value or len(value) > LONGEST_VALUE or not value.isprintable():
        raise UnsendableError(f"there is no {{{name}}} that can be sent")
    if not climbs and _CLIMBING.search(value):
        # Encoded it is one segment, yet servers and proxies exist that decode before they route.
        raise UnsendableError(f"{{{name}}} would lead to another place of the system")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise UnsendableError(f"{{{name}}} has half of a character") from None
    return value
