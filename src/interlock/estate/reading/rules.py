"""What policies, releases and cutovers must be besides spelled right."""

from collections.abc import Iterator
from typing import Final

from interlock.estate.estate import Estate
from interlock.estate.kinds import Cutover, Policy, Release
from interlock.estate.problem import Problem
from interlock.estate.reading.forms import (
    Form,
    Path,
    anything,
    days,
    formed,
    moment,
    plain_text,
    there,
)
from interlock.estate.reading.names import known
from interlock.expression import ExpressionError, compile_expression

_WINDOW: Final[Form] = {"environment": plain_text, "start": moment, "end": moment}
_SPAN: Final[Form] = {"start": moment, "end": moment, "kinds": anything}
_MARGIN: Final[Form] = {"before": days, "after": days, "kinds": anything}
_MATCH: Final[Form] = {"kinds": anything, "when": plain_text}
_ROOTS: Final = frozenset({"request", "classification"})
"""What a run-time policy may ask about; the gate gives it."""


def rule_problems(estate: Estate) -> Iterator[Problem]:
    """Yield what keeps the rules of an estate from being asked."""
    for policy in estate.policies.values():
        yield from _policy(policy)
    for release in estate.releases.values():
        yield from _release(estate, release)
    for cutover in estate.cutovers.values():
        yield from _cutover(estate, cutover)


def _release(estate: Estate, release: Release) -> Iterator[Problem]:
    for index, window in enumerate(release.spec.windows):
        path: Path = ("spec", "windows", index)
        yield from formed(release, path, window, _WINDOW)
        yield from there(release, path, window, ("start", "end"))
    yield from formed(release, ("spec", "freeze"), release.spec.freeze, _MARGIN)
    for index, name in enumerate(release.spec.regression):
        where = ("spec", "regression", index)
        yield from known(release, where, name, ("integration", estate.integrations))


def _policy(policy: Policy) -> Iterator[Problem]:
    path: Path = ("spec", "expression")
    roots = _ROOTS if policy.spec.phase == "runtime" else None
    where = policy.where(*path)
    yield from formed(policy, ("spec", "match"), policy.spec.match, _MATCH)
    try:
        found = compile_expression(policy.spec.expression, roots=roots, where=where)
    except ExpressionError as error:
        what, place = f"{policy.id}: {error.reason}", error.where or where()
        yield Problem(code="EST301", what=what, hint=error.hint, where=place)
        return
    if found.type.kind not in {"bool", "any"}:
        what = f"{policy.id}: a condition is true or false; this is a {found.type}"
        hint = "Compare it with something."
        yield Problem(code="EST302", what=what, hint=hint, where=where())


def _cutover(estate: Estate, cutover: Cutover) -> Iterator[Problem]:
    yield from formed(cutover, ("spec", "freeze"), cutover.spec.freeze, _SPAN)
    for index, transfer in enumerate(cutover.spec.transfers):
        path: Path = ("spec", "transfers", index)
        entity = estate.entities.get(transfer.entity)
        if entity is not None and transfer.field is not None:
            yield from known(
                cutover, (*path, "field"), transfer.field, ("field", entity.spec.fields)
            )
        for number, name in enumerate(transfer.legalEntities):
            where = (*path, "legalEntities", number)
            yield from known(cutover, where, name, ("legal entity", estate.legal_entities))
