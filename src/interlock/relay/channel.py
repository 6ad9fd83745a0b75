"""Events by channel: handed over when whoever keeps the channel says that it has them."""

from collections.abc import Callable
from dataclasses import dataclass

from interlock.foundation.errors import InterlockError, UsageError
from interlock.relay.courier import Answer, Parcel, Verdict

MISCONFIGURED = "channel-misconfigured"
LONGEST_SAID = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelCourier:
    """Publishes events to one channel."""

    publish: Callable[[Parcel], None]
    """Returns once the event is kept there; raises when it is not."""

    def hand_over(self, parcel: Parcel) -> Answer:
        """Publish the event once."""
        try:
            self.publish(parcel)
        except UsageError as error:
            said = str(error)[:LONGEST_SAID]
            return Answer(verdict=Verdict.HELD, cause=MISCONFIGURED, said=said)
        except InterlockError as error:
            return Answer(verdict=Verdict.NOT_NOW, said=error.what[:LONGEST_SAID])
        return Answer(verdict=Verdict.TAKEN, said="published")
