"""What the page on backups says: the engine's notes need not be kept, older states are noticed."""

import sqlite3
from contextlib import closing
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

        company.until(lambda: settled(company))
        assert gone
        assert len(company.stage.tell("erp", "ledger")["invoice"]) == DEALS
        assert len(company.live_subscriptions()) == DEALS


def test_a_worker_on_an_older_database_adopts_what_was_done_since_and_writes_when_it_may(
    tmp_path: Path,
) -> None:
    with open_company(tmp_path / "home", deals=0) as company:
        copied(company.home / "interlock.db", tmp_path / "copy.db")
        company.sell(DEALS)
        company.until(lambda: len(documents(company)["invoice"]) == DEALS)
        company.stage.stop_worker()
        before = documents(company)

        aged(tmp_path / "copy.db")
        copied(tmp_path / "copy.db", company.home / "interlock.db")
        company.stage.start_worker()
        company.until(lambda: company.ask("restored", code=1)["adopted"] >= DEALS)
        company.until(lambda: not company.ask("restored", code=1)["not_read"])
        assert [case["cause"] for case in company.open_cases()] == ["restored"]
        assert documents(company) == before
        assert not settled(company)

        company.ask("restored", "end", "--reason", "compared: complete")
        company.until(lambda: settled(company))
        assert documents(company) == before
        company.until(lambda: company.open_cases() == [])
        verified = company.ask("audit", "verify", code=0)
        assert len(verified["report"]["restorations"]) == 1


def copied(source: Path, target: Path) -> None:
    """Copy a database as people do: with its own means, over whatever is there."""
    with closing(sqlite3.connect(source)) as old, closing(sqlite3.connect(target)) as new:
        old.backup(new)


def aged(copy: Path) -> None:
    """Let a copy be some hours old, as backups are: it is long ago that a source was read."""
    with closing(sqlite3.connect(copy)) as old, old:
        old.execute("UPDATE poll_cursor SET at = '2026-11-01T00:00:00.000000Z'")


def documents(company: Company) -> dict[str, set[str]]:
    """Return the ids of everything that deals made."""
    books = company.stage.tell("erp", "ledger")
    billing = company.stage.tell("billing", "ledger")
    return {
        "invoice": {str(row["id"]) for row in books.get("invoice", [])},
        "subscription": {str(row["id"]) for row in billing.get("subscription", [])},
        "customer": {str(row["id"]) for row in books.get("customer", [])},
    }
