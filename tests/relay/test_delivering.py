"""Every event reaches everybody who asked for it, in order for each key, or becomes a case."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from interlock.audit import trail
from interlock.foundation.cloudevents import read_cloud_event
from interlock.relay.courier import Answer, Schedule, Verdict
from interlock.relay.deliveries import Deliveries, Which
from tests.relay.conftest import BUSY, GONE, TAKEN, Post


class Always:
    """A random source that always draws the same."""

    def __init__(self, drawn: float) -> None:
        self._drawn = drawn

    def random(self) -> float:
        return self._drawn


def test_everybody_who_asked_gets_the_event_and_nobody_else(post: Post) -> None:
    asked = post.subscribe(name="asked", patterns=["com.example.posted.v1"])
    also = post.subscribe(name="also", patterns=["com.example.*"])
    other = post.subscribe(name="other", patterns=["com.example.posted"])
    event = post.emit()
    post.work()

    assert [len(each.got) for each in (asked, also, other)] == [1, 1, 0]
    assert read_cloud_event(asked.got[0].body).id == event


def test_an_event_is_delivered_once_however_often_the_relay_works(post: Post) -> None:
    ear = post.subscribe()
    post.emit()
    for _ in range(3):
        post.work(3600)

    assert len(ear.got) == 1


def test_a_refusal_is_followed_by_the_same_bytes_later_and_not_before(post: Post) -> None:
    ear = post.subscribe(BUSY, TAKEN)
    event = post.emit()
    post.work()
    assert post.work(4.9) == 0
    post.work(1)

    first, second = ear.got
    assert (first.body, first.event) == (second.body, second.event)
    assert post.states() == {event: "delivered"}
    assert post.attempts(event) == 2


def test_after_the_last_wait_an_event_is_dead_and_a_case_of_the_subscribers_owner(
    post: Post,
) -> None:
    ear = post.subscribe(BUSY)
    event = post.emit()
    for _ in range(4):
        post.work(400)

    assert post.states() == {event: "dead"}
    assert len(ear.got) == 3
    (case,) = post.cases()
    assert (case.cause, case.system, case.owner) == ("events-dead", "partner", "group:ops")
    assert "interlock events redeliver --to partner" in case.remedy


def test_a_hundred_dead_events_of_one_subscriber_are_one_case(post: Post) -> None:
    post.subscribe(BUSY, waits=[])
    for number in range(100):
        post.emit(key=f"order-{number}")
    post.work()

    (case,) = post.cases()
    assert case.times == 100


def test_redelivery_of_what_is_dead_delivers_it_and_closes_the_case(post: Post) -> None:
    ear = post.subscribe(BUSY, TAKEN, waits=[])
    event = post.emit()
    post.work()
    assert len(post.cases()) == 1

    now = post.clock.now()
    again = Deliveries(post.database).again(Which(to="partner", state="dead"), now, "ana")
    post.work()

    assert again == [("partner", event)]
    assert post.states() == {event: "delivered"}
    assert post.cases() == []
    assert ear.got[0].body == ear.got[1].body


def test_an_event_that_was_delivered_can_be_delivered_again_and_who_wanted_it_is_on_record(
    post: Post,
) -> None:
    ear = post.subscribe()
    event = post.emit()
    post.work()
    Deliveries(post.database).again(Which(event=event), post.clock.now(), "ana")
    post.work()

    assert len(ear.got) == 2
    told = trail.read(post.database, f"delivery:partner:{event}")
    assert [(e.action, e.actor) for e in told] == [
        ("event.delivered", "relay"),
        ("event.again", "user:ana"),
        ("event.delivered", "relay"),
    ]


def test_events_of_one_key_keep_their_order_while_other_keys_go_on(post: Post) -> None:
    ear = post.subscribe(BUSY, TAKEN)
    first = post.emit(key="order-1")
    post.clock.sleep(timedelta(seconds=1))
    second, other = post.emit(key="order-1"), post.emit(key="order-2")
    post.work()
    assert [each.event for each in ear.got] == [first, other]

    post.work(10)
    assert [each.event for each in ear.got] == [first, other, first, second]


def test_an_endpoint_that_is_gone_gets_nothing_more_until_somebody_resumes_it(post: Post) -> None:
    ear = post.subscribe(GONE, TAKEN)
    for _ in range(3):
        post.emit()
    post.work()
    post.work(3600)
    (case,) = post.cases()
    assert (case.cause, len(ear.got)) == ("subscriber-gone", 1)

    deliveries = Deliveries(post.database)
    assert deliveries.resume("partner", post.clock.now(), "ana")
    assert not deliveries.resume("partner", post.clock.now(), "ana")
    post.work()

    assert set(post.states().values()) == {"delivered"}
    assert post.cases() == []


def test_one_subscriber_in_trouble_delays_no_other(post: Post) -> None:
    post.subscribe(BUSY, name="busy")
    well = post.subscribe(name="well")
    for _ in range(3):
        post.emit()
    post.work()

    assert len(well.got) == 3


def test_a_delivery_whose_worker_died_is_offered_again_after_its_lease(post: Post) -> None:
    ear = post.subscribe()
    event = post.emit()
    relay = post.relay
    relay.address()
    (claimed,) = relay.due(post.subscribers[0], 10)
    assert post.work() == 0

    post.work(post.subscribers[0].lease.total_seconds())
    assert [each.event for each in ear.got] == [event]

    # The one that was thought dead wakes up: it changes nothing.
    ear.answers = [BUSY]
    relay.offer(post.subscribers[0], claimed)
    assert post.states() == {event: "delivered"}


def test_whoever_subscribes_later_gets_what_comes_later(post: Post) -> None:
    post.emit()
    post.work()
    ear = post.subscribe()
    later = post.emit()
    post.work()

    assert [each.event for each in ear.got] == [later]


def test_a_wait_that_the_subscriber_asks_for_is_granted_up_to_a_day(post: Post) -> None:
    asks = Answer(verdict=Verdict.NOT_NOW, said="429", retry_after=timedelta(hours=1))
    ear = post.subscribe(asks, TAKEN)
    post.emit()
    post.work()
    post.work(3590)
    assert len(ear.got) == 1
    post.work(11)
    assert len(ear.got) == 2


@given(
    attempts=st.integers(min_value=1, max_value=9),
    drawn=st.floats(min_value=0, max_value=1, exclude_max=True),
    asked=st.one_of(st.none(), st.timedeltas(min_value=timedelta(days=-9))),
)
def test_a_wait_is_never_shorter_than_declared_and_never_endless(
    attempts: int, drawn: float, asked: timedelta | None
) -> None:
    schedule = Schedule()
    wait = schedule.wait(attempts, Always(drawn), asked)  # type: ignore[arg-type]  # draws

    assert wait is not None
    assert schedule.waits[attempts - 1] <= wait <= timedelta(days=1) * 1.1


def test_after_its_last_attempt_a_schedule_has_no_other() -> None:
    assert Schedule().wait(10, Always(0.5)) is None  # type: ignore[arg-type]  # draws
