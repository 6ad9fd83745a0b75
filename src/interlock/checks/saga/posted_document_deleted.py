"""SAG002: a posted document is taken back by deleting it.

What is posted counts in the ledger; it is corrected by a document that reverses it: a credit memo,
a refund, a reversing journal. A deletion leaves a gap that the auditor finds (standards.md 4.3).

Bad: ``undo: {operation: erp.invoice.delete, ref: invoice.ref}``

Good: ``undo: {operation: erp.creditMemo.create, ref: invoice.ref}``
"""

from collections.abc import Iterator

from interlock.checks.check import check
from interlock.checks.finding import Complaint, Severity
from interlock.checks.inspection import Inspection
from interlock.checks.saga.undoing import posting_undos
from interlock.checks.subject import of_step
from interlock.estate.capability import Effect


@check("SAG002", severity=Severity.ERROR, title="A posted document is deleted")
def posted_document_deleted(inspection: Inspection) -> Iterator[Complaint]:
    for plan in inspection.plans.values():
        for one in posting_undos(inspection, plan):
            if one.undo.effect is Effect.DELETE:
                yield Complaint(
                    subject=of_step(plan, one.step, "undo"),
                    what=f"`{one.step.id}` posts, and its undo deletes the posted document",
                    hint=f"Reverse it instead{one.reversals()}.",
                    where=one.place,
                )
