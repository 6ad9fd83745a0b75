"""MAP005: a value is written that the system cannot express.

A field with a closed set of values is spelled by a table per system. A value that is not in the
table cannot be written, and the run becomes a case (F19).

Bad: ``as: {"1": us, "2": uk}`` in the ERP, and the step writes ``de`` there.

Good: a row for ``de``, or a branch that leads ``de`` elsewhere.
"""

from collections.abc import Iterator

from interlock.checks.check import check
from interlock.checks.finding import Complaint, Severity
from interlock.checks.inspection import Inspection
from interlock.checks.lineage.shapes import choices_of
from interlock.checks.lineage.write import Write
from interlock.checks.subject import of_write


@check("MAP005", severity=Severity.ERROR, title="A value that the system cannot express")
def value_without_spelling(inspection: Inspection) -> Iterator[Complaint]:
    for plan in inspection.plans.values():
        for write in inspection.trace(plan).writes:
            known = _known(inspection, write)
            if write.way != "set" or known is None:
                continue
            lost = sorted(str(value) for value in _possible(write) - known)
            if lost:
                yield Complaint(
                    subject=of_write(plan, write),
                    what=(
                        f"`{write.path}` may be `{lost[0]}`, which `{write.system}` cannot express"
                    ),
                    hint=(
                        f"It knows: {', '.join(sorted(map(str, known)))}. Add it to `as:`, or "
                        "lead it elsewhere with a branch."
                    ),
                    where=write.place,
                )


def _known(inspection: Inspection, write: Write) -> frozenset[object] | None:
    """Return the values that the system can spell; ``None`` when the set is open."""
    field = write.declared
    if field is None or field.type != "enum":
        return None
    return choices_of(inspection.estate, write.entity, write.field, write.system)


def _possible(write: Write) -> frozenset[object]:
    """Return the values that the plan's guards leave open, as far as they can be counted."""
    value = write.value
    among = write.facts.get(value.spot) if value.spot else None
    choices = value.choices or frozenset()
    return value.constants | (among.within(choices) if among else choices)
