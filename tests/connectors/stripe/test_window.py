"""A key that Stripe may have forgotten is never trusted: what is in doubt then is looked up."""

from datetime import UTC, datetime, timedelta

import pytest

from interlock.connectors.stripe.capability import CAPABILITIES, WINDOW
from interlock.estate.capability import Guarantee
from interlock.estate.plan import Retry
from interlock.flow.core.effort import Effort, Hold, Probe, Send, Terms, next_move

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
KEYED = sorted(
    name for name, one in CAPABILITIES.operations.items() if one.guarantee is Guarantee.KEY
)


def in_doubt(age: timedelta) -> Effort:
    sent = NOW - age
    return Effort(sent=1, first_sent=sent, last_sent=sent, doubt=True, failures=1)


def terms(operation: str) -> Terms:
    capability = CAPABILITIES.operations[operation]
    return Terms(capability=capability, retry=Retry(), bound=timedelta(minutes=2))


@pytest.mark.parametrize("operation", KEYED)
def test_within_the_window_the_same_key_is_sent_again(operation: str) -> None:
    assert next_move(in_doubt(WINDOW / 2), terms(operation), NOW) == Send()


@pytest.mark.parametrize("operation", KEYED)
def test_behind_the_window_it_is_looked_up_and_never_sent_blindly(operation: str) -> None:
    for age in (WINDOW * 0.95, WINDOW, WINDOW * 30):
        assert next_move(in_doubt(age), terms(operation), NOW) == Probe()


@pytest.mark.parametrize("operation", KEYED)
def test_a_look_up_waits_until_nothing_can_be_applied_late(operation: str) -> None:
    effort = Effort(
        sent=2,
        first_sent=NOW - WINDOW,
        last_sent=NOW - timedelta(seconds=5),
        doubt=True,
        failures=2,
    )

    assert isinstance(next_move(effort, terms(operation), NOW), Hold)
