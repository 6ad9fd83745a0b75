"""What a run does next: forward, back, or to a person. The whole of the core in one function."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from interlock.estate.plan import Handler, Plan, Proof, every_step
from interlock.flow.core.actions import Action, Finish, Note, Park, Perform, Sleep
from interlock.flow.core.carried import asked, carried
from interlock.flow.core.facts import Changed, Failed, Handled, TakingBack
from interlock.flow.core.frame import CannotTellError, Frame, failure_names, value_of
from interlock.flow.core.halt import Halt, halted
from interlock.flow.core.lost import only_finds_out
from interlock.flow.core.progress import CHANGE, Progress
from interlock.flow.core.taking_back import settle, take_back
from interlock.flow.core.walk import Walk, World
from interlock.gate.effect import Effect, Mode

TRIGGER = "trigger"
"""The path of the first effect: reading the record that started the run."""

PROOF_PATIENCE = 10
"""A proof is looked for about this often within its time."""


def next_action(plan: Plan, progress: Progress, world: World, now: datetime) -> Action:
    """Return what the run does next. Pure: the same history gives the same action."""
    if progress.back is not None:
        action = take_back(plan, progress, world, now)
        return action if action is not None else Finish(state=_end_of(progress))
    change = progress.change
    turn = _Turn(plan=plan, progress=progress, world=world, now=now)
    if change is not None and not change.late and (action := turn.round(change.message)):
        return action
    if progress.failed is not None:
        return _handle(turn, progress.failed)
    if change is not None and CHANGE not in progress.results and CHANGE not in progress.accepted:
        return Note(fact=Failed(at=now, path=CHANGE, kind="changed-late", message=_late(change)))
    walk = Walk(plan=plan, progress=progress, world=world, now=now)
    return _forward(walk) or Finish(state="completed")


def _forward(walk: Walk) -> Action | None:
    ends: list[Frame] = []

    def along() -> None:
        frame = Frame(names_of(walk))
        if not walk.progress.begun and (why := _nothing_to_do(walk, frame)):
            raise Halt(Finish(state="cancelled", why=why))
        after, _ = walk.steps(walk.plan.steps, frame)
        ends.append(after)

    return halted(along, walk.now) or _prove(walk, ends[0])


def _nothing_to_do(walk: Walk, frame: Frame) -> str:
    """Say why a run that did nothing yet need not: the record decides, the event may be old."""
    trigger = walk.plan.trigger
    if trigger.when is not None and value_of(trigger.when, frame, TRIGGER) is not True:
        return "the record does not ask for it any more"
    record = frame.names[trigger.entity]
    before = walk.world.carried_before
    if not before or not isinstance(record, Mapping):
        return ""
    if trigger.each == "change" and carried(walk.plan, record) == before:
        return "nothing that this integration carries has changed"
    if trigger.each == "record" and asked(walk.plan, record) == before:
        return "it was taken back, and the record asks for nothing else since"
    return ""


def names_of(walk: Walk) -> Mapping[str, object]:
    """Return the names that a run starts with: the triggering record and `run`."""
    trigger = walk.plan.trigger
    started = walk.progress.started
    read = Effect(
        path=TRIGGER,
        step=TRIGGER,
        mode=Mode.READ,
        system=trigger.system,
        operation=f"{trigger.entity}.read",
        entity=trigger.entity,
        key=str(walk.world.run["key"]),
        ref=started.ref if started else None,
    )
    record = walk.effect(read)
    corrected = {
        name.split(".", 1)[1]: value
        for given in walk.progress.corrections.values()
        for name, value in given.items()
        if name.startswith(f"{trigger.entity}.")
    }
    known = dict(record) if isinstance(record, Mapping) else {}
    return {trigger.entity: {**known, **corrected}, "run": walk.world.run}


def _prove(walk: Walk, frame: Frame) -> Action | None:
    for index, proof in enumerate(walk.plan.proofs):
        path = f"proof[{index}].{proof.step}"
        found = walk.progress.proofs.get(path)
        if path in walk.progress.accepted or (found is not None and found.held):
            continue
        if proof.when is not None and value_of(proof.when, frame, path) is not True:
            continue
        return _look_for(walk, frame, proof, path)
    return None


def _look_for(walk: Walk, frame: Frame, proof: Proof, path: str) -> Action:
    found = walk.progress.proofs.get(path)
    tries = walk.progress.looked.get(path, 0)
    if found is not None and tries:
        waited = proof.within / PROOF_PATIENCE if tries > 1 else walk.plan.retry.delay
        pause = min(waited, walk.plan.retry.wait(min(tries, 12)))
        if tries > PROOF_PATIENCE:
            sentence = f"{proof.step} is not there as it must be: {found.message}"
            return Note(fact=Failed(at=walk.now, path=path, kind="proof", message=sentence))
        if walk.now < found.at + pause:
            return Sleep(until=found.at + pause, path=path, why="proof")
    effect = _proof_effect(walk, frame, proof, path, tries)
    if not effect.system:
        sentence = f"{proof.step} was not written by this run, so that no system can prove it"
        return Note(fact=Failed(at=walk.now, path=path, kind="proof", message=sentence))
    return Perform(effect=effect)


def _proof_effect(walk: Walk, frame: Frame, proof: Proof, path: str, tries: int) -> Effect:
    key, system, ref = _proven_object(walk, frame, proof, path)
    return Effect(
        path=path,
        step=proof.step,
        mode=Mode.READ,
        system=system,
        operation=f"{proof.entity}.read",
        entity=proof.entity,
        key=key,
        ref=ref,
        attempt=tries + 1,
        values={},
    )


def _proven_object(
    walk: Walk, frame: Frame, proof: Proof, path: str
) -> tuple[str, str, str | None]:
    written = frame.names.get(proof.step)
    key = str(written.get("id", "")) if isinstance(written, Mapping) else ""
    if proof.key is not None:
        key = str(value_of(proof.key, frame, path))
    system = proof.system or _written_to(walk.progress, proof.entity, key)
    return key, system, walk.progress.refs.get((proof.entity, key, system))


def _written_to(progress: Progress, entity: str, key: str) -> str:
    """Return the system that the record was last written to: it must say so itself."""
    written = [i.system for i in progress.begun.values() if (i.entity, i.key) == (entity, key)]
    return written[-1] if written else ""


def proof_holds(walk: Walk, path: str, seen: object) -> bool:
    """Return whether what was read back satisfies the proof at `path`.

    Raises:
        CannotTellError: The condition has no value over what was seen.
    """
    proof = walk.plan.proofs[int(path[len("proof[") : path.index("]")])]
    frame, _ = walk.steps(walk.plan.steps, Frame(names_of(walk)))
    return value_of(proof.condition, frame.with_name("seen", seen), path) is True


def _late(change: Changed) -> str:
    return (
        f"{change.message}, and what was posted cannot be changed: compensate takes it back"
        " (and starts anew if the record still asks for it), accept keeps it as it is"
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Turn:
    """A run that may have to turn round."""

    plan: Plan
    progress: Progress
    world: World
    now: datetime

    def round(self, why: str) -> Action | None:
        """Return how to turn round; ``None`` when the pivot lies behind the run, or may.

        A pivot in doubt is looked up first: a run stuck in doubt would go neither way. So is
        what may have been done in lost time: what is not known cannot be taken back.
        """
        if self.world.lost is not None:
            walk = Walk(plan=self.plan, progress=self.progress, world=self.world, now=self.now)
            if (action := only_finds_out(_forward(walk))) is not None:
                return action
        for path in _pivots(self.plan, self.progress):
            intent = self.progress.begun[path]
            action = settle(self.progress, self.world, intent, self.now)
            if isinstance(action, Perform | Sleep):
                return action
        if passed_pivot(self.plan, self.progress):
            return None
        return Note(fact=TakingBack(at=self.now, why=why))


def _handle(turn: _Turn, failed: Failed) -> Action:
    """Do what the integration declares; what that must not decide goes to a person."""
    handler = handler_for(turn.plan, failed)
    then = handler.then if handler is not None and failed.kind != "proof" else "park"
    action: Action | None = None
    if then == "compensate":
        action = turn.round(f"{failed.kind}: {failed.message}")
    elif then == "ignore" and not _in_doubt(turn.progress, failed.path):
        action = Note(fact=Handled(at=turn.now, path=failed.path, then="ignore"))
    elif then == "retry":
        action = _again_later(turn, failed)
    if action is not None:
        return action
    return Park(path=failed.path, kind=failed.kind, message=failed.message, handler=handler)


def _again_later(turn: _Turn, failed: Failed) -> Action | None:
    """Return when to try again; ``None`` once the time of the integration is over."""
    started = turn.progress.started
    if started is None or turn.now >= started.at + turn.plan.timeout:
        return None
    until = failed.at + turn.plan.retry.max_delay
    if turn.now < until:
        return Sleep(until=until, path=failed.path, why=failed.kind)
    return Note(fact=Handled(at=turn.now, path=failed.path, then="retry"))


def _in_doubt(progress: Progress, path: str) -> bool:
    effort = progress.effort(path)
    return effort.doubt or effort.in_flight


def handler_for(plan: Plan, failed: Failed) -> Handler | None:
    """Return the first handler of the integration whose condition holds for this failure."""
    names = failure_names(Frame({}), kind=failed.kind, message=failed.message, path=failed.path)
    for handler in plan.on_error:
        try:
            if handler.when is None or value_of(handler.when, names, failed.path) is True:
                return handler
        except CannotTellError:
            continue
    return None


def passed_pivot(plan: Plan, progress: Progress) -> bool:
    """Return whether the point of no return may lie behind the run.

    A pivot that was sent and not disproved counts as passed: in doubt, a run does not turn back.
    """
    return any(
        effort.done or effort.doubt or effort.in_flight
        for effort in map(progress.effort, _pivots(plan, progress))
    )


def _pivots(plan: Plan, progress: Progress) -> list[str]:
    """Return the paths of the pivots that were begun."""
    pivots = {step.id for step in every_step(plan.steps) if step.pivot}
    return [path for path in progress.begun if path.rsplit(".", 1)[-1] in pivots]


def _end_of(progress: Progress) -> Literal["compensated", "cancelled"]:
    return "compensated" if progress.begun else "cancelled"
