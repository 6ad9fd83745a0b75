"""Records as NetSuite shows them, without the links that decorate every object."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Final

from interlock.connectors.kit.channel import Channel
from interlock.connectors.kit.evidence import by_key, by_ref
from interlock.connectors.kit.exchange import Answer, Call
from interlock.connectors.netsuite import operations
from interlock.connectors.netsuite.errors import ABSENT
from interlock.connectors.port import Body, CallFailed, Outcome, Record, Verdict

MODIFIED: Final = "lastModifiedDate"


class Records:
    """Reads records, and proves writes by reading them back."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel

    def read(self, obj: str, ref: str) -> Record | None:
        """Return the record with this internal id.

        Raises:
            CallFailed: It could not be found out.
        """
        if not operations.is_id(ref):
            return None  # nobody has such an id
        found = self._one(operations.retrieve(obj, ref))
        return by_ref(*found, ref) if found else None

    def find(self, obj: str, key: str) -> Record | None:
        """Return the record with our reference.

        Raises:
            CallFailed: It could not be found out.
        """
        if not operations.is_external(key):
            return None  # nobody has such a reference
        found = self._one(operations.retrieve_external(obj, key))
        return by_key(*found, operations.EXTERNAL_ID, key) if found else None

    def _one(self, call: Call) -> tuple[Answer, Record] | None:
        try:
            answer = self._channel.ask(call)
        except CallFailed as failure:
            if failure.outcome.code in ABSENT:
                return None
            raise
        return answer, record_of(answer)

    def written(self, obj: str, key: str, sent: Answer, ref: str | None = None) -> Outcome:
        """Return the record as it is after a write was `sent`; `ref` is its id if it has one.

        NetSuite answers with 204, and at most says in ``Location`` where the record is.

        Raises:
            CallFailed: The answer makes no sense, so that nobody knows.
        """
        if sent.status != HTTPStatus.NO_CONTENT or sent.content.strip():
            raise sent.malformed("a 204 without a body was expected")
        at = ref or operations.id_in(sent.headers.get("location", ""), obj)
        try:
            record = self.read(obj, at) if at else self.find(obj, key)
        except CallFailed as failure:
            return sent.unproven(failure.outcome.message)
        if record is None:
            return sent.unproven("it is not there")
        if ref is None:
            by_key(sent, record, operations.EXTERNAL_ID, key)
        return Outcome(verdict=Verdict.DONE, record=record, status=sent.status)


def record_of(answer: Answer) -> Record:
    """Return the record in an answer; the evidence is its id.

    Raises:
        CallFailed: It has none.
    """
    body = plain(answer.mapping())
    ref = body.get("id")
    if not isinstance(ref, str) or not operations.is_id(ref):
        raise answer.malformed("a record without its id")
    version = body.get(MODIFIED)
    return Record(ref=ref, body=body, version=str(version) if version else None)


def plain(body: Body) -> dict[str, object]:
    """Return `body` without links, at every depth."""
    return {name: _plain(value) for name, value in body.items() if name != "links"}


def _plain(value: object) -> object:
    if isinstance(value, Mapping):
        return plain(value)
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value
