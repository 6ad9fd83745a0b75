"""Accounts, sessions and tokens as rows."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from interlock.access.account import Account, grants_of
from interlock.access.rights import Act
from interlock.access.session import Session
from interlock.access.token import Token
from interlock.foundation.clock import from_iso, iso
from interlock.foundation.database import Connection, Row, one
from interlock.foundation.errors import UsageError
from interlock.foundation.queries import Query, load_queries

QUERIES: Final[Mapping[str, Query]] = load_queries("interlock.access")


def find(connection: Connection, name: str) -> Account | None:
    """Return an account, or nothing."""
    row = one(connection.rows(QUERIES["account"], {"name": name}))
    return None if row is None else _account(row)


def get(connection: Connection, name: str) -> Account:
    """Return an account.

    Raises:
        UsageError: There is none of that name.
    """
    found = find(connection, name)
    if found is None:
        hint = "`interlock account list` shows them."
        raise UsageError(f"there is no account `{name}`", hint=hint)
    return found


def every(connection: Connection) -> list[Account]:
    """Return all accounts, by name."""
    return [_account(row) for row in connection.rows(QUERIES["accounts"], {})]


def add(connection: Connection, account: Account) -> None:
    """Keep a new account."""
    row = {
        "name": account.name,
        "grants": "\n".join(map(str, account.grants)),
        "password": account.password,
        "made_at": iso(account.made_at),
    }
    connection.execute(QUERIES["add_account"], row)


def session(connection: Connection, digest: str) -> Session | None:
    """Return a session, or nothing; whether it has ended is asked of it."""
    row = one(connection.rows(QUERIES["session"], {"digest": digest}))
    if row is None:
        return None
    return Session(
        digest=str(row["digest"]),
        account=str(row["account"]),
        csrf=str(row["csrf"]),
        made_at=from_iso(str(row["made_at"])),
        seen_at=from_iso(str(row["seen_at"])),
    )


def token(connection: Connection, identity: str) -> Token | None:
    """Return a token, or nothing."""
    row = one(connection.rows(QUERIES["token"], {"id": identity}))
    return None if row is None else _token(row)


def tokens(connection: Connection, account: str = "") -> list[Token]:
    """Return the tokens of an account; of all, if none is named."""
    return [_token(row) for row in connection.rows(QUERIES["tokens"], {"account": account})]


def _account(row: Row) -> Account:
    return Account(
        name=str(row["name"]),
        grants=grants_of(str(row["grants"]).split()),
        password=str(row["password"]),
        made_at=from_iso(str(row["made_at"])),
        disabled_at=_moment(row["disabled_at"]),
    )


def _token(row: Row) -> Token:
    return Token(
        id=str(row["id"]),
        account=str(row["account"]),
        note=str(row["note"]),
        acts=frozenset(map(Act, str(row["acts"]).split())),
        digest=str(row["digest"]),
        made_at=from_iso(str(row["made_at"])),
        ends_at=from_iso(str(row["ends_at"])),
        revoked_at=_moment(row["revoked_at"]),
    )


def _moment(text: object) -> datetime | None:
    return from_iso(str(text)) if text else None
