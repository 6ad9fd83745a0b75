"""`interlock verify` holds the promise against the systems as they are now."""

from pathlib import Path

from tests.acceptance.company import Company, open_company

DEALS = 3


def _settled(company: Company) -> bool:
    company.stage.tell("billing", "pay", {})
    rows = [row for row in company.ask("status") if row["integration"] == "quote-to-cash"]
    completed = [int(row["runs"]) for row in rows if row["state"] == "completed"]
    return sum(completed) == DEALS


def test_a_changed_ledger_is_found_and_an_unreachable_one_is_not_called_fine(
    tmp_path: Path,
) -> None:
    with open_company(tmp_path / "home", deals=DEALS) as company:
        company.until(lambda: _settled(company))
        company.stage.stop_worker()

        told = company.ask_apart("verify")
        assert told["holds"]
        assert told["looked_at"]["runs"] >= DEALS
        assert told["looked_at"]["proofs"] >= 2 * DEALS

        invoice = next(iter(company.posted().values()))
        change = {"object": "invoice", "id": invoice["id"], "set": {"externalId": "elsewhere"}}
        company.stage.tell("erp", "change", change)
        told = company.ask_apart("verify", code=1)
        # Every run that proved itself by this invoice says so: the sale, and what paid it.
        assert {finding["law"] for finding in told["findings"]} == {"I1 shown once"}
        assert all("not-found" in finding["what"] for finding in told["findings"])

        for system in ("billing", "crm", "erp"):  # whichever proves the latest run
            company.stage.vendors[system].close()
        told = company.ask_apart("verify", "--limit", "1", code=2)
        assert not told["holds"]
        assert not any(finding["known"] for finding in told["findings"])
