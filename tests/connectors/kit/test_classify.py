import pytest
from hypothesis import given
from hypothesis import strategies as st

from interlock.connectors.kit.classify import Fault, Row, classified
from interlock.connectors.kit.exchange import Intent
from interlock.connectors.port import Kind, Verdict

LOCKED = Row(verdict=Verdict.RETRYABLE, kind=Kind.LOCKED, pattern="lock")
BUSY = Row(verdict=Verdict.REJECTED, kind=Kind.CONFLICT, code="BUSY")


def test_the_first_matching_line_wins() -> None:
    fault = Fault(status=400, code="BUSY", message="cannot lock")
    assert classified([LOCKED, BUSY], fault, Intent.WRITE) == (Verdict.RETRYABLE, Kind.LOCKED)
    assert classified([BUSY, LOCKED], fault, Intent.WRITE) == (Verdict.REJECTED, Kind.CONFLICT)


def test_an_unknown_refusal_of_a_write_is_uncertain_because_it_may_mean_submitted_already() -> (
    None
):
    """F5: NetSuite's 400 IDEMPOTENCY_ERROR; calling it rejected would compensate a good order."""
    fault = Fault(status=400, code="IDEMPOTENCY_ERROR")
    assert classified([BUSY], fault, Intent.WRITE)[0] is Verdict.UNCERTAIN
    assert classified([BUSY], fault, Intent.READ)[0] is Verdict.REJECTED


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (429, (Verdict.BLOCKED, Kind.QUOTA)),
        (401, (Verdict.BLOCKED, Kind.AUTH)),
        (403, (Verdict.UNCERTAIN, Kind.AUTH)),
        (500, (Verdict.UNCERTAIN, Kind.OUTAGE)),
        (503, (Verdict.UNCERTAIN, Kind.OUTAGE)),
        (302, (Verdict.UNCERTAIN, Kind.MALFORMED)),
        (200, (Verdict.UNCERTAIN, Kind.MALFORMED)),
    ],
)
def test_an_unlisted_status_means_what_is_safe(
    status: int, expected: tuple[Verdict, Kind]
) -> None:
    assert classified([], Fault(status=status), Intent.WRITE) == expected


def test_a_web_page_matches_no_line_of_the_vendors_table() -> None:
    page = Fault(status=400, message="lock", readable=False)
    assert classified([LOCKED], page, Intent.WRITE) == (Verdict.UNCERTAIN, Kind.MALFORMED)


@given(st.integers(100, 599), st.text(max_size=8), st.sampled_from(Intent), st.booleans())
def test_no_fault_is_ever_fine(status: int, code: str, intent: Intent, readable: bool) -> None:  # noqa: FBT001 (drawn)
    fault = Fault(status=status, code=code, readable=readable)
    verdict, kind = classified([LOCKED, BUSY], fault, intent)
    assert verdict is not Verdict.DONE
    assert kind is not Kind.NONE


@given(st.integers(100, 599), st.sampled_from(Intent))
def test_only_a_table_may_reject_a_write(status: int, intent: Intent) -> None:
    verdict, _ = classified([], Fault(status=status), intent)
    assert intent is Intent.READ or verdict is not Verdict.REJECTED
