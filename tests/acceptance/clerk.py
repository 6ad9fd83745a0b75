"""Somebody at work in the ERP: asks for goods, receives them, enters bills, closes months."""

import itertools
import json
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from decimal import Decimal
from typing import Any

from interlock.connectors.catalogue import open_connector
from interlock.connectors.port import Connection, Connector, Kind, Request, Verdict
from interlock.foundation.clock import SystemClock
from interlock.testing.vendors import LOOPBACK
from tests.acceptance.company import Company


class Clerk:
    """Works in the ERP's own words, beside Interlock and not through it."""

    def __init__(self, company: Company, erp: Connector) -> None:
        self._company = company
        self._erp = erp
        self._numbers = itertools.count(1)

    def does(self, operation: str, body: Mapping[str, object], **given: str) -> str:
        """Do one thing in the ERP; return the id of what came of it."""
        key = given.get("key", f"clerk-{next(self._numbers)}")
        asked = Request(
            operation=operation, body=body, key=key, ref=given.get("ref"), idempotency_key=key
        )
        outcome = self._erp.write(asked)
        until = time.monotonic() + 60
        # The account's few places are shared with the worker: a clerk waits for one, as it does.
        while outcome.kind is Kind.QUOTA and time.monotonic() < until:
            time.sleep(0.1)
            outcome = self._erp.write(asked)
        assert outcome.verdict is Verdict.DONE, outcome
        assert outcome.record is not None
        return outcome.record.ref

    def vendor(self, name: str, **fields: object) -> str:
        """Enter a supplier of the American entity."""
        body = {"companyName": name, "subsidiary": {"id": "1"}, **fields}
        return self.does("vendor.upsert", body, key=f"V-{name}")

    def requisition(
        self, key: str, supplier: str, quantity: int, rate: str, **fields: object
    ) -> str:
        """Ask for desks."""
        line: dict[str, object] = {"item": {"id": "item-DESK"}, "poVendor": {"id": supplier}}
        line |= {"quantity": Decimal(quantity), "rate": Decimal(rate)}
        body = {"subsidiary": {"id": "1"}, "currency": {"id": "1"}, "item": {"items": [line]}}
        return self.does("purchaseRequisition.upsert", {**body, **fields}, key=key)

    def receive(self, order: str, quantity: int) -> str:
        """Receive so many of the only line."""
        line = {"orderLine": 1, "quantity": Decimal(quantity)}
        return self.does("itemReceipt.create", {"item": {"items": [line]}}, ref=order)

    def bill(self, order: str, number: str, quantity: int, rate: str, **fields: object) -> str:
        """Enter a supplier's bill for the only line of an order."""
        line = {"item": {"id": "item-DESK"}, "orderDoc": {"id": order}, "orderLine": 1}
        line |= {"quantity": Decimal(quantity), "rate": Decimal(rate)}
        body = {"tranId": number, "item": {"items": [line]}, **fields}
        return self.does("vendorBill.create", body, ref=order)

    def correct(self, obj: str, ref: str, changes: Mapping[str, object]) -> None:
        """Correct a record on the screen."""
        given = {"object": obj, "id": ref, "set": changes}
        self._company.stage.tell("erp", "change", given)

    def record(self, obj: str, ref: str) -> Mapping[str, Any]:
        """Return one record of the ledger by the ERP's own id."""
        rows = self._company.stage.tell("erp", "ledger").get(obj, [])
        return next(row for row in rows if row["id"] == ref)

    def books(self, obj: str) -> dict[str, Mapping[str, Any]]:
        """Return the ledger's records of a type, by external id or else by id."""
        rows = self._company.stage.tell("erp", "ledger").get(obj, [])
        return {str(row.get("externalId", row["id"])): row for row in rows}


@contextmanager
def at_work(company: Company) -> Iterator[Clerk]:
    """Log a clerk in."""
    connection = Connection(
        system="erp",
        url=json.loads((company.home / "settings.json").read_text())["erp_url"],
        credential=json.loads((company.home / "secrets" / "erp.json").read_text()),
        scheme="oauth2-client-credentials",
        timeout=timedelta(seconds=10),
        outbound=LOOPBACK,
    )
    erp = open_connector(connection, SystemClock(), name="netsuite")
    try:
        yield Clerk(company, erp)
    finally:
        erp.close()  # type: ignore[attr-defined]  # every connector has it
