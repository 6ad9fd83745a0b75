"""GetTopic, GetSchema and Subscribe: who may call them, and which errors they end with.

Option ``unreadable``: the objects that the user may not read.
"""

import asyncio
from collections.abc import AsyncIterator
from typing import Any, Final, NoReturn

import grpc
import grpc.aio

from interlock_sandbox.salesforce.pubsub.bus import ALL, Bus
from interlock_sandbox.salesforce.pubsub.interface import NAME, message
from interlock_sandbox.salesforce.pubsub.subscriber import (
    BrokenOffError,
    SessionEndedError,
    Subscriber,
)
from interlock_sandbox.salesforce.sessions import Sessions
from interlock_sandbox.world import World

_CODES: Final = "sfdc.platform.eventbus.grpc."
_SUFFIX: Final = "ChangeEvent"
_EARLIEST, _CUSTOM = 1, 2
Context = grpc.aio.ServicerContext[Any, Any]


class Methods:
    """Answers subscribers."""

    def __init__(self, world: World, bus: Bus, sessions: Sessions) -> None:
        self._world = world
        self._bus = bus
        self._sessions = sessions
        self._open: set[Subscriber] = set()

    def handler(self) -> grpc.GenericRpcHandler:
        """Return what a gRPC server calls."""
        unary, stream = grpc.unary_unary_rpc_method_handler, grpc.stream_stream_rpc_method_handler
        return grpc.method_handlers_generic_handler(
            NAME,
            {
                "GetTopic": _served(unary, self.topic, "TopicRequest", "TopicInfo"),
                "GetSchema": _served(unary, self.schema, "SchemaRequest", "SchemaInfo"),
                "Subscribe": _served(stream, self.subscribe, "FetchRequest", "FetchResponse"),
            },
        )

    async def topic(self, request: Any, context: Context) -> Any:  # noqa: ANN401 (protobuf)
        """Say what a channel is."""
        await self._enter(context)
        obj = await self._object(request.topic_name, context)
        names = set(self._bus.selected()) if obj == ALL else {obj}
        schema = "" if obj == ALL else self._bus.form(obj).id
        return message("TopicInfo")(
            topic_name=request.topic_name,
            tenant_guid=self._sessions.organization,
            can_publish=False,
            can_subscribe=not names & set(self._world.options.get("unreadable", ())),
            schema_id=schema,
            rpc_id=self._world.token(12),
        )

    async def schema(self, request: Any, context: Context) -> Any:  # noqa: ANN401 (protobuf)
        """Say how events are written."""
        await self._enter(context)
        for obj in self._bus.selected():
            form = self._bus.form(obj)
            if form.id == request.schema_id:
                return message("SchemaInfo")(schema_json=form.text, schema_id=form.id)
        return await _fail(
            context, grpc.StatusCode.NOT_FOUND, "schema.not.found", "no such schema"
        )

    async def subscribe(
        self, requests: AsyncIterator[Any], context: Context
    ) -> AsyncIterator[Any]:
        """Tell what changed, as much of it as was asked for."""
        await self._enter(context)
        first = await anext(requests)
        channel = await self._object(first.topic_name, context)
        place = await self._place(first, context)
        subscriber = Subscriber(self._world, self._bus, (channel, place), first.num_requested)
        reading = asyncio.create_task(subscriber.read(requests))
        self._open.add(subscriber)
        try:
            async for answer in subscriber.answers():
                yield answer
        except BrokenOffError:
            await context.abort(grpc.StatusCode.UNAVAILABLE, "RST_STREAM closed stream.")
        except SessionEndedError:
            self._sessions.end(_token(context))
            await self._refuse(context)
        finally:
            self._open.discard(subscriber)
            subscriber.close()
            reading.cancel()

    def open(self) -> int:
        """Return how many subscriptions there are."""
        return len(self._open)

    def cut(self) -> int:
        """Break every subscription; return how many there were."""
        for each in self._open:
            each.break_off()
        return len(self._open)

    async def _place(self, first: Any, context: Context) -> int:  # noqa: ANN401 (protobuf)
        if first.num_requested <= 0:
            code = "subscription.fetch.requested.events.invalid"
            await _fail(context, grpc.StatusCode.INVALID_ARGUMENT, code, "num_requested")
        if first.replay_preset == _EARLIEST:
            return 0
        if first.replay_preset != _CUSTOM:
            return self._bus.now()
        found = self._bus.place(first.replay_id)
        if found is None:
            end = "validation.failed" if not first.replay_id else "corrupted"
            text = "The Replay ID validation failed. Ensure that the Replay ID is valid."
            code = f"subscription.fetch.replayid.{end}"
            await _fail(context, grpc.StatusCode.INVALID_ARGUMENT, code, text)
        return found or 0

    async def _object(self, topic: str, context: Context) -> str:
        name = topic.removeprefix("/data/")
        plain = name.removesuffix(_SUFFIX)
        obj = f"{plain}c" if plain.endswith("__") else plain
        if name == ALL or (name.endswith(_SUFFIX) and obj in self._bus.known()):
            return ALL if name == ALL else obj
        return await _fail(
            context, grpc.StatusCode.NOT_FOUND, "topic.not.found", f"no channel {topic[:80]}"
        )

    async def _enter(self, context: Context) -> None:
        given = dict(context.invocation_metadata() or ())
        tenant = str(given.get("tenantid", ""))
        ours = tenant[:15] == self._sessions.organization[:15] and given.get("instanceurl")
        if not ours or not self._sessions.knows(_token(context)):
            await self._refuse(context)

    async def _refuse(self, context: Context) -> None:
        text = "An authentication exception occurred."
        await _fail(context, grpc.StatusCode.UNAUTHENTICATED, "service.auth.error", text)


def _served(make: Any, call: Any, asked: str, answered: str) -> Any:  # noqa: ANN401 (grpc's own)
    return make(
        call,
        request_deserializer=message(asked).FromString,
        response_serializer=message(answered).SerializeToString,
    )


def _token(context: Context) -> str:
    return str(dict(context.invocation_metadata() or ()).get("accesstoken", ""))


async def _fail(context: Context, status: grpc.StatusCode, code: str, text: str) -> NoReturn:
    """End the call as the vendor does: a status, and its own code among the trailers."""
    trailers = (("error-code", _CODES + code),)
    await context.abort(status, text, trailers)
    raise AssertionError("`abort` never returns")
