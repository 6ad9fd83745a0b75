"""What may have been applied is found out, and what is found is adopted only if it is ours."""

from datetime import UTC, datetime, timedelta

import pytest

from interlock.audit import trail
from interlock.connectors.port import Kind, Verdict
from interlock.estate.capability import Capability, Effect, Guarantee
from interlock.estate.plan import Retry
from interlock.flow import commands
from interlock.flow.commands import Begin
from interlock.flow.core.effort import Effort, GiveUp, Hold, Probe, Send, Terms, next_move
from interlock.flow.core.facts import Ended
from tests.flow.conftest import MakeWorld
from tests.flow.vendor import BOUND

AT = datetime(2026, 11, 1, tzinfo=UTC)


def test_a_key_that_the_target_has_forgotten_is_not_sent_again_before_a_look(
    world: MakeWorld,
) -> None:
    here = world(Guarantee.KEY)
    here.vendors["first"].rates["response_lost"] = 1.0
    here.sell("o-1")
    here.play(hours=0.0001)
    first = here.vendors["first"]
    assert len(first.ledger.rows) == 1

    here.clock.sleep(timedelta(hours=25))
    first.ledger.keys.clear()
    first.rates.clear()
    here.play()
    assert here.states() == {"o-1": "completed"}
    assert len(first.ledger.rows) == 1


def test_a_document_of_somebody_else_under_our_reference_is_not_taken_for_ours(
    world: MakeWorld,
) -> None:
    here = world(Guarantee.REFERENCE)
    here.vendors["first"].rates["request_lost"] = 1.0
    here.sell("o-1")
    here.play(hours=0.0001)
    here.vendors["first"].rates.clear()
    theirs = {"id": "theirs", "key": "o-1", "reversed": False, "amount": "99", "currency": "EUR"}
    here.vendors["first"].ledger.rows.append(theirs)
    here.play()

    assert here.states()["o-1"] != "completed"
    (run,) = [found for found in trail.find(here.database, "o-1") if found.startswith("run_")]
    said = [str(entry.data) for entry in trail.read(here.database, run)]
    assert any("one exists already, but its amount is 99" in each for each in said)
    assert here.vendors["books"].ledger.live("o-1") == []
    assert theirs["reversed"] is False


def test_what_was_looked_up_too_early_is_looked_up_again_before_a_run_turns_back(
    world: MakeWorld,
) -> None:
    here = world(Guarantee.REFERENCE)
    books = here.vendors["books"]
    books.rates["late_apply"] = 1.0
    here.sell("o-1")
    while not books.ledger.pending:
        here.play(hours=0.00001)
    ((due, request),) = books.ledger.pending
    books.ledger.pending = [(here.clock.now() + BOUND * 0.9, request)]
    assert due > here.clock.now()
    books.rates.clear()
    books.rates["refused"] = 1.0  # the next attempt; the one under way is applied all the same
    here.play(hours=0.002)
    books.rates.clear()
    here.play()

    # The invoice exists: nothing may be taken back as if it did not, and a person is asked.
    assert here.states() == {"o-1": "parked"}
    assert len(books.ledger.live("o-1")) == 1
    assert len(here.vendors["first"].ledger.live("o-1")) == 1


def test_a_duplicate_after_a_look_that_missed_is_our_own_earlier_success() -> None:
    retry = Retry(limit=5, delay=timedelta(seconds=1), max_delay=timedelta(seconds=20))
    terms = Terms(
        capability=Capability(
            operation="invoice.create", effect=Effect.CREATE, guarantee=Guarantee.REFERENCE
        ),
        retry=retry,
        bound=BOUND,
    )

    def end(second: int, verdict: Verdict, kind: Kind, *, probe: bool = False) -> Ended:
        return Ended(
            at=AT + timedelta(seconds=second),
            path="invoice",
            verdict=verdict,
            probe=probe,
            system="erp",
            kind=kind,
        )

    missed = (
        Effort()
        .sending(AT)
        .ended(end(0, Verdict.UNCERTAIN, Kind.TRANSPORT), retry)
        .ended(end(1, Verdict.REJECTED, Kind.NOT_FOUND, probe=True), retry)
    )
    assert next_move(missed, terms, AT + timedelta(seconds=2)) == Send()
    told = missed.sending(AT + timedelta(seconds=2)).ended(
        end(2, Verdict.REJECTED, Kind.DUPLICATE), retry
    )

    # The look was stale (F10): it is there, and is looked up again a little later.
    assert told.final is None
    assert isinstance(next_move(told, terms, AT + timedelta(seconds=2)), Hold)
    assert next_move(told, terms, AT + timedelta(seconds=60)) == Probe()
    never_sent = Effort().sending(AT).ended(end(0, Verdict.REJECTED, Kind.DUPLICATE), retry)
    assert isinstance(next_move(never_sent, terms, AT + timedelta(seconds=1)), GiveUp)


@pytest.mark.parametrize("guarantee", [Guarantee.REFERENCE, Guarantee.NOTHING])
def test_a_document_that_was_taken_back_is_not_adopted_when_the_key_is_billed_anew(
    world: MakeWorld, guarantee: Guarantee
) -> None:
    here = world(guarantee)
    books, first = here.vendors["books"], here.vendors["first"]
    books.rates["refused"] = 1.0
    here.sell("o-1")
    here.play()
    assert here.states() == {"o-1": "compensated"}
    assert [row["reversed"] for row in first.ledger.rows] == [True]

    books.rates.clear()
    with here.database.transaction() as connection:
        wanted = Begin(plan=here.estate.plans["bill"], key="o-1", ref="o-1")
        commands.begin(connection, wanted, here.clock.now())
    first.rates["request_lost"] = 1.0
    here.play(hours=0.0001)
    first.rates.clear()
    here.play()

    with here.database.transaction() as connection:
        last = commands.latest(connection, "bill", "o-1")
    assert last is not None
    assert last.state == "completed"
    assert len(first.ledger.live("o-1")) == 1


@pytest.mark.parametrize("guarantee", [Guarantee.KEY, Guarantee.REFERENCE, Guarantee.NOTHING])
def test_an_outage_however_long_is_the_connections_case_and_not_one_of_every_run(
    world: MakeWorld, guarantee: Guarantee
) -> None:
    here = world(guarantee)
    first = here.vendors["first"]
    first.rates["response_lost"] = 1.0
    here.sell("o-1")  # what it asked for is done, and nobody knows
    here.play(hours=0.0001)
    del first.rates["response_lost"]
    first.rates |= {"down": 1.0, "read_fails": 1.0}
    here.sell("o-2")  # surely not done
    here.play(hours=1)
    assert "parked" not in here.states().values()

    first.rates.clear()
    here.play()
    assert here.states() == {"o-1": "completed", "o-2": "completed"}
    assert [len(first.ledger.live(key)) for key in ("o-1", "o-2")] == [1, 1]
