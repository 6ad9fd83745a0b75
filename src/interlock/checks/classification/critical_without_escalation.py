"""CLS004: a critical integration escalates to nobody.

The owner may be asleep, ill or gone. Escalation says who is told next, and after how long.

Bad: ``criticality: critical`` and no ``escalation``.

Good::

    escalation:
      - {after: 0m, notify: group:order-to-cash}
      - {after: 30m, notify: group:finance-systems}
"""

from collections.abc import Iterator

from interlock.checks.check import check
from interlock.checks.classification.critical import critical
from interlock.checks.finding import Complaint, Severity
from interlock.checks.inspection import Inspection
from interlock.checks.subject import of


@check("CLS004", severity=Severity.ERROR, title="Critical without escalation")
def critical_without_escalation(inspection: Inspection) -> Iterator[Complaint]:
    for integration in critical(inspection):
        if not integration.spec.escalation:
            yield Complaint(
                subject=of(integration),
                what=f"critical integration `{integration.name}` escalates to nobody",
                hint="Add `escalation:` with who is told, and after how long.",
                where=integration.place_of("spec", "classification", "criticality"),
            )
