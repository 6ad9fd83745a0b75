"""What a broker says of a channel: is its address there, and may we publish and take?"""

import asyncio
from collections.abc import Iterator
from typing import Final

from interlock.bootstrap.channels import broker_of
from interlock.bootstrap.doctor.item import Item, State
from interlock.bootstrap.settings import Settings
from interlock.channels.port import Standing
from interlock.estate.kinds import Channel
from interlock.foundation.errors import InterlockError

PATIENCE: Final = 30.0
_PERMITTED: Final = "permitted"
_NOUNS: Final = {"kafka": "topic", "nats": "stream", "rabbitmq": "queue", "redis": "stream"}


def standing(channel: Channel, settings: Settings) -> Iterator[Item]:
    """Ask the broker of `channel`; nothing is made, kept or taken there."""
    try:
        told = asyncio.run(_asked(channel, settings))
    except InterlockError as error:
        yield Item(question=_PERMITTED, state=State.PROBLEM, said=error.what, next=error.hint)
        return
    except TimeoutError:
        told = _nothing("it did not answer in time")
    except Exception as error:  # noqa: BLE001 (every library has its own; their text may quote a URL)
        told = _nothing(type(error).__name__)
    yield _there(channel, told)
    if channel.spec.publish:
        yield _may("publish", told.may_publish, told)
    if channel.spec.receive:
        yield _may("take", told.may_take, told)


async def _asked(channel: Channel, settings: Settings) -> Standing:
    broker = broker_of(channel, settings)()
    return await asyncio.wait_for(broker.look(), PATIENCE)


def _nothing(said: str) -> Standing:
    return Standing(exists=None, made_by_us=True, may_publish=None, may_take=None, said=said)


def _there(channel: Channel, told: Standing) -> Item:
    noun = f"{_NOUNS[channel.spec.broker]} `{channel.spec.address}`"
    if told.exists is None:
        said = f"nobody knows whether there is a {noun}: {told.said or 'it is not told'}"
        hint = "Are the user and the password right? The broker's log says what it refused."
        return Item(question=_PERMITTED, state=State.UNKNOWN, said=said, next=hint)
    if told.exists:
        return Item(question=_PERMITTED, state=State.FINE, said=f"there is a {noun}")
    if told.made_by_us:
        said = f"there is no {noun} yet; a worker makes it when it connects"
        return Item(question=_PERMITTED, state=State.SOON, said=said, next="Start a worker.")
    hint = "Make it, with as many replicas as the events are worth."
    return Item(question=_PERMITTED, state=State.PROBLEM, said=f"there is no {noun}", next=hint)


def _may(what: str, held: bool | None, told: Standing) -> Item:  # noqa: FBT001 (what was found)
    if held:
        return Item(question=_PERMITTED, state=State.FINE, said=f"we may {what}")
    if held is None:
        said = f"nobody knows whether we may {what}: {told.said or 'it is not told'}"
        hint = "Look at the permissions of our user at the broker."
        return Item(question=_PERMITTED, state=State.UNKNOWN, said=said, next=hint)
    hint = f"Grant our user to {what} there."
    return Item(question=_PERMITTED, state=State.PROBLEM, said=f"we may not {what}", next=hint)
