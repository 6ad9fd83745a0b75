"""DPR005: an active product publishes figures that nothing proves.

A figure is believed when it says how old it is and that it agrees with the books (R110).

Bad: ``status: active`` with `figures`, and neither `freshness` nor `reconciledBy`.

Good::

    freshness: 1d
    reconciledBy: [invoices]
"""

from collections.abc import Iterator

from interlock.checks.check import check
from interlock.checks.finding import Complaint, Severity
from interlock.checks.inspection import Inspection
from interlock.checks.subject import of


@check("DPR005", severity=Severity.WARNING, title="A published figure without proof")
def unproven_figure(inspection: Inspection) -> Iterator[Complaint]:
    for product in inspection.estate.data_products.values():
        spec = product.spec
        wanted = {"`freshness`": spec.freshness, "`reconciledBy`": spec.reconciledBy}
        missing = [name for name, given in wanted.items() if not given]
        if spec.status == "active" and spec.figures and missing:
            yield Complaint(
                subject=of(product),
                what=f"`{product.name}` publishes figures without {' and '.join(missing)}",
                hint="Say how old they may be, and which reconciliation compares them.",
                where=product.place_of("spec", "figures"),
            )
