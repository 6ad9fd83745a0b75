"""What the demo says at its end: one object for programs, a few tables for people."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any, Final, Literal

from interlock.cli.demonstration.account import Account
from interlock.cli.demonstration.scenario import Scenario
from interlock.cli.demonstration.stage import Stage
from interlock.cli.demonstration.tying import Tie

COUNTED: Final = ("begun", "completed", "compensated", "withdrawn", "cases")
ENDS: Final = ("opportunities", "completed", "compensated", "cases", "lost", "duplicates")
LEFT: Final = frozenset({"kind", "process", "what"})
Rows = Iterable[Sequence[object]]


def result_of(found: Tie, stage: Stage, story: Scenario, seconds: float) -> dict[str, object]:
    """Return the whole result, as JSON has it."""
    flaws = Counter(story.flaws.values())
    fired = {**stage.fired(), **flaws, "customer_merged": len(story.merges)}
    return {
        "opportunities": found.opportunities,
        "completed": found.count("completed"),
        "compensated": found.count("compensated"),
        "cases": found.count("case"),
        "duplicates": found.duplicates,
        "lost": found.count("lost"),
        "told": stage.told(),
        "ties": found.ties,
        "faults": {**fired, "worker_killed": 1},
        "seconds": round(seconds, 1),
        "complaints": found.complaints,
        "processes": {each.process: _account(each) for each in found.accounts},
        "sums": [
            {
                "legal_entity": entity,
                "currency": currency,
                "posted": str(posted),
                "sold": str(sold),
                "invoices": count,
            }
            for (entity, currency), (posted, sold, count) in found.sums.items()
        ],
    }


def _account(account: Account) -> dict[str, object]:
    tied = [
        {"what": each.what, "here": str(each.here), "there": str(each.there)}
        for each in account.tied
    ]
    counts = {name: getattr(account, name) for name in COUNTED}
    return {**counts, "ties": not any(account.complaints), "tied": tied}


def tell(result: Mapping[str, Any], found: Tie, where: Path) -> None:
    """Show the result to people."""
    from rich.console import Console
    from rich.table import Table

    console = Console()
    for title, columns, rows in _tables(result):
        table = Table(title=title)
        for name in columns:
            justify: Literal["left", "right"] = "left" if name in LEFT else "right"
            table.add_column(name, justify=justify, no_wrap=name == "process")
        for row in rows:
            table.add_row(*map(str, row))
        console.print(table)
    for complaint in found.complaints[:20]:
        console.print(f"[red]does not tie:[/red] {complaint}")
    console.print(f"the warehouse was told of {result['told']} completed deals")
    console.print(f"ties: {result['ties']}   in {result['seconds']} s   kept in {where}")
    console.print("next:")
    console.print(f"  interlock cases list --home {where}")
    console.print(f"  interlock trace {next(iter(found.states))} --home {where}")
    console.print(f"  interlock audit verify --home {where}")


def _tables(result: Mapping[str, Any]) -> list[tuple[str, Sequence[str], Rows]]:
    sums = [
        (*(row[name] for name in ("legal_entity", "currency", "invoices", "posted", "sold")),)
        for row in result["sums"]
    ]
    processes = [
        (name, *(account[each] for each in COUNTED), "yes" if account["ties"] else "NO")
        for name, account in result["processes"].items()
    ]
    tied = [
        (name, each["what"], _shown(each["here"]), _shown(each["there"]))
        for name, account in result["processes"].items()
        for each in account["tied"]
    ]
    return [
        ("Every opportunity has one end", ENDS, [[result[name] for name in ENDS]]),
        (
            "Posted in the books = sold in the CRM (first bill, net)",
            ("legal entity", "currency", "invoices", "posted", "sold"),
            sums,
        ),
        ("Every process has its account", ("process", *COUNTED, "ties"), processes),
        ("The same in two ledgers", ("process", "what", "here", "there"), tied),
        ("Faults that really struck", ("kind", "times"), sorted(result["faults"].items())),
    ]


def _shown(number: str) -> str:
    """Return a number as people write it: some ledgers say 250.0, others 250.00."""
    return f"{Decimal(number).normalize():f}"
