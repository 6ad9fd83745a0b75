"""What an answer must hold before anything is believed of it (F9)."""

from interlock.connectors.kit.exchange import Answer
from interlock.connectors.odoo.wire import is_id
from interlock.connectors.port import Body


def rows_of(answer: Answer) -> list[Body]:
    """Return the rows in the answer to a search; each has its id.

    Raises:
        CallFailed: It is not a list of such rows.
    """
    found = answer.document
    if not isinstance(found, list):
        raise answer.malformed(answer.unreadable or "a list of rows was expected")
    if not all(isinstance(row, dict) and is_id(row.get("id")) for row in found):
        raise answer.malformed("a row without its id")
    return found


def ids_of(answer: Answer) -> list[int]:
    """Return the ids in the answer to a search.

    Raises:
        CallFailed: It is not a list of ids.
    """
    found = answer.document
    if not isinstance(found, list) or not all(is_id(each) for each in found):
        raise answer.malformed(answer.unreadable or "a list of ids was expected")
    return found


def said(document: Body) -> list[Body]:
    """Return the messages of a `load`."""
    found = document.get("messages")
    return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []


def loaded(answer: Answer) -> str:
    """Return the id of the one record that a `load` made or changed.

    Raises:
        CallFailed: It names not exactly one: what was done is not known.
    """
    document = answer.mapping()
    found = document.get("ids")
    if any(each for each in said(document) if each.get("type") == "error"):
        raise answer.malformed("a record and an error in one")
    if not isinstance(found, list) or len(found) != 1 or not is_id(found[0]):
        raise answer.malformed("the id of one record was expected")
    return str(found[0])
