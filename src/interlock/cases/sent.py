"""What a run last sent, as its record has it: what a correction is compared with."""

from collections.abc import Mapping

from interlock.audit import trail
from interlock.cases.case import Case, CaseKind
from interlock.foundation.database import Database


def last_sent(database: Database, case: Case) -> dict[str, object]:
    """Return the fields that the case's step sent last, masked; of any step, if it sent none."""
    entries = trail.read(database, case.stream)
    intended = [entry.data for entry in entries if entry.action == "step.intended"]
    own = [data for data in intended if data.get("step") == case.step]
    payload = (own or intended or [{}])[-1].get("payload")
    return dict(payload) if isinstance(payload, Mapping) else {}


def before(database: Database, case: Case, correction: Mapping[str, object]) -> dict[str, object]:
    """Return what was last sent for the fields that are corrected, as the trail has it: masked."""
    if not correction or case.kind is CaseKind.CONNECTION:
        return {}
    entries = trail.read(database, case.stream)
    sent = (entry.data.get("payload") for entry in entries if entry.action == "step.intended")
    known: dict[str, object] = {}
    for payload in sent:
        if isinstance(payload, Mapping):
            known.update(payload)
    return {name: known.get(name, known.get(name.rpartition(".")[2])) for name in correction}
