"""From a request to an entry of the journal, and whether it asks for something new."""

from typing import Final

from interlock.connectors.filedrop.capability import CAPABILITIES, CREDIT_MEMO_CREATE
from interlock.connectors.filedrop.journal import Entry, State
from interlock.connectors.filedrop.sheet import SheetError
from interlock.connectors.filedrop.standing import Standing, is_duplicate
from interlock.connectors.kit.document import render
from interlock.connectors.port import Request
from interlock.estate.capability import Effect
from interlock.foundation.errors import UsageError
from interlock.foundation.ids import digest

LONGEST_KEY: Final = 200


def entry_of(request: Request) -> Entry:
    """Return the entry that `request` asks for.

    Raises:
        UsageError: It has no reference, or a reversal says not of what.
        SheetError: A value is no text.
    """
    body = dict(request.body)
    key = request.key
    if request.operation == CREDIT_MEMO_CREATE:
        if not request.ref:
            raise UsageError(
                "`creditMemo.create` needs the number of the invoice", hint="Give it as `ref`."
            )
        body.setdefault("invoice", request.ref)
        key = key or f"credit-{request.ref}"
    if not key or len(key) > LONGEST_KEY or not key.isprintable():
        raise UsageError(
            f"`{request.operation}` needs our reference", hint="Bind the entity's identity."
        )
    body.pop("reference", None)
    obj = request.operation.partition(".")[0]
    try:
        text = render(body).decode()
    except UnicodeEncodeError:
        raise SheetError("a value has half of a character") from None
    return Entry(object=obj, key=key, body=text, fingerprint=digest([obj, key, body]))


def is_new(entry: Entry, found: Standing, *, overdue: bool) -> bool:
    """Tell whether `entry` must leave: it never did, was refused and told, or is a new version.

    `overdue` says that the ERP refuses repeats and should have imported it long ago.
    """
    known = found.entry
    if overdue and known is not None and known.fingerprint == entry.fingerprint:
        return not found.twice and found.record is None
    if found.twice or found.pending is not None:
        return False
    if _effect(entry) is not Effect.UPSERT and found.record is not None:
        return False
    if known is None or known.state is State.ABSENT:
        return True
    changed = known.fingerprint != entry.fingerprint
    if known.state is State.REJECTED:
        return changed and not is_duplicate(known)
    return known.state is State.TOLD or (changed and known.state is State.DONE)


def _effect(entry: Entry) -> Effect:
    verb = "upsert" if f"{entry.object}.upsert" in CAPABILITIES.operations else "create"
    return CAPABILITIES.operations[f"{entry.object}.{verb}"].effect
