"""What kinds of systems a plan writes to."""

from interlock.checks.inspection import Inspection
from interlock.estate.plan import Plan, Put


def written_types(inspection: Inspection, plan: Plan) -> set[str]:
    """Return the types of the systems that the plan puts records into: crm, erp, warehouse."""
    systems = inspection.estate.systems
    names = {step.system for step in inspection.steps(plan) if isinstance(step, Put)}
    return {systems[name].spec.type for name in names if name in systems}
