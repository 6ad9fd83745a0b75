"""One value that nobody declared does not start every integration that its record might start."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from interlock.bootstrap.house import open_store
from interlock.cli.apply import deploy
from interlock.connectors.port import Event
from interlock.intake.inbox import Inbox

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "quote-to-cash"


def _led_to(home: Path, **body: object) -> set[str]:
    """Return which integrations an opportunity starts."""
    event = Event(
        id="e1",
        type="Opportunity.changed",
        object="Opportunity",
        ref="006x",
        body={"Id": "006x", "Billing_Frequency__c": "Fortnightly", **body},
        at=datetime(2026, 11, 1, tzinfo=UTC),
    )
    deploy(EXAMPLE, "ana", "bao", home)
    with open_store(home) as store:
        Inbox(store.runs, store.archive, store.clock).take("crm", event)
        return {str(row["integration"]) for row in store.runs.counts()}


@pytest.mark.parametrize(
    ("body", "started"),
    [
        ({"StageName": "Closed Won"}, {"quote-to-cash"}),
        ({"StageName": "Prospecting"}, set()),
    ],
)
def test_what_its_condition_looks_at_decides_although_something_else_is_unheard_of(
    tmp_path: Path, body: dict[str, object], started: set[str]
) -> None:
    assert _led_to(tmp_path, **body) == started
