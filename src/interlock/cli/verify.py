"""``interlock verify``: the invariants, against the systems as they are now."""

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

from interlock.bootstrap.house import open_house
from interlock.cases import commands as cases
from interlock.cli.auditing import verified_trail
from interlock.cli.terminal import Json, print_facts, print_json, print_table
from interlock.proving import live


def verify(
    *, hours: float = 24.0, limit: int = 500, home: Path | None = None, json_: Json = False
) -> int:
    """Ask trail, cases and systems whether the promise holds; reads only, and may run hourly.

    What a completed run proved is looked up again in its systems by our reference, so that a
    second document under it is seen. Exit codes: 0 it holds, 1 it does not, 2 could not tell.

    Example: ``interlock verify --hours 24 --home .interlock``

    Args:
        hours: How far back completed runs are looked at.
        limit: At most so many of them, the latest first.
        home: Where the installation lives.
        json_: One JSON object instead of the tables.
    """
    looked = live.Verified()
    with open_house(home) as house:
        database, now = house.store.database, house.store.clock.now()
        cases.collect(database)
        report = verified_trail(house.store)
        looked.entries = report.entries
        since = now - timedelta(hours=hours)
        findings = [
            *live.shown_once(house.shop, since, limit, looked),
            *live.accounted(database),
            *live.recorded(report),
            *live.nothing_hangs(database, now),
            *live.approved(database),
        ]
    if json_:
        print_json({"holds": not findings, "looked_at": looked, "findings": findings})
    else:
        _print(findings, looked)
    if any(finding.known for finding in findings):
        return 1
    return 2 if findings else 0


def _print(findings: Sequence[live.Finding], looked: live.Verified) -> None:
    rows = []
    for law, what in live.LAWS.items():
        broken = [each for each in findings if each.law == law]
        verdict = "BROKEN" if any(each.known for each in broken) else "UNKNOWN"
        rows.append((law, what, verdict if broken else "holds"))
    print_table("invariants", ["law", "what it says", "verdict"], rows)
    found = [(each.law, each.where, each.what) for each in findings]
    print_table(f"{len(found)} findings", ["law", "where", "what"], found)
    print_facts(
        [
            ("completed runs looked at", str(looked.runs)),
            ("proofs looked up again", str(looked.proofs)),
            ("entries of the trail", str(looked.entries)),
        ]
    )
