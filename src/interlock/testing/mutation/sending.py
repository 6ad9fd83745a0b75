"""Defects of how a write is sent, doubted and looked up."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from http import HTTPStatus
from typing import Any, Final

from interlock.connectors.kit.exchange import Answer
from interlock.connectors.port import Outcome, Record, Verdict
from interlock.flow.core.effort import Effort, Hold, Move, Probe, Send, Terms
from interlock.gate.effect import Asker, Effect, Mode
from interlock.gate.permit import Permit, Reply
from interlock.testing.mutation.defects import Defect, Patch, Replacement, constant, returning

_CORE = "interlock.flow.core"


def _key_per_attempt(original: Callable[[Effect, Asker], str]) -> Callable[[Effect, Asker], str]:
    return lambda effect, asker: f"{original(effect, asker)}-{effect.attempt}"


def _reply(change: Callable[[Effect, Outcome], Outcome]) -> Replacement:
    def of(original: Callable[..., Reply]) -> Callable[..., Reply]:
        def send(gate: object, permit: Permit, asker: Asker, traceparent: str = "") -> Reply:
            reply = original(gate, permit, asker, traceparent)
            return replace(reply, outcome=change(permit.effect, reply.outcome))

        return send

    return of


def _failure(effect: Effect, outcome: Outcome) -> Outcome:
    unsure = outcome.verdict is Verdict.UNCERTAIN and effect.mode is Mode.WRITE
    return replace(outcome, verdict=Verdict.RETRYABLE) if unsure else outcome


def _success(effect: Effect, outcome: Outcome) -> Outcome:
    unsure = outcome.verdict is Verdict.UNCERTAIN and effect.mode is Mode.WRITE
    record = Record(ref="", body={})
    return replace(outcome, verdict=Verdict.DONE, record=record) if unsure else outcome


def _try_again(_: Effect, outcome: Outcome) -> Outcome:
    if outcome.verdict is Verdict.REJECTED:
        return replace(outcome, verdict=Verdict.RETRYABLE)
    return outcome


def _unsure_is_refused(effect: Effect, outcome: Outcome) -> Outcome:
    unsure = outcome.verdict is Verdict.UNCERTAIN and effect.mode is Mode.WRITE
    return replace(outcome, verdict=Verdict.REJECTED) if unsure else outcome


def _impatient(original: Callable[..., Effort]) -> Callable[..., Effort]:
    return lambda self, end, retry: replace(original(self, end, retry), not_before=None)


def _send_in_doubt(_: Any) -> Callable[[Effort, Terms, datetime], Move]:  # noqa: ANN401 (any original)
    return lambda _effort, _terms, _now: Send()


def _no_end(original: Callable[..., Effort]) -> Callable[..., Effort]:
    def probed(self: Effort, end: Any, retry: Any) -> Effort:  # noqa: ANN401 (as the original)
        after = original(self, end, retry)
        return replace(after, doubt=False) if end.verdict is not Verdict.DONE else after

    return probed


def _by_status(original: Callable[..., object]) -> Callable[..., object]:
    def fault_in(dialect: object, answer: Answer) -> object:
        return None if answer.status == HTTPStatus.OK else original(dialect, answer)

    return fault_in


DEFECTS: Final = (
    Defect(
        name="key per attempt",
        what="the idempotency key changes with every attempt",
        patches=[Patch("interlock.gate.door:idempotency_key", _key_per_attempt)],
    ),
    Defect(
        name="timeout is failure",
        what="no answer is taken for `surely not applied`",
        patches=[Patch("interlock.gate.door:Gate.send", _reply(_failure))],
    ),
    Defect(
        name="timeout is refusal",
        what="no answer to a write is taken for a business refusal, and compensated",
        patches=[Patch("interlock.gate.door:Gate.send", _reply(_unsure_is_refused))],
    ),
    Defect(
        name="timeout is success",
        what="no answer to a write is taken for done",
        patches=[Patch("interlock.gate.door:Gate.send", _reply(_success))],
    ),
    Defect(
        name="trust HTTP 200",
        what="every 2xx is success, whatever it holds",
        patches=[Patch("interlock.proving.vendor:fault_in", _by_status)],
    ),
    Defect(
        name="no wait before look-up",
        what="a doubtful write without key and reference is looked up at once (F3)",
        patches=[Patch(f"{_CORE}.effort:probe_after_bound", returning(Probe()))],
    ),
    Defect(
        name="no look-up in doubt",
        what="what may have been applied is simply sent again",
        patches=[Patch(f"{_CORE}.effort:_in_doubt", _send_in_doubt)],
    ),
    Defect(
        name="one look settles it",
        what="a look-up that failed to be answered counts as `not there`",
        patches=[Patch(f"{_CORE}.effort:Effort._probed", _no_end)],
        mix={"response_lost": 0.3, "gateway_refused": 0.2},
    ),
    Defect(
        name="retry of refusals",
        what="a business refusal is tried again like an outage",
        patches=[Patch("interlock.gate.door:Gate.send", _reply(_try_again))],
    ),
    Defect(
        name="no patience",
        what="neither Retry-After nor back-off is waited for",
        patches=[Patch(f"{_CORE}.effort:Effort.ended", _impatient)],
    ),
    Defect(
        name="no wait before undo",
        what="a doubtful step is declared not to need an undo before it can have been applied",
        patches=[Patch(f"{_CORE}.taking_back:probe_after_bound", returning(Probe()))],
        mix={"late_apply": 0.3, "withdrawn": 0.8},
    ),
    Defect(
        name="undo registered after the call",
        what="only steps that were seen to be done are taken back",
        patches=[Patch(f"{_CORE}.taking_back:settle", returning(None))],
        mix={"response_lost": 0.5, "withdrawn": 0.8},
    ),
    Defect(
        name="key for ever",
        what="a key is trusted beyond the window in which the target remembers it (F4)",
        patches=[Patch(f"{_CORE}.effort:WINDOW_MARGIN", constant(10_000))],
        why_it_lives=(
            "no outage of a universe lasts as long as billing remembers a key, 24 hours; "
            "tests/flow holds this line"
        ),
    ),
    Defect(
        name="bound too short",
        what="the vendor's bound is taken for a tenth of what it is",
        patches=[
            Patch(
                "interlock.gate.door:Gate.bound",
                lambda original: lambda gate, system: original(gate, system) / 10,
            )
        ],
    ),
    Defect(
        name="hold for ever",
        what="a doubtful write waits and is never settled",
        patches=[
            Patch(
                f"{_CORE}.effort:probe_after_bound",
                lambda _: lambda _effort, terms, now: Hold(now + terms.bound),
            )
        ],
    ),
)
