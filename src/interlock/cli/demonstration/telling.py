"""What the demo says at its end: one object for programs, a few tables for people."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from interlock.cli.demonstration.scenario import Scenario
from interlock.cli.demonstration.stage import Stage
from interlock.cli.demonstration.tying import Tie

ENDS: Final = ("opportunities", "completed", "compensated", "cases", "lost", "duplicates")
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
        "processes": found.processes,
        "payments": _money(found.money.received),
        "refunds": _money(found.money.given_back),
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


def _money(sums: Mapping[str, Sequence[Decimal]]) -> list[dict[str, str]]:
    return [
        {"currency": currency, "billing": str(ours), "books": str(theirs)}
        for currency, (ours, theirs) in sums.items()
    ]


def tell(result: Mapping[str, Any], found: Tie, where: Path) -> None:
    """Show the result to people."""
    from rich.console import Console
    from rich.table import Table

    console = Console()
    for title, columns, rows in _tables(result):
        table = Table(title=title)
        for name in columns:
            table.add_column(name, justify="left" if name in {"kind", "process"} else "right")
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
    money = [
        (what, row["currency"], row["billing"], row["books"])
        for what in ("payments", "refunds")
        for row in result[what]
    ]
    processes = [
        (name, ", ".join(f"{count} {state}" for state, count in states.items()))
        for name, states in result["processes"].items()
    ]
    return [
        ("Every opportunity has one end", ENDS, [[result[name] for name in ENDS]]),
        (
            "Posted in the books = sold in the CRM (first bill, net)",
            ("legal entity", "currency", "invoices", "posted", "sold"),
            sums,
        ),
        (
            "Money in billing = money in the books",
            ("what", "currency", "billing", "books"),
            money,
        ),
        ("The other processes", ("process", "runs"), processes),
        ("Faults that really struck", ("kind", "times"), sorted(result["faults"].items())),
    ]
