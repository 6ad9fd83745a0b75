"""What a run tells the trail, in the words of the audit vocabulary."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from interlock.audit import Entry
from interlock.connectors.port import Verdict
from interlock.estate.estate import Estate
from interlock.estate.plan import Handler, Plan
from interlock.flow.core.actions import Park
from interlock.flow.core.facts import (
    Answered,
    Changed,
    Fact,
    Failed,
    Handled,
    Intended,
    Proven,
    TakingBack,
)
from interlock.flow.run import Run
from interlock.flow.store import Money
from interlock.foundation.ids import digest
from interlock.gate.effect import Effect, Mode
from interlock.gate.permit import Permit, Refusal, Reply

CASE_KINDS: Final = {"proof": "proof", "changed-late": "change"}
"""Failure -> the kind of case that it makes."""
PARK_RESPOND = timedelta(days=1)
"""How long people have when no handler of the integration says so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reporter:
    """Makes the entries of one run."""

    run: Run
    plan: Plan
    estate: Estate
    actor: str

    def entry(
        self,
        action: str,
        at: datetime,
        data: Mapping[str, object],
        mentions: Mapping[str, str] | None = None,
    ) -> Entry:
        """Return an entry of this run."""
        return Entry(
            action=action, at=at, actor=self.actor, data=data, mentions=dict(mentions or {})
        )

    def intended(self, permit: Permit, at: datetime, cut: str = "") -> Entry:
        """Say what is about to leave, on whose authority and in which cut; before it leaves."""
        effect = permit.effect
        return self.entry(
            f"{_noun(effect)}.intended",
            at,
            {
                "step": effect.path,
                "attempt": effect.attempt,
                "system": effect.system,
                "operation": effect.operation,
                "key": effect.key,
                "idempotency_key": permit.idempotency_key,
                "digest": digest(permit.request.body) if permit.request else "",
                "authority": list(permit.authority),
                "payload": permit.payload,
                "corrected_by": effect.corrected_by,
                **({"cut": cut} if cut else {}),
            },
            {"idempotency_key": permit.idempotency_key},
        )

    def ended(self, effect: Effect, reply: Reply, at: datetime) -> Entry:
        """Say what came of an exchange."""
        outcome = reply.outcome
        ref = outcome.record.ref if outcome.record else None
        mentions = {}
        if ref is not None and outcome.verdict is Verdict.DONE:
            mentions[effect.entity or effect.operation.partition(".")[0]] = ref
            number = (reply.value or {}).get("number")
            if isinstance(number, str):
                mentions[f"{effect.entity} number"] = number
        return self.entry(
            f"{_noun(effect)}.{outcome.verdict}",
            at,
            {
                "step": effect.path,
                "attempt": effect.attempt,
                "system": effect.system,
                "operation": effect.operation,
                "probe": effect.mode is Mode.PROBE,
                "kind": str(outcome.kind),
                "code": outcome.code,
                "message": outcome.message,
                "ref": ref,
                "existing": outcome.existing,
                "seconds": round(reply.took / timedelta(seconds=1) * 1000) / 1000,
            },
            mentions,
        )

    def refused(self, effect: Effect, refusal: Refusal, at: datetime) -> Entry:
        """Say that the gate refused."""
        said = {"step": effect.path, "reason": refusal.reason, "rule": refusal.rule}
        return self.entry(f"{_noun(effect)}.refused", at, said)

    def noted(  # noqa: C901 (one arm a fact)
        self, fact: Fact, handler: Handler | None = None
    ) -> Entry | None:
        """Return the entry of a fact that needed no exchange, if people should know of it."""
        match fact:
            case Intended():
                said = {"step": fact.path, "key": fact.key, "since": str(fact.since)}
                return self.entry("step.supposed", fact.at, said)
            case TakingBack():
                return self.entry("run.compensating", fact.at, {"why": fact.why})
            case Changed():
                said = {"what": fact.what, "message": fact.message}
                return self.entry("run.amended", fact.at, said)
            case Handled():
                said = {"step": fact.path, "then": fact.then}
                return self.entry("run.handled", fact.at, said)
            case Answered():
                return self._answered(fact)
            case Proven(held=True):
                return self.entry("proof.seen", fact.at, {"proof": fact.path})
            case Failed():
                said = {"step": fact.path, "kind": fact.kind, "message": fact.message}
                return self.entry("run.failed", fact.at, {**said, "route": _route(handler)})
            case _:
                return None

    def _answered(self, fact: Answered) -> Entry:
        said = {
            "by": fact.by,
            "answer": fact.answer,
            "reason": fact.reason,
            "after": fact.correction,
        }
        return self.entry("run.answered", fact.at, said)

    def parked(self, park: Park, money: Money, at: datetime, intent: Intended | None) -> Entry:
        """Say that a person must decide, who, until when, and what is at stake.

        `intent` is that of the write that failed, if it was a write.
        """
        handler = park.handler
        respond = handler.respond if handler else PARK_RESPOND
        return self.entry(
            "run.parked",
            at,
            {
                "step": park.path,
                "kind": park.kind,
                "message": park.message,
                "route": _route(handler)
                or self.estate.integrations[self.plan.integration].metadata.owner,
                "respond": int(respond / timedelta(seconds=1)),
                "remedy": handler.remedy if handler else "",
                "integration": self.plan.integration,
                "key": self.run.key,
                "case_kind": CASE_KINDS.get(park.kind, "failure"),
                "system": intent.system if intent else "",
                "operation": intent.operation if intent else "",
                **_at_stake(money),
            },
        )

    def asked(self, question: str, group: str, deadline: datetime, money: Money) -> Entry:
        """Say that a person is asked for a yes or a no."""
        respond = max(deadline - self.run.updated_at, timedelta())
        return self.entry(
            "run.parked",
            self.run.updated_at,
            {
                "step": self.run.path,
                "kind": "approval",
                "message": question,
                "route": group,
                "respond": int(respond / timedelta(seconds=1)),
                "remedy": "",
                "integration": self.plan.integration,
                "key": self.run.key,
                "case_kind": "approval",
                **_at_stake(money),
            },
        )


def _at_stake(money: Money) -> dict[str, object]:
    return {"money": worth(money), "legal_entity": money.legal_entity}


def worth(money: Money) -> dict[str, object] | None:
    """Return an amount as the trail writes it; nothing if there is none."""
    if money.amount is None or money.currency is None:
        return None
    return {"amount": money.amount, "currency": money.currency}


def _noun(effect: Effect) -> str:
    return "undo" if effect.undoing else "step"


def _route(handler: Handler | None) -> str | None:
    return handler.route if handler else None
