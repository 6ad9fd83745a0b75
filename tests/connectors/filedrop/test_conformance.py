"""The shared conformance suite, against the simulated legacy ERP."""

import itertools
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from tests.connectors.filedrop.folder_bench import FolderBench, connection_to, legacy_erp

from interlock.connectors.port import Request
from interlock.testing.bench import Priced
from interlock.testing.conformance import Conformance
from interlock.testing.transports import Canned

REFUSED = (
    b'"record";"object";"reference";"number";"result";"code";"reason"\r\n'
    b'"begin";"nobody";"2026-01-15T00:00:00Z";"";"";"";""\r\n'
    b'"file";"nobody";"";"";"rejected";"ODD";"@echo@"\r\n'
    b'"end";"nobody";"";"0";"";"";""\r\n'
)
_numbers = itertools.count(1)


def customer() -> Request:
    number = next(_numbers)
    return Request(
        operation="customer.upsert",
        body={"name": "Acme", "email": "ana@example.com", "country": "DE"},
        key_field="reference",
        key=f"001-{number}",
        idempotency_key=f"run-{number}",
    )


def invoice() -> Request:
    number = next(_numbers)
    line = {"product": "SAAS-SEAT", "quantity": Decimal(3), "amount": Decimal("31.50")}
    return Request(
        operation="invoice.create",
        body={
            "customer": "C-000001",
            "currency": "EUR",
            "date": "2026-01-15",
            "lines": [{**line, "tax": Decimal("5.99")}],
        },
        key_field="reference",
        key=f"006-{number}",
        idempotency_key=f"run-{number}",
    )


class TestLegacyErp(Conformance):
    @pytest.fixture
    def bench(self, tmp_path: Path) -> Iterator[FolderBench]:
        erp = legacy_erp(tmp_path)
        erp.start()

        def credit() -> Request:
            number = erp.seed({"invoice": [{"total": "37.49", "currency": "EUR"}]})["invoice"][0]
            return Request(operation="creditMemo.create", body={}, ref=number, idempotency_key="x")

        def priced() -> Priced:
            given = {"reference": "typed", "total": "37.49", "currency": "EUR"}
            ref = erp.seed({"invoice": [given]})["invoice"][0]
            erp.round()
            return Priced(
                obj="invoice",
                ref=ref,
                money="total",
                amount=Decimal("37.49"),
                word="status",
                value="posted",
            )

        def change_many(count: int) -> set[str]:
            given = [{"name": f"Acme {number}"} for number in range(count)]
            refs = set(erp.seed({"customer": given})["customer"])
            erp.round()
            return refs

        yield FolderBench(
            name="filedrop",
            connection=connection_to(tmp_path, wait="5s", stale="0s", repeats="refused"),
            requests={
                "customer.upsert": customer,
                "invoice.create": invoice,
                "creditMemo.create": credit,
            },
            lookup=("invoice", "reference"),
            key_of=lambda asked: str(asked.key),
            searched="invoice.create",
            missing="R-999999",
            priced=priced,
            wrong_credential={"folder_id": "another-exchange"},
            fault_in_200=Canned(status=200, body=REFUSED),
            quota=Canned(status=429, body=b""),
            quota_wait=None,
            refusal=REFUSED,
            change_many=change_many,
            feed="customer",
            count=lambda: {name: len(rows) for name, rows in erp.world.tables.items()},
        )
        erp.stop()
