"""Who may originate a field: the one function that check, gate, sync and explain all ask.

It depends on the field, the record's state (hand-off), the legal entity and the date (cutover).
What is not known is not guessed: the ruling then names every candidate and is not certain.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from interlock.estate.estate import Estate
from interlock.estate.kinds.entity import Authority, Entity, Handoff
from interlock.estate.kinds.rules import Transfer
from interlock.expression import ExpressionError, compile_expression
from interlock.foundation.errors import UsageError
from interlock.foundation.place import Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruling:
    """Who may originate a value, why, and where that is declared."""

    system: str | None
    """The one system; ``None`` when it cannot be told."""
    candidates: frozenset[str]
    because: str
    place: Place

    @property
    def certain(self) -> bool:
        """Whether there is exactly one answer."""
        return self.system is not None


def authority(
    estate: Estate,
    entity: str,
    field: str,
    *,
    state: Mapping[str, object] | None = None,
    legal_entity: str | None = None,
    at: datetime | None = None,
) -> Ruling:
    """Return which system may originate `field` of `entity`.

    `state` is the record as far as it is known; an unknown state, legal entity or moment leaves
    every possibility open.

    Raises:
        UsageError: There is no such entity or field.
    """
    declared = _declared(estate, entity, field)
    rule = declared.authority_of(field)
    place = _place(declared, field)
    candidates, because = _by_legal_entity(declared, rule, state, legal_entity)
    if rule.handoff is not None:
        candidates, because = _by_state(rule.handoff, candidates, because, state)
    for transfer, where in _transfers(estate, entity, field):
        candidates, because = _by_date(transfer, candidates, because, (legal_entity, at))
        if transfer.to in candidates:
            place = where
    only = next(iter(candidates)) if len(candidates) == 1 else None
    return Ruling(system=only, candidates=candidates, because=because, place=place)


def _declared(estate: Estate, entity: str, field: str) -> Entity:
    declared = estate.entities.get(entity)
    if declared is None:
        known = ", ".join(sorted(estate.entities)) or "none"
        raise UsageError(f"there is no entity `{entity}`", hint=f"Declared are: {known}.")
    if declared.field(field) is None:
        known = ", ".join(sorted(declared.spec.fields))
        raise UsageError(f"`{entity}` has no field `{field}`", hint=f"It has: {known}.")
    return declared


def _place(declared: Entity, field: str) -> Place:
    found = declared.field(field)
    if found is not None and found.authority is not None:
        return declared.place_of("spec", "fields", field, "authority")
    return declared.place_of("spec", "authority")


def _by_legal_entity(
    declared: Entity,
    rule: Authority,
    state: Mapping[str, object] | None,
    legal_entity: str | None,
) -> tuple[frozenset[str], str]:
    if not rule.legalEntities:
        return frozenset({rule.default}), f"`{rule.default}` is the authority"
    name = declared.spec.legalEntity
    known = legal_entity
    if known is None and state is not None and name is not None and state.get(name) is not None:
        known = str(state[name])
    if known is None:
        every = frozenset({rule.default, *rule.legalEntities.values()})
        return every, "it depends on the legal entity, which is not known"
    system = rule.legalEntities.get(known, rule.default)
    return frozenset({system}), f"`{system}` is the authority for legal entity `{known}`"


def _by_state(
    handoff: Handoff,
    candidates: frozenset[str],
    because: str,
    state: Mapping[str, object] | None,
) -> tuple[frozenset[str], str]:
    moved = None if state is None else _holds(handoff.when, state)
    if moved is None:
        return candidates | {handoff.to}, "it depends on the record's state, which is not known"
    if moved:
        return frozenset({handoff.to}), f"handed off to `{handoff.to}`: {handoff.when}"
    return candidates, because


def _holds(condition: str, state: Mapping[str, object]) -> bool | None:
    """Return whether `condition` holds for the record; ``None`` when it cannot be told."""
    try:
        expression = compile_expression(condition)
        (name,) = {read.path[0] for read in expression.reads} or {""}
        known = set(state)
        # Over `order.status`, or over `status`: both are read as the record's own fields.
        scope = dict(state) if name in known else {name: state}
        answer = expression(scope)
    except (ExpressionError, ValueError):
        return None
    return answer if isinstance(answer, bool) else None


def _transfers(estate: Estate, entity: str, field: str) -> list[tuple[Transfer, Place]]:
    found = [
        (transfer, cutover.place_of("spec", "transfers", index))
        for cutover in estate.cutovers.values()
        for index, transfer in enumerate(cutover.spec.transfers)
        if transfer.entity == entity and transfer.field in {None, field}
    ]
    return sorted(found, key=lambda each: each[0].at)


def _by_date(
    transfer: Transfer,
    candidates: frozenset[str],
    because: str,
    when: tuple[str | None, datetime | None],
) -> tuple[frozenset[str], str]:
    legal_entity, at = when
    if transfer.from_ not in candidates:
        return candidates, because
    limited = bool(transfer.legalEntities)
    if limited and legal_entity is not None and legal_entity not in transfer.legalEntities:
        return candidates, because
    if at is not None and at < transfer.at:
        return candidates, because
    if at is None or (limited and legal_entity is None):
        return candidates | {transfer.to}, "it depends on the date of a cutover"
    moved = (candidates - {transfer.from_}) | {transfer.to}
    return moved, f"moved to `{transfer.to}` on {transfer.at:%Y-%m-%d}"
