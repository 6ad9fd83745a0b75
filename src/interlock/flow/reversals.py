"""What earlier runs of a business key made and took back: it is not ours to adopt any more.

A document that was reversed stays where it is, under the same reference. When the key is billed
anew and that write is in doubt, the look-up may find the old document; to take it for the new one
would leave the deal completed and billed by nothing (F16, F22).
"""

from dataclasses import replace

from interlock.connectors.port import Kind, Outcome, Verdict
from interlock.flow.core.progress import Progress, fold
from interlock.flow.core.taking_back import UNDO
from interlock.flow.desk import Desk
from interlock.flow.run import run_id
from interlock.gate.effect import Effect, Mode
from interlock.gate.permit import Reply


def unless_reversed(desk: Desk, effect: Effect, reply: Reply) -> Reply:
    """Return `reply`, or "not there" when a look-up found what an earlier run took back."""
    found = reply.outcome.record
    first = desk.draft.run.generation == 1
    if effect.mode is not Mode.PROBE or effect.undoing or found is None or first:
        return reply
    if (effect.system, found.ref) not in _taken_back(desk):
        return reply
    outcome = Outcome(
        verdict=Verdict.REJECTED,
        kind=Kind.NOT_FOUND,
        message=f"only {found.ref} is there, which an earlier run took back",
    )
    return replace(reply, outcome=outcome, value=None)


def _taken_back(desk: Desk) -> set[tuple[str, str]]:
    """Return (system, vendor's id) of everything that earlier generations undid."""
    run, store = desk.draft.run, desk.shop.store
    found: set[tuple[str, str]] = set()
    for generation in range(1, run.generation):
        facts = store.facts(run_id(run.integration, run.key, generation))
        found |= _undone(fold(Progress(retry=desk.plan.retry), facts))
    return found


def _undone(progress: Progress) -> set[tuple[str, str]]:
    return {
        (intent.system, ref)
        for path, intent in progress.begun.items()
        if progress.effort(f"{UNDO}{path}").done and intent.entity is not None
        for ref in [progress.refs.get((intent.entity, intent.key, intent.system))]
        if ref is not None
    }
