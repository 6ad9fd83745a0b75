"""RTY001: a failure is retried that comes back the same.

A closed period, an unknown value or a missing field does not heal by waiting. Retrying it burns
quota and hides the question from the person who could answer it (R60).

Bad: ``{when: error.kind == "period-closed", then: retry, ...}``

Good: ``{when: error.kind == "period-closed", then: park, route: group:general-ledger, ...}``
"""

from collections.abc import Iterator

from interlock.checks.check import check
from interlock.checks.finding import Complaint, Severity
from interlock.checks.inspection import Inspection
from interlock.checks.retry.kinds import HEALABLE, HOPELESS, kinds_of
from interlock.checks.subject import of_plan


@check("RTY001", severity=Severity.ERROR, title="Retry of what cannot heal")
def retry_of_what_cannot_heal(inspection: Inspection) -> Iterator[Complaint]:
    for plan in inspection.plans.values():
        for index, handler in enumerate(plan.on_error):
            kinds = kinds_of(handler) if handler.then == "retry" else None
            hopeless = sorted(kinds.within(HOPELESS), key=str) if kinds else []
            if hopeless:
                named = f"`{hopeless[0]}`" if handler.when else "every failure"
                yield Complaint(
                    subject=of_plan(plan, "onError", str(index)),
                    what=f"{named} is retried, and it does not heal by itself",
                    hint=f"Say `then: park`; only these heal: {', '.join(sorted(HEALABLE))}.",
                    where=handler.place,
                )
