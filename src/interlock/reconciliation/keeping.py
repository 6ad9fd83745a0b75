"""What a look read is kept, so that the next one asks the systems only for what changed since.

The rows lie in a file beside the installation, as they were read: nothing that was concluded is
kept, and what is compared is compared anew, whole. Without the file, with another estate, after a
gap in what a system tells, or if a record cannot be read, everything is read again. Not every
system tells of what was deleted: whoever needs certainty, such as for a close, looks at the whole.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final, Protocol, cast

from interlock.connectors.port import Changes
from interlock.estate.estate import Estate
from interlock.foundation.clock import from_iso, iso
from interlock.gate.permit import NotNow
from interlock.reconciliation.definition import Definition
from interlock.reconciliation.slate import Slate

LONGEST: Final = timedelta(days=7)
"""After this everything is read again, whatever was told meanwhile."""
FORM: Final = 1
"""Of the file; one of another form is read by nobody."""


class Feed(Protocol):
    """Where changes are asked for: the gate, which keeps every system's limits."""

    def changes(
        self, system: str, obj: str, cursor: str | None, criticality: str
    ) -> Changes | NotNow:
        """Return one page of what changed, or when to ask again; raises `CallFailed`."""
        ...


class StaleError(Exception):
    """What is kept is not enough: everything must be read again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Keeping:
    """Where rows are kept, and whether the next look may begin with them."""

    folder: Path
    feed: Feed
    whole: bool = True
    """Read everything; otherwise only what changed since the rows were kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Since:
    """From where changes are asked for, and when everything was read."""

    cursors: Mapping[str, str]
    """By side and number of the source."""
    whole_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelf:
    """The file of one reconciliation, open beside a slate."""

    slate: Slate
    file: Path
    mark: str
    """Of the estate and the definition: rows that were read by another one are no use."""

    def take(self, until: str, now: datetime, rest: datetime) -> Since | None:
        """Lay down what is kept, judged by the period and the moment of this look."""
        if not self.file.is_file() or not self.slate.attach(self.file):
            return None
        about = self._about()
        if about is None or from_iso(str(about["whole_at"])) < now - LONGEST:
            self.slate.detach()
            return None
        for index in range(len(self.slate.comparison.sides)):
            self._lay(index, until, rest)
        self.slate.detach()
        cursors = cast("Mapping[str, str]", about["cursors"])
        return Since(cursors=cursors, whole_at=from_iso(str(about["whole_at"])))

    def _about(self) -> Mapping[str, object] | None:
        if not self.slate.count(
            "SELECT count(*) FROM duckdb_tables() WHERE database_name = 'kept' "
            "AND table_name = 'about'"
        ):
            return None
        ((told,),) = self.slate.rows("SELECT told FROM kept.about")
        about = cast("Mapping[str, object]", json.loads(str(told)))
        return about if about["mark"] == self.mark else None

    def _lay(self, index: int, until: str, rest: datetime) -> None:
        digests = ", ".join(self.slate.digests(index).values())
        self.slate.run(
            f"INSERT INTO side_{index} SELECT *, {digests} FROM (SELECT * REPLACE "  # noqa: S608 (names of ours)
            "(coalesce(dated > ?, false) AS late, coalesce(changed > ?, false) AS fresh) "
            f"FROM kept.laid_{index})",
            [until, iso(rest)],
        )
        self.slate.run(f"INSERT INTO left_{index} SELECT * FROM kept.left_{index}")  # noqa: S608 (names of ours)

    def put(self, since: Since) -> None:
        """Keep what lies on the slate, in place of what was kept; nothing is half kept."""
        fresh = self.file.with_suffix(".new")
        self.forget()
        self.file.parent.mkdir(parents=True, exist_ok=True)
        if not self.slate.attach(fresh):
            return
        for index in range(len(self.slate.comparison.sides)):
            self.slate.run(f"CREATE TABLE kept.laid_{index} AS {self._read(index)}")
            self.slate.run(f"CREATE TABLE kept.left_{index} AS SELECT * FROM left_{index}")  # noqa: S608 (names of ours)
        self.slate.run("CREATE TABLE kept.about (told VARCHAR)")
        self._say(since)
        self.slate.detach()
        fresh.replace(self.file)

    def renew(self, since: Since) -> None:
        """Keep what was shown since; all or nothing of it."""
        if not self.slate.attach(self.file):
            self.forget()
            return
        self.slate.run("BEGIN")
        for index in range(len(self.slate.comparison.sides)):
            news = f"WHERE (source, event) IN (SELECT (source, event) FROM news_{index})"  # noqa: S608 (names of ours)
            for kept, now in (
                (f"kept.laid_{index}", self._read(index)),
                (f"kept.left_{index}", f"SELECT * FROM left_{index}"),  # noqa: S608 (names of ours)
            ):
                self.slate.run(f"DELETE FROM {kept} {news}")  # noqa: S608 (names of ours)
                self.slate.run(f"INSERT INTO {kept} {now} {news}")
        self.slate.run("DELETE FROM kept.about")
        self._say(since)
        self.slate.run("COMMIT")
        self.slate.detach()

    def _read(self, index: int) -> str:
        """Return the rows of a side as they were read, as an expression."""
        digests = ", ".join(self.slate.digests(index))
        return f"SELECT * EXCLUDE ({digests}) FROM {self.slate.read(index)}"  # noqa: S608 (names of ours)

    def _say(self, since: Since) -> None:
        about = {
            "mark": self.mark,
            "cursors": dict(since.cursors),
            "whole_at": iso(since.whole_at),
        }
        self.slate.run("INSERT INTO kept.about VALUES (?)", [json.dumps(about)])

    def forget(self) -> None:
        """Keep nothing: the next look reads everything."""
        for each in (self.file, self.file.with_suffix(".new")):
            each.unlink(missing_ok=True)


def shelf_of(keeping: Keeping, slate: Slate, estate: Estate, name: str) -> Shelf:
    """Return the file of a reconciliation."""
    return Shelf(
        slate=slate,
        file=keeping.folder / f"{name}.duckdb",
        mark=f"{FORM} {estate.digest} {','.join(slate.comparison.sides)}",
    )


def refers(estate: Estate, definition: Definition) -> bool:
    """Tell whether rows say the keys of other records: those change without a word about them."""
    for side in definition.sides:
        fields = estate.entities[side.entity].spec.fields
        if any(fields[name].refers_to is not None for name in side.reads if name in fields):
            return True
    return False
