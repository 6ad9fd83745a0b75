"""QTA002: polling alone uses up the daily quota.

Each polled object costs one call per interval, all day. When that is more than the vendor gives,
nothing is left for the work (F7).

Bad: ``limits: {perDay: 10000}`` with ``inbound: {poll: 1s}``.

Good: a longer interval with a webhook in front; or a larger allocation.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Final

from interlock.checks.check import check
from interlock.checks.finding import Complaint, Severity
from interlock.checks.inspection import Inspection
from interlock.checks.subject import of
from interlock.estate.plan import Wait

_DAY: Final = timedelta(days=1)


@check("QTA002", severity=Severity.ERROR, title="Polling beyond the daily quota")
def polling_beyond_quota(inspection: Inspection) -> Iterator[Complaint]:
    polled = _polled(inspection)
    for system in inspection.estate.systems.values():
        most, inbound = system.spec.limits.perDay, system.spec.inbound
        if most is None or inbound is None or not inbound.poll:
            continue
        calls = len(polled[system.name]) * (_DAY // inbound.poll)
        if calls > most:
            yield Complaint(
                subject=of(system, "inbound", "poll"),
                what=f"polling `{system.name}` takes {calls} of its {most} calls a day",
                hint="Poll less often, with a webhook in front.",
                where=system.place_of("spec", "inbound", "poll"),
            )


def _polled(inspection: Inspection) -> Mapping[str, set[str]]:
    """Return, by system, the entities whose changes are asked for."""
    found: dict[str, set[str]] = defaultdict(set)
    for plan in inspection.plans.values():
        found[plan.trigger.system].add(plan.trigger.entity)
        for step in inspection.steps(plan):
            if isinstance(step, Wait):
                found[step.system].add(step.entity)
    return found
