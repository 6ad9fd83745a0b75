"""The simulated company's business: what stands in its systems before, and the deals it closes."""

import threading
from collections.abc import Mapping, Sequence
from typing import Any, Final

from interlock.cli.demonstration.scenario import (
    CLOSED_MONTH,
    ENTITIES,
    SUBSIDIARIES,
    Scenario,
    scenario,
)
from interlock.cli.demonstration.stage import Stage

DEALS: Final = 1_000
SEED: Final = 7


def prepared(stage: Stage) -> None:
    """Put into the systems what stands there before anything is sold."""
    stage.tell("billing", "seed", {"meters": [{"event_name": "usage", "display_name": "Usage"}]})
    closed = [[subsidiary, CLOSED_MONTH] for subsidiary in SUBSIDIARIES.values()]
    stage.tell("erp", "periods", {"close": closed})


def sell(stage: Stage, story: Scenario, rows: Sequence[Mapping[str, Any]]) -> None:
    """Close the deals of `rows` in the CRM."""
    refs = {row["Id"] for row in rows}
    lines = [line for line in story.lines if line["OpportunityId"] in refs]
    stage.tell("crm", "seed", {"OpportunityLineItem": lines})
    stage.tell("crm", "seed", {"Opportunity": list(rows)})


def trading(stage: Stage, every: float, stop: threading.Event) -> None:
    """Close one deal after the other, and pay what is billed, until `stop` is set."""
    story = scenario(SEED, DEALS, list(ENTITIES))
    stage.tell("crm", "seed", {"Account": list(story.accounts)})
    for row in story.opportunities:
        if stop.wait(every):
            return
        sell(stage, story, [row])
        stage.tell("billing", "pay", {})
