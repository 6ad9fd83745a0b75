"""CLS014: a critical integration is eventually consistent, and nobody wrote down why.

Someone decided that two systems may disagree for a while. Whoever meets the difference at month
end should find the decision (R23).

Bad: ``criticality: critical, consistency: eventual`` without ``tradeoff``.

Good: ``tradeoff: billing and ERP may be minutes apart; an order never waits for the ERP``.
"""

from collections.abc import Iterator

from interlock.checks.check import check
from interlock.checks.classification.critical import critical
from interlock.checks.finding import Complaint, Severity
from interlock.checks.inspection import Inspection
from interlock.checks.subject import of


@check("CLS014", severity=Severity.WARNING, title="A trade-off that nobody wrote down")
def tradeoff_unstated(inspection: Inspection) -> Iterator[Complaint]:
    for integration in critical(inspection):
        classification = integration.spec.classification
        if classification is None or classification.tradeoff:
            continue
        if classification.consistency == "eventual":
            yield Complaint(
                subject=of(integration, "classification", "tradeoff"),
                what=f"`{integration.name}` is critical and eventually consistent: why?",
                hint="Say in `tradeoff` what may disagree, for how long, and what that buys.",
                where=integration.place_of("spec", "classification", "consistency"),
            )
