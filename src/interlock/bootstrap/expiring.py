"""Watches what we log in with: a word in the trail before it ends, a case when it has ended (F14).

It reads every credential afresh, so it also finds what a connector can do without for a while: a
file that went away, a vault that does not answer, a value that nobody may use.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from interlock.audit import Entry, trail
from interlock.bootstrap.beside import beside
from interlock.bootstrap.credentials import ends_of
from interlock.bootstrap.house import Store
from interlock.estate.kinds import System
from interlock.foundation.database import Connection
from interlock.foundation.errors import InterlockError, UnavailableError
from interlock.foundation.secrets.expiry import Expiry, expiries

LOOK_EVERY: Final = timedelta(minutes=1)
PATIENCE: Final = timedelta(minutes=5)
"""A place that does not answer is only worth a question to people when it stays away so long."""
EXPIRING: Final = "credential.expiring"
EXPIRED: Final = "credential.expired"
UNREADABLE: Final = "credential.unreadable"
RENEWED: Final = "credential.renewed"
_KINDS: Final = {EXPIRED: "credential-expired", UNREADABLE: "credential-unreadable"}


@dataclass(frozen=True, slots=True)
class Standing:
    """How a credential stands: the action that says so, and its words."""

    action: str = RENEWED
    message: str = ""


@dataclass(slots=True)
class CredentialWatch:
    """Looks after the credentials of every system of the current estate."""

    store: Store
    _told: dict[str, Standing] = field(default_factory=dict)
    _away: dict[str, datetime] = field(default_factory=dict)

    def look(self) -> None:
        """Look at each once; write down what changed since somebody last did."""
        for system in self.store.archive.current().systems.values():
            standing = self._standing(system)
            if standing is not None and standing != self._told.get(system.name):
                self._tell(system, standing)
                self._told[system.name] = standing

    def _standing(self, system: System) -> Standing | None:
        """Return how the credential stands; ``None`` while that cannot be said yet."""
        now = self.store.clock.now()
        try:
            ends = [*ends_of(system, self.store.settings.credential(system, fresh=True))]
            webhook = system.spec.inbound.webhook if system.spec.inbound else None
            if webhook is not None and webhook.secret is not None:
                signing = self.store.settings.secrets.get(webhook.secret, fresh=True)
                ends += expiries(signing.fields)
        except UnavailableError as error:
            since = self._away.setdefault(system.name, now)
            return Standing(UNREADABLE, str(error)) if now - since >= PATIENCE else None
        except InterlockError as error:
            return Standing(UNREADABLE, str(error))
        self._away.pop(system.name, None)
        return _judged(ends, now)

    def _tell(self, system: System, standing: Standing) -> None:
        """Write it down, unless another worker has."""
        stream = f"credential:{system.name}"
        with self.store.database.transaction() as connection:
            if _last(connection, stream) == standing:
                return
            data = {
                "system": system.name,
                "kind": _KINDS.get(standing.action, ""),
                "message": standing.message,
                "route": system.metadata.owner or "",
            }
            entry = Entry(
                action=standing.action,
                at=self.store.clock.now(),
                actor=self.store.settings.worker,
                data=data,
            )
            trail.tell(connection, stream, [entry])


def _judged(ends: list[Expiry], now: datetime) -> Standing:
    over = [each for each in ends if each.hard and each.over(now)]
    if over:
        return Standing(
            EXPIRED, "; ".join(f"{each.what} ended {each.at:%Y-%m-%d}" for each in over)
        )
    soon = [each for each in ends if each.soon(now)]
    if soon:
        return Standing(EXPIRING, "; ".join(f"{each.what}: {each.at:%Y-%m-%d}" for each in soon))
    return Standing()


def _last(connection: Connection, stream: str) -> Standing:
    """Return what the trail says last; of a credential that nobody spoke of all is well."""
    entry = trail.last(connection, stream)
    if entry is None:
        return Standing()
    return Standing(entry.action, str(entry.data.get("message", "")))


@contextmanager
def watching(store: Store) -> Iterator[CredentialWatch]:
    """Look every minute until the end of the block; in a thread, for a vault may be slow."""
    watch = CredentialWatch(store)
    # The database may be away, or another worker have spoken first: the next look will tell.
    with beside("credentials", watch.look, LOOK_EVERY):
        yield watch
