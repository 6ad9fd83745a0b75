"""In whose books does a document belong? Only the ERP of its legal entity may have it (R97).

Where two ERPs run at once, an invoice of one legal entity in the other's ledger is revenue that
is counted twice, or in the wrong country. No field tells: all of them may come from the CRM.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from interlock.estate.authority import authority
from interlock.estate.estate import Estate
from interlock.gate.authority import Verdict
from interlock.gate.effect import Asker, Effect
from interlock.gate.permit import Refusal


def objection_to(
    effect: Effect, entity: str, asker: Asker, judged: Sequence[tuple[str, Verdict]]
) -> Refusal | None:
    """Return why authority forbids a write: one of its fields, or whose books it goes into."""
    reason = next((verdict.reason for _, verdict in judged if not verdict.allowed), None)
    if reason is None:
        when = (asker.legal_entity, asker.at)
        reason = foreign_books(asker.estate, entity, effect.values, effect.system, when)
    return None if reason is None else Refusal(rule="authority", kind="authority", reason=reason)


def foreign_books(
    estate: Estate,
    entity: str,
    values: Mapping[str, object],
    into: str,
    when: tuple[str | None, datetime],
) -> str | None:
    """Return why a document may not go into the books of `into`; ``None`` when it may.

    Only what is posted, and whose authority depends on the legal entity, has books of its own. The
    record's own word about its legal entity counts before the run's.
    """
    spec = estate.entities[entity].spec
    rule = spec.authority
    books = {rule.default, *rule.legalEntities.values()}
    plain = [name for name, field in spec.fields.items() if field.authority is None]
    if spec.posted is None or not rule.legalEntities or into not in books or not plain:
        return None
    of_run, at = when
    said = values.get(spec.legalEntity) if spec.legalEntity else None
    legal_entity = of_run if said is None else str(said)
    ruling = authority(estate, entity, plain[0], state=values, legal_entity=legal_entity, at=at)
    if ruling.system == into or (ruling.system is None and legal_entity is not None):
        return None
    if legal_entity is None:
        return f"it cannot be told in whose books a `{entity}` of no legal entity belongs"
    return f"a `{entity}` of `{legal_entity}` belongs in the books of `{ruling.system}`"
