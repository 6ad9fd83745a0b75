"""Every estate that was ever applied: a run finishes on the one that it started with."""

import threading
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import cast

from interlock.audit import Entry, trail
from interlock.estate.estate import Estate
from interlock.flow.store import QUERIES
from interlock.foundation.clock import iso
from interlock.foundation.database import Database, one
from interlock.foundation.errors import InvariantError, UsageError
from interlock.foundation.values import dump, load

Compile = Callable[[Mapping[str, str]], Estate]
"""Files by name -> the estate that they declare."""

STREAM = "estate"
"""The audit stream of deployments."""


class EstateArchive:
    """Estates by digest; compiled once per process."""

    def __init__(self, database: Database, compile_estate: Compile) -> None:
        self._database = database
        self._compile = compile_estate
        self._known: dict[str, Estate] = {}
        self._lock = threading.Lock()

    def apply(self, estate: Estate, *, author: str, approver: str, at: datetime) -> bool:
        """Make `estate` the one that new runs start with; return whether it is another one.

        The deployment goes into the trail with author, approver and digest.
        """
        version = {
            "digest": estate.digest,
            "body": dump(dict(estate.sources)),
            "author": author,
            "approver": approver,
            "at": iso(at),
        }
        with self._database.transaction() as connection:
            current = one(connection.rows(QUERIES["current_estate"], {}))
            if current is not None and current["digest"] == estate.digest:
                return False
            connection.execute(QUERIES["add_estate"], version)
            connection.execute(QUERIES["no_current_estate"], {})
            connection.execute(QUERIES["make_current"], {"digest": estate.digest})
            said = {"digest": estate.digest, "author": author, "approver": approver}
            entry = Entry(action="estate.applied", at=at, actor=f"user:{author}", data=said)
            trail.tell(connection, STREAM, [entry])
        return True

    def get(self, digest: str) -> Estate:
        """Return the estate with this digest, compiled."""
        with self._lock:
            found = self._known.get(digest)
        if found is None:
            found = self._compile(self.sources(digest))
            with self._lock:
                self._known[digest] = found
        return found

    def sources(self, digest: str) -> Mapping[str, str]:
        """Return the files of the estate with this digest, as they were written."""
        with self._database.transaction() as connection:
            row = one(connection.rows(QUERIES["estate"], {"digest": digest}))
        if row is None:
            raise InvariantError(
                f"no estate with digest {digest[:12]}… was ever applied here",
                hint="A run is pinned to it. Was the table `estate_version` emptied?",
            )
        return cast("Mapping[str, str]", load(str(row["body"])))

    def current(self) -> Estate:
        """Return the estate that new runs start with."""
        with self._database.transaction() as connection:
            row = one(connection.rows(QUERIES["current_estate"], {}))
        if row is None:
            raise UsageError(
                "no estate is deployed here yet", hint="Run `interlock apply DIR` first."
            )
        return self.get(str(row["digest"]))
