"""The shapes of requests to Salesforce: paths, SOQL, bodies."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

from interlock.connectors.kit.exchange import Call, Intent, segment, trace_header, with_json
from interlock.connectors.port import Body, Request
from interlock.foundation.errors import UsageError

VERSION: Final = "v62.0"
DATA: Final = f"/services/data/{VERSION}"
ID: Final = "Id"
CLIENT: Final = "interlock"
CALLER: Final = {"Sforce-Call-Options": f"client={CLIENT}"}
"""Says in every write who we are: change events repeat it as their origin."""
CHILDREN: Final[Mapping[str, tuple[str, str]]] = {
    "Opportunity": ("OpportunityLineItems", "OpportunityLineItem")
}
"""Object -> the relationship that is read along with it, and the object behind that."""
_NAME: Final = re.compile(r"[A-Za-z]\w{0,79}", re.ASCII)
_LOCATOR: Final = re.compile(r"/services/data/v\d+\.\d/query(?:All)?/[\w-]{1,80}", re.ASCII)
_ESCAPES: Final = str.maketrans(
    {"\\": r"\\", "'": r"\'", "\n": r"\n", "\r": r"\r", "\t": r"\t", "\b": r"\b", "\f": r"\f"}
)


def is_name(text: str) -> bool:
    """Tell whether `text` can be the name of an object or field."""
    return _NAME.fullmatch(text) is not None


def name(text: str) -> str:
    """Return `text` if it can be the name of an object or field.

    Raises:
        UsageError: It cannot; names go into SOQL unquoted.
    """
    if not is_name(text):
        raise UsageError(
            f"`{text[:80]}` is not a name of an object or field in Salesforce",
            hint="Bindings name objects and fields by their API names, e.g. Billing_Email__c.",
        )
    return text


def literal(text: str) -> str:
    """Return `text` as a SOQL string literal."""
    return "'" + text.translate(_ESCAPES) + "'"


def is_locator(path: str) -> bool:
    """Tell whether `path` may be followed as a next page: this vendor's own form only."""
    return _LOCATOR.fullmatch(path) is not None


def select(obj: str, fields: Sequence[str], children: Sequence[str] = ()) -> str:
    """Return the beginning of a query for `fields` of `obj` and of its child records."""
    wanted = list(fields)
    if children:
        wanted.append(f"(SELECT {', '.join(children)} FROM {CHILDREN[obj][0]})")  # noqa: S608 (names only)
    return f"SELECT {', '.join(wanted)} FROM {name(obj)}"  # noqa: S608 (names only)


def query(soql: str) -> Call:
    """Return the call for a query over what is there, without the deleted."""
    return Call(intent=Intent.READ, method="GET", path=f"{DATA}/query", query=[("q", soql)])


def query_all(soql: str) -> Call:
    """Return the call for a query that sees deleted and merged records too (F20)."""
    return Call(intent=Intent.READ, method="GET", path=f"{DATA}/queryAll", query=[("q", soql)])


def feed(soql: str, batch: int) -> Call:
    """Return the call for a query that sees the deleted too, in pages of about `batch` rows."""
    options = {"Sforce-Query-Options": f"batchSize={batch}"}
    return replace(query_all(soql), headers=options)


def next_page(locator: str) -> Call:
    """Return the call for a further page of a query."""
    return Call(intent=Intent.READ, method="GET", path=locator)


def describe(obj: str) -> Call:
    """Return the call for the fields of `obj`."""
    return Call(intent=Intent.READ, method="GET", path=f"{DATA}/sobjects/{name(obj)}/describe")


def channel_of(obj: str) -> str:
    """Return the name of the channel that tells changes of `obj`.

    Raises:
        UsageError: It cannot be the name of an object.
    """
    known = name(obj)
    event = f"{known[:-3]}__ChangeEvent" if known.endswith("__c") else f"{known}ChangeEvent"
    return f"/data/{event}"


def tooling(soql: str) -> Call:
    """Return the call for a query over the org's own set-up (Tooling API)."""
    return Call(
        intent=Intent.READ, method="GET", path=f"{DATA}/tooling/query", query=[("q", soql)]
    )


def replicated(what: str, obj: str, start: datetime, end: datetime) -> Call:
    """Return the call for what was ``updated`` or ``deleted`` in a span, in whole seconds.

    The vendor cuts seconds' fractions off: the span ends a little early and begins a little
    early, which at worst tells of a record twice.
    """
    span = {"start": start, "end": end}
    form = "%Y-%m-%dT%H:%M:%S+00:00"
    query = [(each, moment.astimezone(UTC).strftime(form)) for each, moment in span.items()]
    path = f"{DATA}/sobjects/{name(obj)}/{what}"
    return Call(intent=Intent.READ, method="GET", path=path, query=query)


def update(obj: str, ref: str, request: Request) -> Call:
    """Return the call that sets fields of an existing record."""
    return _patch(f"{DATA}/sobjects/{name(obj)}/{segment(ref)}", request, without={ID})


def upsert(obj: str, field: str, key: str, request: Request) -> Call:
    """Return the call that creates or sets the record whose external id `field` is `key`."""
    path = f"{DATA}/sobjects/{name(obj)}/{name(field)}/{segment(key)}"
    return _patch(path, request, without={ID, field})


def _patch(path: str, request: Request, *, without: set[str]) -> Call:
    # The vendor refuses a body that repeats the id it finds in the path.
    body: Body = {key: value for key, value in request.body.items() if key not in without}
    headers, content = with_json(body)
    return Call(
        intent=Intent.WRITE,
        method="PATCH",
        path=path,
        headers={**headers, **CALLER, **trace_header(request.traceparent)},
        content=content,
    )
