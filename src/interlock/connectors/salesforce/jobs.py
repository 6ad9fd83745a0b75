"""The calls of Bulk API 2.0, and what their answers say (developer.salesforce.com, same name)."""

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Final

from interlock.connectors.kit.channel import Channel
from interlock.connectors.kit.exchange import Answer, Call, Intent, segment, with_json
from interlock.connectors.salesforce.operations import CALLER, DATA, name

NULL: Final = "#N/A"
"""How a field is emptied; an empty cell leaves it as it is."""
COMPLETE: Final = "JobComplete"
ENDED: Final = frozenset({COMPLETE, "Failed", "Aborted"})
_PAUSES: Final = tuple(timedelta(seconds=s) for s in (0.05, 0.1, 0.2, 0.4, 0.8))
"""Between the first looks at a job."""
_LAST_PAUSE: Final = timedelta(seconds=1.5)
_STATES: Final = ENDED | {"Open", "UploadComplete", "InProgress"}
_LOCATOR: Final = re.compile(r"[\w=-]{1,200}", re.ASCII)
LARGEST_CELL: Final = 200_000
"""Characters; the vendor's longest text field has 131,072."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What the vendor says of a job."""

    kind: str
    """``ingest`` or ``query``."""
    ref: str
    state: str
    message: str = ""

    @property
    def ended(self) -> bool:
        """Whether nothing of it changes any more."""
        return self.state in ENDED


class Jobs:
    """Opens, feeds, watches and reads jobs. Every method is one call."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel

    def open(self, obj: str, field: str) -> Job:
        """Open a job that upserts records of `obj` by the external id `field`.

        Nothing is applied before it is closed.
        """
        body = {
            "object": name(obj),
            "operation": "upsert",
            "externalIdFieldName": name(field),
            "contentType": "CSV",
            "lineEnding": "LF",
        }
        return self._job("ingest", self._channel.ask(_sent("POST", "/jobs/ingest", body)))

    def upload(self, job: Job, content: bytes) -> None:
        """Give the job its rows, once."""
        headers = {"Content-Type": "text/csv; charset=UTF-8", **CALLER}
        path = f"{DATA}/jobs/ingest/{segment(job.ref)}/batches"
        call = Call(intent=Intent.WRITE, method="PUT", path=path, headers=headers, content=content)
        self._channel.ask(call)

    def turn(self, job: Job, state: str) -> Job:
        """Close the job by ``UploadComplete``, which starts it, or end it by ``Aborted``."""
        call = _sent("PATCH", f"/jobs/ingest/{segment(job.ref)}", {"state": state})
        return self._job("ingest", self._channel.ask(call))

    def ask(self, soql: str, *, deleted: bool = False) -> Job:
        """Open a job that answers a query."""
        body = {"operation": "queryAll" if deleted else "query", "query": soql}
        return self._job("query", self._channel.ask(_sent("POST", "/jobs/query", body)))

    def look(self, job: Job) -> Job:
        """Return the job as it is now."""
        path = f"{DATA}/jobs/{job.kind}/{segment(job.ref)}"
        return self._job(job.kind, self._channel.ask(_read(path)))

    def part(self, job: Job, part: str) -> Iterator[Mapping[str, str]]:
        """Return the rows of one part of its results."""
        path = f"{DATA}/jobs/ingest/{segment(job.ref)}/{part}"
        return _rows(self._channel.ask_text(_read(path), "text/csv"))

    def page(self, job: Job, locator: str, most: int) -> tuple[list[Mapping[str, str]], str]:
        """Return a page of what a query found, and the locator of the next; empty at the end."""
        query = [("maxRecords", str(most)), *([("locator", locator)] if locator else [])]
        path = f"{DATA}/jobs/query/{segment(job.ref)}/results"
        answer = self._channel.ask_text(_read(path, query), "text/csv")
        following = answer.headers.get("sforce-locator", "")
        rows = list(_rows(answer))
        count = answer.headers.get("sforce-numberofrecords", "")
        if not _LOCATOR.fullmatch(following) or count != str(len(rows)):
            raise answer.malformed(
                "a page that does not say how many rows it has and what follows"
            )
        return rows, "" if following == "null" else following

    def _job(self, kind: str, answer: Answer) -> Job:
        said = answer.mapping()
        ref, state = said.get("id"), said.get("state")
        if not isinstance(ref, str) or not ref.isalnum() or state not in _STATES:
            raise answer.malformed("a job without an id or a known state")
        return Job(kind=kind, ref=ref, state=state, message=str(said.get("errorMessage") or ""))


def pauses() -> Iterator[timedelta]:
    """Yield how long to wait between looks at a job, without end."""
    yield from _PAUSES
    while True:
        yield _LAST_PAUSE


def _sent(method: str, path: str, body: Mapping[str, object]) -> Call:
    """Return a call of ours, under our client name: what the job changes is told of as ours.

    Source: "Sforce Call Options Header" of the Bulk API developer guide. Where an org does not
    pass the name on, the change is read back like anybody's: nothing is lost by saying it.
    """
    headers, content = with_json(body)
    return Call(
        intent=Intent.WRITE,
        method=method,
        path=DATA + path,
        headers={**headers, **CALLER},
        content=content,
    )


def _read(path: str, query: Sequence[tuple[str, str]] = ()) -> Call:
    return Call(intent=Intent.READ, method="GET", path=path, query=query)


def _rows(answer: Answer) -> Iterator[Mapping[str, str]]:
    try:
        text = answer.content.decode()
        if any(len(line) > LARGEST_CELL for line in text.splitlines()):
            raise answer.malformed("a line that is longer than any record")
        for row in csv.DictReader(io.StringIO(text, newline=""), strict=True):
            if None in row or None in row.values():
                raise answer.malformed("a row that has not the columns of its head")
            yield row
    except (UnicodeDecodeError, csv.Error) as error:
        raise answer.malformed(f"no CSV: {type(error).__name__}") from None


def sheet(columns: Sequence[str], rows: Sequence[Mapping[str, object]]) -> bytes:
    """Return rows as the CSV that a job takes: what is empty is emptied, what is absent stays."""
    into = io.StringIO(newline="")
    writer = csv.writer(into, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([_cell(row, column) for column in columns] for row in rows)
    return into.getvalue().encode()


def _cell(row: Mapping[str, object], column: str) -> str:
    if column not in row:
        return ""
    value = row[column]
    if value is None or value == "":
        return NULL
    if isinstance(value, bool):
        return str(value).lower()
    return format(value, "f") if isinstance(value, Decimal) else str(value)
