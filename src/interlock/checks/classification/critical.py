"""Which integrations the company cannot do without."""

from collections.abc import Iterator

from interlock.checks.inspection import Inspection
from interlock.estate.kinds import Integration


def critical(inspection: Inspection) -> Iterator[Integration]:
    """Yield the integrations that are declared critical."""
    for integration in inspection.estate.integrations.values():
        classification = integration.spec.classification
        if classification is not None and classification.criticality == "critical":
            yield integration
