"""The steps of a plan as checks ask for them: what posts, what amends."""

from interlock.checks.inspection import Inspection
from interlock.estate.kinds.steps import StepSpec
from interlock.estate.plan import Plan


def posts(inspection: Inspection, plan: Plan) -> bool:
    """Tell whether the plan makes something that counts in a ledger."""
    return any(one.capability.posts for one in inspection.effective(plan))


def amending(specs: tuple[StepSpec, ...]) -> set[str]:
    """Return the steps that copy named fields only: they amend what is there."""
    found: set[str] = set()
    for spec in specs:
        if spec.put is not None and spec.put.fields:
            found.add(spec.id)
        found |= amending(spec.steps)
        for arm in spec.branch or ():
            found |= amending(arm.steps)
    return found
