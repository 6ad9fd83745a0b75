"""One write as one transaction: what protects it, the row, and the key that is remembered."""

from dataclasses import dataclass
from functools import cached_property

from interlock.connectors.port import Kind, Outcome, Request, Verdict
from interlock.connectors.sql.database import Session
from interlock.connectors.sql.rows import Kept, assigned, kept
from interlock.connectors.sql.statements import Statements, remember, remembered
from interlock.connectors.sql.values import checked
from interlock.estate.capability import Guarantee
from interlock.estate.kinds.sql import Row, SqlObject
from interlock.foundation.errors import UsageError
from interlock.foundation.ids import digest


class Refused(Exception):  # noqa: N818 (an outcome on its way; the transaction is rolled back)
    """The write is not done, and says why."""

    def __init__(self, kind: Kind, message: str, code: str = "") -> None:
        super().__init__(message)
        self.outcome = Outcome(verdict=Verdict.REJECTED, kind=kind, code=code, message=message)


@dataclass(frozen=True, kw_only=True)
class Write:
    """One write of one row."""

    what: SqlObject
    how: Row
    statements: Statements
    keys: str | None
    request: Request

    def done(self, session: Session) -> Outcome:
        """Write the row and commit; return it as it is then.

        Raises:
            DatabaseFailed: The database said no, or nobody knows.
            Refused: Something is in the way; nothing is written.
        """
        before = self._remembered(session)
        if before is not None:
            return Outcome(verdict=Verdict.DONE, record=before.record, existing=True)
        self._protected(session)
        row = self._written(session)
        if self.how.guarantee is Guarantee.KEY:
            values = [self._key, self.request.operation, self._fingerprint, row.record.ref]
            session.run(remember(str(self.keys)), values)
        session.commit()
        return Outcome(verdict=Verdict.DONE, record=row.record)

    @cached_property
    def _key(self) -> str:
        return checked(self.request.idempotency_key)

    @cached_property
    def _fingerprint(self) -> str:
        request = self.request
        return digest([request.operation, request.ref, request.key, dict(request.body)])

    def _remembered(self, session: Session) -> Kept | None:
        """Return the row that this key wrote before (class A)."""
        if self.how.guarantee is not Guarantee.KEY:
            return None
        rows = session.run(remembered(str(self.keys)), [self._key])
        if not rows:
            return None
        operation, fingerprint, ref = rows[0]
        if (operation, fingerprint) != (self.request.operation, self._fingerprint):
            raise Refused(Kind.CONFLICT, "this key was used for something else", "key-reused")
        found = self._row(session, self.what.id, str(ref))
        if found is None:
            raise Refused(Kind.NOT_FOUND, f"row {ref}, which this key wrote, is gone", "row-gone")
        return found

    def _protected(self, session: Session) -> None:
        """Raise unless the promise of the class is kept by a unique index."""
        if self.how.guarantee is Guarantee.NOTHING or self.how.effect == "update":
            return
        reference = self.what.reference
        if not session.run(
            self.statements.sayings.unique, [self.statements.table_named, reference]
        ):
            message = (
                f"column `{reference}` has no unique index of its own: add it, or say class C"
            )
            raise Refused(Kind.UNKNOWN_FIELD, message, "no-unique-index")

    def _written(self, session: Session) -> Kept:
        values = assigned(self.what, self.request, self.statements.sayings)
        if self.how.effect == "update":
            return self._updated(session, values)
        if not self.request.key:
            raise UsageError(
                f"`{self.request.operation}` needs our reference",
                hint="Bind the entity's identity to `reference`.",
            )
        key = checked(self.request.key)
        values = {self.what.reference: key, **values}
        make = self.statements.upsert if self.how.effect == "upsert" else self.statements.insert
        session.run(make(list(values)), list(values.values()))
        return self._seen(session, self.what.reference, key)

    def _updated(self, session: Session, values: dict[str, object]) -> Kept:
        column = self.what.id if self.request.ref else self.what.reference
        key = self.request.ref or self.request.key
        if not key:
            raise UsageError(
                f"`{self.request.operation}` needs the row", hint="Give its id or our reference."
            )
        row = self._row(session, column, checked(key))
        if row is None or row.deleted:
            raise Refused(Kind.NOT_FOUND, f"no row has {column} {key}")
        if values:
            text = self.statements.update(list(values))
            session.run(text, [*values.values(), row.record.ref])
        return self._seen(session, self.what.id, row.record.ref)

    def _seen(self, session: Session, column: str, key: str) -> Kept:
        """Return the row as it is now, inside the transaction."""
        row = self._row(session, column, key)
        if row is None:
            raise Refused(Kind.CONFLICT, "the row is not there after it was written", "row-gone")
        if row.deleted:
            raise Refused(Kind.CONFLICT, f"row {row.record.ref} was deleted there", "row-deleted")
        return row

    def _row(self, session: Session, column: str, key: str) -> Kept | None:
        rows = session.run(self.statements.select_by(column), [key])
        if len(rows) > 1:
            raise Refused(Kind.CONFLICT, f"several rows have {column} {key}", "several-rows")
        return kept(self.what, rows[0]) if rows else None
