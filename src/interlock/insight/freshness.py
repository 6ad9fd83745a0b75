"""When was which reconciliation carried out last, and what did it say? Never is not fine (R75)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from interlock.audit import trail
from interlock.estate.estate import Estate
from interlock.foundation.database import Connection
from interlock.insight.reading import text

NEVER = "never"


@dataclass(frozen=True, slots=True, kw_only=True)
class Freshness:
    """One declared reconciliation."""

    name: str
    owner: str
    entity: str
    verdict: str
    """``agrees``, ``breaks``, ``unknown``; ``never`` when it was not carried out yet."""
    at: datetime | None = None
    as_of: str = ""
    breaks: Mapping[str, int]
    """By cause, as of then."""
    records: Mapping[str, int]
    """By side and system."""
    troubles: tuple[str, ...] = ()


def freshness(connection: Connection, estate: Estate, names: Iterable[str]) -> list[Freshness]:
    """Return every reconciliation of `names` with its last verdict."""
    return [_fresh(connection, estate, name) for name in sorted(names)]


def _fresh(connection: Connection, estate: Estate, name: str) -> Freshness:
    declared = estate.reconciliations[name]
    owner = declared.spec.route or declared.metadata.owner or ""
    entry = trail.last(connection, f"reconciliation:{name}")
    if entry is None:
        return Freshness(
            name=name,
            owner=owner,
            entity=declared.spec.entity,
            verdict=NEVER,
            breaks={},
            records={},
        )
    data = entry.data
    troubles = data.get("troubles")
    return Freshness(
        name=name,
        owner=owner,
        entity=declared.spec.entity,
        verdict=text(data, "verdict"),
        at=entry.at,
        as_of=text(data, "as_of"),
        breaks=_counts(data.get("breaks")),
        records=_counts(data.get("records")),
        troubles=tuple(map(str, troubles)) if isinstance(troubles, list) else (),
    )


def _counts(found: object) -> dict[str, int]:
    if not isinstance(found, Mapping):
        return {}
    return {str(name): int(str(count)) for name, count in found.items()}
