"""AUT006: two integrations each work out the same field of the same system.

Both are allowed to (`derivedFrom`), but each by its own rule. The later one wins, until the other
runs again.

Bad: two integrations set `subscription.collection` in billing, to different constants.

Good: one integration sets it; the other leaves it out.
"""

from collections import defaultdict
from collections.abc import Iterator

from interlock.checks.check import check
from interlock.checks.finding import Complaint, Severity
from interlock.checks.inspection import Inspection
from interlock.checks.lineage.write import Write
from interlock.checks.subject import of_write
from interlock.estate.plan import Plan

Originated = dict[tuple[str, str, str], list[tuple[Plan, Write]]]


@check("AUT006", severity=Severity.ERROR, title="Two integrations originate one field")
def two_originators(inspection: Inspection) -> Iterator[Complaint]:
    for (entity, field, system), writes in _originated(inspection).items():
        first, _ = writes[0]
        for plan, write in writes[1:]:
            if plan.integration == first.integration:
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


def _originated(inspection: Inspection) -> Originated:
    """Return the writes whose value is made by the integration, not copied."""
    found: Originated = defaultdict(list)
    for plan in inspection.plans.values():
        for write in inspection.trace(plan).writes:
            if write.way == "set" and (write.value.constants or not write.value.exact):
                found[write.entity, write.field, write.system].append((plan, write))
    return found
