"""Who may originate a field: the one function that check, gate, sync and explain all ask.

It depends on the field, the record's state (hand-off), the legal entity and the date (cutover).
What is not known is not guessed: the ruling then names every candidate and is not certain.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache, partial

from interlock.estate.estate import Estate
from interlock.estate.kinds.entity import Authority, Entity, Handoff
from interlock.estate.kinds.rules import Transfer
from interlock.expression import Expression, ExpressionError, compile_expression
from interlock.foundation.errors import UsageError
from interlock.foundation.place import Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruling:
    """Who may originate a value, why, and where that is declared."""

    system: str | None
    """The one system; ``None`` when it cannot be told."""
    candidates: frozenset[str]
    because: str
    where: Callable[[], Place] = field(repr=False, compare=False)
    """Finds where it is declared; asked only when somebody wants to read it there."""

    @property
    def place(self) -> Place:
        """Return where it is declared."""
        return self.where()

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
    where: Callable[[], Place] = partial(_place, declared, field)
    known = _Known(
        entity=entity,
        state=state,
        legal_entity=legal_entity or _legal_entity(declared, state),
        at=at,
    )
    candidates, because = _by_legal_entity(rule, known)
    if rule.handoff is not None:
        candidates, because = _by_state(rule.handoff, candidates, because, known)
    for transfer, there in _transfers(estate, entity, field):
        before = candidates
        candidates, because = _by_date(transfer, candidates, because, known)
        if candidates != before:
            where = there
    only = next(iter(candidates)) if len(candidates) == 1 else None
    return Ruling(system=only, candidates=candidates, because=because, where=where)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    """What is known of the record that is asked about; ``None`` is not known."""

    entity: str
    state: Mapping[str, object] | None
    legal_entity: str | None
    at: datetime | None


def _legal_entity(declared: Entity, state: Mapping[str, object] | None) -> str | None:
    """Return the legal entity that the record itself states."""
    name = declared.spec.legalEntity
    found = state.get(name) if state is not None and name is not None else None
    return None if found is None else str(found)


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


def _by_legal_entity(rule: Authority, known: _Known) -> tuple[frozenset[str], str]:
    if not rule.legalEntities:
        return frozenset({rule.default}), f"`{rule.default}` is the authority"
    name = known.legal_entity
    if name is None:
        every = frozenset({rule.default, *rule.legalEntities.values()})
        return every, "it depends on the legal entity, which is not known"
    system = rule.legalEntities.get(name, rule.default)
    return frozenset({system}), f"`{system}` is the authority for legal entity `{name}`"


def _by_state(
    handoff: Handoff, candidates: frozenset[str], because: str, known: _Known
) -> tuple[frozenset[str], str]:
    moved = None if known.state is None else _holds(handoff.when, known.entity, known.state)
    if moved is None:
        return candidates | {handoff.to}, "it depends on the record's state, which is not known"
    if moved:
        return frozenset({handoff.to}), f"handed off to `{handoff.to}`: {handoff.when}"
    return candidates, because


def _holds(condition: str, entity: str, state: Mapping[str, object]) -> bool | None:
    """Return whether `condition` holds for the record; ``None`` when it cannot be told.

    It is written over the fields (``status``) or over the record (``order.status``).
    """
    try:
        expression = _compiled(condition)
        if not _asked(expression, entity) <= state.keys():
            return None
        answer = expression({entity: state, **state})
    except ExpressionError:
        return None
    return answer if isinstance(answer, bool) else None


@lru_cache(maxsize=1024)
def _compiled(condition: str) -> Expression:
    return compile_expression(condition)


def _asked(expression: Expression, entity: str) -> set[str]:
    """Return the fields that a condition reads."""
    paths = (read.path for read in expression.reads)
    return {path[1] if path[0] == entity and len(path) > 1 else path[0] for path in paths}


def _transfers(
    estate: Estate, entity: str, field: str
) -> list[tuple[Transfer, Callable[[], Place]]]:
    """Return the transfers of a field, oldest first; at one moment, by the cutovers' names."""
    found = [
        (transfer, partial(cutover.place_of, "spec", "transfers", index))
        for _, cutover in sorted(estate.cutovers.items())
        for index, transfer in enumerate(cutover.spec.transfers)
        if transfer.entity == entity and transfer.field in {None, field}
    ]
    return sorted(found, key=lambda each: each[0].at)


def _by_date(
    transfer: Transfer, candidates: frozenset[str], because: str, known: _Known
) -> tuple[frozenset[str], str]:
    if transfer.from_ not in candidates:
        return candidates, because
    limited = bool(transfer.legalEntities)
    if limited and known.legal_entity not in {None, *transfer.legalEntities}:
        return candidates, because
    if known.at is not None and known.at < transfer.at:
        return candidates, because
    if known.at is None:
        return candidates | {transfer.to}, "it depends on the date of a cutover"
    if limited and known.legal_entity is None:
        return candidates | {transfer.to}, "a cutover depends on the legal entity, not known here"
    moved = (candidates - {transfer.from_}) | {transfer.to}
    return moved, f"moved to `{transfer.to}` on {transfer.at:%Y-%m-%d}"
