"""The shared conformance suite, against the real product instead of a simulated one."""

import itertools
from decimal import Decimal
from typing import Any

import httpx2
import pytest

from interlock.connectors.port import Request
from interlock.testing.bench import Bench, Priced
from interlock.testing.conformance import Conformance
from interlock.testing.transports import Canned
from interlock.testing.tryton_server import RealTryton

TOO_MANY = b"""<!doctype html>
<html lang=en>
<title>429 Too Many Requests</title>
<h1>Too Many Requests</h1>
<p>This user has exceeded an allotted request count. Try again later.</p>
"""
REFUSAL = b'{"status": 400, "message": "The value \\"@echo@\\" is not valid.", "description": ""}'


class TestRealTryton(Conformance):
    @pytest.fixture
    def bench(
        self, tryton: RealTryton, legacy: Any, party: str, make: Any, ledger: httpx2.Client
    ) -> Bench:
        numbers = itertools.count(1)

        def invoice() -> Request:
            request: Request = make["invoice"](party)
            return request

        def following(operation: str, *before: str) -> Request:
            request = invoice()
            ref = legacy.write(request).record.ref
            for name in before:
                legacy.write(Request(operation=name, body={}, ref=ref, idempotency_key="x"))
            key = f"{request.key}-{operation}"
            return Request(operation=operation, body={}, ref=ref, key=key, idempotency_key="x")

        def priced() -> Priced:
            return Priced(
                obj="invoice",
                ref=legacy.write(invoice()).record.ref,
                money="total_amount",
                amount=Decimal("54.14"),
                word="state",
                value="draft",
            )

        def change_many(count: int) -> set[str]:
            outcomes = [legacy.write(make["party"](f"P{next(numbers)}")) for _ in range(count)]
            return {outcome.record.ref for outcome in outcomes}

        def count() -> dict[str, int]:
            """Ask the product itself, past the connector."""
            query = httpx2.QueryParams({"f": ["id"], "s": "100000"})
            models = ("party.party", "account.invoice")
            return {it: len(ledger.get(f"/rest/model/{it}", params=query).json()) for it in models}

        return Bench(
            name="tryton",
            connection=make["connection"](tryton),
            requests={
                "party.upsert": make["party"],
                "invoice.create": invoice,
                "invoice.post": lambda: following("invoice.post"),
                "invoice.credit": lambda: following("invoice.credit", "invoice.post"),
            },
            lookup=("invoice", "reference"),
            key_of=lambda request: str(request.key),
            searched="invoice.create",
            missing="99999999",
            priced=priced,
            wrong_credential={"api_key": "0" * 64},
            fault_in_200=Canned(status=200, body=REFUSAL),
            quota=Canned(status=429, body=TOO_MANY, headers={"Content-Type": "text/html"}),
            quota_wait=None,
            refusal=REFUSAL,
            change_many=change_many,
            feed="party",
            count=count,
        )
