"""What breaks between systems is one case, however many runs wait, and heals by itself."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from interlock.cli.demo import EXAMPLE
from tests.acceptance.company import Company, open_company
from tests.acceptance.line import Line

DEALS = 5
"""None of them is flawed: whatever becomes a case here is the connection's doing."""


@contextmanager
def _line_to(lines: list[Line]) -> Iterator[Callable[[str], str]]:
    """Lead a system's address over a line that can be cut."""

    def over(url: str) -> str:
        parts = urlsplit(url)
        assert parts.port is not None
        lines.append(Line(parts.port))
        return urlunsplit(parts._replace(netloc=f"127.0.0.1:{lines[0].port}"))

    try:
        yield over
    finally:
        for line in lines:
            line.close()


def _runs(company: Company, *states: str) -> int:
    """Count the deals in one of `states`; in any, when none is named."""
    rows = [row for row in company.ask("status") if row["integration"] == "quote-to-cash"]
    return sum(row["runs"] for row in rows if not states or row["state"] in states)


def _all_completed(company: Company) -> bool:
    company.stage.tell("billing", "pay", {})
    return _runs(company, "completed") == DEALS


def test_a_broken_connection_is_one_case_for_all_runs_and_closes_when_it_heals(
    tmp_path: Path,
) -> None:
    lines: list[Line] = []
    with (
        _line_to(lines) as over,
        open_company(tmp_path / "home", deals=0, settings={"erp_url": over}) as company,
    ):
        (line,) = lines
        line.cut()
        company.sell(DEALS)
        company.until(lambda: _runs(company) == DEALS and bool(company.open_cases()))
        (case,) = company.open_cases()
        assert (case["kind"], case["system"]) == ("connection", "erp")
        assert case["owner"] == "group:finance-systems"
        assert company.posted() == {}

        line.mend()
        company.until(lambda: _all_completed(company))
        assert company.open_cases() == []
        assert len(company.posted()) == DEALS
        (shown,) = [
            each
            for each in company.ask("cases", "list", "--closed")["cases"]
            if each["kind"] == "connection"
        ]
        assert shown["closed_why"] == "the connection healed"


def test_a_source_that_falls_silent_is_a_case_until_it_is_heard_again(tmp_path: Path) -> None:
    estate = tmp_path / "estate"
    shutil.copytree(EXAMPLE, estate)
    systems = estate / "systems.estate.yaml"
    declared = systems.read_text()
    polled = "poll: 5s, overlap: 10s}"
    assert declared.count(polled) == 1
    systems.write_text(declared.replace(polled, polled[:-1] + ", silence: 5s}"))
    with open_company(tmp_path / "home", deals=0, estate=estate) as company:
        company.until(lambda: len(company.open_cases()) == 1)
        (case,) = company.open_cases()
        assert (case["cause"], case["system"]) == ("silence", "crm")
        assert "silence" in case["remedy"]

        company.sell(1)
        company.until(lambda: company.open_cases() == [])
