"""What all integrations share of one system."""

import threading
from datetime import UTC, datetime, timedelta

from interlock.connectors.port import Kind, Outcome, Record, Verdict
from interlock.gate.breaker import THRESHOLD, Breaker
from interlock.gate.quota import Lease, Limit, Quota

NOW = datetime(2026, 11, 24, tzinfo=UTC)
DOWN = Outcome(verdict=Verdict.RETRYABLE, kind=Kind.OUTAGE, message="down")
FINE = Outcome(verdict=Verdict.DONE, record=Record(ref="1", body={}))


def entered(quota: Quota, criticality: str = "critical") -> Lease | datetime:
    return quota.enter(("erp",), criticality, NOW, 0.0)


def test_no_more_calls_are_at_once_than_the_system_takes() -> None:
    quota = Quota({"erp": Limit(concurrency=2)})

    answers = [entered(quota) for _ in range(3)]

    assert [isinstance(answer, Lease) for answer in answers] == [True, True, False]


def test_a_place_that_is_given_back_is_taken_again() -> None:
    quota = Quota({"erp": Limit(concurrency=1)})
    first = entered(quota)
    assert isinstance(first, Lease)

    quota.leave(first)

    assert isinstance(entered(quota), Lease)


def test_what_matters_less_leaves_room_for_what_matters_more() -> None:
    quota = Quota({"erp": Limit(concurrency=4)})

    low = [entered(quota, "low") for _ in range(4)]
    critical = [entered(quota, "critical") for _ in range(3)]

    assert sum(isinstance(answer, Lease) for answer in low) == 2
    assert sum(isinstance(answer, Lease) for answer in critical) == 2


def test_a_rate_lets_a_burst_through_and_then_says_when() -> None:
    quota = Quota({"erp": Limit(per_second=10)})

    answers = [entered(quota) for _ in range(30)]

    admitted = sum(isinstance(answer, Lease) for answer in answers)
    assert 10 <= admitted <= 12
    assert isinstance(answers[-1], datetime)
    assert answers[-1] > NOW


def test_a_daily_quota_that_is_used_up_waits_for_the_next_day() -> None:
    quota = Quota({"erp": Limit(per_day=3)})

    answers = [entered(quota) for _ in range(4)]

    assert answers[-1] == NOW + timedelta(days=1)


def test_a_vendors_not_now_counts_for_everybody() -> None:
    quota = Quota({"erp": Limit()})

    quota.pause("erp", NOW + timedelta(seconds=30))

    assert entered(quota) == NOW + timedelta(seconds=30)


def test_threads_never_exceed_the_limit() -> None:
    quota = Quota({"erp": Limit(concurrency=3)})
    most = 0
    guard = threading.Lock()

    def work() -> None:
        nonlocal most
        lease = quota.enter(("erp",), "critical", NOW, 60.0)
        assert isinstance(lease, Lease)
        with guard:
            most = max(most, quota.in_use("erp"))
        quota.leave(lease)

    threads = [threading.Thread(target=work) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert 1 <= most <= 3


def test_a_broken_connection_is_announced_once_and_lets_one_call_try() -> None:
    breaker = Breaker()

    turns = [breaker.heard("erp", DOWN, NOW) for _ in range(THRESHOLD + 3)]

    assert [turn is not None for turn in turns].count(True) == 1
    assert breaker.ask("erp", NOW) is not None
    later = NOW + timedelta(minutes=5)
    assert breaker.ask("erp", later) is None
    assert breaker.ask("erp", later) is not None


def test_a_trial_that_was_not_made_is_left_to_the_next_call() -> None:
    breaker = Breaker()
    for _ in range(THRESHOLD):
        breaker.heard("erp", DOWN, NOW)
    later = NOW + timedelta(seconds=2)
    assert breaker.ask("erp", later) is None
    assert breaker.ask("erp", later) is not None

    breaker.forgo("erp")

    assert breaker.ask("erp", later) is None


def test_a_call_that_succeeds_heals_the_connection() -> None:
    breaker = Breaker()
    for _ in range(THRESHOLD):
        breaker.heard("erp", DOWN, NOW)

    turn = breaker.heard("erp", FINE, NOW + timedelta(minutes=1))

    assert turn is not None
    assert not turn.broken
    assert breaker.ask("erp", NOW + timedelta(minutes=1)) is None


def test_a_refused_credential_breaks_the_connection_at_once() -> None:
    breaker = Breaker()

    turn = breaker.heard("erp", Outcome(verdict=Verdict.BLOCKED, kind=Kind.AUTH), NOW)

    assert turn is not None
    assert turn.broken


def test_business_rejections_never_break_a_connection() -> None:
    breaker = Breaker()
    no = Outcome(verdict=Verdict.REJECTED, kind=Kind.REJECTED)

    assert [breaker.heard("erp", no, NOW) for _ in range(50)] == [None] * 50


def test_only_a_failure_of_a_connection_that_was_broken_is_no_attempt_of_the_runs() -> None:
    breaker = Breaker()
    for _ in range(THRESHOLD - 1):
        breaker.heard("erp", DOWN, NOW)
    assert breaker.still_broken("erp", DOWN) is None

    breaker.heard("erp", DOWN, NOW)

    assert breaker.still_broken("erp", DOWN) == breaker.ask("erp", NOW)
    assert breaker.still_broken("erp", FINE) is None
    assert breaker.still_broken("crm", DOWN) is None
