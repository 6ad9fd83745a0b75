"""What one attempt at a delivery comes to: its row, and what the trail is told of it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from interlock.audit import Entry
from interlock.foundation.clock import iso
from interlock.relay.courier import Answer, Parcel, Subscriber, Verdict

DEAD: Final = "events-dead"
"""The kind of case of a subscriber whose schedule ran out."""
ACTOR: Final = "relay"


class End(StrEnum):
    """Where a delivery stands after an attempt."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    DEAD = "dead"


def stream_of(subscriber: str, event: str) -> str:
    """Return the audit stream of one delivery."""
    return f"delivery:{subscriber}:{event}"


def trouble_of(subscriber: str) -> str:
    """Return the audit stream of a subscriber's troubles: one case, however many events wait."""
    return f"subscription:{subscriber}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One event, offered once."""

    parcel: Parcel
    subscriber: Subscriber
    answer: Answer
    at: datetime
    wait: timedelta | None
    """Until the next attempt; ``None`` when the schedule has no other."""

    @property
    def end(self) -> End:
        """Return where the delivery stands now. A held one keeps its place and its attempts."""
        match self.answer.verdict:
            case Verdict.TAKEN:
                return End.DELIVERED
            case Verdict.HELD:
                return End.WAITING
            case Verdict.NOT_NOW:
                return End.DEAD if self.wait is None else End.WAITING

    @property
    def trouble(self) -> str:
        """Return the kind of case that a person is asked about; empty when there is none."""
        if self.answer.verdict is Verdict.HELD:
            return self.answer.cause
        return DEAD if self.end is End.DEAD else ""

    def row(self) -> dict[str, object]:
        """Return what is written over the delivery."""
        held = self.answer.verdict is Verdict.HELD
        over = self.end is not End.WAITING
        return {
            "subscriber": self.parcel.subscriber,
            "event": self.parcel.event,
            "claims": self.parcel.claims,
            "state": self.end.value,
            "attempts": self.parcel.attempts + (not held),
            "due_at": iso(self.at if held else self.at + (self.wait or timedelta())),
            "said": self.answer.said,
            "ended_at": iso(self.at) if over else None,
        }

    def entries(self) -> list[tuple[str, Entry]]:
        """Return what the trail is told: nothing of an attempt that is simply made again."""
        found: list[tuple[str, Entry]] = []
        if self.end is not End.WAITING:
            found.append((stream_of(self.subscriber.name, self.parcel.event), self._ended()))
        if self.trouble:
            found.append((trouble_of(self.subscriber.name), self._asked()))
        return found

    def _ended(self) -> Entry:
        parcel = self.parcel
        return Entry(
            action=f"event.{self.end}",
            at=self.at,
            actor=ACTOR,
            data={
                "subscriber": self.subscriber.name,
                "type": parcel.type,
                "attempts": parcel.attempts + 1,
                "said": self.answer.said,
            },
            mentions={"event": parcel.event, "run": parcel.run, "key": parcel.key},
        )

    def _asked(self) -> Entry:
        held = self.answer.verdict is Verdict.HELD
        return Entry(
            action="subscription.held" if held else "subscription.dead",
            at=self.at,
            actor=ACTOR,
            data={
                "system": self.subscriber.name,
                "kind": self.trouble,
                "message": self.answer.said,
                "route": self.subscriber.owner,
                "event": self.parcel.event,
            },
        )
