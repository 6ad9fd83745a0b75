"""What forgers and broken senders make of a delivery, and what is signed and makes no sense."""

import base64
import gzip
import hashlib
import hmac
import json
import random
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from tests.bootstrap.deliveries import (
    ORGANISATION,
    OUTSIDE,
    PATH,
    Delivery,
    Fate,
    stripe_signature,
)

Spoil = Callable[[Delivery, random.Random], Delivery]


def _bad(found: Delivery, what: str, **changed: object) -> Delivery:
    return replace(found, fate=Fate.REFUSED, what=what, **changed)  # type: ignore[arg-type]  # fields


def _flipped(found: Delivery, rng: random.Random) -> Delivery:
    at, bit = rng.randrange(len(found.body)), 1 << rng.randrange(8)
    body = bytearray(found.body)
    body[at] ^= bit
    if found.system == "crm":  # it is not signed: another text is another message of theirs
        return replace(found, body=bytes(body), fate=Fate.EITHER, what="a bit is turned")
    return _bad(found, "a bit is turned", body=bytes(body))


def _cut(found: Delivery, rng: random.Random) -> Delivery:
    return _bad(found, "cut short", body=found.body[: rng.randrange(len(found.body) - 20)])


def _hung_up(found: Delivery, _: random.Random) -> Delivery:
    return _bad(found, "gone before the end", hangs_up=True)


def _other_door(found: Delivery, rng: random.Random) -> Delivery:
    doors = ("/webhooks/nobody", "/webhooks/silent", "/webhooks/", "/webhooks/..", "/api", "//")
    return _bad(found, "another door", path=rng.choice(doors))


def _wrong_path(found: Delivery, rng: random.Random) -> Delivery:
    secret = rng.choice(("", "x", PATH[:-1], PATH.upper(), PATH + "\x00", "é", "%", "a" * 5_000))
    return _bad(found, "another secret in the path", path=f"/webhooks/{found.system}/{secret}")


def _other_method(found: Delivery, rng: random.Random) -> Delivery:
    method = rng.choice(("GET", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH", "TRACE", "\xff"))
    return _bad(found, "another method", method=method)


def _too_large(found: Delivery, _: random.Random) -> Delivery:
    return _bad(found, "too large", body=found.body + b" " * (1024 * 1024 + 1))


def _packed(found: Delivery, _: random.Random) -> Delivery:
    headers = (*found.headers, (b"content-encoding", b"gzip"))
    return _bad(found, "packed", headers=headers, body=gzip.compress(found.body))


def _from_elsewhere(found: Delivery, rng: random.Random) -> Delivery:
    sender = rng.choice((OUTSIDE, "", "::1", "203.0.114.7", "203.0.113.7 ", "localhost"))
    return _bad(found, "from elsewhere", sender=sender)


def _no_header(found: Delivery, rng: random.Random) -> Delivery:
    left = list(found.headers)
    del left[rng.randrange(len(left))]
    return _bad(found, "without a header", headers=tuple(left))


def _odd_header(found: Delivery, rng: random.Random) -> Delivery:
    at = rng.randrange(len(found.headers))
    name, value = found.headers[at]
    odd = rng.choice(ODD_VALUES)(value, rng)
    if odd == value:
        odd = b""
    headers = (*found.headers[:at], (name, odd), *found.headers[at + 1 :])
    return _bad(found, "an odd header", headers=headers)


def _other_secret(found: Delivery, _: random.Random) -> Delivery:
    if found.system == "stripe":
        second = int(found.headers[0][1].split(b",")[0][2:])
        forged = stripe_signature(found.body, second, "whsec_of_somebody_else_000")
        return _bad(found, "another secret", headers=((b"stripe-signature", forged),))
    (identity, stamp, _sign) = found.headers
    forged = base64.b64encode(hmac.new(b"x" * 32, found.body, hashlib.sha256).digest())
    sign = (b"webhook-signature", b"v1," + forged)
    return _bad(found, "another secret", headers=(identity, stamp, sign))


def _other_id(found: Delivery, _: random.Random) -> Delivery:
    if found.system == "stripe":
        body = found.body.replace(b"evt_", b"evt-")
        return _bad(found, "another id", body=body)
    headers = ((b"webhook-id", b"msg_forged"), *found.headers[1:])
    return _bad(found, "another id", headers=headers)


def _twice(found: Delivery, _: random.Random) -> Delivery:
    """Every header twice, the forged one last: whichever counts, the body is not of both."""
    forged = tuple((name, value + b"0") for name, value in found.headers)
    return replace(found, headers=(*found.headers, *forged), fate=Fate.EITHER, what="twice")


def _other_organisation(found: Delivery, _: random.Random) -> Delivery:
    body = found.body.replace(ORGANISATION.encode(), b"00D000000000002")
    return _bad(found, "another organisation", body=body)


def _entities(found: Delivery, _: random.Random) -> Delivery:
    bomb = b'<!DOCTYPE a [<!ENTITY b "b"><!ENTITY c "&b;&b;&b;">]>'
    return _bad(found, "entities", body=found.body.replace(b"?>", b"?>" + bomb, 1))


def _encoded(found: Delivery, rng: random.Random) -> Delivery:
    name = rng.choice((b"utf-16", b"utf-7", b"cp037", b"no-such", b"\xff", b"idna", b"zip"))
    odd = b'<?xml version="1.0" encoding="' + name + b'"?>'
    body = found.body.replace(b'<?xml version="1.0"?>', odd)
    return replace(found, body=body, fate=Fate.EITHER, what="an odd encoding")


SPOILING: Final[list[Spoil]] = [_flipped, _cut, _hung_up, _other_door, _wrong_path, _other_method]
SPOILING_SIGNED: Final[list[Spoil]] = [
    _packed,
    _no_header,
    _odd_header,
    _odd_header,
    _odd_header,
    _other_secret,
    _other_id,
    _twice,
]
SPOILING_HINTS: Final[list[Spoil]] = [_from_elsewhere, _other_method, _too_large]
SPOILING_XML: Final[list[Spoil]] = [_other_organisation, _entities, _encoded, _packed]
ODD_VALUES: Final[list[Callable[[bytes, random.Random], bytes]]] = [
    lambda _, __: b"",
    lambda _, __: b",",
    lambda _, __: b"v1,",
    lambda _, __: b"t=,v1=",
    lambda _, __: b"nan",
    lambda _, __: b"inf",
    lambda _, __: b"-1",
    lambda _, __: b"9" * 400,
    lambda _, __: "٣".encode(),
    lambda _, __: b"\xff\xfe\x00",
    lambda _, rng: rng.randbytes(rng.randrange(1, 60)),
    lambda value, _: value.replace(b"v1", b"v0"),
    lambda value, _: value.replace(b"v1", b"v1a"),
    lambda value, _: value[: len(value) // 2],
    lambda value, _: value + b".9",
    lambda value, _: b"t=1," + value,
    lambda value, _: value.replace(b",", b", ,").replace(b"v1", b"v2"),
    lambda value, _: value[::-1],
]
NONSENSE: Final[list[Callable[[random.Random], bytes]]] = [
    lambda rng: rng.randbytes(rng.randrange(1, 80)),
    lambda _: b"[]",
    lambda _: b"null",
    lambda _: b"[" * 100_000,
    lambda _: b'{"a":' * 20_000,
    lambda _: b"1" * 5_000,
    lambda _: b'{"id": NaN}',
    lambda _: b'{"type": "invoice.paid", "data": {"id": 1e999999999}}',
    lambda _: b'{"type": "\\ud800", "data": {"id": "\\udfff"}}',
    lambda _: b'{"type": "invoice.paid", "data": {"id": "\\ud800"}}',
    lambda _: b'{"type": "invoice.\\u0000", "data": {"id": "\\u0000"}}',
    lambda _: b'{"type": 7, "data": {"id": true}, "timestamp": []}',
    lambda rng: _event(rng, id="\ud800"),
    lambda rng: _event(rng, id="evt_\x00"),
    lambda rng: _event(rng, created=10**30),
    lambda rng: _event(rng, created=-(10**18)),
    lambda rng: _event(rng, created="now"),
    lambda rng: _event(rng, type="x" * 100_000),
    lambda rng: _event(rng, data={"object": {"object": "invoice", "id": "\udfff"}}),
    lambda rng: _event(rng, data={"object": {"object": "\ud800", "id": []}}),
    lambda rng: _event(rng, data={"object": {"object": "invoice", "id": {"a": 1}}}),
    lambda rng: _event(rng, data={"object": {"object": "invoice", "id": "i", "x": "\ud800"}}),
    lambda rng: _event(rng, data=None),
]


def _event(rng: random.Random, **changed: object) -> bytes:
    event: dict[str, object] = {
        "id": f"odd_{rng.randrange(10**12)}",
        "object": "event",
        "type": "invoice.paid",
        "created": 1_790_000_000,
        "data": {"object": {"id": "in_odd", "object": "invoice"}},
    }
    return json.dumps(event | changed).encode()
