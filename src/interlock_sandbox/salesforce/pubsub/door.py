"""The control API of the Pub/Sub side: start it, and have it do what a real one does one day."""

import asyncio
import re
from pathlib import Path
from typing import Final

import grpc
import grpc.aio
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from interlock_sandbox.salesforce.errors import refused
from interlock_sandbox.salesforce.pubsub.bus import Bus
from interlock_sandbox.salesforce.pubsub.methods import Methods
from interlock_sandbox.salesforce.sessions import Sessions
from interlock_sandbox.tls import certificates
from interlock_sandbox.world import Record, World, answer, body_of

_SELECTED: Final = re.compile(
    r"SELECT SelectedEntity FROM PlatformEventChannelMember "
    r"WHERE SelectedEntity = '(?P<event>\w+)'"
)


def selected(bus: Bus, soql: str) -> Record:
    """Answer the one question about the org's set-up that is known here: what is selected.

    Raises:
        SalesforceError: It is another question.
    """
    asked = _SELECTED.fullmatch(soql)
    if asked is None:
        raise refused("INVALID_TYPE", "sObject type is not supported.")
    known = {f"{obj}ChangeEvent" for obj in bus.selected()}
    rows = [{"SelectedEntity": asked["event"]}] if asked["event"] in known else []
    return {"size": len(rows), "done": True, "records": rows}


async def _until_the_end(server: grpc.aio.Server) -> None:
    """Serve until the loop ends, and end in order."""
    try:
        await server.wait_for_termination()
    finally:
        await server.stop(None)


class PubSubDoor:
    """Starts the gRPC server when it is first asked for."""

    def __init__(self, world: World, bus: Bus, sessions: Sessions) -> None:
        self._world = world
        self._bus = bus
        self._sessions = sessions
        self._service = Methods(world, bus, sessions)
        self._server: grpc.aio.Server | None = None
        self._url = ""
        self._starting = asyncio.Lock()

    def routes(self) -> list[Route]:
        """Return the routes of the control API."""
        return [
            Route("/_sandbox/pubsub", self.start, methods=["POST"]),
            Route("/_sandbox/pubsub/state", self.state),
            Route("/_sandbox/pubsub/cut", self.cut, methods=["POST"]),
            Route("/_sandbox/pubsub/forget", self.forget, methods=["POST"]),
            Route("/_sandbox/pubsub/overflow", self.overflow, methods=["POST"]),
            Route("/_sandbox/pubsub/end_sessions", self.end_sessions, methods=["POST"]),
        ]

    async def start(self, request: Request) -> Response:
        """Start it, if need be with TLS (``tls_dir``); say where it listens."""
        given = await body_of(request)
        async with self._starting:
            if self._server is None:
                self._server = grpc.aio.server()
                self._server.add_generic_rpc_handlers((self._service.handler(),))
                self._url = self._bound(self._server, given.get("tls_dir"))
                self._bus.listen()
                await self._server.start()
                self._world.spawn(_until_the_end(self._server))
        return answer({"url": self._url})

    def _bound(self, server: grpc.aio.Server, directory: str | None) -> str:
        if directory is None:
            return f"http://127.0.0.1:{server.add_insecure_port('127.0.0.1:0')}"
        files = certificates(Path(directory))
        pair = (files.key.read_bytes(), files.certificate.read_bytes())
        port = server.add_secure_port("127.0.0.1:0", grpc.ssl_server_credentials([pair]))
        return f"https://localhost:{port}"

    async def state(self, _: Request) -> Response:
        """Say how many subscriptions are open."""
        return answer({"open": self._service.open()})

    async def cut(self, _: Request) -> Response:
        """Break every subscription that is open."""
        return answer({"cut": self._service.cut()})

    async def forget(self, _: Request) -> Response:
        """Forget every event so far: their replay ids are not known any more."""
        self._bus.forget()
        return answer({})

    async def overflow(self, request: Request) -> Response:
        """Tell only that very many records of an object changed."""
        self._bus.overflow(str((await body_of(request))["object"]))
        return answer({})

    async def end_sessions(self, _: Request) -> Response:
        """End every session of the org."""
        self._sessions.end_all()
        return answer({})
