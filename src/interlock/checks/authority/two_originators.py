"""AUT006: two integrations each work out the same field of the same system.

Both are allowed to (`derivedFrom`), but each by its own rule. The later one wins, until the other
runs again.

Bad: two integrations set `subscription.collection` in billing, to different constants.

Good: one integration sets it; the other leaves it out. Or each sets it in records of its own: the
record has the key of what the run is about, and no such thing starts both integrations.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence

from interlock.checks.check import check
from interlock.checks.finding import Complaint, Severity
from interlock.checks.inspection import Inspection
from interlock.checks.lineage.write import Write
from interlock.checks.subject import of_write
from interlock.checks.triggers import exclude_each_other
from interlock.estate.plan import Plan

Written = tuple[Plan, Write]
Originated = dict[tuple[str, str, str], list[Written]]


@check("AUT006", severity=Severity.ERROR, title="Two integrations originate one field")
def two_originators(inspection: Inspection) -> Iterator[Complaint]:
    for (entity, field, system), writes in _originated(inspection).items():
        for number, (plan, write) in enumerate(writes):
            first = next(_others(writes[:number], (plan, write)), None)
            if first is None:
                continue
            yield Complaint(
                subject=of_write(plan, write),
                what=(
                    f"`{entity}.{field}` in `{system}` is worked out here and, by another rule, "
                    f"in `{first.integration}`"
                ),
                hint=f"Let one of them set it: take `{field}` out here or there.",
                where=write.place,
            )


def _others(before: Sequence[Written], this: Written) -> Iterator[Plan]:
    """Yield the integrations that set the same field before, maybe of the same record."""
    for other in before:
        if other[0].integration != this[0].integration and not _of_their_own(other, this):
            yield other[0]


def _of_their_own(one: Written, other: Written) -> bool:
    """Tell whether the two surely write different records: each that of what started its run."""
    plans = (one[0], other[0])
    return exclude_each_other(*plans) and all(
        write.step.key.text == plan.key.text for plan, write in (one, other)
    )


def _originated(inspection: Inspection) -> Originated:
    """Return the writes whose value is made by the integration, not copied."""
    found: Originated = defaultdict(list)
    for plan in inspection.plans.values():
        for write in inspection.trace(plan).writes:
            if write.way == "set" and (write.value.constants or not write.value.exact):
                found[write.entity, write.field, write.system].append((plan, write))
    return found
