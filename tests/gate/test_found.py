"""A record that is found after a doubt proves a write only if it shows what was written."""

from datetime import timedelta
from typing import cast

import pytest

from interlock.connectors.port import Kind, Outcome, Record, Verdict
from interlock.estate.capability import Capability, Guarantee
from interlock.estate.capability import Effect as What
from interlock.gate.effect import Asker, Effect, Mode
from interlock.gate.permit import Permit
from interlock.gate.quota import NOTHING
from interlock.gate.record import reply_of


def _found(what: What, **values: object) -> Outcome:
    effect = Effect(
        path="report",
        step="report",
        mode=Mode.PROBE,
        system="crm",
        operation="deal.write",
        entity=None,
        key="d-1",
        values=values,
    )
    able = Capability(operation="deal.write", effect=what, guarantee=Guarantee.REFERENCE)
    permit = Permit(effect=effect, obj="deal", capability=able, lease=NOTHING)
    seen = Outcome(verdict=Verdict.DONE, record=Record(ref="1", body={}), existing=True)
    return reply_of(permit, cast("Asker", None), seen, timedelta()).outcome


@pytest.mark.parametrize("what", [What.UPDATE, What.UPSERT])
def test_a_record_that_does_not_show_an_update_does_not_prove_it(what: What) -> None:
    outcome = _found(what, payment_status="paid")
    assert (outcome.verdict, outcome.kind) == (Verdict.REJECTED, Kind.NOT_FOUND)
    assert "payment_status" in outcome.message


def test_a_transition_that_writes_no_field_is_judged_by_its_proof() -> None:
    assert _found(What.TRANSITION).verdict is Verdict.DONE
