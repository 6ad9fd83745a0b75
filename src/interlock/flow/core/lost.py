"""What may have happened in a stretch of time of which our record is gone.

A database that is restored is older than what the systems hold: between the copy and its return
runs went on, and nothing of it is known here any more. Whatever a run would do next it may have
done already. So each of its writes is supposed to have left in that time, and the rules of doubt
apply as to any other that may have been applied (`effort`): what is there is adopted.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from interlock.estate.capability import Guarantee
from interlock.flow.core.actions import Action, Note, Perform, Sleep
from interlock.flow.core.effort import Effort, Terms
from interlock.flow.core.facts import Intended
from interlock.gate.effect import Effect, Mode

WAIT: Final = timedelta(seconds=20)
"""How long a run rests before it asks again whether it may write."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lost:
    """The time of which nothing is known, as a run that it concerns must know of it."""

    since: datetime
    """The last moment that the record knows of."""
    until: datetime
    """When the older record came back."""
    reads_only: bool
    """Nobody has said yet that writing may begin again."""


def supposed(effect: Effect, effort: Effort, terms: Terms, lost: Lost | None) -> Intended | None:
    """Return the intent that `effect` may have had in lost time; ``None``: surely not, or known.

    What has no effect when it is sent twice (class S) is nobody's worry.
    """
    if lost is None or terms.capability.guarantee is Guarantee.SAFE:
        return None
    if effort.last_sent is not None and effort.last_sent >= lost.until:
        return None
    return Intended(
        at=lost.until,
        path=effect.path,
        entity=effect.entity,
        system=effect.system,
        operation=effect.operation,
        key=effect.key,
        since=lost.since,
    )


def held_back(path: str, terms: Terms, lost: Lost | None, now: datetime) -> Sleep | None:
    """Return a rest while nothing may be written yet; ``None`` to go ahead."""
    if lost is None or not lost.reads_only or terms.capability.guarantee is Guarantee.SAFE:
        return None
    return Sleep(until=now + WAIT, path=path, why="the record was restored; nothing is written")


def only_finds_out(action: Action | None) -> Action | None:
    """Return `action` if it changes nothing outside: a look, a rest before one, a supposition."""
    match action:
        case Perform(effect=effect) if effect.mode is not Mode.WRITE:
            return action
        case Note(fact=Intended()):
            return action
        case Sleep():
            return action
        case _:
            return None
