"""RTY002: a handler is never reached.

The first handler that fits counts. One that stands behind an unconditional one, or behind
another for the same failures, is a decision that looks taken and is not.

Bad::

    onError:
      - {then: park, route: group:order-to-cash, respond: 1h}
      - {when: error.kind == "rejected", then: compensate, route: group:data-quality, respond: 1d}

Good: the same two, the other way round.
"""

from collections.abc import Iterator

from interlock.checks.check import check
from interlock.checks.finding import Complaint, Severity
from interlock.checks.inspection import Inspection
from interlock.checks.lineage.among import Among
from interlock.checks.retry.kinds import kinds_of
from interlock.checks.subject import of_plan


@check("RTY002", severity=Severity.ERROR, title="A handler that is never reached")
def unreachable_handler(inspection: Inspection) -> Iterator[Complaint]:
    for plan in inspection.plans.values():
        taken = Among(frozenset())
        for index, handler in enumerate(plan.on_error):
            kinds = kinds_of(handler)
            left = Among(frozenset(), outside=True) if kinds is None else kinds
            if left.both(taken.negated()).never:
                yield Complaint(
                    subject=of_plan(plan, "onError", str(index)),
                    what="this handler is never reached: those before it take every such failure",
                    hint="Move it up, or take it out.",
                    where=handler.place,
                )
            taken = taken if kinds is None else taken.either(kinds)
