"""The legacy ERP as a process of its own, as the sandbox starts it."""

import json
from decimal import Decimal
from pathlib import Path

import httpx2
from tests.connectors.filedrop.folder_bench import FOLDER_ID, open_to

from interlock.connectors.port import Request, Verdict
from interlock.testing.vendors import running


def test_an_erp_in_its_own_process_imports_on_its_own_clock(tmp_path: Path) -> None:
    options = {"root": str(tmp_path), "folder_id": FOLDER_ID, "interval": 0.01}
    with running("filedrop", "--options", json.dumps(options)) as url:
        assert httpx2.get(f"{url}/_sandbox/health").json()["vendor"] == "filedrop"
        connector = open_to(tmp_path, wait="9s")
        done = connector.write(
            Request(
                operation="invoice.create",
                body={"currency": "EUR", "lines": [{"amount": Decimal("31.50")}]},
                key="006-1",
                idempotency_key="x",
            )
        )
        ledger = httpx2.get(f"{url}/_sandbox/ledger").json()
        connector.close()
    assert done.verdict is Verdict.DONE
    assert [row["number"] for row in ledger["invoice"]] == [done.record.ref]
