"""What a segment has learned of its run and not written yet, and how it is written: at once."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from interlock.audit import Entry
from interlock.flow.archive import EstateArchive
from interlock.flow.core.facts import Fact
from interlock.flow.core.progress import Progress, after
from interlock.flow.run import ENDS, Run
from interlock.flow.store import Money, Rest, RunStore, Writing
from interlock.flow.succession import successor


@dataclass(slots=True)
class Draft:
    """A run as it is now: what is written, and what the next commit adds to it."""

    run: Run
    progress: Progress
    money: Money
    seen: str | None
    """Digest of the fields that its integration looks at, as the trigger was read."""
    facts: list[Fact] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)
    outbox: list[Mapping[str, object]] = field(default_factory=list)
    taken: list[str] = field(default_factory=list)
    """Signals that were read."""

    def note(self, fact: Fact, entry: Entry | None) -> None:
        """Take in what happened; it is written with the next commit."""
        self.facts.append(fact)
        self.progress = after(self.progress, fact)
        if entry is not None:
            self.entries.append(entry)

    def write(self, store: RunStore, archive: EstateArchive, rest: Rest, now: datetime) -> bool:
        """Commit everything and how the run is left; tell whether signals came in meanwhile."""
        also = successor(archive.current(), self.run, now) if rest.state in ENDS else None
        writing = Writing(
            facts=tuple(self.facts),
            entries=tuple(self.entries),
            outbox=tuple(self.outbox),
            taken=tuple(self.taken),
            rest=rest,
            money=self.money,
            seen=self.seen,
            also=also,
        )
        before = self.run.signals
        self.run = store.write(self.run, writing, now)
        self.facts, self.entries, self.outbox, self.taken = [], [], [], []
        return self.run.signals != before
