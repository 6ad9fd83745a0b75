"""A body is here in time, or its line is given to somebody else."""

import asyncio
from collections.abc import Sequence

import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import Message, Receive, Scope, Send

from interlock.bootstrap.bodies import InTime, bounded

SCOPE: Scope = {"type": "http", "method": "POST", "path": "/", "headers": []}
LONG, SHORT = 60.0, 0.05


async def echo(scope: Scope, receive: Receive, send: Send) -> None:
    body = await bounded(Request(scope, receive), 100)
    await PlainTextResponse(body or b"")(scope, receive, send)


def asked(chunks: Sequence[bytes], *, then_waits: bool, seconds: float) -> list[Message]:
    """Return what is answered to a sender of `chunks`, who then ends or says nothing more."""
    waiting = list(chunks)
    told: list[Message] = []

    async def receive() -> Message:
        if not waiting:
            await asyncio.Event().wait()
        more = len(waiting) > 1 or then_waits
        return {"type": "http.request", "body": waiting.pop(0), "more_body": more}

    async def send(message: Message) -> None:
        told.append(message)

    asyncio.run(InTime(echo, seconds)(SCOPE, receive, send))
    return told


def test_who_does_not_end_is_not_waited_for() -> None:
    head, _ = asked([b"a", b"b"], then_waits=True, seconds=SHORT)
    assert head["status"] == 408
    assert (b"connection", b"close") in head["headers"]


@pytest.mark.parametrize("chunks", [[b""], [b"whole"], [b"in ", b"two"]])
def test_what_is_here_in_time_is_taken_as_it_came(chunks: list[bytes]) -> None:
    head, body = asked(chunks, then_waits=False, seconds=LONG)
    assert (head["status"], body["body"]) == (200, b"".join(chunks))


def test_work_may_take_longer_than_the_body_had() -> None:
    async def slow(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(receive(), SHORT * 4)
        await PlainTextResponse("done")(scope, receive, send)

    told: list[Message] = []

    async def receive() -> Message:
        if told:
            await asyncio.Event().wait()
        told.append({"type": "http.request"})
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        told.append(message)

    asyncio.run(InTime(slow, SHORT)(SCOPE, receive, send))
    assert told[1]["status"] == 200
