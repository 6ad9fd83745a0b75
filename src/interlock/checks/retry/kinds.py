"""Which failures a handler is about, and which of them time can heal."""

from typing import Final

from interlock.checks.lineage.among import Among
from interlock.checks.lineage.evaluation import Scope
from interlock.checks.lineage.guards import facts_of
from interlock.checks.lineage.shapes import NOTHING, Record
from interlock.estate.estate import Estate
from interlock.estate.plan import Handler
from interlock.foundation.place import Place

HEALABLE: Final = frozenset({"conflict", "locked", "quota", "outage", "transport"})
"""Kinds that go away by themselves; `auth` needs a person, all others need a correction."""
HOPELESS: Final = frozenset(
    {
        "rejected",
        "period-closed",
        "missing-field",
        "unknown-value",
        "unknown-field",
        "duplicate",
        "not-found",
        "auth",
        "malformed",
        "tax-failed",
        "requirement",
        "transform",
        "expression",
        "unproven",
    }
)
"""Kinds that come back the same however often one tries (reliability.md section 3)."""
_ERROR: Final = Record(id="error", entity="", system="", where=lambda: Place(""))


def kinds_of(handler: Handler) -> Among | None:
    """Return which kinds of failure the handler is about; ``None``: it depends on more."""
    if handler.when is None:
        return Among(frozenset(), outside=True)
    scope = Scope(Estate(), {"error": _ERROR})
    facts = facts_of(handler.when.text, scope)
    if {read.path for read in handler.when.reads} != {("error", "kind")}:
        return None
    return facts.get(("error", "kind"))


__all__ = ["HEALABLE", "HOPELESS", "NOTHING", "kinds_of"]
