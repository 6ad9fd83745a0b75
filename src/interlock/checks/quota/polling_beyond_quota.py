"""QTA002: polling alone uses up the daily quota.

Each polled object costs one call per interval, all day. When that is more than the vendor gives,
nothing is left for the work (F7). Systems that are one ``account`` share what it gives, so their
polls are added up.

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
from interlock.estate.kinds import System
from interlock.estate.plan import Wait

_DAY: Final = timedelta(days=1)


@check("QTA002", severity=Severity.ERROR, title="Polling beyond the daily quota")
def polling_beyond_quota(inspection: Inspection) -> Iterator[Complaint]:
    polled = _polled(inspection)
    shared: dict[str, list[tuple[int, System]]] = defaultdict(list)
    for system in inspection.estate.systems.values():
        inbound, limits = system.spec.inbound, system.spec.limits
        if limits.perDay is not None and inbound is not None and inbound.poll:
            calls = len(polled[system.name]) * (_DAY // inbound.poll)
            key = f"account {limits.account}" if limits.account else f"system {system.name}"
            shared[key].append((calls, system))
    for asking in shared.values():
        calls, most = sum(each for each, _ in asking), min(map(_allowed, asking))
        if calls > most:
            yield _complaint(asking, calls, most)


def _allowed(asking: tuple[int, System]) -> int:
    return asking[1].spec.limits.perDay or 0


def _complaint(asking: list[tuple[int, System]], calls: int, most: int) -> Complaint:
    """Name the one that asks most often: there it can be mended."""
    _, system = max(asking, key=lambda each: each[0])
    names = " and ".join(f"`{each.name}`" for _, each in asking)
    one = ", which are one account," if len(asking) > 1 else ""
    return Complaint(
        subject=of(system, "inbound", "poll"),
        what=f"polling {names}{one} takes {calls} of its {most} calls a day",
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
