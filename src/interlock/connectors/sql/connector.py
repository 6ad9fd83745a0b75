"""The window to a declared database."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import cast

from interlock.connectors.checkup import Checkup
from interlock.connectors.kit.checkup import NOBODY, asked_for_nobody
from interlock.connectors.kit.exchange import Intent, unknown
from interlock.connectors.kit.position import earlier, position_of
from interlock.connectors.port import (
    CallFailed,
    Changes,
    Connection,
    DeliveryRefused,
    Event,
    Kind,
    Outcome,
    Record,
    Request,
    Verdict,
)
from interlock.connectors.sql import capability
from interlock.connectors.sql.database import Database, DatabaseFailed, Session
from interlock.connectors.sql.errors import outcome_of
from interlock.connectors.sql.feed import OVERLAP, Feed
from interlock.connectors.sql.opening import database_of
from interlock.connectors.sql.rows import ID, REFERENCE, UnknownFieldError, kept
from interlock.connectors.sql.statements import Statements
from interlock.connectors.sql.values import UnfitError, checked
from interlock.connectors.sql.writing import Refused, Write
from interlock.estate.capability import Capabilities
from interlock.estate.kinds.sql import SqlObject, SqlOptions
from interlock.expression.errors import did_you_mean
from interlock.foundation.clock import Clock
from interlock.foundation.errors import UsageError
from interlock.foundation.ids import Ids

NO_SUCH_FORM = ("22P02", "22003")
"""An id that the key column's type cannot even spell: it surely is not there."""


def open_connector(
    connection: Connection, clock: Clock, ids: Ids, *, transport: object = None
) -> "Sql":
    """Open a connection; nothing is sent yet. `transport` wraps or replaces the database.

    Raises:
        UsageError: Nothing is declared, or the URL, the scheme or the credential does not do.
    """
    _ = ids  # nothing random is written
    options = connection.declared
    if not isinstance(options, SqlOptions):
        raise UsageError(
            f"system `{connection.system}` declares no tables",
            hint="Say under `options:` of the System what there is; see docs/connectors/sql.md.",
        )
    database = cast("Database | None", transport) or database_of(connection, options, clock)
    seconds = connection.options.get("overlap")
    given = timedelta(seconds=float(seconds)) if seconds else OVERLAP
    return Sql(
        database, options, options.overlap or given, secrets=tuple(connection.credential.values())
    )


class Sql:
    """The tables of a declared database."""

    def __init__(
        self,
        database: Database,
        options: SqlOptions,
        overlap: timedelta,
        *,
        secrets: Sequence[str],
    ) -> None:
        self._database = database
        self._options = options
        self._overlap = overlap
        self._secrets = secrets
        self._capabilities = replace(
            capability.CAPABILITIES, operations=options.operations(), events=options.told()
        )

    @property
    def capabilities(self) -> Capabilities:
        return self._capabilities

    def checkup(self, objects: Collection[str]) -> Checkup:
        """Look for a row that nobody has: so far as the table goes, we may read it."""
        known = sorted(set(objects) & self._options.objects.keys())
        return Checkup(
            permissions=[
                asked_for_nobody(
                    f"read {obj}",
                    f"GRANT SELECT ON {self._options.objects[obj].table} to our user.",
                    partial(self.find, obj, REFERENCE, NOBODY),
                )
                for obj in known
            ]
        )

    def read(self, obj: str, ref: str) -> Record | None:
        return self._only(obj, ID, ref)

    def find(self, obj: str, field: str, value: str) -> Record | None:
        if field not in {ID, REFERENCE}:
            raise UsageError(
                f"a declared table cannot be searched by `{field}`",
                hint="Bind the entity's identity to `reference`, or its id to `id`.",
            )
        return self._only(obj, field, value)

    def _only(self, obj: str, field: str, value: str) -> Record | None:
        what = self._object(obj)
        column = what.id if field == ID else what.reference
        statements = Statements(what=what, sayings=self._database.sayings)
        try:
            with self._reading() as session:
                rows = session.run(statements.select_by(column), [checked(value)])
                found = [each for each in (kept(what, row) for row in rows) if not each.deleted]
        except CallFailed as failure:
            if failure.outcome.code in NO_SUCH_FORM:
                return None
            raise
        same = [each for each in found if value in {each.record.ref, each.reference}]
        if len(same) > 1:
            refs = ", ".join(each.record.ref for each in same)
            message = f"several rows have this {field}: {refs}"
            raise CallFailed(
                Outcome(verdict=Verdict.REJECTED, kind=Kind.DUPLICATE, message=message)
            )
        return same[0].record if same else None

    @contextmanager
    def _reading(self) -> Iterator[Session]:
        """Open a session for a question; its failures are outcomes."""
        try:
            with self._database.session(Intent.READ) as session:
                yield session
        except DatabaseFailed as failure:
            raise CallFailed(outcome_of(failure, Intent.READ, self._secrets)) from None
        except UnfitError as error:
            raise CallFailed(
                Outcome(verdict=unknown(Intent.READ), kind=Kind.MALFORMED, message=f"{error}")
            ) from None

    def write(self, request: Request) -> Outcome:
        known = self._capabilities.operations
        if request.operation not in known:
            raise UsageError(
                f"the database has no operation `{request.operation}`"
                f"{did_you_mean(request.operation, known)}",
                hint=f"Declared: {', '.join(known) or 'none'}.",
            )
        obj, _, verb = request.operation.partition(".")
        what = self._options.objects[obj]
        write = Write(
            what=what,
            how=what.operations[verb],
            statements=Statements(what=what, sayings=self._database.sayings),
            keys=self._options.idempotencyTable,
            request=request,
        )
        try:
            with self._database.session(Intent.WRITE) as session:
                return write.done(session)
        except DatabaseFailed as failure:
            return self._refused(obj, request, outcome_of(failure, Intent.WRITE, self._secrets))
        except Refused as refused:
            return refused.outcome
        except (UnfitError, UnknownFieldError) as error:
            unfit = isinstance(error, UnfitError)
            kind = Kind.UNKNOWN_VALUE if unfit else Kind.UNKNOWN_FIELD
            message = f"{error}; nothing was written"
            return Outcome(verdict=Verdict.REJECTED, kind=kind, message=message)

    def _refused(self, obj: str, request: Request, told: Outcome) -> Outcome:
        """Return a refusal; a row that has our reference already is shown (F16)."""
        if told.kind is not Kind.DUPLICATE or not request.key:
            return told
        try:
            record = self.find(obj, REFERENCE, request.key)
        except CallFailed:
            return told
        if record is None:
            return told
        return replace(told, verdict=Verdict.DONE, kind=Kind.NONE, record=record, existing=True)

    def changes(self, obj: str, cursor: str | None) -> Changes:
        what = self._object(obj)
        if what.modified is None:
            raise UsageError(
                f"the table of `{obj}` does not tell what changed",
                hint="Declare `modified:`, a column that the database keeps.",
            )
        feed = Feed(
            name=obj,
            statements=Statements(what=what, sayings=self._database.sayings),
            overlap=self._overlap,
        )
        position = None if cursor is None else position_of(cursor, "sql")
        with self._reading() as session:
            return feed.begin(session) if position is None else feed.after(session, position)

    def earlier(self, cursor: str, by: timedelta) -> str | None:
        return earlier(cursor, by, "sql")

    def event(
        self,
        headers: Mapping[str, str],  # noqa: ARG002 (port)
        body: bytes,  # noqa: ARG002 (port)
        secrets: Sequence[str],  # noqa: ARG002 (port)
    ) -> Iterator[Event]:
        raise DeliveryRefused("a database delivers no events; poll it", status=404)

    def close(self) -> None:
        """Nothing stays open between calls."""

    def _object(self, obj: str) -> SqlObject:
        known = self._options.objects
        if obj not in known:
            raise UsageError(
                f"the database has no `{obj}`{did_you_mean(obj, known)}",
                hint=f"Declared: {', '.join(known)}.",
            )
        return known[obj]
