"""DPR006: a column holds protected data and does not say so.

A table goes where its readers are. What is personal or confidential says so in its contract, so
that nobody takes it for harmless.

Bad: ``columns: {email: email}``, where the entity declares `email` as ``class: personal``.

Good: leave it out, or ``columns: {email: {value: email, classification: personal}}``.
"""

from collections.abc import Iterator

from interlock.checks.check import check
from interlock.checks.finding import Complaint, Severity
from interlock.checks.inspection import Inspection
from interlock.checks.product.tables import tables
from interlock.checks.protection.classes import PROTECTED, class_of
from interlock.checks.subject import of


@check("DPR006", severity=Severity.ERROR, title="A column hides that its data is protected")
def personal_column(inspection: Inspection) -> Iterator[Complaint]:
    for product, table in tables(inspection):
        for taken in table.taken():
            found = class_of(inspection, taken.entity, taken.field)
            column = product.spec.columns.get(taken.column or "")
            if (
                column is None
                or found not in PROTECTED
                or column.classification
                in {
                    found,
                    PROTECTED[0],
                }
            ):
                continue
            yield Complaint(
                subject=of(product, taken.column or ""),
                what=f"column `{taken.column}` of `{product.name}` holds `{taken.entity}."
                f"{taken.field}`, which is {found}",
                hint=f"Leave it out, or say `classification: {found}`.",
                where=product.place_of("spec", *taken.by),
            )
