"""Compensation: what a run did is taken back in reverse order, from its intents.

The intent is the registration: a step whose answer was lost is undone too, once it is sure
whether it was applied (reliability.md section 0, item 5). Before "nothing to undo" may be said,
the vendor's bound must have passed (F3).
"""

from dataclasses import replace
from datetime import datetime

from interlock.estate.plan import Plan, Step, every_step
from interlock.flow.core.actions import Action, Note, Park, Perform, Sleep
from interlock.flow.core.effort import (
    PROBE_LIMIT,
    Effort,
    GiveUp,
    Hold,
    Probe,
    Send,
    may_come_late,
    next_move,
    probe_after_bound,
)
from interlock.flow.core.facts import Failed, Intended
from interlock.flow.core.frame import CannotTellError, Frame, value_of
from interlock.flow.core.lost import held_back, supposed
from interlock.flow.core.progress import Progress
from interlock.flow.core.walk import World
from interlock.gate.effect import Effect, Mode

UNDO = "undo:"
"""What the path of an undo begins with."""


def take_back(plan: Plan, progress: Progress, world: World, now: datetime) -> Action | None:
    """Return what to undo or find out next; ``None`` when everything is taken back."""
    if progress.failed is not None:
        failed = progress.failed
        return Park(path=failed.path, kind=failed.kind, message=failed.message, handler=None)
    undos = {step.id: step for step in every_step(plan.steps) if step.undo is not None}
    for path, intent in reversed(list(progress.begun.items())):
        step = undos.get(path.rsplit(".", 1)[-1])
        if step is None or path.startswith(UNDO):
            continue
        action = settle(progress, world, intent, now) or _undo(step, progress, world, path, now)
        if action is not None:
            return action
    return None


def settle(progress: Progress, world: World, intent: Intended, now: datetime) -> Action | None:
    """Find out whether a doubtful step was applied, before deciding that it must be undone."""
    effort = progress.effort(intent.path)
    terms = world.terms(intent.system, intent.operation)
    doubtful = effort.doubt or effort.in_flight or may_come_late(effort, terms.bound)
    if effort.done or not doubtful:
        return None
    if effort.not_before is not None and now < effort.not_before:
        return Sleep(until=effort.not_before, path=intent.path, why="doubt")
    if effort.probes >= PROBE_LIMIT:
        sentence = "it may have been applied, and looking it up keeps failing; nothing is undone"
        return Note(fact=Failed(at=now, path=intent.path, kind="uncertain", message=sentence))
    move = probe_after_bound(effort, terms, now)
    if isinstance(move, Hold):
        return Sleep(until=move.until, path=intent.path, why="the vendor may still apply it")
    return Perform(
        effect=Effect(
            path=intent.path,
            step=intent.path.rsplit(".", 1)[-1],
            mode=Mode.PROBE,
            system=intent.system,
            operation=intent.operation,
            entity=intent.entity,
            key=intent.key,
            attempt=effort.sent,
        )
    )


def _undo(step: Step, progress: Progress, world: World, path: str, now: datetime) -> Action | None:
    if step.undo is None or not progress.effort(path).done:
        return None
    effort = progress.effort(f"{UNDO}{path}")
    if effort.done:
        return None
    try:
        ref = str(value_of(step.undo.ref, Frame({step.name: progress.results.get(path)}), path))
    except CannotTellError as error:
        return Note(fact=Failed(at=now, path=path, kind="expression", message=error.message))
    effect = Effect(
        path=f"{UNDO}{path}",
        step=step.id,
        mode=Mode.WRITE,
        system=step.undo.system,
        operation=step.undo.operation,
        entity=None,
        key=f"{progress.begun[path].key}-undo",
        ref=ref,
        attempt=effort.sent + 1,
        undoing=True,
    )
    return _undone(effect, effort, world, now)


def _undone(effect: Effect, effort: Effort, world: World, now: datetime) -> Action:
    """Return what to do next about an undo that is not done."""
    terms = world.terms(effect.system, effect.operation)
    intent = supposed(effect, effort, terms, world.lost)
    if intent is not None:
        return Note(fact=intent)
    match next_move(effort, terms, now):
        case Hold(until):
            return Sleep(until=until, path=effect.path, why="undo")
        case GiveUp(kind, message):
            return Note(fact=Failed(at=now, path=effect.path, kind=kind, message=message))
        case Send():
            return held_back(effect.path, terms, world.lost, now) or Perform(effect=effect)
        case Probe():
            probe = replace(effect, mode=Mode.PROBE, attempt=effort.sent)
            return Perform(effect=probe)
