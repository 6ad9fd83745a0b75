"""Health, readiness, and figures for Prometheus (text format 0.0.4)."""

from collections.abc import Iterable, Mapping
from typing import Final

from interlock.access import Act, Scope
from interlock.cases.queue import stakes
from interlock.console.door import Ask, Door, File, Json, Kind, RefusalError, forbidden
from interlock.foundation.errors import InterlockError
from interlock.insight.freshness import freshness
from interlock.insight.pressing import risk
from interlock.insight.stages import by_stage
from interlock.insight.summary import tallies
from interlock.intake.api.problems import Problem

_TEXT: Final = "text/plain; version=0.0.4; charset=utf-8"
Sample = tuple[Mapping[str, str], object]


def health(ask: Ask) -> Json:
    """Say that this process answers."""
    return Json(value={"state": "alive", "at": ask.now})


def ready(ask: Ask) -> Json:
    """Say whether pages can be shown: the database answers."""
    try:
        with ask.desk.database.transaction() as connection:
            list(stakes(connection))[:1]
    except InterlockError as error:
        problem = Problem(name="not-ready", status=503, title="The database does not answer")
        raise RefusalError(problem, {"retry-after": "1"}) from error
    return Json(value={"state": "ready", "at": ask.now})


def metrics(ask: Ask) -> File:
    """Return the figures of the whole installation."""
    if not ask.viewer.may(Act.SEE, Scope()):
        raise forbidden(Act.SEE)
    lines = [
        line for name, about, samples in _figures(ask) for line in _family(name, about, samples)
    ]
    return File(body="".join(lines).encode(), kind=_TEXT)


def _figures(ask: Ask) -> list[tuple[str, str, list[Sample]]]:
    desk, estate = ask.desk, ask.desk.estate()
    with desk.database.transaction() as connection:
        found = risk(stakes(connection), ask.now)
        fresh = freshness(connection, estate, estate.reconciliations)
    runs: list[Sample] = [
        ({"integration": integration, "stage": stage}, number.runs)
        for integration, row in by_stage(tallies(desk.database)).items()
        for stage, number in row.items()
    ]
    cases: list[Sample] = [
        ({"cause": cause, "owner": owner}, pile.cases) for cause, owner, pile in found.by_cause
    ]
    money: list[Sample] = [
        ({"legal_entity": name, "currency": currency}, amount)
        for name, pile in found.by_legal_entity.items()
        for currency, amount in pile.worth
    ]
    age: list[Sample] = [
        ({"reconciliation": each.name}, round((ask.now - each.at).total_seconds()))
        for each in fresh
        if each.at is not None
    ]
    verdict: list[Sample] = [
        ({"reconciliation": each.name, "verdict": each.verdict}, 1) for each in fresh
    ]
    return [
        ("interlock_transactions", "Transactions by integration and stage.", runs),
        ("interlock_open_cases", "Open cases by cause and owner.", cases),
        (
            "interlock_overdue_cases",
            "Open cases past their deadline.",
            [({}, found.whole.overdue)],
        ),
        ("interlock_money_at_risk", "Money in open cases.", money),
        (
            "interlock_broken_connections",
            "Systems that cannot be reached.",
            [({}, len(found.broken))],
        ),
        ("interlock_reconciliation_age_seconds", "Since it was carried out last.", age),
        ("interlock_reconciliation_verdict", "Its last answer; never is one.", verdict),
    ]


def _family(name: str, about: str, samples: Iterable[Sample]) -> list[str]:
    lines = [f"# HELP {name} {about}\n", f"# TYPE {name} gauge\n"]
    return lines + [f"{name}{_labels(labels)} {value}\n" for labels, value in samples]


def _labels(labels: Mapping[str, str]) -> str:
    said = ",".join(f'{name}="{_escaped(value)}"' for name, value in labels.items())
    return f"{{{said}}}" if said else ""


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


DOORS: Final = (
    Door(
        name="health",
        method="GET",
        path="/healthz",
        act=None,
        handle=health,
        kind=Kind.OPEN,
        about="This process answers.",
    ),
    Door(
        name="ready",
        method="GET",
        path="/readyz",
        act=None,
        handle=ready,
        kind=Kind.OPEN,
        about="The database answers.",
    ),
    Door(
        name="metrics",
        method="GET",
        path="/metrics",
        act=Act.SEE,
        handle=metrics,
        kind=Kind.API,
        about="Figures for Prometheus.",
    ),
)
