"""Many writes in few calls: sObject collections, and composite for what no collection takes.

A collection carries up to 200 records, a composite up to 25 calls; either counts as one call of
the day. Both are sent with ``allOrNone`` false: what one record is refused for is that record's
outcome and nobody else's (F9: the answer is 200 all the same). Who was accepted is read back, 200
in a query, because the answer names ids alone. When the whole call fails, what that means holds
for each of its records.

Sources: developer.salesforce.com, "sObject Collections", "Composite".
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

from interlock.connectors.kit.channel import Channel
from interlock.connectors.kit.classify import Fault
from interlock.connectors.kit.exchange import Answer
from interlock.connectors.port import CallFailed, Outcome, Record, Request, Verdict
from interlock.connectors.salesforce import batching
from interlock.connectors.salesforce.batching import CALLS, RECORDS, Asked
from interlock.connectors.salesforce.errors import fault_in
from interlock.connectors.salesforce.feed import Feed

_REFUSED: Final = HTTPStatus.BAD_REQUEST
"""What a single call would have been answered with, where a collection says 200."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    """What the vendor said of one record."""

    ref: str = ""
    fault: Fault | None = None
    existing: bool = False


class Batch:
    """Writes many records and says of each what it came to."""

    def __init__(self, channel: Channel, feed: Feed) -> None:
        self._channel = channel
        self._feed = feed

    def write(self, requests: Sequence[Request]) -> list[Outcome]:
        """Return the outcome of every request, in their order."""
        asked = [batching.asked(number, request) for number, request in enumerate(requests)]
        found: dict[int, Outcome] = {}
        for group in _groups(asked):
            outcomes = self._written(group)
            found.update(zip((each.number for each in group), outcomes, strict=True))
        return [found[number] for number in range(len(requests))]

    def _written(self, group: Sequence[Asked]) -> list[Outcome]:
        keys = {each.key.casefold() for each in group}
        alone = len({each.shape for each in group}) == 1 and len(keys) == len(group)
        try:
            call = batching.collection(group) if alone else batching.composite(group)
            answer = self._channel.ask(call)
            rows = _collected(answer, group) if alone else _composed(answer, group)
        except CallFailed as failure:
            return [failure.outcome] * len(group)
        records = self._read_back(group, rows)
        return [self._outcome(answer, row, records.get(row.ref[:15])) for row in rows]

    def _outcome(self, answer: Answer, row: _Row, record: Record | str | None) -> Outcome:
        if row.fault is not None:
            return self._channel.failed(row.fault, answer).outcome
        if not isinstance(record, Record):
            return answer.unproven(record or "it is not there")
        return Outcome(
            verdict=Verdict.DONE, record=record, existing=row.existing, status=answer.status
        )

    def _read_back(self, group: Sequence[Asked], rows: Sequence[_Row]) -> dict[str, Record | str]:
        """Return the records as they are now by id, or why one could not be read."""
        found: dict[str, Record | str] = {}
        by_object: dict[str, list[str]] = {}
        for asked, row in zip(group, rows, strict=True):
            if row.fault is None:
                by_object.setdefault(asked.obj, []).append(row.ref)
        for obj, refs in by_object.items():
            try:
                found |= {record.ref[:15]: record for record in self._feed.records(obj, refs)}
            except CallFailed as failure:
                found |= {ref[:15]: failure.outcome.message for ref in refs}
        return found


def _groups(asked: Sequence[Asked]) -> Iterator[Sequence[Asked]]:
    """Yield what goes into one call each: collections of one shape, then all that is left.

    A record that comes twice goes into a call after the others: a collection refuses the second,
    and the order matters.
    """
    by_shape: dict[tuple[str, str], list[Asked]] = {}
    seen: set[tuple[str, str, str]] = set()
    few: list[Asked] = []
    for each in asked:
        again = (*each.shape, each.key.casefold()) in seen
        seen.add((*each.shape, each.key.casefold()))
        (few if again else by_shape.setdefault(each.shape, [])).append(each)
    for group in by_shape.values():
        if len(group) > 1:
            yield from (group[at : at + RECORDS] for at in range(0, len(group), RECORDS))
    few = [*(group[0] for group in by_shape.values() if len(group) == 1), *few]
    yield from (few[at : at + CALLS] for at in range(0, len(few), CALLS))


def _collected(answer: Answer, group: Sequence[Asked]) -> list[_Row]:
    rows = answer.document
    if not isinstance(rows, list) or len(rows) != len(group):
        raise answer.malformed("a collection's answer has not one row for each record")
    return [_row(row, _REFUSED, asked, answer) for row, asked in zip(rows, group, strict=True)]


def _composed(answer: Answer, group: Sequence[Asked]) -> list[_Row]:
    rows = answer.mapping().get("compositeResponse")
    if not isinstance(rows, list) or len(rows) != len(group):
        raise answer.malformed("a composite's answer has not one row for each call")
    found: list[_Row] = []
    for row, asked in zip(rows, group, strict=True):
        if not isinstance(row, dict) or row.get("referenceId") != asked.name:
            raise answer.malformed("a composite's answer is not in the order of its calls")
        status = row.get("httpStatusCode")
        body = row.get("body")
        if status == HTTPStatus.NO_CONTENT:
            body = {"id": asked.key, "success": True}
        found.append(_row(body, status if isinstance(status, int) else 0, asked, answer))
    return found


def _row(row: object, status: int, asked: Asked, answer: Answer) -> _Row:
    fault = fault_in(status, row)
    if fault is not None:
        return _Row(fault=fault)
    if isinstance(row, dict) and row.get("success") is True:
        ref = row.get("id")
        if isinstance(ref, str) and ref:
            return _Row(ref=ref, existing=row.get("created") is False and not asked.updates)
    said = f"what became of {asked.name} is not said"
    return _Row(fault=Fault(status=answer.status, message=said, readable=False))
