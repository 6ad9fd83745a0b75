"""SAG003: the undo of a posted document is no reversal of it.

Cancelling, updating or reversing something else leaves the posted document in the ledger, while
the run is called compensated.

Bad: an invoice is posted, and its undo only changes its state, or reverses a payment.

Good: an operation that makes a reversal of exactly this kind of document.
"""

from collections.abc import Iterator

from interlock.checks.check import check
from interlock.checks.finding import Complaint, Severity
from interlock.checks.inspection import Inspection
from interlock.checks.saga.undoing import posting_undos
from interlock.checks.subject import of_step
from interlock.estate.capability import Effect


@check("SAG003", severity=Severity.ERROR, title="An undo that does not reverse")
def undo_without_reversal(inspection: Inspection) -> Iterator[Complaint]:
    for plan in inspection.plans.values():
        for one in posting_undos(inspection, plan):
            effect = one.undo.effect
            fits = effect is Effect.REVERSE and one.undo.reverses in {None, one.object}
            if not fits and effect is not Effect.DELETE:
                yield Complaint(
                    subject=of_step(plan, one.step, "undo"),
                    what=f"`{one.undo.operation}` does not reverse a posted `{one.object}`",
                    hint=f"Reverse it instead{one.reversals()}.",
                    where=one.place,
                )
