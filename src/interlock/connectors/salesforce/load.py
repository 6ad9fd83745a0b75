"""Very many records at once: written by Bulk API 2.0, each with an outcome of its own.

For the first time that systems are connected: what changes later goes one by one. Rows are read
as they are needed, `PORTION` go in one job, and while the vendor works one job off the next is
written; so memory does not grow with the number of records. Every record is put under its
external id, so whatever is not known to be done can be sent again.

Nothing of a job is applied before it is closed. A job that fails in the middle says which records
it did, refused and did not look at; what it says nothing of is uncertain.
"""

import re
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus
from itertools import islice
from typing import Final

from interlock.connectors.kit.channel import Channel
from interlock.connectors.kit.classify import Fault
from interlock.connectors.kit.exchange import Answer, Intent
from interlock.connectors.port import CallFailed, Kind, Outcome, Verdict
from interlock.connectors.salesforce.jobs import Job, Jobs, pauses, sheet
from interlock.foundation.clock import Clock
from interlock.foundation.errors import UsageError

PORTION: Final = 5_000
"""Records of one job; its results stay below the bound of one answer."""
AHEAD: Final = 3
"""Jobs that are under way at once: one is worked off, one waits, one is written or read."""
PATIENCE: Final = timedelta(hours=2)
"""After that a job is aborted, and what it did not say is uncertain."""
_SAID: Final = re.compile(r"(?P<code>[A-Z_]+):(?P<message>.*?)(?::[\w,]* --)?", re.DOTALL)

Row = Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """What became of one row."""

    key: str
    """Its external id."""
    verdict: Verdict
    ref: str = ""
    created: bool = False
    kind: Kind = Kind.NONE
    code: str = ""
    message: str = ""


@dataclass(slots=True, kw_only=True)
class _Portion:
    keys: set[str]
    job: Job | None = None
    failure: Outcome | None = None


class Load:
    """Writes rows of one object under an external id."""

    def __init__(self, channel: Channel, clock: Clock) -> None:
        self._channel = channel
        self._jobs = Jobs(channel)
        self._clock = clock

    def run(self, obj: str, field: str, rows: Iterable[Row]) -> Iterator[Loaded]:
        """Yield what became of every row, job by job; a key that comes twice in a job, once.

        Raises:
            UsageError: A row has no external id.
        """
        source, under_way = iter(rows), deque[_Portion]()
        while portion := list(islice(source, PORTION)):
            under_way.append(self._begun(obj, field, portion))
            if len(under_way) >= AHEAD:
                yield from self._ended(under_way.popleft(), field)
        for begun in under_way:
            yield from self._ended(begun, field)

    def _begun(self, obj: str, field: str, rows: Sequence[Row]) -> _Portion:
        by_key = {str(row.get(field) or ""): row for row in rows}
        if "" in by_key:
            raise UsageError(
                f"a row has no `{field}`", hint="Without an external id it would be made twice."
            )
        columns = list(dict.fromkeys(name for row in rows for name in row))
        portion = _Portion(keys=set(by_key))
        try:
            portion.job = job = self._jobs.open(obj, field)
            self._jobs.upload(job, sheet(columns, list(by_key.values())))
        except CallFailed as failure:
            # Not closed, so surely not applied, whatever the failure itself would mean.
            portion.failure = _not_applied(failure.outcome)
            return portion
        try:
            portion.job = self._jobs.turn(job, "UploadComplete")
        except CallFailed as failure:
            portion.failure = failure.outcome
        return portion

    def _ended(self, portion: _Portion, field: str) -> Iterator[Loaded]:
        job, failure = portion.job, portion.failure
        if job is None or (failure and failure.verdict is not Verdict.UNCERTAIN):
            yield from _all(portion.keys, failure or _unsaid("no job"))
            return
        try:
            job = self._waited(job)
            yield from self._results(portion, field, job)
        except CallFailed as failed:
            yield from _all(portion.keys, failure or _unsaid(failed.outcome.message))
            return
        yield from _all(portion.keys, _unsaid(f"the job is {job.state}: {job.message}"))

    def _waited(self, job: Job) -> Job:
        """Wait until a job has ended; one whose closing was not heard is closed again."""
        until = self._clock.now() + PATIENCE
        for pause in pauses():
            if job.ended:
                break
            self._clock.sleep(pause)
            job = self._jobs.look(job)
            if job.state == "Open":
                job = self._jobs.turn(job, "UploadComplete")
            elif self._clock.now() > until:
                job = self._jobs.turn(job, "Aborted")
        return job

    def _results(self, portion: _Portion, field: str, job: Job) -> Iterator[Loaded]:
        for part, reading in (
            ("successfulResults", _done),
            ("failedResults", self._refused),
            ("unprocessedrecords", _left),
        ):
            for row in self._jobs.part(job, part):
                key = row.get(field, "")
                if key in portion.keys:
                    portion.keys.remove(key)
                    yield reading(key, row)

    def _refused(self, key: str, row: Mapping[str, str]) -> Loaded:
        said = _SAID.fullmatch(row.get("sf__Error", ""))
        fault = Fault(
            status=HTTPStatus.BAD_REQUEST,
            code=said["code"] if said else "",
            message=said["message"] if said else row.get("sf__Error", ""),
        )
        outcome = self._channel.failed(fault, _ROW).outcome
        return _loaded(key, outcome)


_ROW: Final = Answer(intent=Intent.WRITE, status=HTTPStatus.BAD_REQUEST, headers={})
"""What a single call would have been answered with."""


def _done(key: str, row: Mapping[str, str]) -> Loaded:
    ref = row.get("sf__Id", "")
    if not ref:
        return _loaded(key, _unsaid("done, and no id is given"))
    created = row.get("sf__Created") == "true"
    return Loaded(key=key, verdict=Verdict.DONE, ref=ref, created=created)


def _left(key: str, _: Mapping[str, str]) -> Loaded:
    message = "the job ended before it looked at this record"
    return Loaded(key=key, verdict=Verdict.RETRYABLE, kind=Kind.OUTAGE, message=message)


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


def _all(keys: Iterable[str], outcome: Outcome) -> Iterator[Loaded]:
    yield from (_loaded(key, outcome) for key in sorted(keys))


def _loaded(key: str, outcome: Outcome) -> Loaded:
    return Loaded(
        key=key,
        verdict=outcome.verdict,
        kind=outcome.kind,
        code=outcome.code,
        message=outcome.message,
    )
