"""Steps that post, with the operation that is meant to take them back."""

from collections.abc import Iterator
from dataclasses import dataclass

from interlock.checks.inspection import Inspection
from interlock.estate.capability import Capability, Effect
from interlock.estate.plan import Call, Plan, Put
from interlock.foundation.place import Placed


@dataclass(frozen=True, slots=True, kw_only=True)
class PostingUndo(Placed):
    """One posting step and its undo."""

    step: Put | Call
    posting: Capability
    undo: Capability
    known: tuple[Capability, ...]
    """Everything the undo's system can do."""

    @property
    def object(self) -> str:
        """Return the object that is posted."""
        return self.posting.operation.rpartition(".")[0]

    def reversals(self) -> str:
        """Return which operations would reverse it, as part of a hint."""
        found = [
            one.operation
            for one in self.known
            if one.effect is Effect.REVERSE and one.reverses in {None, self.object}
        ]
        return f" with {' or '.join(sorted(found))}" if found else ""


def posting_undos(inspection: Inspection, plan: Plan) -> Iterator[PostingUndo]:
    """Yield every posting step of `plan` whose undo is known."""
    for one in inspection.effective(plan):
        undo = one.step.undo
        if not one.capability.posts or undo is None:
            continue
        able = inspection.estate.capability_of(undo.system)
        operation = able.operations.get(undo.operation) if able else None
        if able is not None and operation is not None:
            yield PostingUndo(
                step=one.step,
                posting=one.capability,
                undo=operation,
                known=tuple(able.operations.values()),
                where=undo.where,
            )
