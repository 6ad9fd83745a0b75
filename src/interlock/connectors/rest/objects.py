"""From the objects in an answer to records: an id proves that it is one."""

from collections.abc import Mapping
from typing import Final

from interlock.connectors.kit.exchange import Answer
from interlock.connectors.kit.pointer import pointed
from interlock.connectors.port import Record
from interlock.connectors.rest.errors import text_of
from interlock.estate.kinds.rest import RestObject

LONGEST_ID: Final = 512


def record_at(what: RestObject, answer: Answer, pointer: str) -> Record:
    """Return the object at `pointer` of an answer.

    Raises:
        CallFailed: There is none: what was done is not known.
    """
    return record_of(what, answer, pointed(answer.document, pointer))


def record_of(what: RestObject, answer: Answer, found: object) -> Record:
    """Return `found` as a record.

    Raises:
        CallFailed: It has no id, or is no object.
    """
    if not isinstance(found, Mapping):
        raise answer.malformed("an object was expected")
    ref = pointed(found, what.id)
    if isinstance(ref, bool) or not isinstance(ref, (str, int)) or not str(ref):
        raise answer.malformed(f"an object without an id at `{what.id}`")
    if len(str(ref)) > LONGEST_ID:
        raise answer.malformed("an id beyond all measure")
    changed = None if what.modified is None else pointed(found, what.modified)
    version = None if changed is None else text_of(changed)
    return Record(ref=str(ref), body=found, version=version)


def is_deleted(what: RestObject, record: Record) -> bool:
    """Tell whether the object says of itself that it was deleted."""
    found = None if what.deleted is None else pointed(record.body, what.deleted)
    return found not in (None, False, "", 0)


def rows_at(answer: Answer, pointer: str) -> list[object]:
    """Return the list at `pointer`.

    Raises:
        CallFailed: There is none; an answer without it never reads as "nothing there".
    """
    found = pointed(answer.document, pointer)
    if not isinstance(found, list):
        raise answer.malformed(f"a list was expected at `{pointer}`")
    return found
