"""Many runs in one thread: two hundred of them in one commit, and their looks in few calls."""

from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Final

from interlock.connectors.port import Outcome
from interlock.flow.company import Company
from interlock.flow.core.decide import TRIGGER
from interlock.flow.cuts import CutStore
from interlock.flow.desk import Workshop
from interlock.flow.run import Run
from interlock.flow.segment import open_segment, work
from interlock.flow.store import LEASE, TakenOverError
from interlock.foundation.database import Connection
from interlock.gate.permit import Permit

THREADS: Final = 8
"""For what cannot be done together."""

Hand = tuple[Run, Generator[Permit | None, Outcome | None, None]]
"""A run that was taken up, and its work."""


class Together:
    """Works on runs that were taken up until each of them rests, goes alone, or left in a cut."""

    def __init__(self, shop: Workshop, cuts: CutStore, company: Company) -> None:
        self._shop = shop
        self._cuts = cuts
        self._company = company
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="alone")
        self._alone: dict[str, Future[bool]] = {}

    def alone(self) -> set[str]:
        """Return the runs that are worked on alone at this moment."""
        self._alone = {run: each for run, each in self._alone.items() if not each.done()}
        return set(self._alone)

    def close(self) -> None:
        """Let what goes alone come to rest."""
        self._pool.shutdown(wait=True)

    def hand(self, run: Run) -> Hand:
        """Return a run that was taken up with its work."""
        return run, open_segment(self._shop, run, self._company).work()

    def work(
        self,
        begin: Callable[[Connection], list[Hand]],
        known: Mapping[str, Outcome],
        criticality: str,
    ) -> None:
        """Work on the runs that `begin` takes up; `known`: triggering records that were read."""
        hands: list[Hand] | None = None
        answers: Sequence[Outcome | None] = ()
        while hands is None or hands:
            try:
                with self._shop.store.database.joined() as connection:
                    if hands is None:
                        hands = begin(connection)
                        answers = [None] * len(hands)
                    wanted = list(_advanced(hands, answers, known))
                    self._company.write(connection, self._cuts)
            except TakenOverError:
                # Looking took longer than a lease: whoever has them now goes on with them.
                self._company.dropped()
                return
            except BaseException:
                self._company.dropped()
                raise
            self._company.kept()
            self._go_alone()
            hands = [hand for hand, _ in wanted]
            answers = self._answers([permit for _, permit in wanted], criticality)

    def _answers(self, wanted: Sequence[Permit], criticality: str) -> list[Outcome | None]:
        """Return what looks come to: many in one call, or several calls at once.

        Who would have to wait for longer than a lease goes alone.
        """
        many = self._shop.gate.many
        answers = many.look_up(wanted, criticality)
        until = self._shop.clock.now() + LEASE / 2

        def looked(number: int) -> Outcome | None:
            late = self._shop.clock.now() > until
            return None if late else many.look(wanted[number], criticality)

        missing = [number for number, answer in enumerate(answers) if answer is None]
        for number, answer in zip(missing, self._pool.map(looked, missing), strict=True):
            answers[number] = answer
        return answers

    def _go_alone(self) -> None:
        for run in self._company.going_alone:
            self._alone[run.id] = self._pool.submit(work, self._shop, run.id, run.segment)
        self._company.going_alone.clear()


def _advanced(
    hands: Sequence[Hand], answers: Sequence[Outcome | None], known: Mapping[str, Outcome]
) -> Iterator[tuple[Hand, Permit]]:
    """Let every run go on with its answer; yield those that want to look, and at what."""
    for hand, answer in zip(hands, answers, strict=True):
        run, turns = hand
        given = answer
        try:
            while (permit := turns.send(given)) is not None:
                if permit.effect.path != TRIGGER or run.id not in known:
                    yield hand, permit
                    break
                given = known[run.id]
        except StopIteration:
            continue
