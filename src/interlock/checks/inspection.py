"""What a check may look at: the estate, its plans, and what was worked out from them once."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from interlock.checks.course import HARMLESS, Effective, course
from interlock.checks.lineage.among import Spot
from interlock.checks.lineage.judgement import Judgement, judgements
from interlock.checks.lineage.tracing import Tracer, trace
from interlock.checks.lineage.worlds import Court
from interlock.estate.capability import Capability
from interlock.estate.estate import Estate
from interlock.estate.plan import Call, Plan, Put, Step


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspection:
    """An estate at a moment."""

    estate: Estate
    now: datetime
    _traces: dict[str, Tracer] = field(default_factory=dict, repr=False, compare=False)
    _steps: dict[str, tuple[Step, ...]] = field(default_factory=dict, repr=False, compare=False)
    _courses: dict[str, tuple[tuple[Step, bool], ...]] = field(
        default_factory=dict, repr=False, compare=False
    )
    _effective: dict[str, tuple[Effective, ...]] = field(
        default_factory=dict, repr=False, compare=False
    )
    _judged: dict[str, tuple[Judgement, ...]] = field(
        default_factory=dict, repr=False, compare=False
    )
    _courts: dict[Spot | None, Court] = field(default_factory=dict, repr=False, compare=False)

    def steps(self, plan: Plan) -> tuple[Step, ...]:
        """Return all steps of `plan`, also those inside branches and loops; walked once."""
        if plan.integration not in self._steps:
            self._steps[plan.integration] = tuple(step for step, _ in self.course(plan))
        return self._steps[plan.integration]

    def course(self, plan: Plan) -> tuple[tuple[Step, bool], ...]:
        """Return all steps of `plan`, each with whether a pivot may lie behind it; walked once."""
        if plan.integration not in self._courses:
            self._courses[plan.integration] = tuple(course(plan.steps))
        return self._courses[plan.integration]

    def effective(self, plan: Plan) -> tuple[Effective, ...]:
        """Return the steps of `plan` that change something, as far as connectors are known."""
        if plan.integration not in self._effective:
            self._effective[plan.integration] = tuple(self._changing(plan))
        return self._effective[plan.integration]

    def _changing(self, plan: Plan) -> Iterator[Effective]:
        for step, passed in self.course(plan):
            if not isinstance(step, Put | Call):
                continue
            capability = self.capability(step.system, step.operation)
            if capability is not None and capability.effect not in HARMLESS:
                yield Effective(step=step, capability=capability, after_pivot=passed)

    def trace(self, plan: Plan) -> Tracer:
        """Return what flows where in `plan`; worked out once."""
        if plan.integration not in self._traces:
            self._traces[plan.integration] = trace(self.estate, plan)
        return self._traces[plan.integration]

    def judgements(self, plan: Plan) -> tuple[Judgement, ...]:
        """Return the offences of `plan` against authority; worked out once."""
        if plan.integration not in self._judged:
            court = self._court(self._run_legal_entity(plan))
            writes = self.trace(plan).writes
            found = tuple(one for write in writes for one in judgements(court, write))
            self._judged[plan.integration] = found
        return self._judged[plan.integration]

    def _court(self, run: Spot | None) -> Court:
        """Return who answers for plans whose legal entity is told by `run`; it remembers."""
        if run not in self._courts:
            self._courts[run] = Court(self.estate, self.now, run)
        return self._courts[run]

    def _run_legal_entity(self, plan: Plan) -> Spot | None:
        declared = self.estate.entities.get(plan.trigger.entity)
        name = declared.spec.legalEntity if declared else None
        return (plan.trigger.entity, name) if name else None

    def capability(self, system: str, operation: str) -> Capability | None:
        """Return what an operation does; ``None`` when the connector is not known."""
        able = self.estate.capability_of(system)
        return able.operations.get(operation) if able else None

    @property
    def complete(self) -> bool:
        """Tell whether every integration could be compiled: else "nothing uses it" is a guess."""
        return self.estate.plans.keys() == self.estate.integrations.keys()

    @property
    def plans(self) -> Mapping[str, Plan]:
        """Return every integration that could be compiled."""
        return self.estate.plans
