"""Everything that can go wrong in a universe, how often, and how often it really did.

The list is reliability.md section 3 (F1-F26) without what needs real processes (those are the
nightly programme's). A fault that never fired proves nothing, so firings are counted and a
campaign in which one is missing has failed.
"""

import random
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

FAULTS: Final[Mapping[str, tuple[str, float]]] = {
    # a call and its answer
    "request_lost": ("F1: no connection; surely not applied", 0.03),
    "response_lost": ("F2: applied, and the answer lost", 0.04),
    "late_apply": ("F3: applied after we stopped listening, within the bound", 0.03),
    "gateway_timeout_applied": ("F2: 504 and HTML from a proxy; applied", 0.02),
    "gateway_refused": ("502 and HTML from a proxy; not applied", 0.02),
    "truncated": ("200, and half a document; applied", 0.02),
    "fault_in_200": ("F9: 200 with an error inside; not applied", 0.01),
    "server_error": ("500 that says nothing; not applied", 0.01),
    "key_in_flight": ("F5: the first request with this key is still running", 0.02),
    "quota": ("F7: in the vendor's form, with or without Retry-After", 0.03),
    "record_lock": ("F8: locked or changed by another; not applied", 0.03),
    "session_expired": ("F14: the token ran out; not applied", 0.005),
    "stale_read": ("F10: what was written is not yet seen by a look-up", 0.03),
    "refused": ("a business refusal of a good record, in the vendor's form", 0.02),
    "outage": ("a system is away for minutes", 0.0),
    "secret_echoed": ("an error text that repeats the credential", 0.01),
    # what the source does
    "webhook_lost": ("F12: a delivery that never comes; the poll has to find it", 0.15),
    "webhook_duplicate": ("F12: the same delivery again", 0.15),
    "webhook_late": ("F12: deliveries overtake each other", 0.2),
    "webhook_malformed": ("F13: a poisoned message", 0.02),
    "clock_skew": ("F11: the vendor's clock is minutes off", 0.0),
    "missing_amount": ("a mandatory value is missing", 0.04),
    "unknown_value": ("F19: a value that no release of the estate knows", 0.04),
    "period_closed": ("F15: the period is closed when the invoice comes", 0.04),
    "customer_merged": ("F20: the buyer is merged into another while the deal runs", 0.06),
    "amended": ("F21: the amount changes while the deal runs", 0.06),
    "withdrawn": ("F21: the deal is called off while it runs", 0.05),
    "business_day_turns": ("F11: closed in the hour in which the books' day, or DST, turns", 0.1),
    # our own side
    "worker_killed": ("F23: a worker dies between two moments", 0.01),
    "worker_stalled": ("F24: a worker stands still beyond its lease, then goes on", 0.005),
    "database_away": ("F25: no transaction can be begun", 0.002),
    "commit_unknown_done": ("F25: the commit's answer is lost; it was done", 0.003),
    "commit_unknown_lost": ("F25: the commit's answer is lost; it was not done", 0.003),
    "estate_changed": ("another estate is applied, and the older one again", 0.0),
    "answered_twice": ("F22: a person clicks twice", 0.3),
    "replayed": ("F22: a finished run is replayed", 0.05),
}
"""Fault -> what it is, and how often it strikes where it can (per call, delivery, deal, turn)."""


@dataclass(slots=True)
class Weather:
    """Which faults this universe has, how strong, and which struck."""

    rng: random.Random
    rates: dict[str, float] = field(default_factory=dict)
    fired: Counter[str] = field(default_factory=Counter)

    @classmethod
    def still(cls) -> "Weather":
        """Return a weather in which nothing ever strikes."""
        return cls(rng=random.Random(0))  # noqa: S311 (never thrown)

    def facing(self, system: str, call: str) -> None:
        """Hear that something is asked of `system` or told by it; what strikes next strikes here.

        Chance does not care. Who aims a fault at one place does (`matrix.aiming`).
        """

    def answering(self) -> None:
        """Hear that what was asked last is answered now."""

    def turning(self) -> None:
        """Hear that a worker is about to take a turn."""

    def strikes(self, fault: str) -> bool:
        """Decide whether `fault` strikes here, and count it if so."""
        rate = self.rates.get(fault, 0.0)
        if rate and self.rng.random() < rate:
            self.fired[fault] += 1
            return True
        return False

    def first(self, *faults: str) -> str | None:
        """Return the one of `faults` that strikes here, if one does."""
        draw = self.rng.random()
        for fault in faults:
            rate = self.rates.get(fault, 0.0)
            if draw < rate:
                self.fired[fault] += 1
                return fault
            draw -= rate
        return None

    def calm(self) -> None:
        """End every fault: what follows must come to rest (liveness)."""
        self.rates.clear()


def swarm(rng: random.Random) -> dict[str, float]:
    """Draw a universe's faults: about two thirds of them, each from a third to thrice its rate.

    All at once leave no progress, and so test nothing (swarm testing; reliability.md 4.5).
    """
    found = {}
    for fault, (_, rate) in FAULTS.items():
        chosen, strength = rng.random(), rng.uniform(0.33, 3.0)
        if chosen < 0.65:  # noqa: PLR2004 (two thirds)
            found[fault] = min(rate * strength, 0.9)
    return found
