"""What an `emit` step says to the world: a CloudEvent in the outbox, written with the history.

Its id depends on the run and the step alone: a retry, a replay and a second worker make the same
event, and the outbox keeps it once. Its bytes are made once; every delivery sends these.
"""

from collections.abc import Mapping
from typing import Final

from interlock.flow.core.facts import Emitted, Started
from interlock.flow.run import Run
from interlock.foundation.clock import iso
from interlock.foundation.cloudevents import CloudEvent
from interlock.foundation.ids import derived

SOURCE: Final = "urn:interlock"
"""Who says it, when an installation has no name of its own."""


def announced(run: Run, started: Started | None, fact: Emitted, type_: str) -> CloudEvent:
    """Return the event without what it says: its identity and its place in the chain of causes."""
    return CloudEvent(
        id=derived(run.id, fact.path),
        source=f"{SOURCE}:{run.integration}",
        type=type_,
        time=fact.at,
        subject=run.key,
        correlationid=(started.correlation if started else "") or run.id,
        causationid=started.cause if started else "",
        partitionkey=run.key,
    )


def outbox_row(event: CloudEvent, run: Run, position: int) -> Mapping[str, object]:
    """Return the row that keeps `event`; `position` is its fact's place in the run's history.

    The rank orders events of one key: runs of one key follow one another, and a run's events have
    the order of its history.
    """
    at = iso(event.time or run.started_at)
    return {
        "id": event.id,
        "run": run.id,
        "type": event.type,
        "key": event.partitionkey,
        "rank": f"{at} {run.generation:06d} {position:08d} {run.id}",
        "body": event.to_json().decode(),
        "at": at,
    }
