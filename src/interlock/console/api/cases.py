"""Cases: looked through, shown, given to somebody, commented, answered, replayed."""

from collections.abc import Mapping
from typing import Final

from interlock.access import Act
from interlock.audit import trail
from interlock.cases import ANSWERS, Answer, Case
from interlock.cases.case import Which
from interlock.cases.store import stream_of
from interlock.console import acting
from interlock.console.acting import Said
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
from interlock.console.cursor import limit_of
from interlock.console.door import Ask, Json, Parameter
from interlock.console.pages.cases import cases_of, wanted_of
from interlock.console.pages.today import seen_stakes
from interlock.foundation.errors import UsageError
from interlock.insight.pressing import risk

_FILTERS: Final = ("integration", "cause", "owner", "legal_entity")


def shown(case: Case) -> Case:
    """Return a case as a row of a list: all of it."""
    return case


def cases(ask: Ask) -> Json:
    """Return cases, the most pressing first; closed ones, the latest first."""
    closed = ask.text("state") == "closed"
    found = cases_of(ask, wanted_of(ask), limit_of(ask.text("limit")), closed=closed)
    return listed(found, shown)


def case(ask: Ask) -> Json:
    """Return a case with its record and what may be answered."""
    found = acting.case_of(ask, ask.path["id"])
    history = trail.read(ask.desk.database, stream_of(found.id))
    answers = sorted(ANSWERS[found.kind]) if found.live else []
    return Json(value={"case": found, "answers": answers, "history": history})


def at_risk(ask: Ask) -> Json:
    """Return what is at risk, by legal entity and by cause."""
    found = risk(seen_stakes(ask), ask.now)
    causes = [
        {"cause": cause, "owner": owner, "pile": pile} for cause, owner, pile in found.by_cause
    ]
    return Json(
        value={
            "whole": found.whole,
            "legal_entities": found.by_legal_entity,
            "causes": causes,
            "broken": found.broken,
        }
    )


def assign(ask: Ask) -> Json:
    """Give a case to somebody."""
    return Json(value=acting.assign(ask, ask.path["id"], str(ask.body["to"])))


def comment(ask: Ask) -> Json:
    """Write something down with a case."""
    return Json(value=acting.comment(ask, ask.path["id"], str(ask.body["text"])), status=201)


def answer(ask: Ask) -> Json:
    """Decide a case."""
    correction = ask.body.get("correction")
    said = Said(
        answer=acting.answer_of(str(ask.body["answer"])),
        reason=str(ask.body.get("reason", "")),
        correction=correction if isinstance(correction, Mapping) else None,
    )
    return Json(value=acting.answer(ask, ask.path["id"], said), status=202)


def replay(ask: Ask) -> Json:
    """Say what a replay would touch; without `dry_run`, do it."""
    words = {name: str(ask.body.get(name, "")) for name in _FILTERS}
    if not any(words.values()):
        raise UsageError(
            "nothing is chosen for replay", hint=f"Give one of {', '.join(_FILTERS)}."
        )
    whole = acting.chosen(ask, Which(**words))
    canary = ask.body.get("canary")
    now = whole.first(canary if isinstance(canary, int) else None)
    told: dict[str, object] = {
        "selected": len(whole.targets),
        "would_replay": len(now.targets),
        "money": whole.money,
        "causes": whole.causes,
        "left_out": whole.left_out,
        "dry_run": ask.body.get("dry_run", True),
    }
    if told["dry_run"] is False:
        done = acting.replay(ask, now, str(ask.body.get("reason", "")))
        told["replayed"] = [target.run for target in done.done]
        told["refused"] = [{"run": target.run, "why": why} for target, why in done.refused]
    return Json(value=told)


DOORS: Final = (
    reads(
        "list-cases",
        "/cases",
        cases,
        "Cases, the most pressing first: money at risk times nearness of the deadline.",
        Parameter(name="state", about="`closed`: those instead, the latest first."),
        Parameter(name="legal_entity", about="Only of this legal entity."),
        Parameter(name="integration", about="Only of this integration."),
        Parameter(name="cause", about="Only with this kind of failure, e.g. period-closed."),
        Parameter(
            name="kind", about="Only failure, approval, proof, change, connection, break or gap."
        ),
        Parameter(name="owner", about="Only of this group or person."),
        Parameter(name="key", about="Only for this business key."),
        Parameter(name="currency", about="Only about money of this currency."),
        Parameter(name="due", about="overdue, day (within one) or later."),
        AFTER,
        LIMIT,
    ),
    reads("get-case", "/cases/{id}", case, "A case with its record."),
    reads("get-risk", "/risk", at_risk, "What is at risk, by legal entity and by cause."),
    writes(
        "assign-case",
        "/cases/{id}/assignment",
        assign,
        "Give a case to somebody.",
        takes(("to",), to=SHORT),
        act=Act.WORK,
    ),
    writes(
        "comment-case",
        "/cases/{id}/comments",
        comment,
        "Write something down with a case.",
        takes(("text",), text=TEXT),
        act=Act.WORK,
    ),
    writes(
        "answer-case",
        "/cases/{id}/answer",
        answer,
        "Decide a case; its run goes on accordingly.",
        takes(
            ("answer",),
            answer={"enum": [str(each) for each in Answer]},
            reason=TEXT,
            correction={"type": "object", "maxProperties": 60},
        ),
        act=Act.WORK,
    ),
    writes(
        "replay-parked",
        "/replays",
        replay,
        "Try parked transactions again: a plan, unless `dry_run` is false; `canary` first ones.",
        takes(
            (),
            **dict.fromkeys(_FILTERS, SHORT),
            dry_run={"type": "boolean", "default": True},
            canary={"type": "integer", "minimum": 1, "maximum": 1000},
            reason=TEXT,
        ),
        act=Act.REPLAY,
    ),
)
