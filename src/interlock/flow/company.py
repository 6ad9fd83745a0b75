"""Runs that are worked on together: whose writes leave in one cut, and what came of them."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from interlock.connectors.port import Request
from interlock.flow.cuts import Cut, CutStore, Member
from interlock.flow.desk import Told
from interlock.flow.run import Run
from interlock.foundation.clock import Clock
from interlock.foundation.database import Connection
from interlock.foundation.ids import Ids
from interlock.gate.batches import Batches, Place
from interlock.gate.permit import Permit

SECOND: Final = timedelta(seconds=1)
"""After this a write asks again whose record has one under way."""


@dataclass(slots=True, kw_only=True, eq=False)
class Filling:
    """A cut that is not full yet, and what will be sent."""

    cut: Cut
    most: int
    writes: int
    """How many joined; those whose transaction was not committed are not made up for."""
    requests: dict[str, Request] = field(default_factory=dict)
    """By key, of the writes whose intents are committed."""


@dataclass(frozen=True, slots=True)
class _Staged:
    """A write that joins when the transaction of its intent is committed."""

    filling: Filling
    member: Member
    request: Request


@dataclass(slots=True, kw_only=True)
class Company:
    """Gathers writes into cuts. Nothing is gathered before its intent is committed."""

    many: Batches
    clock: Clock
    ids: Ids
    outcomes: dict[tuple[str, str], Told] = field(default_factory=dict)
    """(run, path) -> what became of that write."""
    filling: dict[Place, Filling] = field(default_factory=dict)
    full: list[Filling] = field(default_factory=list)
    going_alone: list[Run] = field(default_factory=list)
    under_way: set[tuple[Place, str]] = field(default_factory=set)
    """Keys whose last write is not settled: a second one waits for that."""
    _staged: list[_Staged] = field(default_factory=list)

    def told(self, run: str, path: str) -> Told | None:
        """Return once what became of a run's write at `path`, if it is known by now."""
        return self.outcomes.pop((run, path), None)

    def alone(self, run: Run) -> None:
        """Hear that a run goes on by itself."""
        self.going_alone.append(run)

    def joined(self, run: Run, permit: Permit, criticality: str) -> str | datetime | None:
        """Return the cut that a run's write leaves in, or when to ask again; ``None``: alone."""
        request, key = permit.request, permit.effect.key
        place = (permit.effect.system, permit.effect.operation)
        most = self.many.most(permit)
        if request is None or not most:
            return None
        if (place, key) in self.under_way:
            return self.clock.now() + SECOND
        filling = self._room(place, most, run, (permit.key_field or "", criticality))
        member = Member(run=run.id, path=permit.effect.path, key=key)
        self._staged.append(_Staged(filling, member, request))
        self.under_way.add((place, key))
        return filling.cut.id

    def write(self, connection: Connection, cuts: CutStore) -> None:
        """Write down what joined, in the transaction of its intents."""
        for filling, those in self._by_filling().items():
            members = [each.member for each in those]
            cuts.join(connection, filling.cut, members, self.clock.now())

    def kept(self) -> None:
        """Take in what joined: its transaction is committed."""
        for each in self._staged:
            each.filling.requests[each.member.key] = each.request
        self._staged.clear()

    def dropped(self) -> None:
        """Forget what joined: its transaction was not committed."""
        for each in self._staged:
            self.under_way.discard((each.filling.cut.place, each.member.key))
        self._staged.clear()
        self.going_alone.clear()

    def flush(self) -> None:
        """Let what is gathered leave, full or not."""
        self.full += [each for each in self.filling.values() if each.requests]
        self.filling.clear()

    def gathering(self) -> set[str]:
        """Return the cuts of which nothing has left yet."""
        return {each.cut.id for each in (*self.full, *self.filling.values())}

    def _by_filling(self) -> dict[Filling, list[_Staged]]:
        found: dict[Filling, list[_Staged]] = {}
        for each in self._staged:
            found.setdefault(each.filling, []).append(each)
        return found

    def _room(self, place: Place, most: int, run: Run, named: tuple[str, str]) -> Filling:
        found = self.filling.get(place)
        if found is not None and found.writes < found.most:
            found.writes += 1
            return found
        if found is not None:
            self.full.append(found)
        cut = Cut(
            id=self.ids.new("cut"),
            integration=run.integration,
            system=place[0],
            operation=place[1],
            field=named[0],
            criticality=named[1],
            made_at=self.clock.now(),
        )
        self.filling[place] = Filling(cut=cut, most=most, writes=1)
        return self.filling[place]
