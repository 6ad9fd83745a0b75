"""Breaks as people look through them: page by page, and what is open of everything."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from interlock.foundation.database import Connection
from interlock.foundation.money import Money
from interlock.foundation.queries import load_queries
from interlock.reconciliation.store import OPEN, Kept, kept_of

_QUERIES: Final = load_queries("interlock.reconciliation")
_FIRST: Final = (1 << 63) - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which breaks are meant."""

    name: str
    """The reconciliation."""
    state: str = OPEN
    cause: str = ""
    """Empty: any."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Open:
    """What one open break is about."""

    name: str
    cause: str
    legal_entity: str
    money: Money | None


def breaks_after(
    connection: Connection, wanted: Wanted, after: tuple[int, str] | None, limit: int
) -> list[Kept]:
    """Return breaks behind the place ``(weight, id)``, those worth most first."""
    weight, identity = after or (_FIRST, "")
    row = {
        "name": wanted.name,
        "state": wanted.state,
        "cause": wanted.cause,
        "weight": weight,
        "id": identity,
        "limit": limit,
    }
    return [kept_of(found) for found in connection.rows(_QUERIES["page_after"], row)]


def every_open(connection: Connection) -> Iterator[Open]:
    """Yield what every open break is about."""
    for row in connection.rows(_QUERIES["breaks_by_cause"], {}):
        currency = str(row["currency"])
        yield Open(
            name=str(row["name"]),
            cause=str(row["cause"]),
            legal_entity=str(row["legal_entity"]),
            money=Money(Decimal(str(row["amount"])), currency) if currency else None,
        )
