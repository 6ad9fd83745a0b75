"""One reconciliation of an installation, from its systems to the report: nothing is written."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from interlock.estate.estate import Estate
from interlock.foundation.clock import Clock, iso
from interlock.foundation.database import Database
from interlock.gate.paging import Source
from interlock.reconciliation.decision import Decision, Kind
from interlock.reconciliation.definition import Definition, definition_of
from interlock.reconciliation.finding import Break, Difference, Report
from interlock.reconciliation.keeping import Keeping, Since, StaleError, refers, shelf_of
from interlock.reconciliation.laying import part_by_currency
from interlock.reconciliation.passes import Agreed
from interlock.reconciliation.reading import Reader, Reading, Window
from interlock.reconciliation.reconciling import Known
from interlock.reconciliation.reconciling import settle as settled
from interlock.reconciliation.running import at_work, linked
from interlock.reconciliation.shape import Shape, lost, shape_of
from interlock.reconciliation.slate import Slate, open_slate

UNREADABLE = "a record of it cannot be read: "
HIDDEN = "[masked]"


class Verdict(StrEnum):
    """Do they agree?"""

    AGREES = "agrees"
    BREAKS = "breaks"
    UNKNOWN = "unknown"
    """Something could not be read; that is never fine."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What one system of a side showed."""

    side: str
    system: str
    records: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Examination:
    """One look at all sides."""

    name: str
    as_of: date
    at: datetime
    estate: str
    """The digest of the estate by which it was compared."""
    sides: Sequence[Shown]
    left_out: int
    """Records that do not count, by `where`."""
    troubles: Sequence[str]
    """What could not be read."""
    report: Report | None
    """``None``: a side could not be read to its end, so nothing was compared."""
    notes: Sequence[str] = ()
    statements: Sequence[str] = ()
    """What the engine was asked, in order."""
    seed: int = 0
    """Of the sample on the tie-out sheet."""
    shape: Shape = field(default_factory=dict)
    """What the systems showed of each field."""
    decided: frozenset[str] = frozenset()
    """Breaks that somebody wrote off or carried forward: nobody's question any more."""

    lost: Sequence[str] = ()
    """What no record shows any more, and most did: nothing was compared."""

    @property
    def verdict(self) -> Verdict:
        """Return the answer; what could not be told is never an agreement."""
        if self.report is None or self.troubles:
            return Verdict.UNKNOWN
        undecided = any(each.id not in self.decided for each in self.report.breaks)
        return Verdict.BREAKS if undecided else Verdict.AGREES

    @property
    def at_stake(self) -> dict[str, dict[str, Decimal]]:
        """Return by cause and currency what the undecided breaks are worth.

        What is missing downstream of a sale leaks; what is in flight is late.
        """
        found: dict[str, dict[str, Decimal]] = {}
        for each in self.report.breaks if self.report else ():
            if each.money is not None and each.id not in self.decided:
                worth = found.setdefault(str(each.cause), {})
                before = worth.get(each.money.currency, Decimal(0))
                worth[each.money.currency] = before + each.money.amount
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Before:
    """The last look at the same sides."""

    estate: str
    shape: Shape
    accepted: bool = False
    """Somebody says that what is not shown any more is meant so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Examiner:
    """Compares what an estate declares."""

    estate: Estate
    source: Source
    database: Database
    clock: Clock
    keeping: Keeping | None = None
    """Where rows are kept for the next look; ``None``: everything is read, and nothing kept."""

    def examine(
        self,
        name: str,
        as_of: date | None = None,
        settle: timedelta | None = None,
        decisions: Sequence[Decision] = (),
        before: Before | None = None,
    ) -> Examination:
        """Compare the sides of `name` as they are now; `as_of` says what counts in the period.

        What they show is held against `before`, the last look; without it, against nothing.

        Raises:
            UsageError: There is no such reconciliation.
            InvariantError: The sums do not tie.
        """
        definition = definition_of(self.estate, name)
        now = self.clock.now()
        until = as_of or now.astimezone(UTC).date()
        window = Window(
            until=until, now=now, settle=definition.settle if settle is None else settle
        )
        reader = Reader(
            estate=self.estate,
            source=self.source,
            clock=self.clock,
            definition=definition,
            window=window,
            feed=self.keeping.feed if self.keeping else None,
        )
        try:
            return self._looked(reader, decisions, before)
        except StaleError as stale:
            whole = replace(self, keeping=self.keeping and replace(self.keeping, whole=True))
            found = whole.examine(name, as_of, settle, decisions, before)
            return replace(found, notes=[*found.notes, f"everything was read: {stale}"])

    def _looked(
        self, reader: Reader, decisions: Sequence[Decision], before: Before | None
    ) -> Examination:
        definition = reader.definition
        with open_slate(definition.comparison) as slate:
            readings, notes = self._read(reader, slate)
            found = self._examination(reader, readings)
            found = replace(found, notes=[*found.notes, *notes])
            if any(reading.broken for reading in readings):
                return found
            found = replace(found, shape=shape_of(slate))
            if definition.summed:
                part_by_currency(slate, definition.summed)
            if before is not None:
                found = _against(before, found)
            if found.lost:
                return found
            return self._compared(definition, (slate, readings), decisions, found)

    def _read(self, reader: Reader, slate: Slate) -> tuple[list[Reading], list[str]]:
        """Read all sides, whole or onto what is kept, and keep them; with what is to be said."""
        definition, window = reader.definition, reader.window
        sides = definition.comparison.sides
        if self.keeping is None:
            return [reader.read(side, slate) for side in sides], []
        shelf = shelf_of(self.keeping, slate, self.estate, definition.comparison.name)
        if refers(self.estate, definition):
            shelf.forget()
            why = "everything was read: it compares the keys of other records"
            return [reader.read(side, slate) for side in sides], [why]
        since = None
        if not self.keeping.whole:
            since = shelf.take(window.until.isoformat(), window.now, window.rest)
        readings = [reader.read(side, slate, since) for side in sides]
        if any(reading.broken or reading.unreadable for reading in readings):
            shelf.forget()
        else:
            cursors = {name: at for each in readings for name, at in each.cursors.items()}
            if since is None:
                shelf.put(Since(cursors=cursors, whole_at=window.now))
            else:
                shelf.renew(replace(since, cursors=cursors))
        if since is None:
            return readings, []
        return readings, [f"read were the changes since the whole was read, {iso(since.whole_at)}"]

    def _examination(self, reader: Reader, readings: Sequence[Reading]) -> Examination:
        return Examination(
            name=reader.definition.comparison.name,
            as_of=reader.window.until,
            at=reader.window.now,
            estate=self.estate.digest,
            sides=[
                Shown(side=reading.side, system=system, records=records)
                for reading in readings
                for system, records in sorted(reading.laid.shown.items())
            ],
            left_out=sum(reading.laid.left_out for reading in readings),
            troubles=[reading.broken for reading in readings if reading.broken]
            + [what for reading in readings for _, what in reading.unreadable],
            report=None,
            notes=[
                f"`{reading.side}` has no record that counts"
                for reading in readings
                if not reading.laid.tally.records
            ]
            + [
                f"{count} moments in {what} have no zone; they were read as UTC"
                for reading in readings
                for what, count in sorted(reading.zoneless.items())
            ],
            seed=secrets.randbits(32),
        )

    def _compared(
        self,
        definition: Definition,
        laid: tuple[Slate, Sequence[Reading]],
        decisions: Sequence[Decision],
        found: Examination,
    ) -> Examination:
        slate, readings = laid
        doubts = {key: what for reading in readings for key, what in reading.unreadable}
        runs = [*at_work(self.database, definition), *((key, True, True) for key in doubts)]
        report = settled(
            slate,
            {reading.side: reading.laid.tally for reading in readings},
            Known(runs=runs, matches=_matches(decisions), seed=found.seed),
        )
        links = linked(self.database, self.estate, definition, report.breaks)
        told = [
            replace(
                _masked(each, definition.personal),
                link=links.get(each.id),
                note=f"{UNREADABLE}{doubts[each.key]}" if each.key in doubts else each.note,
            )
            for each in report.breaks
        ]
        decided = frozenset(
            each.id for each in told if any(d.covers(each, found.as_of) for d in decisions)
        )
        report = replace(report, breaks=told)
        return replace(found, report=report, statements=tuple(slate.statements), decided=decided)


def _against(before: Before, found: Examination) -> Examination:
    """Add what is different from the last look, and is no difference between the sides."""
    gone = [] if before.accepted else list(lost(before.shape, found.shape))
    notes = list(found.notes)
    if before.estate != found.estate:
        notes.append("the estate is not that of the last look: what is compared may have changed")
    return replace(found, lost=gone, troubles=[*found.troubles, *gone], notes=notes)


def _matches(decisions: Sequence[Decision]) -> list[Agreed]:
    return [
        Agreed(parts=each.parts, left=each.money.amount if each.money else Decimal(0))
        for each in decisions
        if each.in_force and each.kind is Kind.MATCH
    ]


def _masked(found: Break, personal: frozenset[str]) -> Break:
    """Hide the values of personal fields: that they differ is enough to look there."""
    if not any(each.column in personal for each in found.differences):
        return found
    return replace(
        found,
        differences=[
            Difference(
                column=each.column,
                values={side: value and HIDDEN for side, value in each.values.items()},
                authority=each.authority,
            )
            if each.column in personal
            else each
            for each in found.differences
        ],
    )
