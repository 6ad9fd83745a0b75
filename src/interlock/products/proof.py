"""May a published figure be believed? What it rests on, and what of it is open.

Three answers: proven, doubtful, unknown. Never reconciled, not built or of unknown age is never
shown as fine (N14).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from enum import StrEnum

from interlock.checks.inspection import Inspection
from interlock.checks.product.direct_extract import direct_extract
from interlock.estate.estate import Estate
from interlock.estate.kinds import DataProduct
from interlock.foundation.clock import Clock
from interlock.foundation.database import Database
from interlock.products import store
from interlock.products.definition import product_of
from interlock.products.version import Sum, Version
from interlock.reconciliation.examining import Verdict
from interlock.reconciliation.standing import Standing, standing

_PERCENT = Decimal("0.01")


class Proven(StrEnum):
    """May it be believed?"""

    PROVEN = "proven"
    DOUBTFUL = "doubtful"
    """It is too old, or there are breaks."""
    UNKNOWN = "unknown"
    """Something that would say so is not known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Freshness:
    """How old the rows are."""

    read_at: datetime
    """What changed at a source since then is not in."""
    age: timedelta
    allowed: timedelta | None

    @property
    def fresh(self) -> bool | None:
        """Whether they are young enough; ``None``: nobody said what that is."""
        return None if self.allowed is None else self.age <= self.allowed


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One figure, and what of it is open."""

    sum: Sum
    open: Decimal | None
    """What the open breaks in its currency are worth; ``None``: not known."""

    @property
    def share(self) -> Decimal | None:
        """Return what is open in percent of the figure."""
        if self.open is None or not self.sum.amount:
            return None
        return (abs(self.open / self.sum.amount) * 100).quantize(_PERCENT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """Everything that a reader of a figure must know."""

    product: str
    title: str
    owner: str
    at: datetime
    """When it is asked."""
    version: Version | None
    """``None``: nothing was ever published."""
    contract: str
    """The id of its contract."""
    freshness: Freshness | None
    figures: Sequence[Figure]
    reconciled: Sequence[Standing]
    unreconciled: Sequence[str]
    """Reconciliations that should say so and were never carried out."""
    extracts: Sequence[str]
    """What carries records past every product, in the estate as it is."""

    @property
    def doubts(self) -> list[str]:
        """Return why it is not proven."""
        return [*self._unknown(), *self._doubtful()]

    @property
    def verdict(self) -> Proven:
        """Return the answer."""
        if any(self._unknown()):
            return Proven.UNKNOWN
        return Proven.DOUBTFUL if any(self._doubtful()) else Proven.PROVEN

    def _unknown(self) -> Iterator[str]:
        if self.version is None:
            yield "it was never published"
            return
        if self.freshness is None or self.freshness.fresh is None:
            yield "nobody said how old it may be"
        if not self.reconciled and not self.unreconciled:
            yield "no reconciliation compares it"
        for name in self.unreconciled:
            yield f"`{name}` was never carried out"
        for each in self.reconciled:
            if each.verdict is Verdict.UNKNOWN:
                yield f"`{each.name}` could not tell"

    def _doubtful(self) -> Iterator[str]:
        if self.freshness is not None and self.freshness.fresh is False:
            yield f"it was read {_days(self.freshness.age)} ago"
        for each in self.reconciled:
            if each.breaks:
                yield f"`{each.name}` has {each.breaks} open break{'s' * (each.breaks > 1)}"


def _days(age: timedelta) -> str:
    return f"{age.days} days" if age.days else f"{int(age.total_seconds() // 3600)} hours"


@dataclass(frozen=True, slots=True, kw_only=True)
class Prover:
    """Tells what published figures rest on."""

    estate: Estate
    database: Database
    clock: Clock

    def prove(self, name: str, as_of: date | None = None) -> Proof:
        """Return the proof of `name` now, or as it stood at the end of a day (UTC).

        Raises:
            UsageError: There is no such product.
        """
        product = product_of(self.estate, name)
        until = None if as_of is None else _end_of(as_of)
        at = self.clock.now() if until is None else min(until, self.clock.now())
        version, freshness = self._published(product, until, at)
        found = {each: standing(self.database, each, until) for each in product.spec.reconciledBy}
        reconciled = [each for each in found.values() if each is not None]
        return Proof(
            product=name,
            title=product.metadata.title,
            owner=product.metadata.owner or "",
            at=at,
            version=version,
            contract=product.spec.port.contractId,
            freshness=freshness,
            figures=[_figure(each, reconciled) for each in (version.sums if version else ())],
            reconciled=reconciled,
            unreconciled=[name for name, each in found.items() if each is None],
            extracts=list(self._extracts(at)),
        )

    def _published(
        self, product: DataProduct, until: datetime | None, at: datetime
    ) -> tuple[Version | None, Freshness | None]:
        with self.database.transaction() as connection:
            version = store.newest(connection, product.name, until)
            if version is None:
                return None, None
            read = version.read_at if until is not None else store.read_at(connection, version)
        return version, Freshness(read_at=read, age=at - read, allowed=product.spec.freshness)

    def _extracts(self, at: datetime) -> Iterator[str]:
        for finding in direct_extract.answers(Inspection(estate=self.estate, now=at)):
            yield f"{finding.what} ({finding.where})"


def _end_of(day: date) -> datetime:
    return datetime.combine(day + timedelta(days=1), time(), UTC) - timedelta(microseconds=1)


def _figure(found: Sum, reconciled: Sequence[Standing]) -> Figure:
    worth = [each.open for each in reconciled]
    told = [each for each in worth if each is not None]
    known = bool(reconciled) and len(told) == len(worth)
    return Figure(sum=found, open=_sum(told, found.currency) if known else None)


def _sum(worth: Sequence[Mapping[str, Decimal]], currency: str) -> Decimal:
    """Return what is open in a currency: the most that one reconciliation finds.

    Several compare the same records: to add up what each of them finds would count breaks twice.
    """
    return max((each.get(currency, Decimal(0)) for each in worth), default=Decimal(0))
