"""A weather and a database in which nothing is left to chance: each fault has its place.

A place is a mark: the third look-up of an invoice in the books, the commit before it, the turn of
a worker before that. What was marked before a fault struck is the same in every play of one story.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, Literal

from interlock.foundation.database import AmbiguousCommitError, Connection
from interlock.foundation.errors import UnavailableError
from interlock.proving.faults import Weather
from interlock.proving.storm import Named, StormyDatabase


class Moment(StrEnum):
    """When, around one exchange or one delivery, a fault strikes."""

    ARRIVES = "arrives"
    """As what happened is told to us."""
    INTENT = "intent"
    """As the intent of a write is committed, or a delivery stored."""
    LEAVES = "leaves"
    """After that, before anything is sent."""
    REACHES = "reaches"
    """At the target, which does not carry it out."""
    MEANWHILE = "meanwhile"
    """While it is under way the world changes."""
    CARRIED = "carried out"
    """It is carried out, or answered, and the answer does not come."""
    ANSWERED = "answered"
    """The answer has come, and nothing was done with it."""
    OUTCOME = "outcome"
    """As the outcome is committed."""
    RECORDED = "recorded"
    """Right after that."""


READ_TOO: Final = frozenset({"server_error", "fault_in_200", "session_expired"})
"""What a read can meet besides what chance lets it meet."""
AWAY: Final = 12
"""How many transactions cannot be begun while the database is away."""


@dataclass(frozen=True, slots=True)
class Mark:
    """One thing that happened in a play, and the how-manieth of its kind it was."""

    what: Literal["call", "turn", "commit"]
    name: str
    number: int


@dataclass(frozen=True, slots=True)
class Aim:
    """One fault, and where it is to strike."""

    fault: str
    mark: Mark
    moment: Moment


@dataclass(slots=True)
class Chronicle:
    """Everything that was marked in one play, in its order."""

    marks: list[Mark] = field(default_factory=list)
    _counts: Counter[tuple[str, str]] = field(default_factory=Counter)

    def note(self, what: Literal["call", "turn", "commit"], name: str) -> Mark:
        """Write down that something happens."""
        self._counts[what, name] += 1
        mark = Mark(what, name, self._counts[what, name])
        self.marks.append(mark)
        return mark


Deed = Callable[[], None]


@dataclass(slots=True)
class Aimed(Weather):
    """A weather that strikes where it was told to, and nowhere else."""

    aims: Sequence[Aim] = ()
    chronicle: Chronicle = field(default_factory=Chronicle)
    deeds: dict[str, Deed] = field(default_factory=dict)
    """What the world does by itself when it is aimed at: faults that no answer can be."""
    hit: list[Aim] = field(default_factory=list)
    _now: Mark | None = None

    def facing(self, system: str, call: str) -> None:
        """Mark the call, and let the world do what it is to do while it is under way."""
        self._now = self.chronicle.note("call", f"{system} {call}")
        self._act(Moment.MEANWHILE, Moment.ARRIVES, Moment.REACHES)

    def answering(self) -> None:
        """Let happen what is to happen once the answer is there."""
        self._act(Moment.ANSWERED)

    def turning(self) -> None:
        """Mark the turn; a worker that is to die or to stand still does."""
        mark = self.chronicle.note("turn", "worker")
        fates = {"worker_killed", "worker_stalled"}
        self.rates = {aim.fault: 1.0 for aim in self._at(mark) if aim.fault in fates}
        self.hit += [aim for aim in self._at(mark) if aim.fault in fates]

    def strikes(self, fault: str) -> bool:
        """Strike if it is the time and the place."""
        return self.first(fault) is not None

    def first(self, *faults: str) -> str | None:
        """Return the fault that is to strike at this call, if one is."""
        may = frozenset(faults)
        if "request_lost" in may and self._now is not None:
            reads = self._now.name.endswith((".read", ".find", ".changes"))
            may |= READ_TOO if reads else {"refused"}
        for aim in self._at(self._now):
            if aim.fault in may and aim.fault not in self.deeds:
                self._strike(aim)
                return aim.fault
        return None

    def commits(self, name: str) -> list[Aim]:
        """Mark a commit; return what is to befall it."""
        return self._at(self.chronicle.note("commit", name))

    def struck(self, aim: Aim) -> None:
        """Hear that what was to befall a commit has."""
        self._strike(aim)

    def _at(self, mark: Mark | None) -> list[Aim]:
        return [aim for aim in self.aims if aim.mark == mark and aim not in self.hit]

    def _strike(self, aim: Aim) -> None:
        self.hit.append(aim)
        self.fired[aim.fault] += 1

    def _act(self, *moments: Moment) -> None:
        here = self._now
        for aim in self._at(here):
            if aim.fault in self.deeds and aim.moment in moments:
                before = self.fired[aim.fault]
                self.hit.append(aim)
                self.deeds[aim.fault]()
                self.fired[aim.fault] = before + 1
                self._now = here


class AimedDatabase(StormyDatabase):
    """A database that fails at the commits that were aimed at."""

    def __init__(self, weather: Aimed) -> None:
        super().__init__(Weather.still())
        self._aimed = weather
        self._away = 0

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """Run one transaction; what befalls its commit was decided before."""
        if self._away:
            self._away -= 1
            raise UnavailableError("the database is away", hint="It comes back.")
        names = list[str]()
        fate: list[Aim] = []
        with super().transaction() as connection:
            yield Named(connection, names)
            for kind in ("progress", "receive"):
                if any(name.startswith(kind) for name in names):
                    fate += self._aimed.commits(kind)
            self._before(fate)
        for aim in fate:
            self._aimed.struck(aim)
            if aim.fault == "worker_killed":
                raise UnavailableError("died after the commit", hint="On purpose.")
            raise AmbiguousCommitError("the commit was not answered", hint="Look, then decide.")

    def _before(self, fate: Sequence[Aim]) -> None:
        """Undo the transaction if that is what is to happen to it."""
        for aim in fate:
            if aim.fault == "commit_unknown_done" or aim.moment is Moment.RECORDED:
                continue
            self._aimed.struck(aim)
            if aim.fault == "commit_unknown_lost":
                raise AmbiguousCommitError("the commit was not answered", hint="Look.")
            if aim.fault == "database_away":
                self._away = AWAY
            raise UnavailableError("gone before the commit", hint="On purpose.")
