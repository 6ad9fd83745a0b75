"""The audit tables, and the triggers that make them append-only.

The triggers stop mistakes and ordinary accounts; an administrator can drop them, and then
`verification` shows what was done (reliability.md section 5, row Audit).
"""

from typing import Final

from interlock.foundation.database import Database
from interlock.foundation.queries import load_schema

_ROOM: Final = "interlock.audit"
_KEPT: Final = ("audit_entry", "audit_leaf", "audit_seal")
_REFUSAL: Final = "the audit trail is append-only"


def schema(dialect: str) -> tuple[str, ...]:
    """Return the statements that create the audit tables in `dialect`, in order."""
    own = load_schema(_ROOM, f"schema.{dialect}.sql")
    guards = _sqlite_guards() if dialect == "sqlite" else _postgres_guards()
    return (*own, *load_schema(_ROOM), *guards)


def create(database: Database) -> None:
    """Create the audit tables that do not exist yet."""
    database.create(schema(database.dialect))


def _sqlite_guards() -> tuple[str, ...]:
    return tuple(
        f"CREATE TRIGGER IF NOT EXISTS {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
        f"BEGIN SELECT RAISE(ABORT, '{_REFUSAL}'); END"
        for table in _KEPT
        for verb in ("UPDATE", "DELETE")
    )


def _postgres_guards() -> tuple[str, ...]:
    refuse = (
        "CREATE OR REPLACE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{_REFUSAL}'; END $$"
    )
    guards = (
        f"CREATE OR REPLACE TRIGGER {table}_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
        "FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse()"
        for table in _KEPT
    )
    return (refuse, *guards)
