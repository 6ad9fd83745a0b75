"""From a judgement of the lineage to a complaint for people."""

from collections.abc import Callable, Iterator

from interlock.checks.finding import Complaint
from interlock.checks.inspection import Inspection
from interlock.checks.lineage.judgement import Judgement, Offence
from interlock.checks.places import place_of
from interlock.checks.subject import of_write

Words = Callable[[Judgement], tuple[str, str]]
"""What is wrong, and what to do about it."""


def accusations(inspection: Inspection, offence: Offence, words: Words) -> Iterator[Complaint]:
    """Yield a complaint for every write that commits `offence`; once per written field."""
    for plan in inspection.plans.values():
        seen: set[str] = set()
        for judgement in inspection.judgements(plan):
            subject = of_write(plan, judgement.write)
            if judgement.offence is offence and subject not in seen:
                seen.add(subject)
                what, hint = words(judgement)
                yield Complaint(
                    subject=subject,
                    what=what,
                    hint=hint,
                    where=place_of(inspection, plan, judgement.write),
                )


def target(judgement: Judgement) -> str:
    """Return how people call the written field: `invoice.tax` in `erp`."""
    write = judgement.write
    return f"`{write.entity}.{write.field}` in `{write.system}`"


def origin(judgement: Judgement) -> str:
    """Return how people call what flows in."""
    source = judgement.source
    if source is not None:
        return f"`{source}` from `{source.system}`"
    constants = sorted(str(value) for value in judgement.write.value.constants)
    return f"the constant `{constants[0]}`" if constants else "a value that nobody originates"
