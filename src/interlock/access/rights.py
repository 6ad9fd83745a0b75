"""What each role may do, and on what: one table, and one function that everything asks."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from interlock.access.account import EVERY, Grant, Role


class Act(StrEnum):
    """What somebody may be allowed to do."""

    SEE = "see"
    """Look at runs, cases, breaks and the estate."""
    WORK = "work"
    """Take a case, give it to somebody, comment on it."""
    ANSWER = "answer"
    """Decide a case: retry, correct, skip, compensate, accept; match or give up a break."""
    REPLAY = "replay"
    """Answer many cases at once."""
    APPROVE = "approve"
    """Say yes or no where a second person must."""
    EXPORT = "export"
    """Take the record of what happened out of the house."""
    ADMINISTER = "administer"
    """See who has access."""


RIGHTS: Final[Mapping[Role, frozenset[Act]]] = MappingProxyType(
    {
        Role.VIEWER: frozenset({Act.SEE}),
        Role.OPERATOR: frozenset({Act.SEE, Act.WORK, Act.ANSWER, Act.REPLAY}),
        Role.APPROVER: frozenset({Act.SEE, Act.WORK, Act.APPROVE}),
        Role.ARCHITECT: frozenset({Act.SEE, Act.WORK}),
        Role.AUDITOR: frozenset({Act.SEE, Act.EXPORT}),
        Role.ADMINISTRATOR: frozenset({Act.SEE, Act.ADMINISTER}),
    }
)
"""No single role both repairs and approves, and who gives access decides about no money."""


@dataclass(frozen=True, slots=True)
class Scope:
    """What an act is about. Empty is not known, and so only for those who may see everything."""

    legal_entity: str = ""
    domain: str = ""


def covers(grant: Grant, scope: Scope) -> bool:
    """Tell whether a grant reaches as far as `scope`."""
    return grant.legal_entity in (EVERY, scope.legal_entity or EVERY) and grant.domain in (
        EVERY,
        scope.domain or EVERY,
    )


def may(grants: Iterable[Grant], act: Act, scope: Scope | None = None) -> bool:
    """Tell whether `act` is granted on `scope`; without a scope, whether it is anywhere."""
    return any(
        act in RIGHTS[grant.role] and (scope is None or covers(grant, scope)) for grant in grants
    )


def acts_of(grants: Iterable[Grant]) -> frozenset[Act]:
    """Return everything that is granted anywhere."""
    return frozenset(act for grant in grants for act in RIGHTS[grant.role])
