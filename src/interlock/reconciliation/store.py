"""Breaks, suggestions and decisions in the database, each break with the end of its stream."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Final, cast

from interlock.audit.chain import GENESIS, Head
from interlock.foundation import values
from interlock.foundation.clock import from_iso, iso
from interlock.foundation.database import Connection, Row, one
from interlock.foundation.errors import UsageError
from interlock.foundation.money import Money
from interlock.foundation.queries import load_queries
from interlock.reconciliation.decision import Decision, Kind
from interlock.reconciliation.finding import Suggestion

_QUERIES: Final = load_queries("interlock.reconciliation")
PAGE: Final = 5_000
OPEN, DECIDED, HEALED = "open", "decided", "healed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A break as it was last seen."""

    id: str
    name: str
    state: str
    cause: str
    key: str
    legal_entity: str
    money: Money | None
    weight: int
    as_of: date
    opened_at: datetime
    seen_at: datetime
    filed: bool
    """Whether it has a stream of its own, and so a case."""
    head: Head = GENESIS
    body: Mapping[str, object]
    """Its parts and differences, as JSON has them."""

    @property
    def parts(self) -> list[tuple[str, str]]:
        """Return side and id of its records."""
        listed = cast("list[Mapping[str, str]]", self.body.get("parts", []))
        return [(part["side"], part["ref"]) for part in listed]

    @property
    def stream(self) -> str:
        """Return the audit stream of the break."""
        return stream_of(self.id)


def stream_of(break_id: str) -> str:
    """Return the audit stream of a break."""
    return f"break:{break_id}"


def heads(connection: Connection) -> dict[str, Head]:
    """Return where the audit stream of every break that has one ends."""
    return {
        stream_of(str(row["id"])): Head(cast("int", row["head_position"]), str(row["head_hash"]))
        for row in connection.rows(_QUERIES["heads"], {})
    }


def live(connection: Connection, name: str) -> Iterator[Kept]:
    """Yield every break of a reconciliation that is not healed."""
    after = ""
    while True:
        rows = connection.rows(_QUERIES["live"], {"name": name, "after": after, "limit": PAGE})
        yield from map(kept_of, rows)
        if len(rows) < PAGE:
            return
        after = str(rows[-1]["id"])


def page(connection: Connection, name: str, state: str = OPEN, limit: int = 50) -> list[Kept]:
    """Return the breaks that are worth most."""
    wanted = {"name": name, "state": state, "limit": limit}
    return [kept_of(row) for row in connection.rows(_QUERIES["page"], wanted)]


def get(connection: Connection, break_id: str) -> Kept:
    """Return a break.

    Raises:
        UsageError: There is none of that id.
    """
    row = one(connection.rows(_QUERIES["break"], {"id": break_id}))
    if row is None:
        raise UsageError(
            f"there is no break `{break_id}`", hint="`interlock breaks list NAME` shows them."
        )
    return kept_of(row)


def find(connection: Connection, break_id: str) -> Kept | None:
    """Return a break, or nothing."""
    row = one(connection.rows(_QUERIES["break"], {"id": break_id}))
    return None if row is None else kept_of(row)


def keep(connection: Connection, kept: Kept) -> None:
    """Keep a break as it is now."""
    keep_all(connection, [kept])


def keep_all(connection: Connection, breaks: Iterable[Kept]) -> None:
    """Keep breaks as they are now."""
    connection.execute_many(_QUERIES["keep"], [_row(each) for each in breaks])


def _row(kept: Kept) -> dict[str, object]:
    return {
        "id": kept.id,
        "name": kept.name,
        "state": kept.state,
        "cause": kept.cause,
        "key": kept.key,
        "legal_entity": kept.legal_entity,
        "currency": kept.money.currency if kept.money else "",
        "amount": str(kept.money.amount) if kept.money else "",
        "weight": kept.weight,
        "as_of": kept.as_of.isoformat(),
        "opened_at": iso(kept.opened_at),
        "seen_at": iso(kept.seen_at),
        "filed": int(kept.filed),
        "head_position": kept.head.position,
        "head_hash": kept.head.hash,
        "body": values.dump(kept.body),
    }


def kept_of(row: Row) -> Kept:
    """Return the break that a row holds."""
    return Kept(
        id=str(row["id"]),
        name=str(row["name"]),
        state=str(row["state"]),
        cause=str(row["cause"]),
        key=str(row["key"]),
        legal_entity=str(row["legal_entity"]),
        money=_money(row["amount"], row["currency"]),
        weight=cast("int", row["weight"]),
        as_of=date.fromisoformat(str(row["as_of"])),
        opened_at=from_iso(str(row["opened_at"])),
        seen_at=from_iso(str(row["seen_at"])),
        filed=bool(row["filed"]),
        head=Head(cast("int", row["head_position"]), str(row["head_hash"])),
        body=cast("Mapping[str, object]", values.load(str(row["body"]))),
    )


def _money(amount: object, currency: object) -> Money | None:
    return Money(Decimal(str(amount)), str(currency)) if currency else None


def suggest(connection: Connection, name: str, suggestions: Sequence[Suggestion]) -> None:
    """Keep what the last reconciliation suggests, and nothing older."""
    connection.execute(_QUERIES["forget_suggestions"], {"name": name})
    rows = [
        {
            "id": each.id,
            "name": name,
            "body": values.dump({"parts": [[part.side, part.ref] for part in each.parts]}),
        }
        for each in suggestions
    ]
    if rows:
        connection.execute_many(_QUERIES["suggest"], rows)


def suggested(connection: Connection, suggestion: str) -> tuple[str, list[tuple[str, str]]] | None:
    """Return the reconciliation and the records of a suggestion."""
    row = one(connection.rows(_QUERIES["suggestion"], {"id": suggestion}))
    if row is None:
        return None
    body = cast("Mapping[str, list[list[str]]]", values.load(str(row["body"])))
    return str(row["name"]), [(side, ref) for side, ref in body["parts"]]


def decide(connection: Connection, decision: Decision) -> None:
    """Keep a decision."""
    connection.execute(
        _QUERIES["decide"],
        {
            "id": decision.id,
            "name": decision.name,
            "kind": str(decision.kind),
            "state": "in-force" if decision.in_force else "proposed",
            "decided_by": decision.by,
            "approved_by": decision.approved_by,
            "body": values.dump(
                {
                    "breaks": list(decision.breaks),
                    "parts": [list(part) for part in decision.parts],
                    "amount": str(decision.money.amount) if decision.money else "",
                    "currency": decision.money.currency if decision.money else "",
                    "reason": decision.reason,
                    "until": decision.until.isoformat() if decision.until else "",
                    "at": iso(decision.at),
                }
            ),
        },
    )


def approve(connection: Connection, decision: str, by: str) -> bool:
    """Put a proposed decision in force; False if it was not only proposed."""
    return connection.execute(_QUERIES["approve"], {"id": decision, "by": by}) == 1


def decision(connection: Connection, decision_id: str) -> Decision:
    """Return a decision.

    Raises:
        UsageError: There is none of that id.
    """
    row = one(connection.rows(_QUERIES["decision"], {"id": decision_id}))
    if row is None:
        raise UsageError(
            f"there is no decision `{decision_id}`", hint="`interlock breaks list` shows them."
        )
    return _decision(row)


def decisions(connection: Connection, name: str) -> list[Decision]:
    """Return everything that was decided or proposed for a reconciliation."""
    return [_decision(row) for row in connection.rows(_QUERIES["decisions"], {"name": name})]


def _decision(row: Row) -> Decision:
    body = cast("Mapping[str, object]", values.load(str(row["body"])))
    until = str(body["until"])
    return Decision(
        id=str(row["id"]),
        name=str(row["name"]),
        kind=Kind(str(row["kind"])),
        breaks=cast("list[str]", body["breaks"]),
        parts=[(side, ref) for side, ref in cast("list[list[str]]", body["parts"])],
        money=_money(body["amount"], body["currency"]),
        reason=str(body["reason"]),
        until=date.fromisoformat(until) if until else None,
        by=str(row["decided_by"]),
        at=from_iso(str(body["at"])),
        approved_by=str(row["approved_by"]),
        in_force=str(row["state"]) == "in-force",
    )
