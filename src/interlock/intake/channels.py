"""Events of channels: each once by its source and id, and what it is about is read back (F12).

An event says that something happened to a record; what the record is, its system says. So an
event that was forged, or is late, or comes out of order, can at worst make us look.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from interlock.connectors.port import CallFailed, Connector, Event
from interlock.estate.binding import at_path, identity
from interlock.estate.estate import Estate
from interlock.estate.kinds import Channel
from interlock.estate.kinds.events import Reception, wants
from interlock.foundation.cloudevents import CloudEvent
from interlock.foundation.errors import UnavailableError
from interlock.intake.inbox import Inbox, Via


@dataclass(frozen=True, slots=True, kw_only=True)
class Receiver:
    """Takes in what channels bring."""

    inbox: Inbox
    connectors: Mapping[str, Connector]

    def receive(self, estate: Estate, channel: Channel, found: CloudEvent, now: datetime) -> int:
        """Take one event in, for everything that it is about; return how much was new.

        Raises:
            UnavailableError: It cannot be looked into now: the channel has to bring it again.
        """
        new = 0
        for reception in channel.spec.receive:
            if wants((reception.type,), found.type):
                event = self._event(estate, reception, found, now)
                if event is not None:
                    new += self.inbox.take(reception.system, event, Via.CHANNEL).new
        return new

    def _event(
        self, estate: Estate, reception: Reception, found: CloudEvent, now: datetime
    ) -> Event | None:
        ref = at_path(json.loads(found.to_json()), reception.ref)
        if not isinstance(ref, (str, int)) or ref == "":
            return None
        obj = identity(estate, reception.entity, reception.system).obj
        connector = self.connectors.get(reception.system)
        if connector is None:
            raise UnavailableError(
                f"`{reception.system}` was declared after this worker started",
                hint="Start the worker anew; until then the channel keeps its events.",
            )
        try:
            record = connector.read(obj, str(ref))
        except CallFailed as failed:
            raise UnavailableError(
                f"`{reception.system}` cannot be asked about `{ref}` now: {failed}",
                hint="Nothing to do: the channel brings the event again.",
            ) from failed
        if record is None:
            return None
        return Event(
            id=found.id,
            type=found.type,
            object=obj,
            ref=record.ref,
            body=record.body,
            at=found.time or now,
            source=found.source,
            correlation=found.correlationid,
        )
