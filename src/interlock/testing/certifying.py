"""The certification of a connector's classes: what is declared is what the target does (F6).

Every operation that makes something is sent twice in sequence, late (the first one arrives when
the second has been answered), and at once by two callers. Then it is counted what the *target*
holds. Two documents where one was promised fail the connector, and so does a class C at which no
way of sending twice makes two: whoever declares too little waits, and asks people, for nothing.
"""

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import Final

import httpx2
import pytest

from interlock.connectors.port import Connector, Outcome, Request, Verdict
from interlock.estate.capability import Effect, Guarantee
from interlock.testing.bench import Bench

MAKING: Final = frozenset({Effect.CREATE, Effect.UPSERT, Effect.REVERSE})
"""Effects after which the target may hold one document more."""
PATIENCE: Final = 60.0
"""Seconds that two callers wait for each other."""
OFTEN: Final = 3
"""Attempts at a write of two callers that met: a target may ask one of them to come again."""


def in_sequence(bench: Bench, operation: str) -> list[str]:
    """Send a fresh write twice; return how the target differs from the declared class."""
    trial = _Trial(bench, operation)
    first = trial.sent(bench.open(), trial.request)
    made = trial.grown()
    second = bench.open().write(trial.again())
    found = [*trial.judged(made), *_same(first, second, one=trial.one)]
    if not made and bench.capability(operation).effect is not Effect.REVERSE:
        found.append("the first write made nothing: nothing was certified")
    return [f"in sequence: {each}" for each in found]


def late(bench: Bench, operation: str) -> list[str]:
    """Let the first attempt arrive when the second one was answered; return what differs."""
    trial, way = _Trial(bench, operation), _Late()
    connector, trap = bench.trapped(way.keep, times=1)
    lost = connector.write(trial.request)
    if not trap.sprung:
        return ["late: the first attempt was never sent"]
    found = [f"was {lost.verdict} though nobody answered"] if lost.verdict is Verdict.DONE else []
    trial.sent(bench.open(), trial.again())
    made = trial.grown()
    way.arrive()
    return [f"late: {each}" for each in (*found, *trial.judged(made))]


def too_modest(bench: Bench, operation: str) -> list[str]:
    """Return that a class C does better, if no way of sending twice makes a second document."""
    proud = replace(bench, claims={operation: Guarantee.REFERENCE})
    found = [*in_sequence(proud, operation), *late(proud, operation)]
    doubled = any(MORE in each for each in found)
    return [] if doubled else ["better than class C: the target makes no second one"]


def at_once(bench: Bench, operation: str) -> list[str]:
    """Let two callers send the same write at the same time; return what differs.

    Of class C nothing is promised here: that is why one of them must never be sent.
    """
    alone = _Trial(bench, operation)
    if not alone.one:
        return []
    alone.sent(bench.open(), alone.request)
    usual, trial = alone.grown(), _Trial(bench, operation)
    barrier = threading.Barrier(2)

    def send(connector: Connector) -> Outcome:
        barrier.wait(PATIENCE)
        return connector.write(trial.request)

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(send, [bench.open(), bench.open()]))
    trial.sent(bench.open(), trial.request)
    made = trial.grown()
    more = {name: made[name] - usual[name] for name in made if made[name] > usual[name]}
    return [f"at once: the target holds more than one caller makes: {more}"] if more else []


@dataclass(slots=True)
class _Trial:
    """One fresh write, and what the target held before it."""

    bench: Bench
    operation: str
    request: Request = field(init=False)
    _before: Counter[str] = field(init=False)

    def __post_init__(self) -> None:
        self.request = self.bench.requests[self.operation]()
        self._before = self.bench.held()

    @property
    def one(self) -> bool:
        """Whether the declared class says that there will be one document only."""
        return self.bench.capability(self.operation).guarantee is not Guarantee.NOTHING

    def again(self) -> Request:
        """Return the write once more: a unique reference must do without the same key."""
        guarantee = self.bench.capability(self.operation).guarantee
        if guarantee is Guarantee.REFERENCE and self.request.key is not None:
            return replace(self.request, idempotency_key=f"{self.request.idempotency_key}-2")
        return self.request

    def sent(self, connector: Connector, request: Request) -> Outcome:
        """Send a write until it is done; a target that is busy with the same says so."""
        outcome = connector.write(request)
        for _ in range(OFTEN):
            if outcome.verdict is Verdict.DONE:
                return outcome
            outcome = connector.write(request)
        raise AssertionError((self.operation, outcome))

    def grown(self) -> Counter[str]:
        """Return of what the target holds more than before, and how much."""
        return +(self.bench.held() - self._before)

    def judged(self, made: Counter[str]) -> Iterator[str]:
        """Say how what was made since differs from the declared class."""
        more = +(self.grown() - made)
        if self.one and more:
            yield f"{MORE}: {dict(more)}"


def _same(first: Outcome, second: Outcome, *, one: bool) -> Iterator[str]:
    refs = [None if each.record is None else each.record.ref for each in (first, second)]
    if second.verdict is Verdict.DONE and one and refs[0] != refs[1]:
        yield f"two answers show two documents: {refs}"


class _Late:
    """Keeps a request back, says that nobody answered, and lets it arrive when it is told to."""

    def __init__(self) -> None:
        self._kept: list[Callable[[], httpx2.Response]] = []

    def keep(
        self, request: httpx2.Request, send: Callable[[], httpx2.Response]
    ) -> httpx2.Response:
        """Take a request, and let its sender give up."""
        self._kept.append(send)
        raise httpx2.ReadTimeout("nobody answered", request=request)

    def arrive(self) -> None:
        """Let everything that was kept back arrive now."""
        while self._kept:
            response = self._kept.pop()()
            response.read()
            response.close()


MORE: Final = "the target made more of the same"
WAYS: Final = {"in sequence": in_sequence, "late": late, "at once": at_once}


class CertifiedClasses:
    """The tests; mixed into a connector's conformance class, they use its bench."""

    @pytest.mark.parametrize("way", sorted(WAYS))
    def test_the_declared_class_of_every_operation_is_what_the_target_does(
        self, bench: Bench, way: str
    ) -> None:
        if way != "in sequence" and not bench.connection.url.startswith("http"):
            pytest.skip("what is handed over in files cannot be held back on the wire")
        made = [name for name in bench.requests if bench.capability(name).effect in MAKING]
        if way != "in sequence":
            made = [name for name in made if name in bench.each_way()]
        told = {name: WAYS[way](bench, name) for name in made if _writes(bench, name)}
        broken = {name: found for name, found in told.items() if found}
        assert not broken, broken

    def test_what_is_declared_to_promise_nothing_promises_nothing(self, bench: Bench) -> None:
        modest = [
            name
            for name in bench.requests
            if bench.capability(name).guarantee is Guarantee.NOTHING
            and bench.capability(name).effect in MAKING
        ]
        broken = {name: found for name in modest if (found := too_modest(bench, name))}
        assert not broken, broken


def _writes(bench: Bench, operation: str) -> bool:
    return bench.capability(operation).guarantee is not Guarantee.SAFE
