"""Reconciliations: their last answers, their breaks, and what is decided about these."""

from typing import Final

from interlock.access import Act
from interlock.console import acting
from interlock.console.api.operation import (
    AFTER,
    LIMIT,
    SHORT,
    TEXT,
    listed,
    reads,
    takes,
    writes,
)
from interlock.console.door import Ask, Json, Parameter
from interlock.console.pages.reconciliations import breaks_of, day_of, named
from interlock.console.pages.today import seen_reconciliations
from interlock.insight.freshness import freshness
from interlock.reconciliation.store import Kept


def shown(kept: Kept) -> dict[str, object]:
    """Return a break as a row of a list."""
    return {
        "id": kept.id,
        "reconciliation": kept.name,
        "state": kept.state,
        "cause": kept.cause,
        "key": kept.key,
        "legal_entity": kept.legal_entity,
        "money": kept.money,
        "as_of": kept.as_of,
        "opened_at": kept.opened_at,
        "seen_at": kept.seen_at,
        "found": kept.body,
    }


def reconciliations(ask: Ask) -> Json:
    """Return every declared one with its last answer."""
    with ask.desk.database.transaction() as connection:
        found = freshness(connection, ask.desk.estate(), seen_reconciliations(ask))
    return Json(value={"items": found})


def breaks(ask: Ask) -> Json:
    """Return the breaks of one, those worth most first."""
    return listed(breaks_of(ask, named(ask)), shown)


def write_off(ask: Ask) -> Json:
    """Give a break up."""
    return Json(value=acting.give_up(ask, ask.path["id"], str(ask.body["reason"]), None))


def carry_forward(ask: Ask) -> Json:
    """Let a break rest until a day."""
    until = day_of(str(ask.body["until"]))
    return Json(value=acting.give_up(ask, ask.path["id"], str(ask.body["reason"]), until))


def match(ask: Ask) -> Json:
    """Say that the records of several breaks belong together."""
    named_ = ask.body["breaks"]
    picked = list(map(str, named_)) if isinstance(named_, list) else []
    return Json(value=acting.match(ask, picked, str(ask.body.get("reason", ""))))


def approve(ask: Ask) -> Json:
    """Agree, as a second person."""
    return Json(value=acting.approve(ask, ask.path["id"]))


DOORS: Final = (
    reads("list-reconciliations", "/reconciliations", reconciliations, "Their last answers."),
    reads(
        "list-breaks",
        "/reconciliations/{name}/breaks",
        breaks,
        "Breaks, those worth most first.",
        Parameter(name="state", about="open (if not said), decided or healed."),
        Parameter(name="cause", about="Only with this cause."),
        AFTER,
        LIMIT,
    ),
    writes(
        "write-off",
        "/breaks/{id}/write-off",
        write_off,
        "Give a break up; above the limit a second person must agree.",
        takes(("reason",), reason=TEXT),
        act=Act.ANSWER,
    ),
    writes(
        "carry-forward",
        "/breaks/{id}/carry-forward",
        carry_forward,
        "Let a break rest until a day.",
        takes(("reason", "until"), reason=TEXT, until={"type": "string", "maxLength": 10}),
        act=Act.ANSWER,
    ),
    writes(
        "match-breaks",
        "/matches",
        match,
        "Say that the records of several breaks belong together.",
        takes(
            ("breaks",),
            breaks={"type": "array", "items": SHORT, "minItems": 1, "maxItems": 200},
            reason=TEXT,
        ),
        act=Act.ANSWER,
    ),
    writes(
        "approve-decision",
        "/decisions/{id}/approval",
        approve,
        "Agree, as a second person, to what somebody proposed.",
        takes(),
        act=Act.APPROVE,
    ),
)
