"""DPR001: a column is not taken from the system that may originate its values.

A report that reads a copy is right until the copy is not: the number is then explained in a
meeting, and not by the figure. A product takes every field from its authority, record by record;
so a column may neither name another system, nor be a field that its authority does not show.

Bad: the CRM decides what an order is worth, and the books hold a copy of it::

    rows: {entity: order}
    columns: {total: {value: total, system: erp}}

Good: take it from the authority, which needs no word, or publish what the books originate::

    columns: {total: total}
"""

from collections.abc import Iterator

from interlock.checks.check import check
from interlock.checks.finding import Complaint, Severity
from interlock.checks.inspection import Inspection
from interlock.checks.product.tables import called, every_origin, listed
from interlock.checks.subject import of
from interlock.estate.kinds import DataProduct
from interlock.estate.origin import Origin


@check("DPR001", severity=Severity.ERROR, title="A column is not taken from its authority")
def foreign_column(inspection: Inspection) -> Iterator[Complaint]:
    for product, origin in every_origin(inspection):
        taken = origin.taken
        said = taken.system
        if said is not None and origin.systems != {said}:
            yield Complaint(
                subject=of(product, taken.column or ""),
                what=f"{called(product, origin)} is taken from `{said}`, and "
                f"{listed(origin.systems)} may originate `{taken.entity}.{taken.field}`",
                hint="Leave `system` out: the authority gives it, record by record.",
                where=product.place_of("spec", "columns", taken.column or "", "system"),
            )
        elif origin.blind:
            yield _copy(product, origin)


def _copy(product: DataProduct, origin: Origin) -> Complaint:
    taken = origin.taken
    return Complaint(
        subject=of(product, "/".join(taken.by[1:]) or taken.field),
        what=f"{called(product, origin)} depends on `{taken.entity}.{taken.field}` of "
        f"{listed(origin.blind)}, where it cannot be read: what others hold is a copy",
        hint=f"Bind it there, look the record up under an entity that "
        f"{listed(origin.blind)} shows, or name the `legalEntities` whose books do show it.",
        where=product.place_of("spec", *taken.by),
    )
