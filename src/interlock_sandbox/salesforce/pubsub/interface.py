"""What goes over the wire: the part of the vendor's ``eventbus.v1`` that subscribers use.

Written down from the published interface as protobuf's own description of a file.
"""

from typing import Any, Final

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory, text_format

NAME: Final = "eventbus.v1.PubSub"
_STRING, _BYTES, _INT32, _BOOL = "TYPE_STRING", "TYPE_BYTES", "TYPE_INT32", "TYPE_BOOL"


def _field(number: int, name: str, kind: str, *, many: bool = False) -> str:
    label = "LABEL_REPEATED" if many else "LABEL_OPTIONAL"
    if kind.startswith("TYPE_"):
        type_ = f"type: {kind}"
    else:
        sort = "ENUM" if kind == "ReplayPreset" else "MESSAGE"
        type_ = f'type: TYPE_{sort} type_name: ".eventbus.v1.{kind}"'
    return f'field {{ name: "{name}" number: {number} label: {label} {type_} }}'


def _message(name: str, *fields: str) -> str:
    return f'message_type {{ name: "{name}" {" ".join(fields)} }}'


_FILE: Final = "\n".join(
    [
        'name: "sandbox/pubsub_api" package: "eventbus.v1" syntax: "proto3"',
        'enum_type { name: "ReplayPreset" value { name: "LATEST" number: 0 }',
        'value { name: "EARLIEST" number: 1 } value { name: "CUSTOM" number: 2 } }',
        _message("TopicRequest", _field(1, "topic_name", _STRING)),
        _message(
            "TopicInfo",
            _field(1, "topic_name", _STRING),
            _field(2, "tenant_guid", _STRING),
            _field(3, "can_publish", _BOOL),
            _field(4, "can_subscribe", _BOOL),
            _field(5, "schema_id", _STRING),
            _field(6, "rpc_id", _STRING),
        ),
        _message("SchemaRequest", _field(1, "schema_id", _STRING)),
        _message(
            "SchemaInfo",
            _field(1, "schema_json", _STRING),
            _field(2, "schema_id", _STRING),
            _field(3, "rpc_id", _STRING),
        ),
        _message("EventHeader", _field(1, "key", _STRING), _field(2, "value", _BYTES)),
        _message(
            "ProducerEvent",
            _field(1, "id", _STRING),
            _field(2, "schema_id", _STRING),
            _field(3, "payload", _BYTES),
            _field(4, "headers", "EventHeader", many=True),
        ),
        _message(
            "ConsumerEvent", _field(1, "event", "ProducerEvent"), _field(2, "replay_id", _BYTES)
        ),
        _message(
            "FetchRequest",
            _field(1, "topic_name", _STRING),
            _field(2, "replay_preset", "ReplayPreset"),
            _field(3, "replay_id", _BYTES),
            _field(4, "num_requested", _INT32),
            _field(5, "auth_refresh", _STRING),
        ),
        _message(
            "FetchResponse",
            _field(1, "events", "ConsumerEvent", many=True),
            _field(2, "latest_replay_id", _BYTES),
            _field(3, "rpc_id", _STRING),
            _field(4, "pending_num_requested", _INT32),
        ),
    ]
)
_pool: Final = descriptor_pool.DescriptorPool()
_pool.Add(text_format.Parse(_FILE, descriptor_pb2.FileDescriptorProto()))


def message(name: str) -> Any:  # noqa: ANN401 (protobuf's classes are made at run time)
    """Return the class of the messages called `name`."""
    return message_factory.GetMessageClass(_pool.FindMessageTypeByName(f"eventbus.v1.{name}"))
