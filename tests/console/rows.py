"""For every door: how it is asked about a legal entity, and whose business that is.

A door without a row here fails `test_every_door`: say what it is about before it opens.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum

from tests.console.world import World


class About(Enum):
    """What a door is about."""

    NOBODY = "anybody may come, also who is not logged in"
    ENTITY = "one thing of one legal entity"
    LIST = "a list, in which everybody sees their own"
    HOUSE = "the whole installation: only who may see all of it"
    ESTATE = "what was declared: everybody who may see anything"


Given = Mapping[str, object]


def _nothing(_: World, __: str) -> Given:
    return {}


@dataclass(frozen=True, kw_only=True)
class Row:
    """How a door is asked."""

    about: About
    path: Mapping[str, Callable[[World, str], str]] = field(default_factory=dict)
    """What stands in its path."""
    given: Callable[[World, str], Given] = _nothing
    """What its form or body says."""
    query: str = ""


def _case(here: World, entity: str) -> str:
    return here.case[entity]


def _run(here: World, entity: str) -> str:
    return here.run[entity]


def _break(here: World, entity: str) -> str:
    return here.broken[entity]


def _decision(here: World, entity: str) -> str:
    return here.decision[entity]


def _says(**words: object) -> Callable[[World, str], Given]:
    return lambda _here, _entity: words


ANYBODY = Row(about=About.NOBODY)
LISTED = Row(about=About.LIST)
DECLARED = Row(about=About.ESTATE)
ROWS: Mapping[str, Row] = {
    "login": ANYBODY,
    "enter": Row(about=About.NOBODY, given=_says(door="x", name="ana", password="x" * 12)),
    "asset": Row(
        about=About.NOBODY, path={"digest": lambda *_: "0", "name": lambda *_: "console.css"}
    ),
    "health": ANYBODY,
    "ready": ANYBODY,
    "leave": LISTED,
    "today": LISTED,
    "transactions": LISTED,
    "transaction": Row(about=About.ENTITY, path={"run": _run}),
    "cases": LISTED,
    "assign-many": Row(
        about=About.ENTITY, given=lambda here, entity: {"case": here.case[entity], "to": "bao"}
    ),
    "case": Row(about=About.ENTITY, path={"id": _case}),
    "assign": Row(about=About.ENTITY, path={"id": _case}, given=_says(to="bao")),
    "comment": Row(about=About.ENTITY, path={"id": _case}, given=_says(text="called")),
    "answer": Row(about=About.ENTITY, path={"id": _case}, given=_says(answer="retry")),
    "correct": Row(about=About.ENTITY, path={"id": _case}),
    "compare": Row(
        about=About.ENTITY, path={"id": _case}, given=_says(**{"new:customer.name": "Bea"})
    ),
    "plan-replay": Row(about=About.LIST, query="cause=nothing"),
    "replay": Row(about=About.LIST, given=_says(cause="nothing", reason="so")),
    "ownership": DECLARED,
    "field": Row(
        about=About.ESTATE, path={"entity": lambda *_: "customer", "field": lambda *_: "name"}
    ),
    "estate": DECLARED,
    "deployments": DECLARED,
    "deployment": Row(about=About.ESTATE, path={"number": lambda *_: "1"}),
    "system": Row(about=About.ESTATE, path={"name": lambda *_: "shop"}),
    "integration": Row(about=About.ESTATE, path={"name": lambda *_: "carry"}),
    "reconciliations": LISTED,
    "reconciliation": Row(about=About.LIST, path={"name": lambda *_: "customers"}),
    "give-up": Row(
        about=About.ENTITY, path={"id": _break}, given=_says(reason="lost", how="write-off")
    ),
    "match": Row(
        about=About.ENTITY,
        given=lambda here, entity: {"break": here.broken[entity], "reason": "one"},
    ),
    "approve": Row(about=About.ENTITY, path={"id": _decision}),
    "record": Row(about=About.HOUSE),
    "people": Row(about=About.HOUSE),
    "list-transactions": LISTED,
    "get-transaction": Row(about=About.ENTITY, path={"run": _run}),
    "count-transactions": LISTED,
    "list-cases": LISTED,
    "get-case": Row(about=About.ENTITY, path={"id": _case}),
    "get-risk": LISTED,
    "assign-case": Row(about=About.ENTITY, path={"id": _case}, given=_says(to="bao")),
    "comment-case": Row(about=About.ENTITY, path={"id": _case}, given=_says(text="called")),
    "answer-case": Row(about=About.ENTITY, path={"id": _case}, given=_says(answer="retry")),
    "replay-parked": Row(about=About.LIST, given=_says(cause="nothing")),
    "list-reconciliations": LISTED,
    "list-breaks": Row(about=About.LIST, path={"name": lambda *_: "customers"}),
    "write-off": Row(about=About.ENTITY, path={"id": _break}, given=_says(reason="lost")),
    "carry-forward": Row(
        about=About.ENTITY,
        path={"id": _break},
        given=_says(reason="late", until="2026-04-30"),
    ),
    "match-breaks": Row(
        about=About.ENTITY,
        given=lambda here, entity: {"breaks": [here.broken[entity]], "reason": "one"},
    ),
    "approve-decision": Row(about=About.ENTITY, path={"id": _decision}),
    "get-estate": DECLARED,
    "list-deployments": DECLARED,
    "list-changes": Row(about=About.ESTATE, path={"number": lambda *_: "1"}),
    "list-findings": DECLARED,
    "get-matrix": Row(about=About.ESTATE, path={"entity": lambda *_: "customer"}),
    "explain-owner": Row(
        about=About.ESTATE, path={"entity": lambda *_: "customer", "field": lambda *_: "name"}
    ),
    "export-audit": Row(about=About.HOUSE),
    "metrics": Row(about=About.HOUSE),
    "describe": DECLARED,
}
NEEDS: Mapping[str, str] = {
    "answer": "answer",
    "answer-case": "answer",
}
"""Doors that more may open than may do what is asked of them here: what it really takes."""
