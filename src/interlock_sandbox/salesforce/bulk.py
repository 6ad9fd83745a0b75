"""Bulk API 2.0: jobs that take CSV in and give CSV out, worked off in the background.

Ingest: a job is opened, given its CSV once, closed by ``UploadComplete``, worked off, and has its
results in three parts: what was done, what was refused and what was not looked at. Query: a job
with a query, its results in pages by a locator (developer.salesforce.com, "Bulk API 2.0").

Option ``bulk_rate`` is how many records a second the org works off (default 50,000). Faults:
``bulk_job_failed`` ends a job in the middle, ``record_lock`` strikes single records.
"""

import asyncio
import csv
import io
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from interlock_sandbox.salesforce import soql
from interlock_sandbox.salesforce.errors import SalesforceError, missing, refused
from interlock_sandbox.salesforce.records import Org
from interlock_sandbox.salesforce.schema import Schema
from interlock_sandbox.world import Record, World

RATE: Final = 50_000
BATCH: Final = 200
MOST_BYTES: Final = 100 * 1024 * 1024
NULL: Final = "#N/A"
_OPERATIONS: Final = frozenset({"insert", "update", "upsert", "delete"})
_ENDED: Final = frozenset({"JobComplete", "Failed", "Aborted"})


@dataclass(slots=True, kw_only=True)
class Job:
    """One job."""

    ref: str
    kind: str
    obj: str
    operation: str
    key: str = ""
    """The external id field of an upsert."""
    query: str = ""
    state: str = "Open"
    message: str = ""
    rows: list[dict[str, str]] = field(default_factory=list)
    done: list[Record] = field(default_factory=list)
    failed: list[Record] = field(default_factory=list)
    left: list[Record] = field(default_factory=list)

    def shown(self, version: str) -> Record:
        """Return what the API says of it."""
        found: Record = {
            "id": self.ref,
            "operation": self.operation,
            "object": self.obj,
            "state": self.state,
            "concurrencyMode": "Parallel",
            "contentType": "CSV",
            "apiVersion": float(version.removeprefix("v")),
            "jobType": "V2Ingest" if self.kind == "ingest" else "V2Query",
            "lineEnding": "LF",
            "columnDelimiter": "COMMA",
            "numberRecordsProcessed": len(self.done) + len(self.failed),
        }
        if self.kind == "ingest":
            found["contentUrl"] = f"services/data/{version}/jobs/ingest/{self.ref}/batches"
            found["numberRecordsFailed"] = len(self.failed)
            found["externalIdFieldName"] = self.key or None
        if self.message:
            found["errorMessage"] = self.message
        return found


class Bulk:
    """The jobs of an org."""

    def __init__(self, world: World, org: Org, schema: Schema) -> None:
        self._world = world
        self._org = org
        self._schema = schema
        self._jobs: dict[str, Job] = {}
        self._free = 0.0

    def find(self, kind: str, ref: str) -> Job:
        """Return a job.

        Raises:
            SalesforceError: There is none.
        """
        found = self._jobs.get(ref)
        if found is None or found.kind != kind:
            raise missing()
        return found

    def open(self, given: Mapping[str, Any]) -> Job:
        """Open an ingest job."""
        obj, operation = str(given.get("object")), str(given.get("operation"))
        self._schema.fields(obj)
        if operation not in _OPERATIONS:
            raise refused("INVALIDJOB", f"Unknown operation: {operation}")
        key = str(given.get("externalIdFieldName") or "")
        known = self._schema.fields(obj).get(key)
        if operation == "upsert" and (known is None or not (known.external or key == "Id")):
            message = f"InvalidJob : Field name provided, {key} does not match an External ID"
            raise refused("INVALIDJOB", message)
        return self._kept("ingest", obj, operation, key)

    def ask(self, given: Mapping[str, Any]) -> Job:
        """Open a query job, which begins at once."""
        text, operation = str(given.get("query", "")), str(given.get("operation", "query"))
        query = soql.parse(text, self._schema, self._world.tables)
        if query.children or query.counts or query.offset:
            raise refused("API_ERROR", "this query is not possible in Bulk API 2.0")
        job = self._kept("query", query.obj, operation, "")
        job.query, job.state = text, "UploadComplete"
        self._world.spawn(self._queried(job))
        return job

    def _kept(self, kind: str, obj: str, operation: str, key: str) -> Job:
        job = Job(ref=f"750{self._world.token(15)}", kind=kind, obj=obj, operation=operation)
        job.key = key
        self._jobs[job.ref] = job
        return job

    def upload(self, job: Job, raw: bytes) -> None:
        """Give a job its rows, once."""
        if job.state != "Open" or job.rows:
            message = f"Found multiple contents for job: <{job.ref}>, please 'Close' / 'Abort' it"
            raise refused("INVALIDJOBSTATE", message)
        if len(raw) > MOST_BYTES:
            raise SalesforceError(413, "REQUEST_TOO_LARGE", "the content is too large")
        job.rows = [dict(row) for row in csv.DictReader(io.StringIO(raw.decode()))]

    def turn(self, job: Job, state: str) -> None:
        """Close or abort a job."""
        if job.state in _ENDED or state not in {"UploadComplete", "Aborted"}:
            raise refused("INVALIDJOBSTATE", f"The job cannot become {state}: it is {job.state}")
        if state == job.state:
            return
        job.state = state
        if state == "UploadComplete":
            self._world.spawn(self._ingested(job))

    async def _ingested(self, job: Job) -> None:
        job.state = "InProgress"
        strike = self._world.faults.decide("bulk_job_failed", f"{job.obj} {len(job.rows)}")
        end = len(job.rows) // 2 if strike else len(job.rows)
        for start in range(0, end, BATCH):
            rows = job.rows[start : min(start + BATCH, end)]
            await self._turn_of(len(rows))
            if job.state == "Aborted":
                end = start
                break
            for row in rows:
                self._one(job, row)
        job.left = [dict(row) for row in job.rows[end:]]
        job.rows = []
        if job.state == "InProgress":
            job.state = "Failed" if strike else "JobComplete"
            job.message = "InternalServerError : retries exceeded" if strike else ""

    async def _turn_of(self, records: int) -> None:
        """Wait until the org, which all jobs share, has worked off so many records more."""
        now = time.monotonic()
        rate = float(self._world.options.get("bulk_rate", RATE))
        self._free = max(self._free, now) + records / rate
        await asyncio.sleep(self._free - now)

    def _one(self, job: Job, row: Mapping[str, str]) -> None:
        try:
            if self._world.faults.decide("record_lock", f"bulk {job.ref} {sorted(row.items())}"):
                raise refused("UNABLE_TO_LOCK_ROW", "unable to obtain exclusive access")
            ref, created = self._applied(job, row)
        except SalesforceError as error:
            said = f"{error.code}:{error}:{','.join(error.fields)} --"
            job.failed.append({"sf__Id": "", "sf__Error": said, **row})
        else:
            job.done.append({"sf__Id": ref, "sf__Created": str(created).lower(), **row})

    def _applied(self, job: Job, row: Mapping[str, str]) -> tuple[str, bool]:
        body = {n: None if v == NULL else v for n, v in row.items() if v != ""}
        if job.operation == "insert":
            return str(self._org.make(job.obj, body)["Id"]), True
        if job.operation == "upsert":
            record, created = self._org.upsert(job.obj, job.key, body)
            return str(record["Id"]), created
        record = self._org.find(job.obj, str(body.pop("Id", "")))
        if job.operation == "delete":
            self._org.delete(job.obj, record)
        else:
            self._org.change(job.obj, record, body)
        return str(record["Id"]), False

    async def _queried(self, job: Job) -> None:
        job.state = "InProgress"
        tables, deleted = self._world.tables, job.operation == "queryAll"
        query = soql.parse(job.query, self._schema, tables)
        rows = soql.answer(query, tables, deleted=deleted, version="v62.0")
        await self._turn_of(len(rows))
        job.done = [{n: v for n, v in row.items() if n != "attributes"} for row in rows]
        job.state = "JobComplete"

    def page(self, job: Job, start: int, most: int) -> tuple[str, str, int]:
        """Return a page of a query's rows as CSV, the next locator and how many they are.

        Raises:
            SalesforceError: The job is not complete.
        """
        if job.state != "JobComplete":
            raise refused("INVALIDJOBSTATE", f"the job is {job.state}")
        rows = job.done[start : start + most]
        end = start + len(rows)
        return sheet(rows), str(end) if end < len(job.done) else "null", len(rows)


def sheet(rows: Sequence[Record]) -> str:
    """Return rows as CSV."""
    into = io.StringIO()
    if rows:
        writer = csv.DictWriter(into, list(rows[0]), lineterminator="\n", extrasaction="ignore")
        writer.writeheader()
        writer.writerows({name: _text(value) for name, value in row.items()} for row in rows)
    return into.getvalue()


def _text(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return "" if value is None else str(value)
