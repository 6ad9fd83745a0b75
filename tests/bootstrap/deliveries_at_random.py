"""Deliveries at random, one after the other: genuine, repeated, spoilt, meaningless."""

import json
import random
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime

from tests.bootstrap import deliveries_spoilt as spoilt
from tests.bootstrap.deliveries import (
    INSIDE,
    ORGANISATION,
    OUTBOUND,
    PATH,
    Delivery,
    Fate,
    Header,
    standard_signature,
    stripe_signature,
)


@dataclass(slots=True)
class Sender:
    """Makes one delivery after another."""

    rng: random.Random
    now: Callable[[], datetime]
    number: int = 0
    recent: list[tuple[datetime, Delivery]] = field(default_factory=list)

    def next(self) -> Delivery:
        """Return a delivery: one in four is genuine, one in twenty of those before comes again."""
        draw = self.rng.random()
        if draw < 0.05 and (again := self._again()):
            return again
        genuine = self.rng.choice((self._stripe, self._standard, self._salesforce, self._listed))()
        if draw < 0.25:
            self.recent = [*self.recent[-200:], (self.now(), genuine)]
            return replace(genuine, chunks=self.rng.choice((1, 1, 2, 7)))
        if draw < 0.4 and genuine.system in {"stripe", "signing"}:
            return self._nonsense(genuine.system)
        return self._spoilt(genuine)

    def _again(self) -> Delivery | None:
        young = [each for at, each in self.recent if (self.now() - at).total_seconds() < 60]
        return self.rng.choice(young) if young else None

    def _name(self) -> str:
        self.number += 1
        return f"{self.number:09d}"

    def _stripe(self, body: bytes | None = None, *, ago: int = 0) -> Delivery:
        name = f"evt_{self._name()}"
        event = {
            "id": name,
            "object": "event",
            "type": "invoice.paid",
            "created": int(self.now().timestamp()) - self.rng.randrange(100_000),
            "data": {"object": {"id": f"in_{name}", "object": "invoice", "status": "paid"}},
        }
        said = json.dumps(event).encode() if body is None else body
        header = stripe_signature(said, self._second(ago=ago))
        return self._to("stripe", "/webhooks/stripe", [(b"stripe-signature", header)], said, name)

    def _second(self, *, ago: int) -> int:
        return int(self.now().timestamp()) - ago

    def _standard(self, body: bytes | None = None, *, ago: int = 0) -> Delivery:
        name = f"msg_{self._name()}"
        said = body or json.dumps({"type": "invoice.paid", "data": {"id": f"in_{name}"}}).encode()
        headers = standard_signature(said, name, self._second(ago=ago))
        return self._to("signing", "/webhooks/signing", headers, said, name)

    def _salesforce(self) -> Delivery:
        ref = f"006{self._name():>012}"
        body = OUTBOUND.format(org=ORGANISATION, ref=ref).encode()
        return self._to("crm", f"/webhooks/crm/{PATH}", [], body, ref)

    def _listed(self) -> Delivery:
        body = f"something changed {self._name()}".encode()
        found = self._to("listed", "/webhooks/listed", [], body, "hint")
        return replace(found, sender=INSIDE)

    def _to(
        self, system: str, path: str, headers: list[Header], body: bytes, identity: str
    ) -> Delivery:
        return Delivery(
            system=system,
            path=path,
            headers=tuple(headers),
            body=body,
            fate=Fate.TAKEN,
            identity=identity,
            what="genuine",
        )

    def _nonsense(self, system: str) -> Delivery:
        """Return what is signed as it must be, and says nothing that makes sense."""
        body = self.rng.choice(spoilt.NONSENSE)(self.rng)
        made = self._stripe(body) if system == "stripe" else self._standard(body or b"\x00")
        return replace(made, fate=Fate.EITHER, what="signed nonsense")

    def _spoilt(self, genuine: Delivery) -> Delivery:
        """Return a delivery that is not what its sender once sent."""
        ways = [*spoilt.SPOILING]
        if genuine.headers:
            ways += spoilt.SPOILING_SIGNED
        if genuine.system == "stripe":
            ways += [lambda _, __: self._old(self._stripe(ago=self._off()))]
        if genuine.system == "signing":
            ways += [lambda _, __: self._old(self._standard(ago=self._off()))]
        if genuine.system == "crm":
            ways += spoilt.SPOILING_XML
        if genuine.system == "listed":
            ways = [*spoilt.SPOILING_HINTS]
        return self.rng.choice(ways)(genuine, self.rng)

    def _off(self) -> int:
        return self.rng.choice((-1, 1)) * self.rng.randrange(400, 10**9)

    @staticmethod
    def _old(made: Delivery) -> Delivery:
        return replace(made, fate=Fate.REFUSED, what="too old or of the future")
