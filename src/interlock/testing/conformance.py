"""What every connector must prove against its (simulated) vendor.

A connector's test module subclasses `Conformance` and gives a `bench` fixture; every test here
then runs for it. What the classes A, B, C promise is certified beside it (`certifying`).
"""

import json
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from decimal import Decimal
from typing import Final

import httpx2
import pytest

from interlock.connectors.checkup import Examined, Held, Permission
from interlock.connectors.kit.dotted import pick
from interlock.connectors.port import CallFailed, Connector, Event, Kind, Outcome, Verdict
from interlock.estate.capability import Guarantee
from interlock.foundation.errors import UsageError
from interlock.testing import transports
from interlock.testing.bench import Bench, unproven
from interlock.testing.certifying import CertifiedClasses
from interlock.testing.transports import Canned

CALLERS: Final = 20
ROUNDS: Final = 5
QUIET: Final = 1.2
"""Seconds; the clocks of some vendors count whole ones."""
PAGES: Final = 100
MANY: Final = 450
"""More than one page of any vendor's feed."""
E_MAIL: Final = "ana@example.com"
LONG: Final = 6
"""A shorter credential (a company code) is an ordinary word."""


def _examined(bench: Bench) -> Sequence[Permission]:
    """Return what the connector may do with every object that it writes."""
    connector = bench.open()
    assert isinstance(connector, Examined)
    objects = {operation.rpartition(".")[0] for operation in bench.requests}
    return connector.checkup(objects).permissions


class Conformance(CertifiedClasses):
    """The tests; a subclass overrides the fixture `bench`."""

    @pytest.fixture
    def bench(self) -> Bench:
        raise NotImplementedError("give a bench fixture")

    @pytest.fixture(autouse=True)
    def _nothing_left_open(self, bench: Bench) -> Iterator[None]:
        yield
        bench.close()

    def test_every_declared_operation_has_a_sample(self, bench: Bench) -> None:
        assert set(bench.requests) == set(bench.open().capabilities.operations)

    def test_an_operation_that_is_not_declared_is_wrong_use(self, bench: Bench) -> None:
        request = replace(bench.requests[bench.searched](), operation="moon.launch")
        with pytest.raises(UsageError):
            bench.open().write(request)

    def test_every_operation_is_done_and_shows_the_object(self, bench: Bench) -> None:
        for operation, fresh in bench.requests.items():
            outcome = bench.open().write(fresh())
            assert outcome.verdict is Verdict.DONE, (operation, outcome)
            assert outcome.record is not None, operation
            assert outcome.record.ref, operation

    def test_a_write_shows_what_a_read_would_show(self, bench: Bench) -> None:
        connector = bench.open()
        outcome = connector.write(bench.requests[bench.searched]())
        assert outcome.record is not None
        seen = connector.read(bench.lookup[0], outcome.record.ref)
        assert seen is not None
        assert seen.body == outcome.record.body

    def test_find_sees_its_own_write(self, bench: Bench) -> None:
        connector = bench.open()
        request = bench.requests[bench.searched]()
        outcome = connector.write(request)
        found = connector.find(*bench.lookup, bench.key_of(request))
        assert found is not None
        assert found.ref == _ref(outcome)

    def test_what_is_not_there_is_none(self, bench: Bench) -> None:
        connector = bench.open()
        assert connector.read(bench.lookup[0], bench.missing) is None
        assert connector.find(*bench.lookup, "nobody-has-this-key") is None

    def test_a_lost_response_is_uncertain_and_was_applied_once(self, bench: Bench) -> None:
        connector, trap = bench.trapped(transports.lost, times=1)
        request = bench.requests[bench.searched]()
        lost = connector.write(request)
        assert trap.sprung == 1
        assert lost.verdict is unproven(bench.capability(bench.searched)), lost
        found = connector.find(*bench.lookup, bench.key_of(request))
        assert found is not None
        if bench.capability(bench.searched).guarantee is not Guarantee.NOTHING:
            again = connector.write(request)
            assert _ref(again) == found.ref, again

    def test_a_refused_connection_is_retryable(self, bench: Bench) -> None:
        for operation, fresh in bench.each_way().items():
            connector, trap = bench.trapped(transports.refused)
            outcome = connector.write(fresh())
            assert outcome.verdict is Verdict.RETRYABLE, (operation, outcome)
            assert outcome.kind is Kind.TRANSPORT
            assert trap.sprung

    @pytest.mark.parametrize("what", sorted(transports.NONSENSE))
    def test_nonsense_never_counts_as_done(self, bench: Bench, what: str) -> None:
        for operation, fresh in bench.each_way().items():
            connector, trap = bench.trapped(transports.NONSENSE[what]())
            outcome = connector.write(fresh())
            assert trap.sprung, operation
            assert outcome.verdict is unproven(bench.capability(operation)), (operation, outcome)
            assert outcome.kind is not Kind.NONE

    @pytest.mark.parametrize("what", sorted(transports.NONSENSE))
    def test_nonsense_is_never_read_as_nothing_there(self, bench: Bench, what: str) -> None:
        spoil = transports.NONSENSE[what]()
        connector, _ = bench.trapped(spoil, when=transports.is_business)
        with pytest.raises(CallFailed):
            connector.find(*bench.lookup, "any-key")
        with pytest.raises(CallFailed):
            connector.read(bench.lookup[0], bench.missing)

    def test_a_fault_with_status_200_is_not_done(self, bench: Bench) -> None:
        for operation, fresh in bench.each_way().items():
            connector, _ = bench.trapped(transports.answering(bench.fault_in_200))
            assert connector.write(fresh()).verdict is not Verdict.DONE, operation

    def test_wrong_credentials_block_the_connection(self, bench: Bench) -> None:
        wrong = replace(
            bench, connection=replace(bench.connection, credential=bench.wrong_credential)
        )
        connector = wrong.open()
        outcome = connector.write(bench.requests[bench.searched]())
        assert (outcome.verdict, outcome.kind) == (Verdict.BLOCKED, Kind.AUTH), outcome
        with pytest.raises(CallFailed) as caught:
            connector.read(bench.lookup[0], bench.missing)
        assert caught.value.outcome.kind is Kind.AUTH

    def test_it_says_what_we_may_do_there(self, bench: Bench) -> None:
        found = _examined(bench)
        assert found
        assert {each.held for each in found} == {Held.YES}, found

    def test_a_wrong_credential_is_permitted_nothing(self, bench: Bench) -> None:
        credential = bench.wrong_credential
        wrong = replace(bench, connection=replace(bench.connection, credential=credential))
        found = _examined(wrong)
        assert {each.held for each in found} == {Held.NO}, found
        assert all(each.grant for each in found)
        said = json.dumps([each.said for each in found])
        assert not any(value in said for value in credential.values() if len(value) > LONG)

    def test_a_session_that_ended_is_renewed_once_for_all_callers(self, bench: Bench) -> None:
        if bench.expired is None:
            pytest.skip("credentials of this vendor do not expire in a session")
        ended = threading.Event()
        used: set[str] = set()

        def stale(request: httpx2.Request) -> bool:
            token = request.headers.get("authorization", "")
            if not ended.is_set() and transports.is_business(request):
                used.add(token)
            return ended.is_set() and token in used

        connector, trap = bench.trapped(transports.answering(bench.expired), when=stale)
        connector.read(bench.lookup[0], bench.missing)
        ended.set()
        before = trap.logins
        with ThreadPoolExecutor(CALLERS) as pool:
            reads = [
                pool.submit(connector.read, bench.lookup[0], bench.missing) for _ in range(CALLERS)
            ]
        assert [read.result() for read in reads] == [None] * CALLERS
        assert trap.sprung
        assert trap.logins - before == 1

    def test_an_exhausted_quota_blocks(self, bench: Bench) -> None:
        connector, _ = bench.trapped(transports.answering(bench.quota))
        outcome = connector.write(bench.requests[bench.searched]())
        assert (outcome.verdict, outcome.kind) == (Verdict.BLOCKED, Kind.QUOTA), outcome
        assert outcome.retry_after == bench.quota_wait

    def test_an_unknown_word_passes_through_as_text(self, bench: Bench) -> None:
        priced = bench.priced()
        new = "Never-Seen-Before"
        spoil = transports.rewriting(f'"{priced.value}"'.encode(), f'"{new}"'.encode())
        connector, _ = bench.trapped(spoil, when=transports.is_business)
        record = connector.read(priced.obj, priced.ref)
        assert record is not None
        assert pick(record.body, priced.word) == new

    def test_money_is_exact(self, bench: Bench) -> None:
        priced = bench.priced()
        record = bench.open().read(priced.obj, priced.ref)
        assert record is not None
        amount = pick(record.body, priced.money)
        assert isinstance(amount, (Decimal, int, str))
        assert Decimal(amount) == priced.amount
        assert not list(_floats(record.body))

    def test_no_secret_is_told(self, bench: Bench) -> None:
        told_never = [value for value in bench.connection.credential.values() if len(value) > LONG]
        told_never.append(E_MAIL)
        inside = json.dumps(" ".join(told_never))[1:-1].encode()
        for status in (400, 401, 403, 422, 500):
            canned = Canned(status=status, body=bench.refusal.replace(b"@echo@", inside))
            connector, _ = bench.trapped(transports.answering(canned))
            outcome = connector.write(bench.requests[bench.searched]())
            assert outcome.verdict is not Verdict.DONE, status
            told = repr(outcome) + str(CallFailed(outcome))
            assert not [secret for secret in told_never if secret in told], status

    def test_changes_lose_nothing_over_pages_and_overlap(self, bench: Bench) -> None:
        if bench.change_many is None:
            pytest.skip("this vendor tells no changes")
        connector = bench.open()
        begun = connector.changes(bench.feed, None)
        assert not begun.events
        expected = bench.change_many(MANY)
        seen, cursor = _poll(connector, bench.feed, begun.cursor)
        assert expected <= {ref for ref, _ in seen}
        more = bench.change_many(3)
        later, _ = _poll(bench.open(), bench.feed, cursor)
        assert more <= {ref for ref, _ in later}

    def test_a_poll_of_an_idle_system_costs_one_request_at_most(self, bench: Bench) -> None:
        if bench.change_many is None or not bench.connection.url.startswith("http"):
            pytest.skip("this vendor is not polled over HTTP")
        options = {**bench.connection.options, "overlap": "0"}
        quiet = replace(bench, connection=replace(bench.connection, options=options))
        connector, trap = quiet.trapped(transports.through, when=transports.is_business)
        cursor = connector.changes(bench.feed, None).cursor
        time.sleep(QUIET)
        for _ in range(ROUNDS):  # what was changed just before is told first
            found, cursor = _poll(connector, bench.feed, cursor)
            if not found:
                break
            time.sleep(QUIET)
        before = trap.sprung
        page = connector.changes(bench.feed, cursor)
        assert not page.events
        assert not page.more
        assert trap.sprung - before <= 1

    def test_the_same_change_has_the_same_id(self, bench: Bench) -> None:
        if bench.change_many is None:
            pytest.skip("this vendor tells no changes")
        connector = bench.open()
        begun = connector.changes(bench.feed, None)
        bench.change_many(3)
        first, _ = _poll(connector, bench.feed, begun.cursor)
        second, _ = _poll(connector, bench.feed, begun.cursor)
        assert first <= second


def told_since(connector: Connector, obj: str, cursor: str) -> tuple[list[Event], str]:
    """Return what changed since `cursor`, from every page, and the cursor behind it."""
    told: list[Event] = []
    for _ in range(PAGES):
        page = connector.changes(obj, cursor)
        cursor = page.cursor
        told += page.events
        if not page.more:
            return told, cursor
    raise AssertionError("the pages do not end")


def _poll(connector: Connector, obj: str, cursor: str) -> tuple[set[tuple[str, str]], str]:
    told, behind = told_since(connector, obj, cursor)
    return {(event.ref, event.id) for event in told}, behind


def _ref(outcome: Outcome) -> str | None:
    return outcome.record.ref if outcome.record else None


def _floats(value: object) -> Iterator[float]:
    if isinstance(value, float):
        yield value
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _floats(item)
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from _floats(item)
