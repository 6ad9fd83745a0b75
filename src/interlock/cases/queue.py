"""The queue page by page, and what is at stake in all of it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final

from interlock.cases.case import EVERYTHING, Case, CaseKind, Which
from interlock.cases.store import case_of, names_of
from interlock.foundation.clock import iso
from interlock.foundation.database import Connection
from interlock.foundation.money import Money
from interlock.foundation.queries import Query, load_queries

_QUERIES: Final[Mapping[str, Query]] = load_queries("interlock.cases")
_FIRST: Final = (1 << 63) - 1
_LATEST: Final = "9999"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which part of the queue is meant."""

    which: Which = EVERYTHING
    currency: str = ""
    due_from: datetime | None = None
    due_before: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Stake:
    """What one live case is about, without its story."""

    kind: CaseKind
    cause: str
    system: str
    integration: str
    owner: str
    legal_entity: str
    money: Money | None
    due: str
    """As the database has it: sortable text, so that ten thousand need not be read as moments."""


def live_after(
    connection: Connection, wanted: Wanted, after: tuple[int, str] | None, limit: int
) -> list[Case]:
    """Return live cases behind the place ``(weight, id)``, the most pressing first."""
    weight, identity = after or (_FIRST, "")
    row = {
        **names_of(wanted.which),
        "currency": wanted.currency,
        "due_from": iso(wanted.due_from) if wanted.due_from else "",
        "due_before": iso(wanted.due_before) if wanted.due_before else "",
        "weight": weight,
        "id": identity,
        "limit": limit,
    }
    return [case_of(found) for found in connection.rows(_QUERIES["queue_page"], row)]


def closed_after(
    connection: Connection, which: Which, after: tuple[str, str] | None, limit: int
) -> list[Case]:
    """Return closed cases behind the place ``(moment of closing, id)``, the latest first."""
    closed_at, identity = after or (_LATEST, "")
    row = {**names_of(which), "closed_at": closed_at, "id": identity, "limit": limit}
    return [case_of(found) for found in connection.rows(_QUERIES["closed_page"], row)]


def stakes(connection: Connection) -> Iterator[Stake]:
    """Yield what every live case is about."""
    kinds = {str(kind): kind for kind in CaseKind}
    for row in connection.rows(_QUERIES["stakes"], {}):
        currency = str(row["currency"])
        yield Stake(
            kind=kinds[str(row["kind"])],
            cause=str(row["cause"]),
            system=str(row["system"]),
            integration=str(row["integration"]),
            owner=str(row["owner"]),
            legal_entity=str(row["legal_entity"]),
            money=Money(Decimal(str(row["amount"])), currency) if currency else None,
            due=str(row["due_at"]),
        )
