"""``interlock demo``: opportunities travel from a CRM to posted, paid invoices; with faults."""

import json
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Annotated, Final

from cyclopts import Parameter

from interlock.cli.apply import deploy
from interlock.cli.demonstration import aftermath
from interlock.cli.demonstration.receivables import compare
from interlock.cli.demonstration.scenario import (
    ENTITIES,
    SUBSIDIARIES,
    Scenario,
    scenario,
)
from interlock.cli.demonstration.stage import Stage
from interlock.cli.demonstration.telling import result_of, tell
from interlock.cli.demonstration.trade import prepared, sell
from interlock.cli.demonstration.tying import Posted, Tie, tie
from interlock.cli.sandbox import VENDORS

EXAMPLE: Final = Path(__file__).resolve().parents[3] / "examples" / "quote-to-cash"
PATIENCE: Final = 170.0
"""Seconds after which the demo stops waiting and reports what it sees."""
BATCH: Final = 25
CALLED_OFF: Final = {"object": "Opportunity", "set": {"StageName": "Closed Lost"}}
UNDONE: Final = "-undo"
"""How the reference of a document ends that takes a deal back; others give money back."""
TAKEN_BACK: Final = frozenset({"compensated", "cancelled"})
"""A deal that is called off before anything was written is cancelled: nothing to take back."""


def demo(
    *,
    seed: int = 7,
    opportunities: int = 200,
    faults: bool = True,
    with_tryton: Annotated[bool, Parameter(negative="")] = False,
    home: Path | None = None,
    json_: Annotated[bool, Parameter(name="--json", negative="")] = False,
) -> int:
    """Play a quarter's end: vendors, faults, a killed worker; then account for everything.

    Progress goes to standard error, the result to standard output.

    Example: ``interlock demo --seed 7 --opportunities 200 --json``

    Args:
        seed: The same seed tells the same story.
        opportunities: How many closed-won opportunities are fed in.
        faults: Let the vendors misbehave.
        with_tryton: Post the German entity's invoices into a real Tryton 8.2 server.
        home: Where the installation lives; by default a new folder that is kept.
        json_: One JSON object instead of the summary.
    """
    started = time.monotonic()
    where = home or Path(tempfile.mkdtemp(prefix="interlock-demo-"))
    if home is not None and home.exists():
        shutil.rmtree(home)
    where.mkdir(parents=True, exist_ok=True)
    stage = Stage(where, seed, faults=faults)
    try:
        story = scenario(seed, opportunities, list(ENTITIES))
        if with_tryton:
            _one_day(story)
        found = _play(stage, story, real_tryton=with_tryton)
        result = result_of(found, stage, story, time.monotonic() - started)
    finally:
        stage.stop()
    if json_:
        print(json.dumps(result))
    else:
        tell(result, found, where)
    return 0 if found.ties else 1


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _one_day(story: Scenario) -> None:
    """Close all German deals on one day: a real Tryton numbers invoices in the order of dates."""
    for row in story.opportunities:
        if row["Legal_Entity__c"] == "de":
            row["CloseDate"] = "2026-11-02"


def _play(stage: Stage, story: Scenario, *, real_tryton: bool) -> Tie:
    _say("starting the simulated vendors, deploying the example estate …")
    stage.open(VENDORS, real_tryton=real_tryton)
    deploy(EXAMPLE, "demo-author", "demo-approver", stage.home)
    prepared(stage)
    stage.start_worker()
    stage.until_watching()
    stage.tell("crm", "seed", {"Account": list(story.accounts)})
    _watch(stage, story, _events(stage, story))
    stage.stop_worker()
    return _tied(stage, story)


def _events(stage: Stage, story: Scenario) -> dict[int, Callable[[], None]]:
    """Return what happens after how many seconds."""
    found: dict[int, Callable[[], None]] = {}
    rows = list(story.opportunities)
    for index, begin in enumerate(range(0, len(rows), BATCH)):
        found[index + 1] = partial(sell, stage, story, rows[begin : begin + BATCH])

    def merge() -> None:
        for winner, loser in story.merges:
            stage.tell("crm", "merge", {"winner": winner, "loser": loser})
        _say("three customers were merged in the CRM")

    def kill() -> None:
        stage.kill_worker()
        _say("the worker was killed with SIGKILL; starting it again")
        stage.start_worker()

    found[4] = _both(found.get(4), merge)
    found[9] = _both(found.get(9), kill)
    return found


def _both(first: Callable[[], None] | None, second: Callable[[], None]) -> Callable[[], None]:
    def run() -> None:
        if first is not None:
            first()
        second()

    return run


def _watch(stage: Stage, story: Scenario, events: dict[int, Callable[[], None]]) -> None:
    from interlock.bootstrap.house import open_store

    began = time.monotonic()
    total = len(story.opportunities)
    called_off = False
    with open_store(stage.home) as store:
        while True:
            elapsed = time.monotonic() - began
            for second in [second for second in events if second <= elapsed]:
                events.pop(second)()
            stage.tell("billing", "pay", {})
            known = _states(store.runs.of_integration("quote-to-cash"))
            states = Counter(known.values())
            _say(f"{elapsed:5.0f} s  " + _counted(states, total))
            settled = sum(states[s] for s in ("completed", "compensated", "cancelled", "parked"))
            stuck = {known.get(ref) for ref in story.withdrawn}
            if not called_off and stuck == {"parked"}:
                called_off = True
                _call_off(stage, story)
            everybody_knows = stage.told() >= states["completed"]
            at_rest = settled >= total and stuck <= TAKEN_BACK and everybody_knows
            if at_rest and not events and aftermath.over(stage, store.runs, _say):
                return
            if elapsed > PATIENCE:
                return
            time.sleep(1.0)


def _call_off(stage: Stage, story: Scenario) -> None:
    for ref in sorted(story.withdrawn):
        stage.tell("crm", "change", CALLED_OFF | {"id": ref})
    _say(f"{len(story.withdrawn)} customers called their deals off")


def _counted(states: Counter[str], total: int) -> str:
    known = " · ".join(f"{count} {state}" for state, count in sorted(states.items()))
    return f"{sum(states.values())}/{total} started: {known}"


def _states(rows: Sequence[tuple[str, str]]) -> dict[str, str]:
    """Return the state of the latest run per business key."""
    return dict(rows)


def _tied(stage: Stage, story: Scenario) -> Tie:
    from interlock.bootstrap.house import open_store

    names = {"completed": "completed", "parked": "case"}
    names |= dict.fromkeys(TAKEN_BACK, "compensated")
    with open_store(stage.home) as store:
        runs = _states(store.runs.of_integration("quote-to-cash"))
        processes = aftermath.counts(store.runs)
    states = {
        str(row["Id"]): names.get(runs.get(str(row["Id"]), ""), "lost")
        for row in story.opportunities
    }
    billing = stage.tell("billing", "ledger")
    subscriptions = billing.get("subscription", [])
    found = tie(stage.tell("crm", "ledger"), _posted(stage), subscriptions, states)
    found.money = compare(billing, stage.tell("erp", "ledger"))
    found.complaints += found.money.complaints
    found.duplicates += found.money.duplicates
    found.processes = processes
    return found


def _posted(stage: Stage) -> list[Posted]:
    books = stage.tell("erp", "ledger")
    reversed_ = {
        memo["createdFrom"]["id"]
        for memo in books.get("creditMemo", [])
        if str(memo.get("externalId")).endswith(UNDONE)
    }
    entities = {number: name for name, number in SUBSIDIARIES.items()}
    found = [
        Posted(
            opportunity=str(row["externalId"]),
            legal_entity=entities[row["subsidiary"]["id"]],
            currency=str(row["currency"]["refName"]),
            net=Decimal(str(row["subtotal"])),
            total=Decimal(str(row["total"])),
            reversed=row["id"] in reversed_,
        )
        for row in books.get("invoice", [])
    ]
    if stage.tryton is not None:
        legacy = stage.tryton.invoices()
    else:
        legacy = stage.tell("legacy", "ledger").get("account.invoice", [])
    for row in legacy:
        if row.get("state") in {"posted", "paid"} and row.get("reference"):
            net = Decimal(str(row["untaxed_amount"]))
            found.append(
                Posted(
                    opportunity=str(row["reference"]),
                    legal_entity="de",
                    currency="EUR",
                    net=net,
                    total=Decimal(str(row["total_amount"])),
                    reversed=net < 0,
                )
            )
    return found
