"""The shapes of calls that carry many writes."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from interlock.connectors.kit.exchange import Call, Intent, trace_header, with_json
from interlock.connectors.port import Body, Request
from interlock.connectors.salesforce import operations
from interlock.connectors.salesforce.operations import DATA, ID, name
from interlock.foundation.errors import UsageError

RECORDS: Final = 200
"""Of one collection; and of one query that reads them back."""
CALLS: Final = 25
"""Of one composite."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One write among many."""

    number: int
    """Where it stands among those that were asked together."""
    request: Request
    obj: str
    field: str
    """The field that names the record: `Id`, or an external id."""
    key: str

    @property
    def shape(self) -> tuple[str, str]:
        """What all records of one collection have in common."""
        return self.obj, self.field

    @property
    def name(self) -> str:
        """How a composite's answer names it."""
        return f"w{self.number}"

    @property
    def updates(self) -> bool:
        """Whether it can only change what is there."""
        return self.field == ID


def asked(number: int, request: Request) -> Asked:
    """Return `request` as one of many.

    Raises:
        UsageError: It does not name its record.
    """
    obj = name(request.operation.partition(".")[0])
    field, key = (ID, request.ref) if request.ref else (request.key_field, request.key)
    if not field or not key:
        raise UsageError(
            f"`{request.operation}` needs the Id of the record, or an external id",
            hint="Bind the entity's identity to Id or to a field marked External ID.",
        )
    return Asked(number=number, request=request, obj=obj, field=name(field), key=key)


def collection(group: Sequence[Asked]) -> Call:
    """Return the call that writes records of one shape, each on its own."""
    first = group[0]
    path = f"{DATA}/composite/sobjects"
    if not first.updates:
        path = f"{path}/{first.obj}/{first.field}"
    records = [_record(each) for each in group]
    return _call("PATCH", path, first, {"allOrNone": False, "records": records})


def _record(each: Asked) -> Body:
    key = "id" if each.updates else each.field
    return {"attributes": {"type": each.obj}, key: each.key, **_body(each)}


def _body(each: Asked) -> Body:
    body = each.request.body
    return {name: value for name, value in body.items() if name not in {ID, each.field}}


def _call(method: str, path: str, first: Asked, body: Body) -> Call:
    headers, content = with_json(body)
    return Call(
        intent=Intent.WRITE,
        method=method,
        path=path,
        headers={**headers, **operations.CALLER, **trace_header(first.request.traceparent)},
        content=content,
    )


def composite(group: Sequence[Asked]) -> Call:
    """Return the call that makes several writes of any shape, in order, each on its own."""
    calls = [_sub(each) for each in group]
    body = {"allOrNone": False, "compositeRequest": calls}
    return _call("POST", f"{DATA}/composite", group[0], body)


def _sub(each: Asked) -> Body:
    call = (
        operations.update(each.obj, each.key, each.request)
        if each.updates
        else operations.upsert(each.obj, each.field, each.key, each.request)
    )
    sub = {"method": call.method, "url": call.path, "referenceId": each.name}
    return {**sub, "body": _body(each)}
