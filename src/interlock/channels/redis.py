"""Redis: a stream for every address, a consumer group for every channel.

One worker at a time reads a group (a lock that ends by itself), one message at a time; one that
could not be taken is tried again before the next, and one whose worker died is brought to the next
worker first. So their order holds. Redis drops no second copy of a message, the inbox does; how
durable a message is that it has confirmed is its own setting (``appendonly``, ``appendfsync``),
and whoever runs it trims the streams.

FastStream's subscriber brings the next message when one could not be taken; this reads through
the client that FastStream is built upon.
"""

import asyncio
import secrets
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Any, Final

from redis.asyncio import Redis as Client
from redis.exceptions import NoPermissionError, RedisError, ResponseError

from interlock.channels.port import Message, Standing, Take

HELD: Final = 30.0
"""Seconds after which another worker reads, when the one that did is silent."""
PAUSE: Final = 1.0
_EXTEND: Final = (
    "if redis.call('get', KEYS[1]) == ARGV[1] then"
    " return redis.call('pexpire', KEYS[1], ARGV[2]) else return 0 end"
)
_RELEASE: Final = (
    "if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1])"
    " else return 0 end"
)
_NO_ID: Final = "no-id"
"""Where an id belongs: permission is asked before, and nothing is done."""

Entry = tuple[bytes, Mapping[bytes, bytes]]


class Redis:
    """One stream."""

    def __init__(self, url: str, address: str, group: str) -> None:
        self._address = address
        self._group = group
        self._lock = f"{address}:{group}:reader"
        self._me = secrets.token_hex(8)
        self._client: Client = Client.from_url(url, socket_connect_timeout=5, socket_timeout=10)
        self._reading: asyncio.Task[None] | None = None

    async def open(self, take: Take | None) -> None:
        await self._client.ping()
        if take is not None:
            await self._made()
            self._reading = asyncio.create_task(self._read(take))

    async def _made(self) -> None:
        try:
            await self._client.xgroup_create(self._address, self._group, id="0", mkstream=True)
        except ResponseError as error:
            if "BUSYGROUP" not in str(error):
                raise

    async def publish(self, message: Message) -> None:
        fields: dict[Any, Any] = {
            "id": message.id,
            "key": message.key,
            "content-type": message.content_type,
            "body": message.body,
        }
        await self._client.xadd(self._address, fields)

    async def _read(self, take: Take) -> None:
        while True:
            try:
                async with self._turn() as ours:
                    if ours.is_set():
                        await self._bring(take, ours)
            except RedisError:
                pass  # it is away; what was not acknowledged is brought again
            await asyncio.sleep(PAUSE)

    @asynccontextmanager
    async def _turn(self) -> AsyncIterator[asyncio.Event]:
        """Hold the lock if it is free; the event is set for as long as it is ours."""
        ours = asyncio.Event()
        taken = await self._client.set(self._lock, self._me, nx=True, px=int(HELD * 1000))
        if not taken:
            yield ours
            return
        ours.set()
        holding = asyncio.create_task(self._hold(ours))
        try:
            yield ours
        finally:
            holding.cancel()
            with suppress(RedisError):
                await self._client.eval(_RELEASE, 1, self._lock, self._me)

    async def _hold(self, ours: asyncio.Event) -> None:
        while ours.is_set():
            await asyncio.sleep(HELD / 3)
            try:
                more = await self._client.eval(
                    _EXTEND, 1, self._lock, self._me, str(int(HELD * 1000))
                )
            except RedisError:
                more = 0
            if not more:
                ours.clear()

    async def _bring(self, take: Take, ours: asyncio.Event) -> None:
        """Bring first what was brought before and not taken, then what is new."""
        start: Any = "0-0"
        while ours.is_set():
            start, entries, *_ = await self._client.xautoclaim(
                self._address, self._group, self._me, min_idle_time=0, start_id=start, count=100
            )
            for entry in entries:
                await self._taken(entry, take, ours)
            if start in {b"0-0", "0-0"}:
                break
        while ours.is_set():
            found: Any = await self._client.xreadgroup(
                self._group, self._me, {self._address: ">"}, count=1, block=int(PAUSE * 1000)
            )
            for _, entries in found or ():
                for entry in entries:
                    await self._taken(entry, take, ours)

    async def _taken(self, entry: Entry, take: Take, ours: asyncio.Event) -> None:
        """Bring one message until it is taken; unacknowledged, another worker brings it."""
        number, fields = entry
        while ours.is_set():
            try:
                await take(fields.get(b"body", b""))
            except Exception:  # noqa: BLE001, S112 (whoever takes it has waited; it comes before the next)
                continue
            await self._client.xack(self._address, self._group, number)
            return

    async def look(self) -> Standing:
        try:
            exists = bool(await self._client.exists(self._address))
            return Standing(
                exists=exists,
                made_by_us=True,
                may_publish=await self._permitted("XADD", self._address, _NO_ID, "f", "v"),
                may_take=await self._permitted(
                    *("XREADGROUP", "GROUP", self._group, self._me),
                    *("COUNT", "1", "STREAMS", self._address, _NO_ID),
                ),
            )
        except RedisError as error:
            said = type(error).__name__
            return Standing(
                exists=None, made_by_us=True, may_publish=None, may_take=None, said=said
            )
        finally:
            await self._client.aclose()

    async def _permitted(self, *command: str) -> bool | None:
        """Tell whether we may call a command: it is called wrongly, and does nothing."""
        try:
            await self._client.execute_command(*command)  # type: ignore[no-untyped-call]  # the client's own
        except NoPermissionError:
            return False
        except ResponseError:
            return True
        return None

    async def close(self) -> None:
        if self._reading is not None:
            self._reading.cancel()
            with suppress(asyncio.CancelledError):
                await self._reading
        await self._client.aclose()
