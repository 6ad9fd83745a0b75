"""How often a caller may call: counted in the database, so for all workers together.

Windows stand on the clock's multiples (a rate per minute begins anew with every minute), so at
their border a caller may use two of them within one. A request that is refused is counted too: it
makes nothing worse, because the window ends when it ends. What callers are told is the form of
draft-ietf-httpapi-ratelimit-headers.
"""

import math
from dataclasses import dataclass
from typing import Final

from interlock.estate.kinds.api import Api, Rate
from interlock.foundation.clock import Clock
from interlock.foundation.database import Database, one
from interlock.foundation.queries import load_queries

QUERIES: Final = load_queries("interlock.intake.api")
POLICY: Final = "caller"


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """What one request left of a caller's rate."""

    calls: int
    """As many as a window has."""
    seconds: int
    """As long as a window is."""
    left: int
    ends_in: int
    """Seconds until the window ends; never none."""
    allowed: bool

    @property
    def headers(self) -> dict[str, str]:
        """Return what the caller is told with every answer."""
        return {
            "ratelimit-policy": f'"{POLICY}";q={self.calls};w={self.seconds}',
            "ratelimit": f'"{POLICY}";r={self.left};t={self.ends_in}',
        }


def spend(database: Database, clock: Clock, api: Api, caller: str) -> Spent | None:
    """Count one request of a caller; ``None``: the estate declares no rate for it.

    Raises:
        UnavailableError: The database is away.
    """
    rate = api.spec.rates.get(caller, api.spec.rate)
    return None if rate is None else spend_of(database, clock, (api.name, caller), rate)


def spend_of(database: Database, clock: Clock, whose: tuple[str, str], rate: Rate) -> Spent:
    """Count one request of `whose` (door and caller) against a rate.

    Raises:
        UnavailableError: The database is away.
    """
    length = int(rate.per.total_seconds())
    now = clock.now().timestamp()
    row = {"api": whose[0], "caller": whose[1], "span": int(now // length), "length": length}
    with database.transaction() as connection:
        found = one(connection.rows(QUERIES["spend"], row))
    used, span = (int(str(found[name])) for name in ("used", "span")) if found else (1, 0)
    ends_in = max(math.ceil((span + 1) * length - now), 1)
    return Spent(
        calls=rate.calls,
        seconds=length,
        left=max(rate.calls - used, 0),
        ends_in=min(ends_in, length),
        allowed=used <= rate.calls,
    )
