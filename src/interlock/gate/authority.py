"""Authority at run time: the same function that the checks ask, asked for this very write.

Rulings that depend on nothing but the legal entity are remembered; the rest is asked anew.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from interlock.estate.authority import Ruling, authority
from interlock.estate.estate import Estate

REMEMBERED: Final = 20_000
"""How many rulings are kept before all are forgotten; a bound, not a tuning."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a field may be written into a system, and by which ruling."""

    allowed: bool
    ruling: Ruling
    reason: str


class Authorities:
    """The rulings of one process."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str, str, str, str | None], Verdict] = {}

    def judge(
        self,
        estate: Estate,
        entity: str,
        fields: Mapping[str, object],
        into: str,
        when: tuple[str | None, datetime],
    ) -> list[tuple[str, Verdict]]:
        """Return the verdict on every field of a write into `into`."""
        legal_entity, at = when
        found = []
        for field in fields:
            key = (estate.digest, entity, field, into, legal_entity)
            verdict = self._known.get(key)
            if verdict is None:
                ruling = authority(
                    estate, entity, field, state=fields, legal_entity=legal_entity, at=at
                )
                verdict = _verdict(estate, entity, field, into, ruling)
                if not _depends_on_more(estate, entity, field):
                    self._remember(key, verdict)
            found.append((field, verdict))
        return found

    def _remember(self, key: tuple[str, str, str, str, str | None], verdict: Verdict) -> None:
        if len(self._known) >= REMEMBERED:
            self._known.clear()
        self._known[key] = verdict


def _depends_on_more(estate: Estate, entity: str, field: str) -> bool:
    """Whether the ruling may change with the record's state or with time."""
    rule = estate.entities[entity].authority_of(field)
    return rule.handoff is not None or bool(estate.cutovers)


def _verdict(estate: Estate, entity: str, field: str, into: str, ruling: Ruling) -> Verdict:
    declared = estate.entities[entity].field(field)
    derived = declared is not None and bool(declared.derivedFrom)
    if ruling.system == into and not derived:
        reason = f"`{entity}.{field}` belongs to `{into}`: {ruling.because}"
        return Verdict(allowed=False, ruling=ruling, reason=reason)
    if ruling.system is None and into in ruling.candidates and not derived:
        reason = f"it cannot be told who owns `{entity}.{field}`: {ruling.because}"
        return Verdict(allowed=False, ruling=ruling, reason=reason)
    return Verdict(allowed=True, ruling=ruling, reason="")
