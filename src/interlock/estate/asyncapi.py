"""The estate's channels and subscriptions as an AsyncAPI 3.0.0 document (R30).

Written from what integrations really emit: the payload of every event is the type of the
expressions in its `emit`, so the document cannot promise what is not sent.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Final, cast

from interlock.estate.estate import Estate
from interlock.estate.kinds import Channel
from interlock.estate.kinds.events import wants
from interlock.estate.plan import Each, Emit, Values, every_step
from interlock.expression import Type
from interlock.foundation.cloudevents import CONTENT_TYPE

VERSION: Final = "3.0.0"
Json = dict[str, object]
_PROTOCOLS: Final = {"kafka": "kafka", "nats": "nats", "rabbitmq": "amqp", "redis": "redis"}
_PLAIN: Final[Mapping[str, Json]] = {
    "string": {"type": "string"},
    "int": {"type": "integer"},
    "bool": {"type": "boolean"},
    "decimal": {"type": "string", "pattern": r"^-?[0-9]+(\.[0-9]+)?$"},
    "date": {"type": "string", "format": "date"},
    "timestamp": {"type": "string", "format": "date-time"},
    "duration": {"type": "string", "format": "duration"},
}
_ATTRIBUTES: Final = ("id", "source", "subject", "correlationid", "causationid", "partitionkey")


def asyncapi(estate: Estate, *, title: str, version: str) -> Json:
    """Return the document; its operations are those of this installation."""
    emits = dict(_emitted(estate))
    channels: Json = {}
    operations: Json = {}
    messages: Json = {_id(each): _message(each, emit) for each, emit in emits.items()}
    for name, channel in estate.channels.items():
        spec = channel.spec
        sent = [type_ for type_ in emits if wants(spec.publish, type_)]
        heard = [each.type for each in spec.receive]
        extra = {**_servers(name, spec.broker), **_bindings(channel)}
        channels[name] = _channel(spec.address, [*sent, *heard], extra)
        operations.update(_operations(name, sent, heard, spec.broker))
        foreign = [each for each in heard if each not in emits]
        messages.update({_id(each): _message(each, None) for each in foreign})
    for name, subscription in estate.subscriptions.items():
        sent = [type_ for type_ in emits if wants(subscription.spec.events, type_)]
        # An address that is only known where it runs is null (AsyncAPI 3.0, Channel Object).
        channels[f"webhook-{name}"] = {**_channel("", sent, {}), "address": None}
        operations.update(_operations(f"webhook-{name}", sent, []))
    return {
        "asyncapi": VERSION,
        "info": {"title": title, "version": version},
        "defaultContentType": CONTENT_TYPE,
        "servers": _all_servers(estate),
        "channels": channels,
        "operations": operations,
        "components": {"messages": messages},
    }


def _emitted(estate: Estate) -> Iterator[tuple[str, Emit]]:
    for plan in estate.plans.values():
        for step in every_step(plan.steps):
            if isinstance(step, Emit):
                yield step.event, step


def _all_servers(estate: Estate) -> Json:
    """Return a server for every channel with a broker; its host is a secret of the setting."""
    return {
        name: {
            "host": "{host}",
            "protocol": _PROTOCOLS[channel.spec.broker],
            "variables": {"host": {"description": f"What {channel.spec.url} says."}},
        }
        for name, channel in estate.channels.items()
        if channel.spec.broker in _PROTOCOLS
    }


def _servers(name: str, broker: str) -> Json:
    return {"servers": [{"$ref": f"#/servers/{name}"}]} if broker in _PROTOCOLS else {}


def _bindings(channel: Channel) -> Json:
    """Return what the protocol's binding says of a channel; NATS and Redis have none to say.

    Sources: github.com/asyncapi/bindings, ``kafka`` 0.5.0 and ``amqp`` 0.3.0.
    """
    match channel.spec.broker:
        case "kafka":
            said: Json = {"topic": channel.spec.address, "bindingVersion": "0.5.0"}
            return {"bindings": {"kafka": said}}
        case "rabbitmq":
            queue = {"name": channel.spec.address, "durable": True, "exclusive": False}
            amqp: Json = {"is": "queue", "queue": queue, "bindingVersion": "0.3.0"}
            return {"bindings": {"amqp": amqp}}
        case _:
            return {}


def _operation_bindings(channel: str, broker: str, action: str) -> Json:
    """Return who reads: the consumer group of a channel."""
    if broker != "kafka" or action != "receive":
        return {}
    group: Json = {"type": "string", "enum": [f"interlock-{channel}"]}
    return {"bindings": {"kafka": {"groupId": group, "bindingVersion": "0.5.0"}}}


def _channel(address: str, types: Iterable[str], extra: Json) -> Json:
    messages = {_id(each): {"$ref": f"#/components/messages/{_id(each)}"} for each in types}
    return {"address": address, "messages": messages, **extra}


def _operations(channel: str, sent: Iterable[str], heard: Iterable[str], broker: str = "") -> Json:
    found: Json = {}
    for action, types in (("send", list(sent)), ("receive", list(heard))):
        if types:
            found[f"{action}-{channel}"] = {
                "action": action,
                "channel": {"$ref": f"#/channels/{channel}"},
                "messages": [
                    {"$ref": f"#/channels/{channel}/messages/{_id(each)}"} for each in types
                ],
                **_operation_bindings(channel, broker, action),
            }
    return found


def _id(type_: str) -> str:
    return type_.replace(".*", ".any")


def _message(type_: str, emit: Emit | None) -> Json:
    attributes: Json = {name: {"type": "string"} for name in _ATTRIBUTES}
    kind: Json = {"type": "string", "pattern": "^" + type_[:-1].replace(".", r"\.")}
    data: Json = {"type": "object"} if emit is None else _object(emit.data)
    return {
        "name": type_,
        "contentType": CONTENT_TYPE,
        "correlationId": {"location": "$message.payload#/correlationid"},
        "payload": {
            "type": "object",
            "required": ["specversion", "id", "source", "type"],
            "properties": {
                "specversion": {"const": "1.0"},
                "type": kind if type_.endswith(".*") else {"const": type_},
                "time": {"type": "string", "format": "date-time"},
                **attributes,
                "data": data,
            },
        },
    }


def _object(values: Values) -> Json:
    properties: Json = {}
    for name, origin in values.items():
        if isinstance(origin, Each):
            properties[name] = {"type": "array", "items": _object(origin.values)}
        else:
            properties[name] = _schema(origin.type)
    return {"type": "object", "properties": properties}


def _schema(found: Type) -> Json:
    """Return the JSON Schema of a type; what is not known may be anything."""
    if found.values:
        return {"type": "string", "enum": sorted(found.values)}
    if found.kind == "list":
        return {"type": "array", "items": _schema(found.item) if found.item else {}}
    if found.kind == "object":
        fields = {name: _schema(each) for name, each in (found.fields or {}).items()}
        return {"type": "object", "properties": fields}
    return dict(_PLAIN.get(found.kind, {}))


def to_text(document: Json) -> str:
    """Return the document as JSON text, which is YAML as well."""
    return json.dumps(cast("object", document), indent=2) + "\n"
