"""What really exists in a simulated system: the only thing that the oracle believes."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from interlock.connectors.port import Request

Body = dict[str, object]


@dataclass(slots=True, kw_only=True)
class Row:
    """One object of a system."""

    obj: str
    ref: str
    """The system's own id."""
    key: str
    """Our reference, as the system knows it."""
    body: Body
    live: bool = True
    """Not reversed: a credited invoice and a cancelled subscription stay, and are not live."""
    credits: int = 0
    """How often it was reversed."""
    visible_at: datetime
    """When look-ups begin to see it (F10)."""
    changed: int
    """The number of the change that it was last part of, over the whole system."""
    changed_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """A write that took effect."""

    request: Request
    ref: str
    at: datetime


@dataclass(slots=True)
class Ledger:
    """One system's objects, its memory of keys, and what it will still apply."""

    rows: dict[tuple[str, str], Row] = field(default_factory=dict)
    """(object, id) -> row, in the order of their making."""
    keys: dict[str, tuple[datetime, str]] = field(default_factory=dict)
    """Idempotency key -> when it came first, and what it made."""
    pending: list[tuple[datetime, Request]] = field(default_factory=list)
    applied: list[Applied] = field(default_factory=list)
    changes: int = 0

    def add(self, obj: str, ref: str, key: str, body: Mapping[str, object], at: datetime) -> Row:
        """Make an object."""
        self.changes += 1
        row = Row(
            obj=obj,
            ref=ref,
            key=key,
            body=dict(body),
            visible_at=at,
            changed=self.changes,
            changed_at=at,
        )
        self.rows[obj, ref] = row
        return row

    def touch(self, row: Row, at: datetime, **fields: object) -> None:
        """Change an object."""
        self.changes += 1
        row.body.update(fields)
        row.changed, row.changed_at = self.changes, at

    def of(self, obj: str) -> Iterator[Row]:
        """Yield the objects of a kind."""
        return (row for (kind, _), row in self.rows.items() if kind == obj)

    def live(self, obj: str, key: str) -> list[Row]:
        """Return the objects that count under our reference; more than one is the worst case."""
        return [row for row in self.of(obj) if row.key == key and row.live]

    def digest_of(self) -> list[object]:
        """Return everything that the outside could tell from this ledger, in a stable form."""
        return [
            [row.obj, row.ref, row.key, row.live, row.credits, sorted(map(str, row.body.items()))]
            for row in self.rows.values()
        ]
