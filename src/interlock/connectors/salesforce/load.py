"""Very many records at once: written by Bulk API 2.0, each with an outcome of its own.

For the first time that systems are connected: what changes later goes one by one. Every record is
put under its external id, so whatever is not known to be done can be sent again. Nothing of a job
is applied before it is closed. A job that fails in the middle says which records it did, refused
and did not look at; what it says nothing of is uncertain. What it did is read back, because a
line of a result names an id alone.
"""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from http import HTTPStatus
from typing import Final

from interlock.connectors.kit.channel import Channel
from interlock.connectors.kit.classify import Fault
from interlock.connectors.kit.exchange import Answer, Intent
from interlock.connectors.port import Body, CallFailed, Kind, Outcome, Record, Request, Verdict
from interlock.connectors.salesforce import operations
from interlock.connectors.salesforce.capability import UPSERTED
from interlock.connectors.salesforce.feed import Feed
from interlock.connectors.salesforce.jobs import Job, Jobs, sheet
from interlock.foundation.errors import UsageError

PORTION: Final = 5_000
"""Records of one job; its results stay below the bound of one answer."""
_SAID: Final = re.compile(r"(?P<code>[A-Z_]+):(?P<message>.*?)(?::[\w,]* --)?", re.DOTALL)
_OPEN: Final = "Open"
_CLOSED: Final = "UploadComplete"
_ROW: Final = Answer(intent=Intent.WRITE, status=HTTPStatus.BAD_REQUEST, headers={})
"""What a single call would have been answered with."""


class Load:
    """Writes records of one object under an external id."""

    def __init__(self, channel: Channel, feed: Feed) -> None:
        self._channel = channel
        self._feed = feed
        self._jobs = Jobs(channel)

    def most(self, request: Request) -> int:
        """Return how many records one job takes that are written as `request` is."""
        obj, _, verb = request.operation.partition(".")
        named = request.key and request.key_field not in {None, operations.ID}
        put = verb == "upsert" and obj in UPSERTED and named and not request.ref
        # A row has a cell for every field: what has parts of its own goes by REST.
        flat = not any(isinstance(value, list | Mapping) for value in request.body.values())
        return PORTION if put and flat else 0

    def hand_over(self, requests: Sequence[Request]) -> str:
        """Open a job and give it its rows; return the vendor's name of it.

        Raises:
            CallFailed: It was not closed, so surely nothing was applied.
            UsageError: A record has no external id, or comes twice.
        """
        first = requests[0]
        obj, field = first.operation.partition(".")[0], first.key_field or ""
        rows = {request.key: _row(request, field) for request in requests}
        if not field or not all(rows) or len(rows) < len(requests):
            raise UsageError(
                f"a record of a job has no `{field}`, or not one of its own",
                hint="Without an external id it would be made twice.",
            )
        columns = list(dict.fromkeys(name for row in rows.values() for name in row))
        try:
            job = self._jobs.open(obj, field)
            self._jobs.upload(job, sheet(columns, list(rows.values())))
        except CallFailed as failure:
            raise CallFailed(_not_applied(failure.outcome)) from None
        return job.ref

    def begin(self, job: str) -> None:
        """Close a job, which starts it.

        Raises:
            CallFailed: It may be closed all the same.
        """
        self._jobs.turn(_of(job), _CLOSED)

    def ended(
        self, job: str, obj: str, field: str, keys: Collection[str]
    ) -> Mapping[str, Outcome] | None:
        """Return what became of each of `keys`; ``None`` while the job is under way.

        A job whose closing was not heard is closed.

        Raises:
            CallFailed: It could not be found out.
        """
        found = self._jobs.look(_of(job))
        if found.state == _OPEN:
            found = self._jobs.turn(found, _CLOSED)
        if not found.ended:
            return None
        outcomes = dict(self._results(found, field, set(keys)))
        unsaid = _unsaid(f"the job is {found.state}: {found.message}")
        outcomes |= {key: unsaid for key in keys if key not in outcomes}
        return self._read_back(obj, outcomes)

    def _results(self, job: Job, field: str, keys: set[str]) -> Iterator[tuple[str, Outcome]]:
        for part, reading in (
            ("successfulResults", _done),
            ("failedResults", self._refused),
            ("unprocessedrecords", _left),
        ):
            for row in self._jobs.part(job, part):
                key = row.get(field, "")
                if key in keys:
                    keys.remove(key)
                    yield key, reading(row)

    def _refused(self, row: Mapping[str, str]) -> Outcome:
        said = _SAID.fullmatch(row.get("sf__Error", ""))
        fault = Fault(
            status=HTTPStatus.BAD_REQUEST,
            code=said["code"] if said else "",
            message=said["message"] if said else row.get("sf__Error", ""),
        )
        return self._channel.failed(fault, _ROW).outcome

    def _read_back(self, obj: str, outcomes: Mapping[str, Outcome]) -> dict[str, Outcome]:
        """Return the outcomes with the records as they are now; unread, success is no evidence."""
        refs = [each.record.ref for each in outcomes.values() if each.record]
        known = {record.ref[:15]: record for record in self._feed.among(obj, operations.ID, refs)}
        return {key: _shown(outcome, known) for key, outcome in outcomes.items()}


def _shown(outcome: Outcome, known: Mapping[str, Record]) -> Outcome:
    if outcome.record is None:
        return outcome
    record = known.get(outcome.record.ref[:15])
    return replace(outcome, record=record) if record else _unsaid("done, and it is not there")


def _row(request: Request, field: str) -> Body:
    body = {name: value for name, value in request.body.items() if name != operations.ID}
    return {**body, field: request.key}


def _of(job: str) -> Job:
    return Job(kind="ingest", ref=job, state="")


def _done(row: Mapping[str, str]) -> Outcome:
    ref = row.get("sf__Id", "")
    if not ref:
        return _unsaid("done, and no id is given")
    record = Record(ref=ref, body={})
    return Outcome(verdict=Verdict.DONE, record=record, existing=row.get("sf__Created") != "true")


def _left(_: Mapping[str, str]) -> Outcome:
    message = "the job ended before it looked at this record"
    return Outcome(verdict=Verdict.RETRYABLE, kind=Kind.OUTAGE, message=message)


def _not_applied(outcome: Outcome) -> Outcome:
    if outcome.verdict is not Verdict.UNCERTAIN:
        return outcome
    return Outcome(
        verdict=Verdict.RETRYABLE,
        kind=outcome.kind,
        code=outcome.code,
        message=f"the job was never closed: {outcome.message}",
    )


def _unsaid(why: str) -> Outcome:
    return Outcome(verdict=Verdict.UNCERTAIN, kind=Kind.MALFORMED, message=why)
