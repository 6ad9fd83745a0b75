"""What a poll sees of an object is told under one id as long as it is the same state."""

from dataclasses import replace
from datetime import UTC, datetime

from interlock.connectors.kit.sighting import sighted
from interlock.connectors.port import Record

AT = datetime(2026, 1, 1, tzinfo=UTC)
HELD = Record(ref="7", body={"hold": True, "name": "A"}, version="2026-01-01T00:00:00Z")


def test_two_states_with_one_stamp_are_two_events() -> None:
    freed = replace(HELD, body={**HELD.body, "hold": False})
    assert sighted("customer", HELD, AT).id != sighted("customer", freed, AT).id
    assert sighted("customer", HELD, AT).stamp == sighted("customer", freed, AT).stamp


def test_a_state_is_one_event_in_whatever_order_its_fields_are_shown() -> None:
    turned = replace(HELD, body=dict(reversed(list(HELD.body.items()))))
    assert sighted("customer", HELD, AT) == sighted("customer", turned, AT)


def test_a_record_without_a_stamp_of_its_own_has_the_moment_for_one() -> None:
    assert sighted("customer", replace(HELD, version=None), AT).stamp == AT.isoformat()
