"""True answers of a vendor, each spoilt in one exact way after the vendor applied the request."""

import gzip
from collections.abc import Callable
from typing import Final

import httpx2

from interlock.testing.transports import Spoil

Change = Callable[[bytes], bytes]
_JSON: Final = {"Content-Type": "application/json"}


def _spoiling(change: Change, headers: dict[str, str] | None = None) -> Spoil:
    def spoil(request: httpx2.Request, send: Callable[[], httpx2.Response]) -> httpx2.Response:
        response = send()
        body = response.read()
        kept = {name: value for name, value in response.headers.items() if name in _KEPT}
        return httpx2.Response(
            response.status_code,
            headers={**kept, **_JSON, **(headers or {})},
            content=change(body) if body else body,
            request=request,
        )

    return spoil


_KEPT: Final = frozenset({"date", "location"})


def _first_member(added: bytes) -> Change:
    """Return what puts a member into the first object of the document."""
    return lambda body: body.replace(b"{", b"{" + added + b",", 1)


def _first_name_twice(body: bytes) -> bytes:
    begin = body.find(b'"')
    name = body[begin : body.find(b'"', begin + 1) + 1]
    return _first_member(name + b":null")(body)


SPOILT: Final[dict[str, Spoil]] = {
    "a name twice": _spoiling(_first_name_twice),
    "cut by one byte": _spoiling(lambda body: body.rstrip()[:-1]),
    "half of it": _spoiling(lambda body: body[: len(body) // 2]),
    "followed by another document": _spoiling(lambda body: body + b"{}"),
    "in UTF-16": _spoiling(lambda body: body.decode().encode("utf-16")),
    "with a letter in Latin-1": _spoiling(_first_member(b'"x":"\xfc"')),
    "with NaN": _spoiling(_first_member(b'"x":NaN')),
    "with a number of 5,000 digits": _spoiling(_first_member(b'"x":' + b"9" * 5_000)),
    "with a number beyond all measure": _spoiling(_first_member(b'"x":1e999999999')),
    "with 10,000 lists in each other": _spoiling(
        _first_member(b'"x":' + b"[" * 10_000 + b"]" * 10_000)
    ),
    "with half a surrogate": _spoiling(_first_member(b'"x":"\\udc80"')),
    "with a NUL": _spoiling(_first_member(b'"x":"\\u0000"')),
    "labelled as packed": _spoiling(lambda body: body, {"Content-Encoding": "gzip"}),
    "packed and cut": _spoiling(
        lambda body: gzip.compress(body)[: len(body) // 4], {"Content-Encoding": "gzip"}
    ),
    "as a page": _spoiling(
        lambda body: b"<html>" + body + b"</html>", {"Content-Type": "text/html"}
    ),
}
"""Whatever the status says: none of these may be believed."""
