"""A small company at work: simulated vendors, one worker, a few closed deals."""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from interlock.cli.apply import deploy
from interlock.cli.demo import EXAMPLE
from interlock.cli.demonstration.scenario import CLOSED_MONTH, ENTITIES, SUBSIDIARIES, scenario
from interlock.cli.demonstration.stage import Stage
from interlock.cli.sandbox import VENDORS
from tests.commands import said_by


@dataclass(frozen=True, slots=True, kw_only=True)
class Company:
    """A company with simulated vendors, a worker, and a few deals."""

    home: Path
    stage: Stage

    def ask(self, *arguments: str, code: int = 0) -> Any:
        """Give a command that looks at what is stored here; return what it prints."""
        done = said_by([*arguments, "--home", str(self.home), "--json"])
        assert done.code == code, done.out + done.err
        return json.loads(done.out)

    def ask_apart(self, *arguments: str, code: int = 0) -> Any:
        """Give a command that calls systems: its connections end with a process of its own."""
        done = subprocess.run(
            [sys.executable, "-m", "interlock.cli", *arguments, "--home", self.home, "--json"],
            capture_output=True,
            text=True,
            timeout=150,
            check=False,
        )
        assert done.returncode == code, done.stdout + done.stderr
        return json.loads(done.stdout)

    def open_cases(self) -> list[Mapping[str, Any]]:
        found: list[Mapping[str, Any]] = self.ask("cases", "list")["cases"]
        return found

    def wait(self, many: int) -> list[Mapping[str, Any]]:
        found: list[Mapping[str, Any]] = []

        def there() -> bool:
            found[:] = self.open_cases()
            return len(found) == many

        self.until(there)
        return found

    def posted(self) -> dict[str, Mapping[str, Any]]:
        rows = self.stage.tell("erp", "ledger").get("invoice", [])
        return {row["externalId"]: row for row in rows}

    def until(self, holds: Callable[[], bool], seconds: float = 180.0) -> None:
        """Wait until `holds`, or fail with what the company looks like by then."""
        until = time.monotonic() + seconds
        while not holds():
            if time.monotonic() > until:
                raise AssertionError([self.open_cases(), self.ask("status")])
            time.sleep(0.25)

    def live_subscriptions(self) -> set[str]:
        rows = self.stage.tell("billing", "ledger").get("subscription", [])
        return {r["metadata"]["opportunity_id"] for r in rows if r["status"] != "canceled"}

    def sell(self, deals: int, *, seed: int = 3) -> None:
        """Close so many deals in the CRM, all in one month."""
        story = scenario(seed, deals, [name for name in ENTITIES if name != "de"])
        self.stage.tell("crm", "seed", {"Account": list(story.accounts)})
        self.stage.tell("crm", "seed", {"OpportunityLineItem": list(story.lines)})
        rows = [{**row, "CloseDate": f"{CLOSED_MONTH}-15"} for row in story.opportunities]
        self.stage.tell("crm", "seed", {"Opportunity": rows})


@contextmanager
def open_company(
    home: Path,
    *,
    deals: int,
    closed: bool = False,
    estate: Path = EXAMPLE,
    settings: Mapping[str, Callable[[str], str]] | None = None,
) -> Iterator[Company]:
    """Open a company in `home`; `closed`: the books of its deals' month are closed.

    `settings` change what is written of the installation before its worker starts.
    """
    home.mkdir()
    stage = Stage(home, 3, faults=False)
    try:
        stage.open(VENDORS, real_tryton=False)
        written = json.loads((home / "settings.json").read_text())
        changed = {name: change(written[name]) for name, change in (settings or {}).items()}
        (home / "settings.json").write_text(json.dumps({**written, **changed}))
        deploy(estate, "ana", "bao", home)
        meters = [{"event_name": "usage", "display_name": "Usage"}]
        stage.tell("billing", "seed", {"meters": meters})
        if closed:
            months = [[subsidiary, CLOSED_MONTH] for subsidiary in SUBSIDIARIES.values()]
            stage.tell("erp", "periods", {"close": months})
        stage.start_worker()
        stage.until_watching()
        company = Company(home=home, stage=stage)
        company.sell(deals)
        yield company
    finally:
        stage.stop()
