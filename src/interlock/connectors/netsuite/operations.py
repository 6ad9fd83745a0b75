"""The shapes of requests to NetSuite: paths, headers, bodies, SuiteQL."""

import re
from typing import Final
from urllib.parse import unquote, urlsplit

from interlock.connectors.kit.exchange import Call, Intent, segment, trace_header, with_json
from interlock.connectors.netsuite.sublists import SUBLISTS
from interlock.connectors.port import Body, Request
from interlock.foundation.errors import UsageError

RECORD: Final = "/services/rest/record/v1"
SUITEQL: Final = "/services/rest/query/v1/suiteql"
EXTERNAL_ID: Final = "externalId"
_STRICT: Final = {
    "X-NetSuite-PropertyNameValidation": "Error",
    "X-NetSuite-PropertyValueValidation": "Error",
}
"""The vendor's default is to drop what it does not know, with a warning nobody reads (F19)."""
_REFERENCE: Final = re.compile(r"[A-Za-z0-9_-]{1,255}", re.ASCII)
_ID: Final = re.compile(r"-?\d{1,18}", re.ASCII)


def record_type(obj: str) -> str:
    """Return `obj` if it is a record type of this connector.

    Raises:
        UsageError: It is not.
    """
    if obj not in SUBLISTS:
        raise UsageError(
            f"the NetSuite connector has no object `{obj[:80]}`",
            hint=f"It has: {', '.join(sorted(SUBLISTS))}.",
        )
    return obj


def is_id(ref: str) -> bool:
    """Tell whether `ref` has the form of an internal id."""
    return _ID.fullmatch(ref) is not None


def is_external(key: str) -> bool:
    """Tell whether `key` can be an external id: letters, digits, ``_`` and ``-``."""
    return _REFERENCE.fullmatch(key) is not None


def external(key: str | None, operation: str) -> str:
    """Return our reference if it can be an external id.

    Raises:
        UsageError: It cannot, or there is none: nothing could ever find the record again.
    """
    if key is None or not is_external(key):
        raise UsageError(
            f"`{operation}` needs our reference, of letters, digits, _ and - only",
            hint="Bind the entity's identity to externalId, and transform the key if need be.",
        )
    return key


def retrieve(obj: str, ref: str) -> Call:
    """Return the call that reads a record by its id, with its sublists."""
    return _get(f"{RECORD}/{record_type(obj)}/{segment(ref)}")


def retrieve_external(obj: str, key: str) -> Call:
    """Return the call that reads a record by our reference; it sees its own writes."""
    return _get(f"{RECORD}/{record_type(obj)}/eid:{segment(key)}")


def _get(path: str) -> Call:
    query = (("expandSubResources", "true"),)
    return Call(intent=Intent.READ, method="GET", path=path, query=query)


def upsert(obj: str, key: str, body: Body, traceparent: str) -> Call:
    """Return the call that makes or sets the record with our reference.

    ``replace`` makes a second one harmless: without it the lines would be there twice.
    """
    sublist = SUBLISTS[record_type(obj)]
    query = (("replace", sublist),) if sublist in body and sublist else ()
    path = f"{RECORD}/{obj}/eid:{segment(key)}"
    return _write("PUT", path, _without_key(body), traceparent, query)


def transform(path: tuple[str, str, str], key: str, body: Body, traceparent: str) -> Call:
    """Return the call that makes one transaction out of another, with our reference.

    `path` is the source's record type, its id, and the record type that is made.
    """
    source, ref, target = path
    url = f"{RECORD}/{record_type(source)}/{segment(ref)}/!transform/{record_type(target)}"
    return _write("POST", url, {**_without_key(body), EXTERNAL_ID: key}, traceparent, ())


def update(obj: str, ref: str, body: Body, traceparent: str) -> Call:
    """Return the call that changes some fields of a record; lines are merged by number."""
    path = f"{RECORD}/{record_type(obj)}/{segment(ref)}"
    return _write("PATCH", path, _without_key(body), traceparent, ())


def _write(
    method: str, path: str, body: Body, traceparent: str, query: tuple[tuple[str, str], ...]
) -> Call:
    headers, content = with_json(body)
    return Call(
        intent=Intent.WRITE,
        method=method,
        path=path,
        query=query,
        headers={**headers, **_STRICT, **trace_header(traceparent)},
        content=content,
    )


def _without_key(body: Body) -> dict[str, object]:
    return {name: value for name, value in body.items() if name != EXTERNAL_ID}


def suiteql(query: str, *, limit: int, offset: int) -> Call:
    """Return the call for a page of a SuiteQL query."""
    headers, content = with_json({"q": query})
    return Call(
        intent=Intent.READ,
        method="POST",
        path=SUITEQL,
        query=(("limit", str(limit)), ("offset", str(offset))),
        headers={**headers, "Prefer": "transient"},
        content=content,
    )


def literal(text: str) -> str:
    """Return `text` as a SuiteQL string literal."""
    return "'" + text.replace("'", "''") + "'"


def id_in(location: str, obj: str) -> str | None:
    """Return the id at the end of a ``Location`` of a record of this type, ``None`` for others.

    Only the path is looked at, and only the id is kept: no answer makes us call another host.
    """
    parts = [unquote(part) for part in urlsplit(location).path.rstrip("/").split("/")]
    if len(parts) < len(("record", "v1", obj, "id")):
        return None
    named, ref = parts[-2], parts[-1]
    return ref if named.lower() == obj.lower() and is_id(ref) else None


def reference_of(request: Request) -> str:
    """Return the id of the record that an operation works on.

    Raises:
        UsageError: The request does not say which.
    """
    if not request.ref or not is_id(request.ref):
        raise UsageError(
            f"`{request.operation}` needs the internal id of its record", hint="Give it as `ref`."
        )
    return request.ref
