"""AUT007: a field is copied from one system to the other, and back.

Two integrations copy the same field in opposite directions. A change in either system starts a
race that neither can win, and a wrong value comes back after it was corrected.

Bad: one integration copies `customer.name` from the CRM to the ERP, another from the ERP to the
CRM.

Good: one direction per field: from its authority.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from interlock.checks.check import check
from interlock.checks.finding import Complaint, Severity
from interlock.checks.inspection import Inspection
from interlock.checks.lineage.among import Facts, both, impossible
from interlock.checks.lineage.write import Write
from interlock.checks.places import place_of
from interlock.checks.subject import of_write
from interlock.estate.plan import Plan


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """One field that travels from one system to another."""

    field: tuple[str, str]
    origin: str
    target: str
    plan: Plan
    write: Write

    def key(self) -> tuple[tuple[str, str], str, str]:
        """Return what it carries, and which way."""
        return self.field, self.origin, self.target


@check("AUT007", severity=Severity.ERROR, title="A field is copied both ways")
def mutual_copies(inspection: Inspection) -> Iterator[Complaint]:
    copies: dict[tuple[tuple[str, str], str, str], list[Copy]] = defaultdict(list)
    for copy in _copies(inspection):
        copies[copy.key()].append(copy)
    for (field, origin, target), there in list(copies.items()):
        back = copies.get((field, target, origin), [])
        meeting = ((one, other) for one in there for other in back if _meet(one, other))
        pair = next(meeting, None) if origin < target else None
        if pair is not None:
            yield _complaint(inspection, *pair)


def _complaint(inspection: Inspection, copy: Copy, back: Copy) -> Complaint:
    return Complaint(
        subject=of_write(copy.plan, copy.write),
        what=(
            f"`{'.'.join(copy.field)}` is copied from `{copy.origin}` to `{copy.target}` here "
            f"and back in `{back.plan.integration}`"
        ),
        hint="Keep the direction that starts at the field's authority.",
        where=place_of(inspection, copy.plan, copy.write),
    )


def _copies(inspection: Inspection) -> Iterator[Copy]:
    for plan in inspection.plans.values():
        for write in inspection.trace(plan).writes:
            for source in write.value.sources:
                same = (source.entity, source.field) == (write.entity, write.field)
                if same and source.system != write.system:
                    yield Copy(
                        field=(write.entity, write.field),
                        origin=source.system,
                        target=write.system,
                        plan=plan,
                        write=write,
                    )


def _meet(there: Copy, back: Copy) -> bool:
    """Tell whether both ways can be taken for one record: guards may part them."""
    return not impossible(both(_by_field(there.write.facts), _by_field(back.write.facts)))


def _by_field(facts: Facts) -> Facts:
    """Return the facts without the record: two plans speak of one record under two names."""
    return {("", field): among for (_, field), among in facts.items()}
