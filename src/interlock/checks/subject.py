"""How findings name what they are about: lasting names, never line numbers."""

from interlock.checks.lineage.write import Write
from interlock.estate.kinds import Declared
from interlock.estate.plan import Plan, Step


def of(declared: Declared, *parts: str) -> str:
    """Return ``kind:name``, or ``kind:name/part`` for a part of it."""
    return "/".join((declared.id, *parts))


def of_plan(plan: Plan, *parts: str) -> str:
    """Return the name of an integration, or of a part of it."""
    return "/".join((f"integration:{plan.integration}", *parts))


def of_step(plan: Plan, step: Step, *parts: str) -> str:
    """Return the name of a step of an integration."""
    return of_plan(plan, step.id, *parts)


def of_write(plan: Plan, write: Write) -> str:
    """Return the name of one written field."""
    return of_plan(plan, write.step.id, write.path)
