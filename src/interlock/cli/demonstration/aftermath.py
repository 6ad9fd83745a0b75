"""What comes after the sale in the demo: money asked back, disputes, and whether it all ended."""

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any, Final

from interlock.cli.demonstration import receivables
from interlock.cli.demonstration.stage import Stage
from interlock.flow.store import RunStore

BUSY: Final = frozenset({"ready", "running", "sleeping"})


def over(stage: Stage, runs: RunStore, say: Callable[[str], None]) -> bool:
    """Let customers ask for money back once; tell whether everything that follows is done."""
    ledger = stage.tell("billing", "ledger")
    if not ledger.get("refund"):
        if _unpaid(ledger, runs):
            return False
        for deed, given in receivables.customers_ask(ledger):
            told = stage.tell("billing", f"do/{deed}", given)
            if deed == "dispute":
                lost = {"dispute": told["id"], "status": "lost"}
                stage.tell("billing", "do/decide", lost)
        say("some customers asked for their money back, and some banks took it")
        return not stage.tell("billing", "ledger").get("refund")
    wanted = {row["id"] for row in ledger["refund"]}
    disputes = {row["id"] for row in ledger.get("dispute", [])}
    known = dict(runs.of_integration("refund")) | dict(runs.of_integration("dispute"))
    return _ended(known, wanted | disputes) and not _unpaid(ledger, runs)


def _unpaid(ledger: Mapping[str, Any], runs: RunStore) -> bool:
    """Tell whether some payment that the books can take is not on its way's end."""
    paid = {
        row["id"]
        for row in ledger.get("invoice", [])
        if row["amount_paid"]
        and row["metadata"].get("posted_as")
        and row["parent"]["subscription_details"]["metadata"]["legal_entity"]
        != receivables.WITHOUT
    }
    return not _ended(dict(runs.of_integration("payment")), paid)


def _ended(known: Mapping[str, str], wanted: set[str]) -> bool:
    return all(known.get(ref, "ready") not in {*BUSY, "listening"} for ref in wanted)


def counts(runs: RunStore) -> dict[str, dict[str, int]]:
    """Return how the runs of every process ended."""
    found: dict[str, dict[str, int]] = {}
    for name in receivables.PROCESSES:
        states = Counter(state for _, state in runs.of_integration(name))
        if states:
            found[name] = dict(sorted(states.items()))
    return found
