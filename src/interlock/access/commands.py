"""Everything that changes who may come in: accounts, log-ins, tokens; each with an entry.

The streams are ``account:NAME``. No password and no secret ever stands in one.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from interlock.access import store
from interlock.access.account import Account, Grant, account_name
from interlock.access.password import Passwords
from interlock.access.rights import Act, acts_of
from interlock.access.session import ABSOLUTE, IDLE, TOUCH, Session, digest_of, new_secret
from interlock.access.store import QUERIES
from interlock.access.token import LONGEST, Token, fits, parts_of, spelled
from interlock.audit import trail
from interlock.audit.entry import Entry
from interlock.foundation.clock import Clock, from_iso, iso
from interlock.foundation.database import Connection, Database, one
from interlock.foundation.errors import RefusedError, UsageError
from interlock.foundation.ids import derived

PATIENCE: Final = 5
"""Wrong passwords in a row before the account has to wait."""
PAUSE: Final = timedelta(minutes=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """What these commands work with."""

    database: Database
    clock: Clock
    passwords: Passwords

    def noted(
        self,
        connection: Connection,
        account: str,
        action: str,
        by: str,
        said: Mapping[str, object],
    ) -> None:
        """Write what was done with an account into its stream."""
        stream = f"account:{account}"
        entry = Entry(
            action=action, at=self.clock.now(), actor=by, data={"account": account, **said}
        )
        trail.tell(connection, stream, [entry])


def add(access: Access, name: str, grants: Iterable[Grant], password: str, *, by: str) -> Account:
    """Make an account.

    Raises:
        UsageError: There is one of that name, nothing is granted, or the password is no good.
    """
    granted = tuple(sorted(set(grants)))
    if not granted:
        raise UsageError("nothing is granted", hint="Give at least one role, e.g. --role viewer.")
    account = Account(
        name=account_name(name),
        grants=granted,
        password=access.passwords.hashed(password),
        made_at=access.clock.now(),
    )
    with access.database.transaction() as connection:
        if store.find(connection, account.name) is not None:
            raise UsageError(
                f"there is an account `{account.name}` already",
                hint="Names are never given twice, also not after an account was disabled: the "
                "trail says who did what.",
            )
        store.add(connection, account)
        said = {"grants": [str(grant) for grant in granted]}
        access.noted(connection, account.name, "account.added", f"user:{by}", said)
    return account


def disable(access: Access, name: str, *, by: str) -> Account:
    """Let nobody in by this account any more; its sessions and tokens end in this moment.

    Raises:
        UsageError: There is no such account.
    """
    with access.database.transaction() as connection:
        account = store.get(connection, account_name(name))
        now = {"now": iso(access.clock.now()), "name": account.name, "account": account.name}
        if connection.execute(QUERIES["disable"], now):
            connection.execute(QUERIES["close_sessions"], now)
            connection.execute(QUERIES["revoke_all"], now)
            access.noted(connection, account.name, "account.disabled", f"user:{by}", {})
        return store.get(connection, account.name)


def grant(access: Access, name: str, grants: Iterable[Grant], *, by: str) -> Account:
    """Grant these, and nothing else, from now on; whoever is logged in feels it at once.

    Raises:
        UsageError: There is no such account, or nothing is granted.
    """
    granted = tuple(sorted(set(grants)))
    if not granted:
        raise UsageError("nothing is granted", hint="`interlock account disable` takes all away.")
    with access.database.transaction() as connection:
        account = store.get(connection, account_name(name))
        row = {"name": account.name, "grants": "\n".join(map(str, granted))}
        connection.execute(QUERIES["change_grants"], row)
        said = {"before": [str(g) for g in account.grants], "after": [str(g) for g in granted]}
        access.noted(connection, account.name, "account.granted", f"user:{by}", said)
        return store.get(connection, account.name)


def log_in(access: Access, name: str, password: str) -> str | None:
    """Open a session; return the secret for the browser, ``None`` if that is not who it says.

    Always a new secret: what a stranger put into the browser before opens nothing. After a few
    wrong passwords the account waits, whatever is given: that is told as a wrong password.
    """
    try:
        known = account_name(name)
    except UsageError:
        known = ""
    now = access.clock.now()
    with access.database.transaction() as connection:
        account = store.find(connection, known)
        waiting = account is not None and _waits(access, connection, known)
    kept = account.password if account is not None and account.usable and not waiting else None
    right = access.passwords.fits(kept, password)
    if waiting:
        return None  # nothing is counted or written: a stranger would fill the record
    with access.database.transaction() as connection:
        # Looked at again: it may have been disabled while the password was worked on.
        account = store.find(connection, known)
        if account is None:
            return None
        if not right or not account.usable:
            connection.execute(QUERIES["failed"], {"name": known, "now": iso(now)})
            access.noted(connection, known, "session.refused", "console", {})
            return None
        ended = {"idle": iso(now - IDLE), "absolute": iso(now - ABSOLUTE)}
        connection.execute(QUERIES["close_ended"], ended)
        connection.execute(QUERIES["came_in"], {"name": known})
        access.noted(connection, known, "session.opened", f"user:{known}", {})
        return _opened(connection, known, iso(now))


def _waits(access: Access, connection: Connection, name: str) -> bool:
    row = one(connection.rows(QUERIES["failures"], {"name": name}))
    if row is None or int(str(row["failures"])) < PATIENCE:
        return False
    return access.clock.now() - from_iso(str(row["failed_at"])) < PAUSE


def _opened(connection: Connection, account: str, now: str) -> str:
    secret = new_secret()
    row = {"digest": digest_of(secret), "account": account, "csrf": new_secret(), "now": now}
    connection.execute(QUERIES["open_session"], row)
    return secret


def log_out(access: Access, session: Session) -> None:
    """End a session: what the browser has opens nothing any more."""
    with access.database.transaction() as connection:
        connection.execute(QUERIES["close_session"], {"digest": session.digest})
        access.noted(connection, session.account, "session.closed", f"user:{session.account}", {})


def who(access: Access, secret: str, *, awake: bool = True) -> tuple[Account, Session] | None:
    """Return who a browser's secret stands for now; nothing once it ended or was disabled.

    A page that refreshes itself is not `awake`: it keeps no session open that nobody uses.
    """
    now, digest = access.clock.now(), digest_of(secret)
    with access.database.reader().transaction() as connection:
        session = store.session(connection, digest)
        account = None if session is None else store.find(connection, session.account)
    if session is None:
        return None
    if account is None or not account.usable or session.ended(now):
        with access.database.transaction() as connection:
            connection.execute(QUERIES["close_session"], {"digest": digest})
        return None
    if awake and now - session.seen_at > TOUCH:
        with access.database.transaction() as connection:
            connection.execute(QUERIES["touch"], {"digest": digest, "now": iso(now)})
    return account, session


def bearer(access: Access, text: str) -> tuple[Account, Token] | None:
    """Return whose token it is and what is kept of it; nothing unless it opens something now."""
    parts = parts_of(text)
    if parts is None:
        return None
    with access.database.reader().transaction() as connection:
        token = store.token(connection, parts[0])
        account = None if token is None else store.find(connection, token.account)
    if token is None or account is None or not fits(token, parts[1]):
        return None
    return (account, token) if account.usable and token.usable(access.clock.now()) else None


def issue(
    access: Access, name: str, acts: Iterable[Act], note: str, lasts: timedelta, *, by: str
) -> tuple[Token, str]:
    """Make a token of an account; return it, and its spelling, which is never shown again.

    Raises:
        RefusedError: The account may not do what the token should.
        UsageError: There is no such account, or the time makes no sense.
    """
    wanted = frozenset(acts)
    if not timedelta() < lasts <= LONGEST or not wanted:
        raise UsageError(
            "a token is for something, and for at most a year",
            hint="Give --scope see and --days 90.",
        )
    secret, now = new_secret(), access.clock.now()
    with access.database.transaction() as connection:
        account = store.get(connection, account_name(name))
        if not account.usable or wanted - acts_of(account.grants):
            missing = ", ".join(sorted(wanted - acts_of(account.grants)))
            raise RefusedError(
                f"`{account.name}` may not {missing or 'come in'}",
                hint="A token is never allowed more than the account that it belongs to.",
            )
        token = Token(
            id=derived(secret, length=16),
            account=account.name,
            note=note.strip()[:200],
            acts=wanted,
            digest=digest_of(secret),
            made_at=now,
            ends_at=now + lasts,
        )
        connection.execute(QUERIES["add_token"], _row(token))
        said = {"token": token.id, "acts": sorted(wanted), "ends": token.ends_at, "note": note}
        access.noted(connection, account.name, "token.issued", f"user:{by}", said)
    return token, spelled(token.id, secret)


def _row(token: Token) -> dict[str, object]:
    return {
        "id": token.id,
        "account": token.account,
        "note": token.note,
        "acts": " ".join(sorted(token.acts)),
        "digest": token.digest,
        "made_at": iso(token.made_at),
        "ends_at": iso(token.ends_at),
    }


def revoke(access: Access, identity: str, *, by: str) -> Token:
    """End a token in this moment.

    Raises:
        UsageError: There is none of that id.
    """
    with access.database.transaction() as connection:
        token = store.token(connection, identity)
        if token is None:
            hint = "`interlock account tokens` shows them."
            raise UsageError(f"there is no token `{identity}`", hint=hint)
        now = {"id": identity, "now": iso(access.clock.now())}
        if connection.execute(QUERIES["revoke"], now):
            said = {"token": identity}
            access.noted(connection, token.account, "token.revoked", f"user:{by}", said)
        return token
