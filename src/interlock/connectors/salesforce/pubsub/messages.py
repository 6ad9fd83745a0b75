"""The messages of the Pub/Sub API that we speak, by name and number, and nothing else of it.

Written from the published interface (package ``eventbus.v1``) as data, so that no generated code
is needed; fields that we do not read are left out, as protobuf lets readers do.
"""

from dataclasses import dataclass
from typing import Any, Final

from google.protobuf.descriptor_pb2 import FieldDescriptorProto as Kind
from google.protobuf.descriptor_pb2 import FileDescriptorProto
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message import DecodeError
from google.protobuf.message_factory import GetMessageClass

SERVICE: Final = "/eventbus.v1.PubSub/"
LATEST, FROM_EARLIEST, CUSTOM = 0, 1, 2
"""Where a subscription begins."""
_TEXT, _BYTES, _NUMBER = Kind.TYPE_STRING, Kind.TYPE_BYTES, Kind.TYPE_INT32
_FIELDS: Final[dict[str, dict[str, tuple[int, Any]]]] = {
    "TopicRequest": {"topic_name": (1, _TEXT)},
    "TopicInfo": {"can_subscribe": (4, Kind.TYPE_BOOL), "schema_id": (5, _TEXT)},
    "SchemaRequest": {"schema_id": (1, _TEXT)},
    "SchemaInfo": {"schema_json": (1, _TEXT), "schema_id": (2, _TEXT)},
    "ProducerEvent": {"id": (1, _TEXT), "schema_id": (2, _TEXT), "payload": (3, _BYTES)},
    "ConsumerEvent": {"event": (1, "ProducerEvent"), "replay_id": (2, _BYTES)},
    "FetchRequest": {
        "topic_name": (1, _TEXT),
        "replay_preset": (2, _NUMBER),  # an enum: the same on the wire
        "replay_id": (3, _BYTES),
        "num_requested": (4, _NUMBER),
    },
    "FetchResponse": {
        "events": (1, ["ConsumerEvent"]),
        "latest_replay_id": (2, _BYTES),
        "pending_num_requested": (4, _NUMBER),
    },
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """What the org says of a channel."""

    subscribable: bool
    schema: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One event as it came."""

    schema: str
    payload: bytes
    replay: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """One answer of a subscription; without events it says only how far the org is."""

    events: tuple[Told, ...]
    latest: bytes
    pending: int
    """Events that we have asked for, and that have not come."""


def _classes() -> dict[str, Any]:
    file = FileDescriptorProto(name="interlock/pubsub", package="eventbus.v1", syntax="proto3")
    for name, fields in _FIELDS.items():
        message = file.message_type.add(name=name)
        for field, (number, kind) in fields.items():
            many = isinstance(kind, list)
            label = Kind.LABEL_REPEATED if many else Kind.LABEL_OPTIONAL
            added = message.field.add(name=field, number=number, label=label)
            inner = kind[0] if many else kind
            if isinstance(inner, str):
                added.type, added.type_name = Kind.TYPE_MESSAGE, f".eventbus.v1.{inner}"
            else:
                added.type = inner
    pool = DescriptorPool()  # not the one that all share: others may know the whole interface
    pool.Add(file)
    return {
        name: GetMessageClass(pool.FindMessageTypeByName(f"eventbus.v1.{name}"))
        for name in _FIELDS
    }


_CLASSES: Final = _classes()


class UnreadableMessageError(ValueError):
    """The bytes are no message of the interface."""


def topic_request(topic: str) -> bytes:
    """Return the question which channel `topic` is."""
    return _packed("TopicRequest", topic_name=topic)


def topic(content: bytes) -> Topic:
    """Return the answer to `topic_request`."""
    found = _read("TopicInfo", content)
    return Topic(subscribable=bool(found.can_subscribe), schema=str(found.schema_id))


def schema_request(schema: str) -> bytes:
    """Return the question for an Avro schema by its id."""
    return _packed("SchemaRequest", schema_id=schema)


def schema_json(content: bytes) -> str:
    """Return the Avro schema that answers `schema_request`."""
    return str(_read("SchemaInfo", content).schema_json)


def fetch_request(topic: str, preset: int, replay: bytes, number: int) -> bytes:
    """Return the request for so many events, behind `replay` where the preset is `CUSTOM`."""
    return _packed(
        "FetchRequest",
        topic_name=topic,
        replay_preset=preset,
        replay_id=replay,
        num_requested=number,
    )


def fetched(content: bytes) -> Fetched:
    """Return what a subscription brought."""
    found = _read("FetchResponse", content)
    events = tuple(
        Told(
            schema=str(each.event.schema_id),
            payload=bytes(each.event.payload),
            replay=bytes(each.replay_id),
        )
        for each in found.events
    )
    return Fetched(
        events=events,
        latest=bytes(found.latest_replay_id),
        pending=int(found.pending_num_requested),
    )


def _packed(name: str, **values: object) -> bytes:
    packed: bytes = _CLASSES[name](**values).SerializeToString()
    return packed


def _read(name: str, content: bytes) -> Any:  # noqa: ANN401 (protobuf's classes are made at run time)
    try:
        return _CLASSES[name].FromString(content)
    except DecodeError:
        raise UnreadableMessageError(f"not a {name}") from None
