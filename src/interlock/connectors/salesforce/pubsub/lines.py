"""Opens the lines of one connection; everything of an org that may be remembered is here."""

from interlock.connectors.kit.auth import Auth
from interlock.connectors.port import Connection
from interlock.connectors.salesforce.operations import CLIENT, channel_of
from interlock.connectors.salesforce.pubsub import messages
from interlock.connectors.salesforce.pubsub.stream import Forms, Subscription
from interlock.connectors.salesforce.pubsub.wire import PubSubWire
from interlock.connectors.stream import Stream
from interlock.foundation.clock import Clock


class PubSubLines:
    """The Pub/Sub API as one user."""

    def __init__(self, connection: Connection, auth: Auth, clock: Clock) -> None:
        self._wire = PubSubWire(connection, auth)
        self._forms = Forms(self._wire)
        self._clock = clock

    def stream(self, obj: str, position: str | None) -> Stream:
        """Return the line that tells changes of `obj`; it is opened when it is read."""
        return Subscription(
            self._wire, self._forms, self._clock, place=(obj, position), client=CLIENT
        )

    def subscribable(self, obj: str) -> bool:
        """Tell whether the org lets us subscribe to changes of `obj`.

        Raises:
            CallFailed: It could not be found out.
        """
        with self._wire.line() as line:
            asked = messages.topic_request(channel_of(obj))
            return messages.topic(self._wire.ask(line, "GetTopic", asked)).subscribable
