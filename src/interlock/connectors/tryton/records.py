"""Records as Tryton shows them, in the form that bindings speak of.

What Tryton shows as an object with a code (currency, a line's product and account) is its code;
ids are text, as everywhere in the house.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from interlock.connectors.kit.channel import Channel
from interlock.connectors.kit.document import UnreadableError
from interlock.connectors.kit.evidence import by_key, by_ref
from interlock.connectors.kit.exchange import Answer, Call
from interlock.connectors.port import Body, CallFailed, Kind, Outcome, Record, Verdict
from interlock.connectors.tryton import operations, wire

MODIFIED: Final = "last_modified_at"
_KEY: Final = {operations.PARTY: "code", operations.INVOICE: "reference"}
"""Model -> where our reference stands."""
_REFERENCES: Final = ("party", "company", "move")


class Records:
    """Reads records of one database."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel

    def read(self, model: str, ref: str, company: int | None) -> Record | None:
        """Return the record with this id.

        Raises:
            CallFailed: It could not be found out.
        """
        if not operations.is_id(ref):
            return None  # nobody has such an id
        try:
            answer = self._channel.ask(operations.retrieve(model, ref, company))
        except CallFailed as failure:
            if failure.outcome.kind is Kind.NOT_FOUND:
                return None
            raise
        return by_ref(answer, record_of(model, answer, answer.mapping()), ref)

    def keyed(self, model: str, field: str, value: str, company: int | None) -> list[Record]:
        """Return the records whose `field` is `value`; of invoices only those sold.

        Raises:
            CallFailed: It could not be found out, or the answer shows others.
        """
        sold: list[object] = [["type", "=", "out"]] if model == operations.INVOICE else []
        domain = [[field, "=", value], *sold]
        fields = operations.FIELDS[model]
        answer = self._channel.ask(operations.search(model, domain, fields, company=company))
        found = [record_of(model, answer, row) for row in rows_of(answer)]
        return [by_key(answer, record, field, value) for record in found]

    def made(self, model: str, key: str, call: Call) -> tuple[Record, Answer]:
        """Send what makes a record; Tryton answers with the record as it is then.

        Raises:
            CallFailed: It was refused, or nobody knows.
        """
        answer = self._channel.ask(call)
        record = record_of(model, answer, answer.mapping())
        return by_key(answer, record, _KEY[model], key), answer

    def changed(self, model: str, ref: str, call: Call) -> tuple[Record, Answer]:
        """Send what changes a record; Tryton answers with the record as it is then.

        Raises:
            CallFailed: It was refused, or nobody knows.
        """
        answer = self._channel.ask(call)
        return by_ref(answer, record_of(model, answer, answer.mapping()), ref), answer


def only(obj: str, field: str, found: Sequence[Record]) -> Record | None:
    """Return the one record that was found, if one was.

    Raises:
        CallFailed: There are several; kind ``duplicate``.
    """
    if len(found) > 1:
        raise CallFailed(
            Outcome(
                verdict=Verdict.REJECTED,
                kind=Kind.DUPLICATE,
                message=f"several objects {obj} have this {field}: "
                + ", ".join(record.ref for record in found),
            )
        )
    return found[0] if found else None


def done(record: Record, answer: Answer) -> Outcome:
    """Return the outcome of a write that shows its record."""
    return Outcome(verdict=Verdict.DONE, record=record, status=answer.status)


def already(record: Record, refused: Outcome | None = None) -> Outcome:
    """Return the outcome of a write that was not needed any more."""
    code = refused.code if refused else ""
    return Outcome(verdict=Verdict.DONE, record=record, existing=True, code=code)


def rows_of(answer: Answer) -> list[Body]:
    """Return the rows in the answer to a search.

    Raises:
        CallFailed: It is not a list of objects.
    """
    found = answer.document
    if not isinstance(found, list) or not all(isinstance(row, dict) for row in found):
        raise answer.malformed(answer.unreadable or "a list of objects was expected")
    return found


def record_of(model: str, answer: Answer, row: Body) -> Record:
    """Return `row` as a record; the evidence is its id and the name of its model.

    Raises:
        CallFailed: It is not a record of this model.
    """
    ref = row.get("id")
    if not isinstance(ref, int) or isinstance(ref, bool) or row.get("__name__") != model:
        raise answer.malformed(f"a record of {model} was expected")
    try:
        body = shown(wire.read(row))
    except UnreadableError as error:
        raise answer.malformed(str(error)) from None
    version = body.pop(MODIFIED, None)
    return Record(ref=str(ref), body=body, version=str(version) if version else None)


def shown(row: object) -> dict[str, object]:
    """Return a record's body: codes for objects that have one, ids as text."""
    body = {name: _shown(value) for name, value in _items(row)}
    for name in ("id", *_REFERENCES):
        if isinstance(body.get(name), int):
            body[name] = str(body[name])
    return body


def _items(row: object) -> Sequence[tuple[str, object]]:
    found = row if isinstance(row, Mapping) else {}
    return [(name, value) for name, value in found.items() if name != "__name__"]


def _shown(value: object) -> object:
    if isinstance(value, list):
        return [shown(item) if isinstance(item, Mapping) else item for item in value]
    if isinstance(value, Mapping):
        return value.get("code") if "code" in value else shown(value)
    return value
