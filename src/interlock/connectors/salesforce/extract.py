"""Very many records read at once by Bulk API 2.0, in pages by a locator.

For the first time that systems are compared or connected: a job costs a few calls of the day,
where queries would cost one for every 200 records. Its rows are text, without child records.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Final

from interlock.connectors.kit.channel import Channel
from interlock.connectors.port import CallFailed, Kind, Outcome, Verdict
from interlock.connectors.salesforce import operations
from interlock.connectors.salesforce.jobs import COMPLETE, Job, Jobs, pauses
from interlock.foundation.clock import Clock

PAGE: Final = 5_000
"""Rows of a page; it stays below the bound of one answer."""
MAX_PAGES: Final = 100_000
PATIENCE: Final = timedelta(hours=2)


class Extract:
    """Reads named fields of all records of an object."""

    def __init__(self, channel: Channel, clock: Clock) -> None:
        self._jobs = Jobs(channel)
        self._clock = clock

    def run(
        self, obj: str, fields: Sequence[str], *, deleted: bool
    ) -> Iterator[Mapping[str, str]]:
        """Yield every record, page by page; a page is read when its first record is wanted.

        Raises:
            CallFailed: The job did not complete, or a page cannot be read: then what was yielded
                is not all.
        """
        soql = operations.select(obj, [operations.name(field) for field in fields])
        job = self._completed(self._jobs.ask(soql, deleted=deleted))
        locator, seen = "", set[str]()
        while locator not in seen and len(seen) < MAX_PAGES:
            seen.add(locator)
            rows, locator = self._jobs.page(job, locator, PAGE)
            yield from rows
            if not locator:
                return
        raise _failed("its pages do not end")

    def _completed(self, job: Job) -> Job:
        until = self._clock.now() + PATIENCE
        for pause in pauses():
            if job.ended:
                break
            if self._clock.now() > until:
                raise _failed(f"it is {job.state} after {PATIENCE}")
            self._clock.sleep(pause)
            job = self._jobs.look(job)
        if job.state != COMPLETE:
            raise _failed(f"it is {job.state}: {job.message}")
        return job


def _failed(why: str) -> CallFailed:
    message = f"the job that reads everything is of no use: {why}"
    return CallFailed(Outcome(verdict=Verdict.RETRYABLE, kind=Kind.OUTAGE, message=message))
