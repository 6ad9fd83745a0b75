"""A vendor's record in the estate's words, and how it differs from what was intended."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

from interlock.connectors.port import Kind, Outcome, Record, Verdict
from interlock.estate.binding import (
    BindingError,
    References,
    at_path,
    from_vendor,
    identity,
    nothing_known,
)
from interlock.estate.capability import Effect as What
from interlock.estate.estate import Estate
from interlock.gate.effect import Asker, Mode
from interlock.gate.permit import Permit, Reply


def unread(outcome: Outcome, error: BindingError) -> Outcome:
    """Return the outcome of a read whose answer holds what the estate does not declare."""
    return replace(
        outcome,
        verdict=Verdict.REJECTED,
        kind=Kind(error.kind),
        message=str(error),
    )


def read_record(
    estate: Estate,
    entity: str,
    system: str,
    record: Record,
    *,
    keys: References = nothing_known,
) -> dict[str, object]:
    """Return a vendor's record in our words, with its key and the vendor's id.

    Raises:
        BindingError: It holds a value that the estate does not declare.
    """
    found = from_vendor(estate, entity, system, record.body, keys=keys)
    named = identity(estate, entity, system)
    key = at_path(record.body, named.field)
    found["id"] = record.ref if key is None else str(key)
    found["ref"] = record.ref
    return found


def difference(intended: Mapping[str, object], seen: Mapping[str, object]) -> str | None:
    """Return how a record that was found differs from what was intended (F16); None: adopt it."""
    for field, value in intended.items():
        found = seen.get(field)
        if found is None or isinstance(value, list):
            continue
        if found != value:
            return f"one exists already, but its {field} is {found} and not {value}"
    return None


def reply_of(permit: Permit, asker: Asker, outcome: Outcome, took: timedelta) -> Reply:
    """Return what an exchange came to, in the estate's words: the record as it is afterwards."""
    effect = permit.effect
    if outcome.verdict is not Verdict.DONE or outcome.record is None:
        return Reply(outcome=outcome, took=took)
    seen: dict[str, object] = {}
    if effect.entity is not None:
        try:
            seen = read_record(
                asker.estate,
                effect.entity,
                effect.system,
                outcome.record,
                keys=_meant(permit, asker) if effect.mode is Mode.PROBE else nothing_known,
            )
        except BindingError as error:
            if effect.mode is Mode.READ:
                return Reply(outcome=unread(outcome, error), took=took)
            # It is done, but the answer holds what the estate never declared: whoever needs
            # that field later gets a clear error, and the write is not doubted.
    if effect.mode is Mode.PROBE:
        denied = _denied(permit, seen)
        if denied is not None:
            return Reply(outcome=denied, took=took)
    key = effect.key if effect.mode is not Mode.READ else str(seen.get("id", effect.key))
    said = {name: each for name, each in seen.items() if each is not None}
    value = {**seen, **effect.values, **said, "id": key, "ref": outcome.record.ref}
    return Reply(outcome=outcome, value=value, took=took)


def _meant(permit: Permit, asker: Asker) -> References:
    """Return what gives our key for a system's id, of the records that a write refers to."""
    named = [value for value in permit.effect.values.values() if isinstance(value, str)]

    def key_of(entity: str, ref: str, system: str) -> str | None:
        return next((key for key in named if asker.refs(entity, key, system) == ref), None)

    return key_of


def _denied(permit: Permit, seen: Mapping[str, object]) -> Outcome | None:
    """Return why a record that was found does not show that our write was applied."""
    intended = permit.effect.values
    if permit.capability.effect is What.CREATE:
        differs = difference(intended, seen)
        if differs is not None:
            return Outcome(verdict=Verdict.REJECTED, kind=Kind.CONFLICT, message=differs)
    if permit.capability.effect in {What.UPSERT, What.UPDATE}:
        # It was there before: that it exists says nothing of what was to be changed.
        changed = {name: v for name, v in intended.items() if not isinstance(v, list | tuple)}
        missing = [name for name, v in changed.items() if v is not None and seen.get(name) != v]
        if missing:
            said = f"it is there and does not show what was written: {', '.join(missing)}"
            return Outcome(verdict=Verdict.REJECTED, kind=Kind.NOT_FOUND, message=said)
    return None
