"""Outcomes that only files have: imported twice, one reference for two contents, gone astray."""

from dataclasses import replace

from interlock.connectors.filedrop.journal import Entry
from interlock.connectors.filedrop.standing import Standing
from interlock.connectors.port import Kind, Outcome, Verdict


def twice(numbers: str) -> Outcome:
    """Return the outcome for a reference that the ERP imported more than once."""
    message = f"the ERP has this reference more than once: {numbers}; reverse one of them there"
    return Outcome(
        verdict=Verdict.REJECTED, kind=Kind.CONFLICT, code="imported-twice", message=message
    )


def clash(found: Standing) -> Outcome:
    """Return the outcome for a reference that stands for something else already (F16)."""
    if found.entry is not None and found.pending is not None:
        return replace(
            found.pending,
            verdict=Verdict.RETRYABLE,
            kind=Kind.LOCKED,
            message=f"another version is on its way: {found.pending.message}",
        )
    number = found.record.ref if found.record else "?"
    message = f"this reference is {number} in the ERP already, and its content is not this one"
    return Outcome(verdict=Verdict.REJECTED, kind=Kind.DUPLICATE, message=message)


def lost(entry: Entry) -> Outcome:
    """Return the outcome for a document that left and is in no ledger."""
    return Outcome(
        verdict=Verdict.UNCERTAIN,
        code=str(entry.state),
        message=f"batch {entry.batch} left, and the ERP surely does not have it",
    )
