"""What is heard over lines: which objects of which systems, and how far each was heard."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from interlock.estate.estate import Estate
from interlock.foundation.clock import from_iso
from interlock.foundation.database import Database, one
from interlock.foundation.queries import load_queries
from interlock.intake.poller import watched

_QUERIES: Final = load_queries("interlock.intake")


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """One object of one system, as it is heard."""

    system: str
    object: str
    criticality: str

    @property
    def named(self) -> dict[str, str]:
        """How its position is kept, beside the one of its polls."""
        return {"system": self.system, "object": f"{self.object} (changes)"}


def posts(estate: Estate) -> list[Post]:
    """Return what is to be heard: what is polled, of systems that declare a line."""
    found = []
    for (system, obj), criticality in sorted(watched(estate).items()):
        inbound = estate.systems[system].spec.inbound
        if inbound is not None and inbound.changes is not None:
            found.append(Post(system=system, object=obj, criticality=criticality))
    return found


def heard(database: Database, post: Post) -> tuple[str, datetime] | None:
    """Return behind which position to go on, and when it was told; ``None``: never yet."""
    with database.transaction() as connection:
        row = one(connection.rows(_QUERIES["cursor"], post.named))
    return None if row is None else (str(row["position"]), from_iso(str(row["at"])))
