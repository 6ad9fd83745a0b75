"""What policies, releases, reconciliations and cutovers must be besides spelled right."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Final
from zoneinfo import ZoneInfo

from interlock.estate.estate import Estate
from interlock.estate.kinds import Cutover, Declared, Policy, Reconciliation, Release
from interlock.estate.kinds.declared import duration_of
from interlock.estate.problem import Problem
from interlock.estate.reading.names import known, unknown
from interlock.expression import ExpressionError, compile_expression
from interlock.expression.errors import did_you_mean

Path = tuple[str | int, ...]
Form = Mapping[str, Callable[[object], object]]
"""What may be said, each with the reader that refuses what it cannot read."""


def _moment(value: object) -> object:
    return datetime.fromisoformat(str(value))


def _text(value: object) -> object:
    if isinstance(value, (dict, list)):
        raise TypeError
    return value


def _days(value: object) -> object:
    if not str(value).endswith(("h", "d", "w")):
        raise ValueError
    return duration_of(value)


def _tolerance(value: object) -> object:
    return Decimal(str(value))


def _anything(value: object) -> object:
    return value


_WINDOW: Final[Form] = {"environment": _text, "start": _moment, "end": _moment}
_SPAN: Final[Form] = {"start": _moment, "end": _moment, "kinds": _anything}
_MARGIN: Final[Form] = {"before": _days, "after": _days, "kinds": _anything}
_SCHEDULE: Final[Form] = {
    "cron": _text,
    "timezone": lambda value: ZoneInfo(str(value)),
    "settle": duration_of,
}
_COMPARISON: Final[Form] = {"field": _text, "tolerance": _tolerance}
_MATCH: Final[Form] = {"kinds": _anything, "when": _text}
_MEANING: Final = {
    "start": "a date or moment, such as 2027-03-06",
    "end": "a date or moment, such as 2027-03-06",
    "before": "hours, days or weeks, such as 2d",
    "after": "hours, days or weeks, such as 2d",
    "timezone": "an IANA time zone, such as Europe/Berlin",
    "settle": "a number and a unit: ms, s, m, h, d or w",
    "tolerance": "an exact number, such as 0.01",
}
_ROOTS: Final = frozenset({"request", "classification"})
"""What a run-time policy may ask about; the gate gives it."""


def rule_problems(estate: Estate) -> Iterator[Problem]:
    """Yield what keeps the rules of an estate from being asked."""
    for policy in estate.policies.values():
        yield from _policy(policy)
    for release in estate.releases.values():
        yield from _release(estate, release)
    for reconciliation in estate.reconciliations.values():
        yield from _reconciliation(estate, reconciliation)
    for cutover in estate.cutovers.values():
        yield from _cutover(estate, cutover)


def _release(estate: Estate, release: Release) -> Iterator[Problem]:
    for index, window in enumerate(release.spec.windows):
        path: Path = ("spec", "windows", index)
        yield from _formed(release, path, window, _WINDOW)
        yield from _there(release, path, window, ("start", "end"))
    yield from _formed(release, ("spec", "freeze"), release.spec.freeze, _MARGIN)
    for index, name in enumerate(release.spec.regression):
        where = ("spec", "regression", index)
        yield from known(release, where, name, ("integration", estate.integrations))


def _policy(policy: Policy) -> Iterator[Problem]:
    path: Path = ("spec", "expression")
    roots = _ROOTS if policy.spec.phase == "runtime" else None
    place = policy.place_of(*path)
    yield from _formed(policy, ("spec", "match"), policy.spec.match, _MATCH)
    try:
        found = compile_expression(policy.spec.expression, roots=roots, place=place)
    except ExpressionError as error:
        what, where = f"{policy.id}: {error.reason}", error.where or place
        yield Problem(code="EST301", what=what, hint=error.hint, where=where)
        return
    if found.type.kind not in {"bool", "any"}:
        what = f"{policy.id}: a condition is true or false; this is a {found.type}"
        hint = "Compare it with something."
        yield Problem(code="EST302", what=what, hint=hint, where=place)


def _reconciliation(estate: Estate, found: Reconciliation) -> Iterator[Problem]:
    spec = found.spec
    yield from _formed(found, ("spec", "schedule"), spec.schedule, _SCHEDULE)
    if spec.route is not None:
        groups = [f"group:{name}" for name in estate.groups]
        yield from known(found, ("spec", "route"), spec.route, ("route", groups))
    entity = estate.entities.get(spec.entity)
    for index, each in enumerate(spec.compare):
        path: Path = ("spec", "compare", index)
        yield from _formed(found, path, each, _COMPARISON)
        name = str(each.get("field"))
        if entity is not None and entity.field(name) is None:
            yield unknown(found, (*path, "field"), "field", name, entity.spec.fields)


def _cutover(estate: Estate, cutover: Cutover) -> Iterator[Problem]:
    yield from _formed(cutover, ("spec", "freeze"), cutover.spec.freeze, _SPAN)
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


def _formed(
    declared: Declared, path: Path, given: Mapping[str, Any], form: Form
) -> Iterator[Problem]:
    """Yield the keys of `given` that mean nothing, and the values that cannot be read."""
    for key, value in given.items():
        reader = form.get(key)
        if reader is None:
            what = f"{declared.id}: `{key}` is not a field here{did_you_mean(key, form)}"
            where = declared.place_of_key(*path, key)
            hint = f"Fields: {', '.join(sorted(form))}."
            yield Problem(code="EST103", what=what, hint=hint, where=where)
            continue
        try:
            reader(value)
        except (ValueError, TypeError, KeyError, OSError, InvalidOperation):
            what = f"{declared.id}: `{key}` must be: {_MEANING.get(key, 'plain text')}"
            yield Problem(code="EST104", what=what, where=declared.place_of(*path, key))


def _there(
    declared: Declared, path: Path, given: Mapping[str, Any], keys: Iterable[str]
) -> Iterator[Problem]:
    for key in keys:
        if key not in given:
            what = f"{declared.id}: `{key}` is required"
            yield Problem(code="EST104", what=what, where=declared.place_of(*path))
