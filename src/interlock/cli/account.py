"""``interlock account``: who may come in to the console and the API, and as what."""

import getpass
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Final

from cyclopts import App, Parameter

from interlock.access.account import Account, grants_of
from interlock.access.commands import Access
from interlock.access.rights import Act
from interlock.cli.terminal import Json, moment, print_json, print_table, whoever
from interlock.foundation.errors import UsageError

app = App(name="account", help="Who may come in to the console and the API, and as what.")
Roles = Annotated[tuple[str, ...], Parameter(name="--role", negative="")]
Scopes = Annotated[tuple[Act, ...], Parameter(name="--scope", negative="")]
LIKE: Final = "ROLE[:LEGAL-ENTITY[:DOMAIN]]"


@app.command
def add(
    name: str,
    *,
    role: Roles,
    password_file: Path | None = None,
    by: str | None = None,
    home: Path | None = None,
    json: Json = False,
) -> int:
    """Make the account NAME. Its password is asked for, or read from a file; never an argument.

    Example: ``interlock account add ana --role operator:de --role viewer``

    Args:
        name: Who; stands in the trail with everything that is done.
        role: ROLE, ROLE:LEGAL-ENTITY or ROLE:LEGAL-ENTITY:DOMAIN; as often as need be. Roles are
            viewer, operator, approver, architect, auditor and administrator.
        password_file: A file with the password in its first line.
        by: Who adds it; by default the account of this terminal.
        home: Where the installation lives.
        json: One JSON object instead of a sentence.
    """
    from interlock.access import commands

    grants = grants_of(role)
    with _access(home) as access:
        made = commands.add(access, name, grants, _password(password_file), by=whoever(by))
    return _told(made, "added", as_json=json)


@app.command(name="list")
def list_(*, home: Path | None = None, json: Json = False) -> int:
    """List every account with what is granted.

    Example: ``interlock account list``

    Args:
        home: Where the installation lives.
        json: One JSON object instead of a table.
    """
    from interlock.access import store

    with _access(home) as access, access.database.transaction() as connection:
        found = store.every(connection)
    if json:
        print_json({"accounts": [_shown(each) for each in found]})
        return 0
    rows = [
        (
            each.name,
            ", ".join(map(str, each.grants)),
            moment(each.made_at),
            moment(each.disabled_at),
        )
        for each in found
    ]
    print_table("", ["account", "granted", "since", "disabled"], rows)
    if not found:
        print(f"nobody may come in yet: interlock account add NAME --role {LIKE}")
    return 0


@app.command
def grant(
    name: str,
    *,
    role: Roles,
    by: str | None = None,
    home: Path | None = None,
    json: Json = False,
) -> int:
    """Grant NAME these roles, and no other, from now on.

    Example: ``interlock account grant ana --role approver:de``

    Args:
        name: Whom.
        role: As with `add`.
        by: Who grants it; by default the account of this terminal.
        home: Where the installation lives.
        json: One JSON object instead of a sentence.
    """
    from interlock.access import commands

    with _access(home) as access:
        made = commands.grant(access, name, grants_of(role), by=whoever(by))
    return _told(made, "changed", as_json=json)


@app.command
def disable(
    name: str, *, by: str | None = None, home: Path | None = None, json: Json = False
) -> int:
    """Let nobody in as NAME any more; sessions and tokens end in this moment.

    Example: ``interlock account disable ana``

    Args:
        name: Whom.
        by: Who does it; by default the account of this terminal.
        home: Where the installation lives.
        json: One JSON object instead of a sentence.
    """
    from interlock.access import commands

    with _access(home) as access:
        made = commands.disable(access, name, by=whoever(by))
    return _told(made, "disabled", as_json=json)


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """For what, how long, and who says so."""

    days: int = 90
    """How long it opens anything."""
    note: str = ""
    """What it is for."""
    by: str | None = None
    """Who makes it; by default the account of this terminal."""


_USUAL: Final = Terms()


@app.command
def token(
    name: str,
    *,
    scope: Scopes,
    terms: Annotated[Terms, Parameter(name="*")] = _USUAL,
    home: Path | None = None,
    json: Json = False,
) -> int:
    """Make an API token of NAME; it is shown once, on standard output.

    Example: ``interlock account token ana --scope see --days 30 --note "the nightly report"``

    Args:
        name: Whose it is: it is never allowed more than its owner.
        scope: What it may do: see, work, answer, replay, approve, export, administer.
        terms: For what, how long, and who says so.
        home: Where the installation lives.
        json: One JSON object instead of the token alone.
    """
    from interlock.access import commands

    with _access(home) as access:
        lasts, by = timedelta(days=terms.days), whoever(terms.by)
        made, spelled = commands.issue(access, name, scope, terms.note, lasts, by=by)
    if json:
        print_json({"id": made.id, "token": spelled, "ends_at": made.ends_at})
    else:
        print(spelled)
    return 0


@app.command
def tokens(*, home: Path | None = None, json: Json = False) -> int:
    """List every API token, never its secret.

    Example: ``interlock account tokens``

    Args:
        home: Where the installation lives.
        json: One JSON object instead of a table.
    """
    from interlock.access import store

    with _access(home) as access, access.database.transaction() as connection:
        found = store.tokens(connection)
    shown = [
        (
            t.id,
            t.account,
            ", ".join(sorted(t.acts)),
            moment(t.ends_at),
            moment(t.revoked_at),
            t.note,
        )
        for t in found
    ]
    columns = ["token", "account", "scopes", "ends", "revoked", "note"]
    if json:
        print_json({"tokens": [dict(zip(columns, row, strict=True)) for row in shown]})
    else:
        print_table("", columns, shown)
        print(f"{len(shown)} tokens")
    return 0


@app.command
def revoke(
    identity: str, *, by: str | None = None, home: Path | None = None, json: Json = False
) -> int:
    """End the API token of this id in this moment.

    Example: ``interlock account revoke 3f2a91c0d4e5b6a7``

    Args:
        identity: As `tokens` shows it.
        by: Who does it; by default the account of this terminal.
        home: Where the installation lives.
        json: One JSON object instead of a sentence.
    """
    from interlock.access import commands

    with _access(home) as access:
        made = commands.revoke(access, identity, by=whoever(by))
    if json:
        print_json({"revoked": made.id})
    else:
        print(f"the token {made.id} of {made.account} is revoked")
    return 0


@contextmanager
def _access(home: Path | None) -> Iterator[Access]:
    from interlock.bootstrap.entrance import access_of
    from interlock.bootstrap.house import open_existing

    with open_existing(home) as store:
        yield access_of(store)


def _password(file: Path | None) -> str:
    if file is not None:
        try:
            return file.read_text(encoding="utf-8").partition("\n")[0].rstrip("\r")
        except OSError as error:
            hint = "Name a file that this account can read."
            raise UsageError(f"`{file}` cannot be read", hint=hint) from error
    if not sys.stdin.isatty():
        raise UsageError(
            "there is no terminal to ask for the password",
            hint="Give --password-file; an argument would be seen by every process here.",
        )
    first = getpass.getpass("password: ")
    if getpass.getpass("the same again: ") != first:
        raise UsageError("that was not the same twice", hint="Nothing was changed; try again.")
    return first


def _shown(account: Account) -> dict[str, object]:
    return {
        "name": account.name,
        "grants": [str(grant) for grant in account.grants],
        "made_at": account.made_at,
        "disabled_at": account.disabled_at,
    }


def _told(account: Account, what: str, *, as_json: bool) -> int:
    if as_json:
        print_json(_shown(account))
    else:
        print(f"{account.name} is {what}: {', '.join(map(str, account.grants))}")
    return 0
