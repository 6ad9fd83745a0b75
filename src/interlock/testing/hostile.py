"""The law of hostile answers, which every connector that speaks HTTP must keep.

No malformed, hostile or contradictory answer ever counts as applied or as refused, unless the
vendor's own table says so; what is not there is told from what cannot be read; and nothing but an
outcome leaves the connector, so that no answer ends a worker (reliability.md sections 3 and 4.6).
"""

from collections.abc import Callable, Mapping
from contextlib import suppress
from operator import attrgetter
from pathlib import Path
from typing import Final

import httpx2
import pytest

from interlock.connectors.port import CallFailed, Connector, Outcome, Request, Verdict
from interlock.estate.capability import Effect
from interlock.testing import transports
from interlock.testing.bench import Bench, unproven
from interlock.testing.recorded import GENERAL, UNPROVEN, Recording, recordings, replayed
from interlock.testing.spoilt import SPOILT
from interlock.testing.transports import Canned

FOLDER: Final = "answers"
"""Beside a connector's tests: what its vendor was seen to answer."""
ASSUMED: Final = frozenset({Verdict.DONE, Verdict.REJECTED})
"""What a hostile answer must never be taken for."""
TELLING: Final = ("content-type", "date", "location")
"""Headers that connectors read."""


class HostileAnswers:
    """The tests; mixed into a connector's conformance class, they use its bench."""

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """Run once per recording: those of any server, and those of this vendor."""
        if "recording" in metafunc.fixturenames:
            metafunc.parametrize("recording", recordings(GENERAL), ids=attrgetter("name"))
        if "vendors" in metafunc.fixturenames:
            own = Path(metafunc.module.__file__).parent / FOLDER
            metafunc.parametrize("vendors", recordings(own), ids=attrgetter("name"))

    def test_no_answer_of_any_server_is_taken_for_more_than_it_proves(
        self, bench: Bench, recording: Recording
    ) -> None:
        with replayed(recording) as spoil:
            outcome = _written(bench, bench.searched, spoil)
            _holds(bench, recording, outcome)
            connector, _ = bench.trapped(spoil, when=transports.is_business)
            with pytest.raises(CallFailed) as missed:
                connector.read(bench.lookup[0], bench.missing)
            with pytest.raises(CallFailed) as unfound:
                connector.find(*bench.lookup, "any-key")
        verdicts = {missed.value.outcome.verdict, unfound.value.outcome.verdict}
        assert verdicts <= {Verdict.RETRYABLE, Verdict.BLOCKED}

    def test_each_recorded_answer_of_the_vendor_means_what_its_recording_says(
        self, bench: Bench, vendors: Recording
    ) -> None:
        with replayed(vendors) as spoil:
            outcome = _written(bench, vendors.operation or bench.searched, spoil)
        _holds(bench, vendors, outcome)

    @pytest.mark.parametrize("what", sorted(SPOILT))
    def test_a_true_answer_that_was_spoilt_proves_nothing(self, bench: Bench, what: str) -> None:
        _spoils(bench, bench.each_way(), what)

    @pytest.mark.nightly
    @pytest.mark.parametrize("what", sorted(SPOILT))
    def test_a_true_answer_that_was_spoilt_proves_nothing_of_any_operation(
        self, bench: Bench, what: str
    ) -> None:
        _spoils(bench, bench.requests, what)

    def test_a_read_that_shows_another_record_is_no_answer(self, bench: Bench) -> None:
        (_, ref), (_, other) = self._made(bench), self._made(bench)
        answers = _heard(bench, lambda connector: connector.read(bench.lookup[0], other))
        connector, trap = bench.trapped(answers, when=transports.is_business)
        with pytest.raises(CallFailed) as caught:
            connector.read(bench.lookup[0], ref)
        assert trap.sprung
        assert caught.value.outcome.verdict is Verdict.RETRYABLE

    def test_a_search_that_shows_another_record_finds_nothing(self, bench: Bench) -> None:
        (key, _), (other, _) = self._made(bench), self._made(bench)
        answers = _heard(bench, lambda connector: connector.find(*bench.lookup, other))
        connector, trap = bench.trapped(answers, when=transports.is_business)
        found = None
        with suppress(CallFailed):  # a search may be wider than the question, or contradict it
            found = connector.find(*bench.lookup, key)
        assert found is None
        assert trap.sprung

    def test_a_write_whose_answer_shows_another_record_is_not_done(self, bench: Bench) -> None:
        for operation, fresh in bench.requests.items():
            asked, other = fresh(), fresh()
            if not asked.key and bench.capability(operation).effect is Effect.REVERSE:
                continue  # a new document without our reference: nothing tells them apart
            answers = _heard(bench, _writing(other))
            connector, trap = bench.trapped(answers, when=transports.is_business)
            outcome = connector.write(asked)
            assert trap.sprung, operation
            assert outcome.verdict not in ASSUMED, (operation, outcome)

    @staticmethod
    def _made(bench: Bench) -> tuple[str, str]:
        request = bench.requests[bench.searched]()
        outcome = bench.open().write(request)
        assert outcome.record is not None, outcome
        return bench.key_of(request), outcome.record.ref


def _spoils(bench: Bench, requests: Mapping[str, Callable[[], Request]], what: str) -> None:
    for operation, fresh in requests.items():
        request = fresh()
        connector, trap = bench.trapped(SPOILT[what], when=transports.is_business)
        outcome = connector.write(request)
        assert trap.sprung, operation
        assert outcome.verdict not in ASSUMED, (operation, outcome)


Asking = Callable[[Connector], object]


def _writing(request: Request) -> Asking:
    return lambda connector: connector.write(request)


def _heard(bench: Bench, ask: Asking) -> transports.Spoil:
    """Return what gives the answers to `ask`, in their order, to whatever is asked later."""
    heard: list[Canned] = []

    def listen(request: httpx2.Request, send: Callable[[], httpx2.Response]) -> httpx2.Response:
        response = send()
        kept = {name: response.headers[name] for name in TELLING if name in response.headers}
        heard.append(Canned(status=response.status_code, body=response.read(), headers=kept))
        return heard[-1].response(request)

    connector, _ = bench.trapped(listen, when=transports.is_business)
    ask(connector)
    answers = iter(heard)

    def repeat(request: httpx2.Request, send: Callable[[], httpx2.Response]) -> httpx2.Response:
        canned = next(answers, None)
        return send() if canned is None else canned.response(request)

    return repeat


def _written(bench: Bench, operation: str, spoil: transports.Spoil) -> Outcome:
    """Return what a fresh write comes to when `spoil` answers all writes."""
    request = bench.requests[operation]()
    connector, trap = bench.trapped(spoil)
    outcome = connector.write(request)
    assert trap.sprung, "the write never left: nothing was tested"
    return outcome


def _holds(bench: Bench, recording: Recording, outcome: Outcome) -> None:
    expected = recording.verdict
    if expected == UNPROVEN:
        operation = recording.operation or bench.searched
        expected = unproven(bench.capability(operation)).value
    assert (outcome.verdict.value, outcome.kind.value) == (expected, recording.kind), outcome
