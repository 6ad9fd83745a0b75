"""An answer is about what was asked, or it is no answer: another record proves nothing (F9)."""

from interlock.connectors.kit.dotted import pick
from interlock.connectors.kit.exchange import Answer
from interlock.connectors.port import Record


def by_ref(answer: Answer, record: Record, ref: str) -> Record:
    """Return `record` if it has the vendor's id that was asked for.

    Raises:
        CallFailed: It is another record; kind ``malformed``.
    """
    if record.ref != ref:
        raise answer.malformed("it shows another record than was asked for")
    return record


def by_key(answer: Answer, record: Record, field: str | None, key: str | None) -> Record:
    """Return `record` unless it shows another reference of ours than `key`.

    What it does not show contradicts nothing; vendors differ in how they take upper and lower
    case, so that alone is no contradiction either.

    Raises:
        CallFailed: It is another record; kind ``malformed``.
    """
    shown = pick(record.body, field) if field and key else None
    if isinstance(shown, str) and shown.casefold() != str(key).casefold():
        raise answer.malformed("it shows another reference than was asked for")
    return record
