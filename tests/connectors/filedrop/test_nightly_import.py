"""An ERP that imports once a night, seen by the engine's own rules for doubt."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from tests.connectors.filedrop.folder_bench import legacy_erp, open_to

from interlock.connectors.port import CallFailed, Kind, Outcome, Request, Verdict
from interlock.estate.plan import Retry
from interlock.flow.core.effort import Effort, GiveUp, Hold, Probe, Send, Terms, next_move
from interlock.flow.core.facts import Ended
from interlock.foundation.clock import VirtualClock

BOUND = timedelta(hours=26)
INVOICE = Request(
    operation="invoice.create",
    body={"customer": "C-1", "currency": "EUR", "lines": [{"amount": Decimal("31.50")}]},
    key="006-1",
    idempotency_key="x",
)


def looked(connector: Any) -> Outcome:
    try:
        record = connector.find("invoice", "reference", "006-1")
    except CallFailed as failed:
        return failed.outcome
    if record is None:
        return Outcome(verdict=Verdict.REJECTED, kind=Kind.NOT_FOUND)
    return Outcome(verdict=Verdict.DONE, record=record)


@pytest.mark.parametrize("hours", [0, 1, 9, 23])
@pytest.mark.parametrize("repeats", ["accepted", "refused"])
@pytest.mark.parametrize("rates", [{}, {"lost_ack": 1.0}, {"rejected_line": 1.0}])
def test_the_engine_learns_what_became_of_a_document_within_its_patience(
    tmp_path: Path, hours: int, repeats: str, rates: dict[str, float]
) -> None:
    clock = VirtualClock(datetime.now(UTC))
    erp = legacy_erp(tmp_path, rates, repeats=repeats)
    connector = open_to(tmp_path, clock, repeats=repeats)
    terms = Terms(
        capability=connector.capabilities.operations["invoice.create"],
        retry=Retry(),
        bound=BOUND,
    )
    imported = clock.now() + timedelta(hours=hours)
    effort = Effort()
    while not effort.done:
        if clock.now() >= imported:
            erp.round()
        move = next_move(effort, terms, clock.now())
        if isinstance(move, GiveUp):
            break
        effort = moved(effort, move, connector, clock)
    refused = "rejected_line" in rates
    assert effort.done is not refused
    assert len(erp.world.table("invoice")) == (0 if refused else 1)
    if refused:
        assert effort.final is not None
        assert effort.final.kind is Kind.PERIOD_CLOSED
    assert clock.now() - imported < max(timedelta(hours=hours), timedelta(minutes=5)) * 1.1


def moved(
    effort: Effort, move: Send | Probe | Hold, connector: Any, clock: VirtualClock
) -> Effort:
    if isinstance(move, Hold):
        clock.advance_to(move.until)
        return effort
    if isinstance(move, Send):
        effort = effort.sending(clock.now())
        return effort.ended(ended(connector.write(INVOICE), clock.now(), probe=False), Retry())
    return effort.ended(ended(looked(connector), clock.now(), probe=True), Retry())


def ended(outcome: Outcome, now: datetime, *, probe: bool) -> Ended:
    wait = outcome.retry_after
    return Ended(
        at=now,
        path="step",
        verdict=outcome.verdict,
        probe=probe,
        entity="invoice",
        system="legacy",
        key="006-1",
        ref=None,
        value=None,
        kind=outcome.kind,
        code=outcome.code,
        message=outcome.message,
        retry_at=None if wait is None else now + wait,
    )
