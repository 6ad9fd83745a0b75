"""Takes calls: each once by its Idempotency-Key, stored before it is answered (F12, R24).

The semantics are those of draft-ietf-httpapi-idempotency-key-header-07: the same key with the same
content is given the first answer again, with other content 422, and 409 while the first answer is
outstanding. That a record is not done twice under two keys is the business key's work, not ours.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from interlock.audit import Entry, trail
from interlock.estate.kinds.api import Api
from interlock.foundation.clock import Clock, iso
from interlock.foundation.database import Connection, Database, one
from interlock.foundation.ids import Ids
from interlock.foundation.queries import load_queries
from interlock.intake.api import problems
from interlock.intake.api.call import ApiCall, Asked, call_of
from interlock.intake.api.problems import Problem
from interlock.intake.api.state import Sight

QUERIES: Final = load_queries("interlock.intake.api")
GRACE: Final = timedelta(seconds=5)
"""So much longer than it is held may the first answer of a call take."""
PAUSE: Final = 30
"""Seconds after which a caller who met a full backlog may come again."""
ACCEPTED: Final = 202


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """A call that is stored, and the answer that it was given first, if it was given one."""

    call: ApiCall
    new: bool

    @property
    def first(self) -> tuple[int, str] | None:
        """Return status code and body of the first answer."""
        return self.call.first


@dataclass(frozen=True, slots=True, kw_only=True)
class Counter:
    """Where calls are handed in."""

    database: Database
    clock: Clock
    ids: Ids

    def take(self, api: Api, asked: Asked, sight: Sight, hold: timedelta) -> Taken | Problem:
        """Store a call, all or nothing; one that is not held is answered in the same transaction.

        Raises:
            UnavailableError: It may or may not be stored; the same call with the same key tells.
        """
        now = self.clock.now()
        named = {"api": asked.api, "caller": asked.caller, "idempotency_key": asked.key}
        with self.database.transaction() as connection:
            before = iso(now - api.spec.remember)
            connection.execute(QUERIES["forget"], {**named, "before": before})
            known = _known(connection, named)
            if known is None:
                waiting = one(connection.rows(QUERIES["backlog"], {"api": api.name}))
                if waiting is not None and int(str(waiting["calls"])) >= api.spec.backlog:
                    return problems.busy(PAUSE)
                made = self._stored(connection, api, asked, sight, hold)
                if made is not None:
                    return Taken(call=made, new=True)
                known = _known(connection, named)
        if known is None:
            return problems.busy(1)
        return self._again(known, asked)

    def _again(self, known: ApiCall, asked: Asked) -> Taken | Problem:
        if known.fingerprint != asked.fingerprint:
            return problems.key_reused()
        if known.first is None and self.clock.now() < known.held_until:
            return problems.still_answering()
        return Taken(call=known, new=False)

    def _stored(
        self, connection: Connection, api: Api, asked: Asked, sight: Sight, hold: timedelta
    ) -> ApiCall | None:
        """Store a new call; ``None`` when another process stored it at the same moment."""
        now = self.clock.now()
        identity = self.ids.new("req")
        integration = api.spec.operations[asked.operation].integration
        row = {
            "id": identity,
            "api": asked.api,
            "operation": asked.operation,
            "caller": asked.caller,
            "idempotency_key": asked.key,
            "fingerprint": asked.fingerprint,
            "integration": integration,
            "ref": asked.ref,
            "accepted_at": iso(now),
            "held_until": iso(now + hold + GRACE if hold else now),
        }
        if not connection.execute(QUERIES["add"], row):
            return None
        entry = Entry(
            action="api.accepted",
            at=now,
            actor=f"api:{asked.api}/{asked.caller}",
            data={"operation": asked.operation, "integration": integration, "ref": asked.ref},
            mentions={"request": identity},
        )
        found = _by_id(connection, identity)
        assert found is not None  # noqa: S101 (it was added two lines above)
        trail.tell(connection, found.stream, [entry])
        if not hold:
            self._answered(connection, found, ACCEPTED, sight.document(found, None))
        return _by_id(connection, identity)

    def answered(self, call: ApiCall, code: int, body: Mapping[str, object]) -> tuple[int, str]:
        """Keep the first answer to a call; return the one that counts: there is only one."""
        with self.database.transaction() as connection:
            self._answered(connection, call, code, body)
            found = _by_id(connection, call.id)
        return (found and found.first) or (code, json.dumps(body))

    def _answered(
        self, connection: Connection, call: ApiCall, code: int, body: Mapping[str, object]
    ) -> None:
        row = {"id": call.id, "code": code, "body": json.dumps(body)}
        connection.execute(QUERIES["answered"], row)

    def get(self, identity: str) -> ApiCall | None:
        """Return a call by its id."""
        with self.database.transaction() as connection:
            return _by_id(connection, identity)


def listed(database: Database, *, api: str, waiting: bool, limit: int) -> list[ApiCall]:
    """Return calls, the latest first: of one API or of all, all or those that are not begun."""
    row = {"api": api, "waiting": int(waiting), "limit": limit}
    with database.transaction() as connection:
        return [call_of(each) for each in connection.rows(QUERIES["listed"], row)]


def waiting_calls(database: Database) -> int:
    """Return how many calls wait to be looked into."""
    with database.transaction() as connection:
        row = one(connection.rows(QUERIES["waiting"], {}))
    return 0 if row is None else int(str(row["calls"]))


def _by_id(connection: Connection, identity: str) -> ApiCall | None:
    row = one(connection.rows(QUERIES["by_id"], {"id": identity}))
    return None if row is None else call_of(row)


def _known(connection: Connection, named: Mapping[str, object]) -> ApiCall | None:
    row = one(connection.rows(QUERIES["by_key"], named))
    return None if row is None else call_of(row)
