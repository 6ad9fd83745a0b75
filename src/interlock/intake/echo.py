"""Whether a notice is the echo of our own write, and nobody's business: an early filter.

What ends an echo is the digest of what an integration looks at (decision 0009). This spares the
reading back where a notice itself shows that no digest can differ: our own call began the change,
it names every field that changed, and nothing here looks at any of them. What somebody else
changed in the same transaction is among those fields; fields whose changes the line does not tell,
such as formulas, must not be looked at by anyone. And whatever is left out, the poll reads.
"""

from interlock.connectors.stream import Notice
from interlock.estate.binding import identity
from interlock.estate.estate import Estate
from interlock.estate.plan import Plan, Wait, every_step


def is_echo(notice: Notice, looked_at: frozenset[str] | None) -> bool:
    """Tell whether nobody who looks at these fields of the object has to hear of it."""
    if not notice.ours or not notice.fields or looked_at is None:
        return False
    return looked_at <= notice.known and not looked_at & {
        each.partition(".")[0] for each in notice.fields
    }


def looked_at(estate: Estate, system: str, obj: str) -> frozenset[str] | None:
    """Return the system's fields of `obj` that any integration looks at; ``None``: any of them."""
    found: set[str] = set()
    for plan in estate.plans.values():
        waits = (step for step in every_step(plan.steps) if isinstance(step, Wait))
        if any(_is_of(estate, step.system, step.entity, (system, obj)) for step in waits):
            return None  # what is waited for is kept whole
        trigger = plan.trigger
        if _is_of(estate, trigger.system, trigger.entity, (system, obj)):
            found |= _fields(estate, plan)
    return frozenset(found)


def _is_of(estate: Estate, system: str, entity: str, place: tuple[str, str]) -> bool:
    return (system, identity(estate, entity, system).obj) == place


def _fields(estate: Estate, plan: Plan) -> set[str]:
    trigger = plan.trigger
    declared = estate.entities[trigger.entity].spec.fields
    names = {*plan.carried, *plan.change.amend_on}
    bound = [declared[name].in_.get(trigger.system) for name in names]
    paths = [path for each in bound if each for path in (each.path, *each.reads)]
    paths.append(identity(estate, trigger.entity, trigger.system).field)
    return {path.partition(".")[0] for path in paths}
