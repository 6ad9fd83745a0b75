"""The statements of one declared table. Only identifiers that were declared stand in their text.

Identifiers are checked when the estate is read and quoted here; every value is bound to a ``?``.
"""

# ruff: noqa: S608 (nothing but quoted, checked identifiers is put together here)

from collections.abc import Sequence
from dataclasses import dataclass

from interlock.connectors.sql.database import Sayings
from interlock.estate.kinds.sql import SqlObject
from interlock.foundation.errors import InvariantError


def quoted(name: str) -> str:
    """Return an identifier, or ``schema.table``, in quotes.

    Raises:
        InvariantError: It was never checked.
    """
    parts = name.split(".")
    if not all(part.isascii() and part.isidentifier() for part in parts):
        raise InvariantError("an identifier that was not checked", hint="Read it by the estate.")
    return ".".join(f'"{part}"' for part in parts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Statements:
    """What can be said about one table."""

    what: SqlObject
    sayings: Sayings

    @property
    def table(self) -> str:
        """The table, quoted."""
        return quoted(self.what.table)

    @property
    def table_named(self) -> str:
        """The table as the database's own catalogue is asked for it."""
        return self.sayings.named(self.what.table)

    def _columns(self) -> str:
        """Return id, reference, modified, tombstone, then the fields in their order."""
        kept = [quoted(self.what.id), quoted(self.what.reference)]
        modified, deleted = self.what.modified, self.what.deleted
        kept.append(self.sayings.moment(quoted(modified)) if modified else "NULL")
        kept.append(quoted(deleted) if deleted else "NULL")
        return ", ".join([*kept, *(quoted(each.column) for each in self.what.fields.values())])

    def select_by(self, column: str) -> str:
        """Return the rows whose `column` is ``?``; three are enough to know that one is not."""
        return f"SELECT {self._columns()} FROM {self.table} WHERE {quoted(column)} = ? LIMIT 3"

    def insert(self, columns: Sequence[str]) -> str:
        """Return the insertion of one row."""
        listed = ", ".join(quoted(column) for column in columns)
        places = ", ".join("?" for _ in columns)
        return f"INSERT INTO {self.table} ({listed}) VALUES ({places})"

    def upsert(self, columns: Sequence[str]) -> str:
        """Return the insertion, or the change of the row that has the reference."""
        reference = self.what.reference
        changed = [quoted(column) for column in columns if column != reference]
        set_ = ", ".join(f"{column} = excluded.{column}" for column in changed)
        action = f"UPDATE SET {set_}" if set_ else "NOTHING"
        return f"{self.insert(columns)} ON CONFLICT ({quoted(reference)}) DO {action}"

    def update(self, columns: Sequence[str]) -> str:
        """Return the change of the row with id ``?``, which is bound last."""
        set_ = ", ".join(f"{quoted(column)} = ?" for column in columns)
        return f"UPDATE {self.table} SET {set_} WHERE {quoted(self.what.id)} = ?"

    def changed(self, *, inside: bool) -> str:
        """Return a page of rows since ``?``; `inside` a walk, after moment and id."""
        moment = self.sayings.moment(quoted(str(self.what.modified)))
        key = quoted(self.what.id)
        after = f" AND ({moment} > ? OR ({moment} = ? AND {key} > ?))" if inside else ""
        return (
            f"SELECT {self._columns()} FROM {self.table} WHERE {moment} >= ?{after}"
            f" ORDER BY {moment}, {key} LIMIT ?"
        )


def remembered(table: str) -> str:
    """Return what is remembered of key ``?``."""
    return f"SELECT operation, fingerprint, ref FROM {quoted(table)} WHERE key = ?"


def remember(table: str) -> str:
    """Return the statement that remembers a key."""
    return f"INSERT INTO {quoted(table)} (key, operation, fingerprint, ref) VALUES (?, ?, ?, ?)"
