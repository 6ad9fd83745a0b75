"""How a walk over a plan stops: with the action that has to come first."""

from collections.abc import Callable
from datetime import datetime

from interlock.flow.core.actions import Action, Note
from interlock.flow.core.facts import Failed
from interlock.flow.core.frame import CannotTellError


class Halt(Exception):  # noqa: N818 (the walk stops here; this is how it says what to do)
    """The walk came to something that must be done, or waited for, first."""

    def __init__(self, action: Action) -> None:
        super().__init__(type(action).__name__)
        self.action = action


def failure(at: datetime, path: str, kind: str, message: str) -> Halt:
    """Return the halt that notes a failure; the plan's handlers say what follows."""
    return Halt(Note(fact=Failed(at=at, path=path, kind=str(kind), message=message)))


def halted(walk: Callable[[], object], now: datetime) -> Action | None:
    """Return the action at which `walk` stopped; ``None`` when it came to its end."""
    try:
        walk()
    except Halt as halt:
        return halt.action
    except CannotTellError as lost:
        fact = Failed(at=now, path=lost.path, kind="expression", message=lost.message)
        return Note(fact=fact)
    return None
