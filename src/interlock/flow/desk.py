"""What everyone who works on one run has at hand: the shop, the pinned plan, the draft."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from zoneinfo import ZoneInfo

from interlock.connectors.port import Outcome
from interlock.estate.estate import Estate
from interlock.estate.plan import Plan
from interlock.flow.archive import EstateArchive
from interlock.flow.core.effort import Terms
from interlock.flow.core.walk import World
from interlock.flow.draft import Draft
from interlock.flow.reporting import Reporter
from interlock.flow.restoration import Restorations
from interlock.flow.run import Run
from interlock.flow.store import RunStore
from interlock.foundation.clock import Clock
from interlock.foundation.telemetry import Telemetry
from interlock.gate.door import Gate
from interlock.gate.permit import Permit


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What became of a write that left with others."""

    outcome: Outcome
    seen: Outcome | None = None
    """What a look-up found, where `outcome` is uncertain."""


class Fellows(Protocol):
    """The runs that are worked on together with this one."""

    def told(self, run: str, path: str) -> Told | None:
        """Return once what became of a run's write at `path`, if it is known by now."""
        ...

    def joined(self, run: Run, permit: Permit, criticality: str) -> str | datetime | None:
        """Return the cut that a run's write leaves in, or when to ask again; ``None``: alone."""
        ...

    def alone(self, run: Run) -> None:
        """Hear that a run goes on by itself: it needs what cannot be done together."""
        ...


TransformOf = Callable[[Estate, str], Callable[..., object]]
"""Which Python function a transform of an estate means."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Workshop:
    """What a segment works with."""

    store: RunStore
    archive: EstateArchive
    gate: Gate
    clock: Clock
    telemetry: Telemetry
    transform_of: TransformOf
    restorations: Restorations
    worker: str
    """Who is at work, for the trail: ``worker:1``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """One run at hand: its plan and estate are those that it started under."""

    shop: Workshop
    plan: Plan
    estate: Estate
    draft: Draft
    carried_before: str | None = None
    """Digest of what the last completed run of its key carried, or of what the record asked for
    when that run was taken back."""
    fellows: Fellows | None = None

    @property
    def reporter(self) -> Reporter:
        """Return who tells the trail of this run."""
        return Reporter(
            run=self.draft.run, plan=self.plan, estate=self.estate, actor=self.shop.worker
        )

    def world(self) -> World:
        """Return what the core may know besides the plan and the history."""
        return World(
            terms=self._terms,
            transform=lambda name: self.shop.transform_of(self.estate, name),
            run={
                "id": self.draft.run.id,
                "key": self.draft.run.key,
                "started_at": self.draft.run.started_at,
                "posting_date": self._posting_date(),
            },
            carried_before=self.carried_before,
            lost=self.shop.restorations.lost_to(self.draft.run.started_at),
        )

    def _terms(self, system: str, operation: str) -> Terms:
        return Terms(
            capability=self.shop.gate.capability(system, operation),
            retry=self.plan.retry,
            bound=self.shop.gate.bound(system),
        )

    def _posting_date(self) -> object:
        """The day the run started, where its legal entity keeps its books."""
        entity = self.estate.legal_entities.get(self.draft.money.legal_entity or "")
        zone = ZoneInfo(entity.spec.timezone) if entity else ZoneInfo("UTC")
        return self.draft.run.started_at.astimezone(zone).date()
