"""Find the next action of a run: walk its plan over its history.

Pure steps are worked out anew on every walk; only what touches a system, a person or time is
remembered (DESIGN.md section 4). `now` is an argument; nothing here reads a clock.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from interlock.connectors.port import Kind
from interlock.estate.plan import (
    Branch,
    Call,
    ForEach,
    Get,
    Plan,
    Put,
    Require,
    Step,
    Transform,
)
from interlock.flow.core.actions import Note, Perform, Sleep
from interlock.flow.core.effort import (
    GiveUp,
    Hold,
    Probe,
    Send,
    Terms,
    next_move,
)
from interlock.flow.core.frame import Frame, value_of, values_of
from interlock.flow.core.halt import Halt, failure
from interlock.flow.core.lost import Lost, held_back, supposed
from interlock.flow.core.pause import Pauses
from interlock.flow.core.progress import SKIPPED, Progress
from interlock.gate.effect import Effect, Mode

CHAIN_LIMIT: Final = 32
"""How many parents, or how many merges, are followed before the data is called broken (F20)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """What the core may ask about the outside; all of it pure."""

    terms: Callable[[str, str], Terms]
    """(system, operation) -> what the target guarantees and how patient we are."""
    transform: Callable[[str], Callable[..., object]]
    """``module:function`` -> the function."""
    run: Mapping[str, object]
    """What expressions see as `run`: id, key, started_at, posting_date."""
    carried_before: str | None = None
    """Digest of what the last run of this key carried through, where every change is a run; else
    of what the record asked for when the last run of this key was taken back."""
    lost: Lost | None = None
    """A time of which our record is gone, if this run may have done something in it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Walk:
    """One walk over a plan."""

    plan: Plan
    progress: Progress
    world: World
    now: datetime

    def steps(self, steps: tuple[Step, ...], frame: Frame) -> tuple[Frame, object]:
        """Walk `steps`; return the frame after them and the result of the last.

        Raises:
            Halt: Something has to happen first.
        """
        last: object = None
        for step in steps:
            frame, last = self._step(step, frame)
        return frame, last

    def _step(self, step: Step, frame: Frame) -> tuple[Frame, object]:
        path = frame.path(step.id)
        if self.progress.results.get(path) is SKIPPED:
            return frame.with_name(step.name, None), None
        match step:
            case Branch():
                return self._branch(step, frame, path)
            case ForEach():
                result: object = self._for_each(step, frame, path)
            case _:
                result = self._leaf(step, frame, path)
        return frame.with_name(step.name, result), result

    def _leaf(self, step: Step, frame: Frame, path: str) -> object:
        match step:
            case Require():
                return self._require(step, frame, path)
            case Transform():
                return self._transform(step, frame, path)
            case Get():
                return self._get(step, frame, path)
            case Put():
                return self._put(step, frame, path)
            case Call():
                return self._call(step, frame, path)
            case _:
                return Pauses(self.progress, self.now).rest(step, frame, path)

    def _branch(self, step: Branch, frame: Frame, path: str) -> tuple[Frame, object]:
        for arm in step.arms:
            if arm.when is None or value_of(arm.when, frame, path) is True:
                after, last = self.steps(arm.steps, frame)
                return after.with_name(step.name, last), last
        raise failure(self.now, path, "requirement", "no arm of the branch applies")

    def _for_each(self, step: ForEach, frame: Frame, path: str) -> list[object]:
        rounds = []
        for index, value in enumerate(value_of(step.over, frame, path)):
            _, last = self.steps(step.steps, frame.round(step.id, index, step.item, value))
            rounds.append(last)
        return rounds

    def _require(self, step: Require, frame: Frame, path: str) -> bool:
        for check, sentence in step.checks:
            if value_of(check, frame, path) is not True:
                raise failure(self.now, path, "requirement", sentence)
        return True

    def _transform(self, step: Transform, frame: Frame, path: str) -> object:
        given = {name: value_of(e, frame, path) for name, e in step.arguments.items()}
        try:
            return self.world.transform(step.function)(**given)
        except (ValueError, TypeError, ArithmeticError, LookupError) as error:
            sentence = f"{step.function} refused: {type(error).__name__}: {error}"
            raise failure(self.now, path, "transform", sentence) from error

    def _get(self, step: Get, frame: Frame, path: str) -> object:
        key = str(value_of(step.key, frame, path))
        record = self._follow(step, key, path)
        if step.chain is None:
            return record
        line = [record]
        while (parent := record.get(step.chain)) is not None:
            if len(line) >= CHAIN_LIMIT or any(known["id"] == parent for known in line):
                raise failure(self.now, path, "conflict", f"`{step.chain}` of `{key}` never ends")
            record = self._follow(step, str(parent), path)
            line.insert(0, record)
        return line

    def _follow(self, step: Get, key: str, path: str) -> Mapping[str, object]:
        """Read a record; when it was merged into another, read that one instead (F20)."""
        for _ in range(CHAIN_LIMIT):
            record = self._read(step, key, f"{path}/{key}")
            winner = record.get(step.follow) if step.follow else None
            if winner is None:
                return record
            key = str(winner)
        raise failure(self.now, path, "conflict", f"`{key}` was merged in a circle")

    def _read(self, step: Get, key: str, path: str) -> Mapping[str, object]:
        effect = Effect(
            path=path,
            step=step.id,
            mode=Mode.READ,
            system=step.system,
            operation=f"{step.entity}.read",
            entity=step.entity,
            key=key,
            ref=key if step.by_ref else None,
        )
        found = self.effect(effect)
        if not isinstance(found, Mapping):
            raise failure(
                self.now, path, Kind.NOT_FOUND, f"{step.system} has no {step.entity} `{key}`"
            )
        return found

    def _put(self, step: Put, frame: Frame, path: str) -> object:
        if step.source is not None:
            record = value_of(step.source, frame, path)
            copied = {f: record[f] for f in step.fields if record.get(f) is not None}
        else:
            copied = {}
        key = str(value_of(step.key, frame, path))
        return self.effect(
            Effect(
                path=path,
                step=step.id,
                mode=Mode.WRITE,
                system=step.system,
                operation=step.operation,
                entity=step.entity,
                key=key,
                values={**copied, **values_of(step.values, frame, path)},
            )
        )

    def _call(self, step: Call, frame: Frame, path: str) -> object:
        ref = None if step.ref is None else str(value_of(step.ref, frame, path))
        return self.effect(
            Effect(
                path=path,
                step=step.id,
                mode=Mode.WRITE,
                system=step.system,
                operation=step.operation,
                entity=step.entity,
                key=str(value_of(step.key, frame, path)),
                values=values_of(step.values, frame, path),
                ref=ref,
            )
        )

    def effect(self, effect: Effect) -> object:
        """Return what the effect came to.

        Raises:
            Halt: It has not come to anything yet; the action says what to do about it.
        """
        effort = self.progress.effort(effect.path)
        if effort.done:
            return self.progress.results.get(effect.path)
        terms = self.world.terms(effect.system, effect.operation)
        intent = supposed(effect, effort, terms, self.world.lost)
        if intent is not None:
            raise Halt(Note(fact=intent))
        match next_move(effort, terms, self.now):
            case Send():
                rest = held_back(effect.path, terms, self.world.lost, self.now)
                raise Halt(rest or Perform(effect=self._corrected(effect, effort.sent + 1)))
            case Probe():
                probe = replace(effect, mode=Mode.PROBE, attempt=effort.sent)
                raise Halt(Perform(effect=probe))
            case Hold(until):
                raise Halt(Sleep(until=until, path=effect.path, why=_why(effort.last)))
            case GiveUp(kind, message):
                raise failure(self.now, effect.path, kind, message)

    def _corrected(self, effect: Effect, attempt: int) -> Effect:
        given = self.progress.corrections.get(effect.path, {})
        correction = {
            field: value
            for name, value in given.items()
            for entity, _, field in [name.rpartition(".")]
            if entity in {"", effect.entity}
        }
        if not correction:
            return replace(effect, attempt=attempt)
        by = self.progress.corrected_by.get(effect.path)
        values = {**effect.values, **correction}
        return replace(effect, attempt=attempt, values=values, corrected_by=by)


def _why(last: object) -> str:
    return str(getattr(last, "kind", "") or "the vendor may still apply it")
