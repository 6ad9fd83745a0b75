"""Whether a change of the source is anybody's business: the end of every echo.

An integration that writes into a system is told by that system about its own write. What it
carries has one authority, so the echo shows it nothing new; a digest of the fields that it looks
at tells that without knowing who made the change.
"""

from collections.abc import Mapping

from interlock.estate.plan import Plan
from interlock.foundation.ids import digest


def carried(plan: Plan, record: Mapping[str, object]) -> str:
    """Return the digest of what `plan` looks at in its triggering record."""
    return digest({name: record.get(name) for name in plan.carried})


def asked(plan: Plan, record: Mapping[str, object]) -> str:
    """Return the digest of what a triggering record asks of `plan`, whoever it is for."""
    return digest({name: record.get(name) for name in plan.asked})
