"""No delivery at random is taken that is not theirs, none breaks the door, none is lost (F12).

`make nightly` sends a million.
"""

import asyncio
import json
import random
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

import pytest
from starlette.applications import Starlette

from interlock.bootstrap.house import House, compiled, open_house, open_store
from interlock.bootstrap.listener import application
from interlock.connectors.port import Changes, Event, Outcome, Record, Request
from interlock.connectors.salesforce import outbound
from interlock.connectors.stripe import webhook
from interlock.estate.capability import Capabilities
from interlock.foundation.clock import SystemClock
from interlock.foundation.queries import query
from tests.bootstrap.deliveries import (
    ORGANISATION,
    PATH,
    SECRET,
    STRIPE_SECRET,
    Delivery,
    Fate,
)
from tests.bootstrap.deliveries_at_random import Sender

SOME, MANY = 4_000, 1_000_000
AT_ONCE: Final = 40
"""Deliveries that are under way together; their order is drawn anew."""
STORED: Final = query("inbox", "SELECT system, id, type FROM inbox")
SYSTEM: Final = """
---
apiVersion: interlock/v1
kind: System
metadata: {{name: {name}, owner: group:ops}}
spec:
  type: billing
  connector: stripe
  url: http://127.0.0.1:1
  auth: {{scheme: api-key, credential: "secret:billing"}}
"""
DOORS: Final = {
    "stripe": '{scheme: stripe, secret: "secret:stripe"}',
    "signing": '{scheme: standard, secret: "secret:hook"}',
    "crm": '{scheme: salesforce, secret: "secret:path"}',
    "listed": "{scheme: allow-list, from: [203.0.113.0/24]}",
}


class Vendor:
    """A system that has every object it is asked for; deliveries are verified as always."""

    capabilities = Capabilities(connector="any", operations={}, auth_schemes=frozenset())

    def __init__(self, scheme: str) -> None:
        self._scheme = scheme

    def read(self, obj: str, ref: str) -> Record | None:
        return Record(ref=ref, body={"id": ref})

    def find(self, obj: str, field: str, value: str) -> Record | None:
        raise NotImplementedError

    def write(self, request: Request) -> Outcome:
        raise NotImplementedError

    def changes(self, obj: str, cursor: str | None) -> Changes:
        raise NotImplementedError

    def event(
        self, headers: Mapping[str, str], body: bytes, secrets: Sequence[str]
    ) -> Iterator[Event]:
        now = SystemClock().now()
        if self._scheme == "stripe":
            return webhook.events(headers, body, secrets, now)
        told = outbound.told(headers, body, secrets, ORGANISATION)
        named = [(kind, ref) for kind, refs in told.items() for ref in refs]
        return iter(
            [Event(id=r, type=f"{k}.changed", object=k, ref=r, body={}, at=now) for k, r in named]
        )


@contextmanager
def opened(home: Path) -> Iterator[House]:
    """Open an installation with a door of every kind."""
    (home / "secrets").mkdir()
    given = {"billing": "key", "hook": SECRET, "stripe": STRIPE_SECRET, "path": PATH}
    for name, value in given.items():
        file = home / "secrets" / f"{name}.json"
        file.touch(0o600)
        file.write_text(json.dumps({"api_key": value}))
    text = "apiVersion: interlock/v1\nkind: Group\nmetadata: {name: ops}\nspec: {}"
    for name, door in DOORS.items():
        inbound = f"  inbound: {{webhook: {door}, poll: 1h, overlap: 1m}}\n"
        text += SYSTEM.format(name=name) + inbound
    text += SYSTEM.format(name="silent")
    with open_store(home) as store:
        estate = compiled({"e.estate.yaml": text})
        store.archive.apply(estate, author="ana", approver="bao", at=SystemClock().now())
    with open_house(home) as house:
        for connector in house.connectors.values():
            connector.close()  # type: ignore[attr-defined]  # this one has connections
        yield replace(house, connectors={name: Vendor(name) for name in DOORS})


@dataclass(slots=True)
class Heard:
    """What came of many deliveries."""

    statuses: Counter[tuple[str, int]] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    taken: set[tuple[str, str]] = field(default_factory=set)
    """(system, identity) of what was genuine and acknowledged."""
    theirs: set[tuple[str, str]] = field(default_factory=set)
    """(system, identity) of what was signed, and need not make sense."""

    def hear(self, delivery: Delivery, status: int) -> None:
        self.statuses[delivery.what, status] += 1
        shown = f"{delivery.what} to {delivery.path[:60]}: {status}; {delivery.headers} "
        shown += f"{delivery.body[:300]!r}"
        fine = 200 <= status < 300
        if status >= 500 or (fine and delivery.fate is Fate.REFUSED):
            self.wrong.append(shown)
        if delivery.fate is Fate.TAKEN:
            if not fine:
                self.wrong.append(shown)
            elif delivery.system != "listed":
                self.taken.add((delivery.system, delivery.identity))


async def told(app: Starlette, delivery: Delivery) -> int:
    """Send one delivery to the application as a server would; return the status."""
    size = -(-len(delivery.body) // delivery.chunks) or 1
    parts = [delivery.body[at : at + size] for at in range(0, len(delivery.body), size)] or [b""]
    messages: list[dict[str, Any]] = [
        {"type": "http.request", "body": part, "more_body": number + 1 < len(parts)}
        for number, part in enumerate(parts)
    ]
    if delivery.hangs_up:
        messages = [{"type": "http.request", "body": delivery.body[:5], "more_body": True}]
    statuses: list[int] = []

    async def receive() -> dict[str, Any]:
        return messages.pop(0) if messages else {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        if message["type"] == "http.response.start":
            statuses.append(int(message["status"]))

    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": delivery.method,
        "scheme": "http",
        "path": delivery.path,
        "raw_path": delivery.path.encode(),
        "query_string": b"",
        "root_path": "",
        "headers": [(b"host", b"localhost"), *delivery.headers],
        "client": (delivery.sender, 1) if delivery.sender else None,
        "server": ("127.0.0.1", 80),
    }
    try:
        await app(scope, receive, send)
    except Exception as error:  # noqa: BLE001 (what a server would log as its own fault)
        sys.stderr.write(f"{delivery.what}: {error!r}\n")
        return 500
    return statuses[0] if statuses else 0


async def sent(app: Starlette, sender: Sender, many: int) -> Heard:
    """Send so many deliveries, some of them together, and hear what comes of each."""
    heard = Heard()
    for _ in range(many // AT_ONCE):
        batch = [sender.next() for _ in range(AT_ONCE)]
        sender.rng.shuffle(batch)
        statuses = await asyncio.gather(*(told(app, each) for each in batch))
        for delivery, status in zip(batch, statuses, strict=True):
            heard.hear(delivery, status)
    return heard


def stored(house: House) -> Counter[tuple[str, str]]:
    with house.store.database.transaction() as connection:
        rows = connection.rows(STORED, {})
    return Counter((str(r["system"]), str(r["id"])) for r in rows if r["type"] != "hint")


def hold(home: Path, many: int) -> Counter[tuple[str, int]]:
    """Send `many` deliveries and hold the promises against what was stored."""
    seed = random.SystemRandom().randrange(1_000_000_000)
    sys.stderr.write(f"deliveries of seed {seed}\n")
    with opened(home) as house:
        sender = Sender(random.Random(seed), SystemClock().now)
        heard = asyncio.run(sent(application(house), sender, many))
        assert heard.wrong == [], f"seed {seed}"
        rows = stored(house)
    lost = [each for each in heard.taken if rows[each] != 1]
    assert lost == [], f"seed {seed}: acknowledged, and not stored once"
    strange = [each for each in rows if each not in heard.taken and each[0] != "crm"]
    forged = [each for each in strange if not each[1].startswith(("odd_", "evt_", "msg_"))]
    assert forged == [], f"seed {seed}: stored, and of nobody"
    return heard.statuses


def test_some_thousand_deliveries_at_random_forge_lose_and_break_nothing(tmp_path: Path) -> None:
    statuses = hold(tmp_path, SOME)
    for what in ("genuine", "signed nonsense", "an odd header", "a bit is turned", "cut short"):
        assert sum(many for (name, _), many in statuses.items() if name == what) > 20, statuses


@pytest.mark.nightly
@pytest.mark.timeout(7_200)
def test_a_million_deliveries_at_random_forge_lose_and_break_nothing(tmp_path: Path) -> None:
    assert sum(hold(tmp_path, MANY).values()) == MANY
