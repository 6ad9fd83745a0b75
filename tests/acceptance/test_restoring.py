"""What the page on backups says: the engine's own notes need not be kept."""

from pathlib import Path

from tests.acceptance.company import Company, open_company

DEALS = 3


def settled(company: Company) -> bool:
    company.stage.tell("billing", "pay", {})
    states = [
        row["state"]
        for row in company.ask("status")
        if row["integration"] == "quote-to-cash"
        for _ in range(row["runs"])
    ]
    return len(states) == DEALS and set(states) == {"completed"}


def test_runs_go_on_from_our_own_tables_when_the_engines_file_is_gone(tmp_path: Path) -> None:
    with open_company(tmp_path / "home", deals=DEALS) as company:
        company.until(lambda: bool(company.stage.tell("billing", "ledger").get("subscription")))
        company.stage.kill_worker()
        gone = list(company.home.glob("engine.db*"))
        for file in gone:
            file.unlink()
        company.stage.start_worker()

        company.until(lambda: settled(company), seconds=90)
        assert gone
        assert len(company.stage.tell("erp", "ledger")["invoice"]) == DEALS
        assert len(company.live_subscriptions()) == DEALS
