"""An event out of a sighting: a poll shows in what state an object is, and that is the news.

Many vendors stamp a state with whole seconds, so two states can have one stamp: what tells them
apart is what they say.
"""

import hashlib
import json
from datetime import datetime
from typing import Final

from interlock.connectors.port import Body, Event, Record

_DIGEST: Final = 16
"""Hex characters: enough for the few states that one object has within one stamp."""


def sighted(obj: str, record: Record, at: datetime, *, verb: str = "changed") -> Event:
    """Return the event that `record` was seen in this state; `at` is by the vendor's clock.

    However a change is noticed, by a poll, twice or by a message, it is the same event.
    """
    stamp = record.version or at.isoformat()
    return Event(
        id=f"{record.ref}:{stamp}:{_digest(record.body)}",
        type=f"{obj}.{verb}",
        object=obj,
        ref=record.ref,
        body=record.body,
        at=at,
        stamp=stamp,
    )


def _digest(body: Body) -> str:
    text = json.dumps(body, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:_DIGEST]
