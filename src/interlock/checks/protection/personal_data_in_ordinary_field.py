"""PER002: personal data flows into a field that does not say so.

Masking, retention and deletion go by the class of a field. Personal data in a memo is found by
none of them.

Bad: ``set: {memo: customer.billing_email}`` and ``memo`` is an ordinary field.

Good: ``memo: {class: personal, ...}``, or leave the data out.
"""

from collections.abc import Iterator

from interlock.checks.check import check
from interlock.checks.finding import Complaint, Severity
from interlock.checks.inspection import Inspection
from interlock.checks.places import place_of
from interlock.checks.protection.classes import PROTECTED, class_of, protected
from interlock.checks.subject import of_write


@check("PER002", severity=Severity.ERROR, title="Personal data in an ordinary field")
def personal_data_in_ordinary_field(inspection: Inspection) -> Iterator[Complaint]:
    for plan in inspection.plans.values():
        for write in inspection.trace(plan).writes:
            field = write.declared
            source = protected(inspection, write.value.sources)
            if field is None or source is None or field.list is not None:
                continue
            kind = class_of(inspection, source.entity, source.field)
            if field.class_ not in {kind, *PROTECTED}:
                yield Complaint(
                    subject=of_write(plan, write),
                    what=f"`{source}` is {kind}, and flows into `{write.path}`, which is not",
                    hint=f"Leave it out, or declare `{write.entity}.{write.field}` as {kind}.",
                    where=place_of(inspection, plan, write),
                )
