"""Steps that exchange nothing with a system: an event told, an event or a person waited for.

None of them costs a thread while it waits; how long it may take counts from when it was opened.
"""

from dataclasses import dataclass
from datetime import datetime

from interlock.estate.plan import Approve, Emit, Step, Wait
from interlock.flow.core.actions import Ask, Listen, Note
from interlock.flow.core.facts import Emitted, Opened
from interlock.flow.core.frame import Frame, value_of, values_of
from interlock.flow.core.halt import Halt, failure
from interlock.flow.core.progress import Progress


@dataclass(frozen=True, slots=True)
class Pauses:
    """What such steps of one walk came to."""

    progress: Progress
    now: datetime

    def rest(self, step: Step, frame: Frame, path: str) -> object:
        """Return what a step that waits for no system came to.

        Raises:
            Halt: It has not come to anything yet, or never will.
        """
        if path in self.progress.results:
            return self.progress.results[path]
        match step:
            case Emit():
                data = values_of(step.data, frame, path)
                note = Emitted(at=self.now, path=path)
                raise Halt(Note(fact=note, event=step.event, data=data))
            case Wait():
                self._listen(step, frame, path)
            case Approve():
                return self._ask(step, frame, path)
            case _:
                pass
        return None

    def _listen(self, step: Wait, frame: Frame, path: str) -> None:
        since = self._since(path)
        correlation = str(value_of(step.run_match, frame, path))
        deadline = since + step.at_most
        if self.now >= deadline:
            sentence = f"no `{step.event}` of {step.system} for `{correlation}` by {deadline}"
            raise failure(self.now, path, "timeout", sentence)
        raise Halt(
            Listen(
                path=path,
                system=step.system,
                event=step.event,
                entity=step.entity,
                correlation=correlation,
                deadline=deadline,
            )
        )

    def _ask(self, step: Approve, frame: Frame, path: str) -> object:
        if step.when is not None and value_of(step.when, frame, path) is not True:
            return None
        deadline = self._since(path) + step.at_most
        if self.now >= deadline:
            raise failure(self.now, path, "timeout", f"nobody answered: {step.question}")
        raise Halt(Ask(path=path, step=step, deadline=deadline))

    def _since(self, path: str) -> datetime:
        opened = self.progress.opened.get(path)
        if opened is None:
            raise Halt(Note(fact=Opened(at=self.now, path=path)))
        return opened
