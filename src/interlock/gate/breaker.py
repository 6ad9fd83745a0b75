"""A circuit breaker per system: a broken connection is one problem, not one per run (F14).

It fails closed for writes: while it is open nothing is sent. One call after another tries
whether the system is back, never all of them at once.
"""

import threading
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from interlock.connectors.port import Kind, Outcome, Verdict

THRESHOLD: Final = 5
"""How many failures in a row break a connection; a refused credential breaks it at once."""
FIRST_REST: Final = timedelta(seconds=1)
LONGEST_REST: Final = timedelta(seconds=60)
PROBE_PATIENCE: Final = timedelta(seconds=30)
"""When a trial call has not come back after this long, another one may try."""

_OUTAGES: Final = frozenset({Kind.OUTAGE, Kind.TRANSPORT})


@dataclass(frozen=True, slots=True, kw_only=True)
class Circuit:
    """The state of one connection."""

    failures: int = 0
    open_until: datetime | None = None
    rest: timedelta = FIRST_REST
    trying_since: datetime | None = None
    kind: Kind = Kind.NONE
    message: str = ""


@dataclass(frozen=True, slots=True)
class Turn:
    """What an outcome did to the connection: it broke, or it healed."""

    broken: bool
    kind: Kind
    message: str


class Breaker:
    """The circuits of one process, by system."""

    def __init__(self) -> None:
        self._circuits: dict[str, Circuit] = {}
        self._lock = threading.Lock()

    def ask(self, system: str, now: datetime) -> datetime | None:
        """Return when to come back if the connection is broken; ``None`` to go ahead.

        Whoever gets ``None`` from a broken connection is its one trial.
        """
        with self._lock:
            circuit = self._circuits.get(system)
            if circuit is None or circuit.open_until is None:
                return None
            if now < circuit.open_until:
                return circuit.open_until
            since = circuit.trying_since
            if since is not None and now < since + PROBE_PATIENCE:
                return now + min(circuit.rest, FIRST_REST)
            self._circuits[system] = replace(circuit, trying_since=now)
            return None

    def still_broken(self, system: str, outcome: Outcome) -> datetime | None:
        """Return when to come back if `outcome`, heard last, left a broken connection broken.

        Such a call failed because of the connection, which has its case: it is not one of the
        attempts after which a run becomes a case of its own.
        """
        with self._lock:
            circuit = self._circuits.get(system)
            return circuit.open_until if circuit is not None and _failed(outcome) else None

    def forgo(self, system: str) -> None:
        """Take note that the trial which `ask` allowed was not made: somebody else may make it."""
        with self._lock:
            circuit = self._circuits.get(system)
            if circuit is not None and circuit.trying_since is not None:
                self._circuits[system] = replace(circuit, trying_since=None)

    def heard(self, system: str, outcome: Outcome, now: datetime) -> Turn | None:
        """Take note of how a call ended; return the turn that it brought, if one."""
        with self._lock:
            circuit = self._circuits.get(system, Circuit())
            if not _failed(outcome):
                self._circuits[system] = Circuit()
                healed = circuit.open_until is not None
                return Turn(broken=False, kind=Kind.NONE, message="") if healed else None
            return self._failed(system, circuit, outcome, now)

    def _failed(
        self, system: str, circuit: Circuit, outcome: Outcome, now: datetime
    ) -> Turn | None:
        failures = circuit.failures + 1
        was_open = circuit.open_until is not None
        if failures < THRESHOLD and outcome.kind is not Kind.AUTH and not was_open:
            self._circuits[system] = replace(circuit, failures=failures)
            return None
        rest = min(circuit.rest * 2, LONGEST_REST) if was_open else FIRST_REST
        self._circuits[system] = Circuit(
            failures=failures,
            open_until=now + rest,
            rest=rest,
            kind=outcome.kind,
            message=outcome.message,
        )
        if was_open:
            return None
        return Turn(broken=True, kind=outcome.kind, message=outcome.message)


def _failed(outcome: Outcome) -> bool:
    """Whether the connection, not this one call, is what failed."""
    if outcome.kind is Kind.AUTH:
        return outcome.verdict in {Verdict.BLOCKED, Verdict.RETRYABLE}
    refused = outcome.verdict in {Verdict.RETRYABLE, Verdict.BLOCKED}
    return refused and outcome.kind in _OUTAGES
