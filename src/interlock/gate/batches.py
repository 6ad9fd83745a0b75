"""The door for many at once: writes that were judged one by one leave in one job.

A job has its place under the system's limits as every other call has, and the breaker hears of
it. What became of each write is the vendor's word on that write; what the vendor says nothing of
is looked up, many in one call.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any, Final, Protocol, cast

from interlock.connectors.batches import Batching, takes_many
from interlock.connectors.port import (
    CallFailed,
    Connector,
    Kind,
    Outcome,
    Record,
    Request,
    Verdict,
)
from interlock.estate.binding import at_path
from interlock.estate.capability import Capability, Guarantee
from interlock.gate.effect import Asker, Effect, Mode
from interlock.gate.exchange import looked_at
from interlock.gate.naming import object_of
from interlock.gate.permit import NotNow, Permit, Reply
from interlock.gate.quota import NOTHING
from interlock.gate.record import reply_of

Place = tuple[str, str]
"""A system and one of its operations."""
OWN: Final = ""
"""Stands for the vendor's own id, where a field is named."""


class _Asked(Protocol):
    def __call__(self, named: tuple[str, str, str], ask: Callable[[Connector], Any], /) -> Any:  # noqa: ANN401 (whatever `ask` returns, or "not now")
        """Ask a connector under the limits of its system."""
        ...


class Batches:
    """Hands over jobs, begins them, and finds out what became of them."""

    def __init__(
        self,
        asked: _Asked,
        connector: Callable[[str], Connector],
        capability: Callable[[str, str], Capability],
    ) -> None:
        self._asked = asked
        self._connector = connector
        self._capability = capability

    def most(self, permit: Permit) -> int:
        """Return how many writes like this leave together; 0: it leaves alone.

        Only what the target's unique reference protects: its answer may be lost with the job's.
        """
        protected = permit.capability.guarantee is Guarantee.REFERENCE
        connector = self._connector(permit.effect.system)
        if permit.request is None or not protected or permit.effect.undoing:
            return 0
        return _batching(connector).most(permit.request) if takes_many(connector) else 0

    def are_few(self, place: Place, number: int) -> bool:
        """Tell whether so many writes are quicker sent in one call than in a job."""
        return number <= _batching(self._connector(place[0])).few

    def send(
        self,
        place: Place,
        requests: Sequence[Request],
        criticality: str,
        leaving: Callable[[], None],
    ) -> Sequence[Outcome] | NotNow:
        """Send few writes in one call, after `leaving`; return what each came to.

        Raises:
            CallFailed: Surely none of them was applied.
        """

        def sent(connector: Connector) -> Sequence[Outcome]:
            leaving()
            return _all_told(_batching(connector).write_many(requests))

        return cast("Sequence[Outcome] | NotNow", self._asked((*place, criticality), sent))

    def hand_over(
        self, place: Place, requests: Sequence[Request], criticality: str
    ) -> str | NotNow:
        """Give a system writes of one operation; return the name of the job. Nothing begins.

        Raises:
            CallFailed: The system did not take them; surely nothing was applied.
        """
        named = (*place, criticality)
        return cast(
            "str | NotNow", self._asked(named, lambda each: _batching(each).hand_over(requests))
        )

    def begin(self, place: Place, job: str, criticality: str) -> NotNow | None:
        """Let a job begin; what is not heard of it, `ended` finds out.

        Raises:
            CallFailed: It may have begun all the same.
        """
        named = (*place, criticality)
        return cast("NotNow | None", self._asked(named, lambda each: _batching(each).begin(job)))

    def ended(
        self, place: Place, job: str, which: tuple[str, Collection[str]], criticality: str
    ) -> Mapping[str, Outcome] | NotNow | None:
        """Return what became of each key of a job; ``None`` while it is under way.

        `which` is the vendor field that carries our keys, and the keys.

        Raises:
            CallFailed: It could not be found out.
        """
        field, keys = which
        obj = place[1].rpartition(".")[0]
        named = (*place, criticality)
        return cast(
            "Mapping[str, Outcome] | NotNow | None",
            self._asked(named, lambda each: _batching(each).ended(job, obj, field, keys)),
        )

    def told(self, effect: Effect, asker: Asker, outcome: Outcome) -> Reply:
        """Return the outcome of one of many in the estate's words, as if it had gone alone."""
        obj, key_field = object_of(effect, asker.estate)
        permit = Permit(
            effect=effect,
            obj=obj,
            capability=self._capability(effect.system, effect.operation),
            lease=NOTHING,
            key_field=key_field,
        )
        return reply_of(permit, asker, outcome, timedelta())

    def look_up(self, permits: Sequence[Permit], criticality: str) -> list[Outcome | None]:
        """Return what each of `permits` to look comes to; ``None``: not found out together.

        Never raises for a vendor's behaviour.
        """
        found: dict[int, Outcome] = {}
        for (system, obj, field), those in _grouped(permits).items():
            if takes_many(self._connector(system)):
                wanted = {number: _value(permits[number], field) for number in those}
                records = self.records((system, obj, field), set(wanted.values()), criticality)
                if records is not None:
                    found |= {
                        number: _outcome(permits[number], records.get(value, []))
                        for number, value in wanted.items()
                    }
        return [found.get(number) for number in range(len(permits))]

    def look(self, permit: Permit, criticality: str) -> Outcome | None:
        """Return what one look comes to; ``None``: there is no place for it now."""
        named = (permit.effect.system, permit.effect.operation, criticality)
        try:
            found = self._asked(named, lambda connector: looked_at(connector, permit))
        except CallFailed as failed:
            return failed.outcome
        return None if isinstance(found, NotNow) else cast("Outcome", found)

    def records(
        self, where: tuple[str, str, str], values: Collection[str], criticality: str
    ) -> dict[str, list[Record]] | None:
        """Return the records of (system, object, field) by value; ``None``: not found out."""
        system, obj, field = where
        named = (system, f"{obj}.read", criticality)
        try:
            said = self._asked(named, lambda each: _batching(each).records(obj, field, values))
        except CallFailed:
            return None
        return None if isinstance(said, NotNow) else _by_value(said, field, values)


def _all_told(outcomes: Sequence[Outcome]) -> Sequence[Outcome]:
    """Return outcomes; when all have failed alike, the call has, and the breaker hears of it.

    Raises:
        CallFailed: It surely did not get through.
    """
    first = outcomes[0]
    sure = first.verdict in {Verdict.RETRYABLE, Verdict.BLOCKED}
    if sure and all(each == first for each in outcomes):
        raise CallFailed(first)
    return outcomes


def _batching(connector: Connector) -> Batching:
    return cast("Batching", connector)


def _grouped(permits: Iterable[Permit]) -> dict[tuple[str, str, str], list[int]]:
    groups: dict[tuple[str, str, str], list[int]] = {}
    for number, permit in enumerate(permits):
        own = permit.effect.ref is not None and permit.effect.mode is Mode.READ
        field = OWN if own else permit.key_field
        if field is not None:
            groups.setdefault((permit.effect.system, permit.obj, field), []).append(number)
    return groups


def _value(permit: Permit, field: str) -> str:
    return permit.effect.ref or "" if field == OWN else permit.effect.key


def _by_value(
    records: Iterable[Record], field: str, values: Collection[str]
) -> dict[str, list[Record]]:
    """Return the records by the value that they were asked for; others are nobody's."""
    found: dict[str, list[Record]] = {}
    for record in records:
        value = record.ref if field == OWN else str(at_path(record.body, field))
        if value in values:
            found.setdefault(value, []).append(record)
    return found


def _outcome(permit: Permit, records: Sequence[Record]) -> Outcome:
    if len(records) == 1:
        return Outcome(verdict=Verdict.DONE, record=records[0], existing=True)
    effect = permit.effect
    several = len(records) > 1
    said = "several" if several else "no"
    return Outcome(
        verdict=Verdict.REJECTED,
        kind=Kind.DUPLICATE if several else Kind.NOT_FOUND,
        message=f"{said} {permit.obj} `{effect.ref or effect.key}` in `{effect.system}`",
    )
