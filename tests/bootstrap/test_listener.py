"""The door that vendors knock at, over real HTTP: whose address counts, and how much is read."""

import gzip
import json
import re
import socket
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import httpx2
import pytest

from interlock.bootstrap.house import House, compiled, open_house, open_store
from interlock.bootstrap.listener import _listening, listen
from interlock.foundation.clock import SystemClock
from interlock.foundation.errors import UnavailableError
from interlock.foundation.ports import free_port
from interlock.foundation.signatures import signed

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
ESTATE = """
apiVersion: interlock/v1
kind: Group
metadata: {name: ops}
spec: {}
---
apiVersion: interlock/v1
kind: System
metadata: {name: listed, owner: group:ops}
spec:
  type: billing
  connector: stripe
  url: http://127.0.0.1:1
  auth: {scheme: api-key, credential: "secret:billing"}
  inbound: {webhook: {scheme: allow-list, from: [203.0.113.0/24]}, poll: 1h, overlap: 1m}
---
apiVersion: interlock/v1
kind: System
metadata: {name: signing, owner: group:ops}
spec:
  type: billing
  connector: stripe
  url: http://127.0.0.1:1
  auth: {scheme: api-key, credential: "secret:billing"}
  inbound: {webhook: {scheme: standard, secret: "secret:hook"}, poll: 1h, overlap: 1m}
---
apiVersion: interlock/v1
kind: System
metadata: {name: silent, owner: group:ops}
spec:
  type: billing
  connector: stripe
  url: http://127.0.0.1:1
  auth: {scheme: api-key, credential: "secret:billing"}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """An installation that listens."""

    house: House
    client: httpx2.Client

    def post(self, system: str, body: bytes, **headers: str) -> int:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.client.post(f"/webhooks/{system}", content=body, headers=named).status_code


@pytest.fixture
def door(tmp_path: Path) -> Iterator[Door]:
    (tmp_path / "secrets").mkdir()
    for name, value in (("billing", "key"), ("hook", SECRET)):
        file = tmp_path / "secrets" / f"{name}.json"
        file.touch(0o600)
        file.write_text(json.dumps({"api_key": value}))
    with open_store(tmp_path) as store:
        estate = compiled({"e.estate.yaml": ESTATE})
        store.archive.apply(estate, author="ana", approver="bao", at=SystemClock().now())
    port = free_port()
    with open_house(tmp_path) as house:
        hang_up = listen(house, port)
        transport = httpx2.HTTPTransport(retries=5)
        with httpx2.Client(base_url=f"http://127.0.0.1:{port}", transport=transport) as client:
            yield Door(house=house, client=client)
        hang_up()
        for connector in house.connectors.values():
            connector.close()  # type: ignore[attr-defined]  # this one has connections


def test_answers_do_not_wait_for_nagles_delay() -> None:
    with _listening(free_port()) as found:
        assert found.proto == socket.IPPROTO_TCP  # what asyncio goes by


def test_behind_a_proxy_the_address_that_the_proxy_saw_counts(door: Door) -> None:
    assert door.post("listed", b"{}", x_forwarded_for="203.0.113.7") == 200
    assert door.post("listed", b"{}", x_forwarded_for="198.51.100.7") == 403
    assert door.post("listed", b"{}") == 403


def test_a_sender_cannot_put_another_address_before_its_own(door: Door) -> None:
    assert door.post("listed", b"{}", x_forwarded_for="203.0.113.7, 198.51.100.7") == 403


def test_a_body_without_an_announced_length_is_read_only_up_to_the_bound(door: Door) -> None:
    def endless() -> Iterator[bytes]:
        for _ in range(200):
            yield b" " * 65_536

    try:
        status = door.client.post("/webhooks/listed", content=endless()).status_code
    except httpx2.HTTPError:
        status = 413  # the door was shut while we were still sending
    assert status == 413


def test_signatures_are_of_the_raw_bytes_and_a_wrong_one_is_refused(door: Door) -> None:
    body = b'{"type": "invoice.paid" ,"data":{"id":"in_1","object":"nonsense"}}'
    headers = signed([SECRET], "msg_1", door.house.store.clock.now(), body)
    answer = door.client.post("/webhooks/signing", content=body, headers=headers)
    changed = door.client.post("/webhooks/signing", content=body + b" ", headers=headers)

    assert answer.status_code == 422  # authentic, and about an object that the connector has not
    assert changed.status_code == 401


@pytest.mark.parametrize("system", ["silent", "nobody"])
def test_who_sends_no_webhooks_has_no_door(door: Door, system: str) -> None:
    assert door.post(system, b"{}") == 404


def test_while_the_signing_secret_cannot_be_read_senders_are_asked_to_come_again(
    door: Door,
) -> None:
    secret = door.house.store.home / "secrets" / "hook.json"
    text = secret.read_text()
    secret.unlink()
    assert door.post("signing", b"{}") == 503
    secret.touch(0o600)
    secret.write_text(text)

    assert door.post("signing", b"{}") in {400, 401}


HEAD = b"POST /webhooks/signing HTTP/1.1\r\nhost: x\r\n"
RAW = {
    "a header of a megabyte": HEAD + b"a: " + b"x" * 1_000_000,
    "ten thousand headers": HEAD + b"a: b\r\n" * 10_000,
    "two lengths": HEAD + b"content-length: 1\r\ncontent-length: 2\r\n\r\nab",
    "a length and chunks": HEAD + b"content-length: 4\r\ntransfer-encoding: chunked\r\n\r\n"
    b"0\r\n\r\nGET /healthz HTTP/1.1\r\nhost: x\r\n\r\n",
    "chunks of no size": HEAD + b"transfer-encoding: chunked\r\n\r\nzz\r\n",
    "a chunk beyond measure": HEAD + b"transfer-encoding: chunked\r\n\r\nfffffffffffffffff\r\n",
    "a negative length": HEAD + b"content-length: -1\r\n\r\n",
    "no line of a request": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 200,
    "a path beyond measure": b"POST /" + b"a" * 200_000 + b" HTTP/1.1\r\nhost: x\r\n\r\n",
    "a folded header": HEAD + b"webhook-id: a\r\n b\r\ncontent-length: 0\r\n\r\n",
    "NUL in a header": HEAD + b"webhook-id: a\x00b\r\n\r\n",
    "half a request": HEAD + b"content-length: 100\r\n\r\nhalf",
}


WAITS = {"half a request", "a chunk beyond measure"}
"""What is right as far as it goes: nothing is answered before it is over."""


def _answers(port: int, what: str) -> list[int]:
    """Return the statuses with which raw bytes are answered until the line is shut."""
    heard = b""
    with socket.create_connection(("127.0.0.1", port), timeout=30) as line:
        with suppress(OSError):  # it was shut while we were still sending
            line.sendall(RAW[what])
            if what in WAITS:
                line.shutdown(socket.SHUT_WR)
        with suppress(ConnectionError):
            while more := line.recv(65_536):
                heard += more
    return [int(each) for each in re.findall(rb"HTTP/1\.1 (\d{3}) ", heard)]


@pytest.mark.parametrize("what", RAW)
def test_no_bytes_whatever_are_taken_or_break_the_door(door: Door, what: str) -> None:
    port = door.client.base_url.port
    assert port is not None
    door.client.get("/healthz").raise_for_status()
    found = _answers(port, what)
    assert [400 <= status < 500 for status in found] == [True] * (what not in WAITS)
    assert door.client.get("/healthz").text == "ok"


def test_a_packed_body_is_never_unpacked(door: Door) -> None:
    bomb = gzip.compress(b" " * 50_000_000)
    assert door.post("signing", bomb, content_encoding="gzip") == 401
    body = json.dumps({"type": "invoice.paid", "data": {"id": "in_1"}}).encode()
    headers = signed([SECRET], "msg_1", door.house.store.clock.now(), body)
    packed = {**headers, "content-encoding": "gzip"}
    answer = door.client.post("/webhooks/signing", content=gzip.compress(body), headers=packed)
    assert answer.status_code == 401


def test_a_port_that_is_somebody_elses_is_told_and_not_silently_no_door(
    door: Door,
) -> None:
    port = door.client.base_url.port
    assert port is not None
    with pytest.raises(UnavailableError, match=f"nobody can listen on 127.0.0.1:{port}"):
        listen(door.house, port)
    assert door.client.get("/healthz").status_code == 200
