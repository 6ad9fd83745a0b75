"""A transaction as a picture: a lane for each system, a bar for each attempt. Numbers only."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from interlock.insight.story import Attempt, Transaction

WIDTH: Final = 900
LEFT: Final = 120
LANE: Final = 34
TOP: Final = 24
_NARROWEST: Final = 6
_RIGHT: Final = 40
_TICKS: Final = 5
WAITS: Final = "parked"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One attempt."""

    x: float
    y: float
    width: float
    look: str
    """How it ended, as a class of the style sheet."""
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Tick:
    """One moment on the axis."""

    x: float
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """The whole picture."""

    lanes: Sequence[tuple[str, float]]
    bars: Sequence[Bar]
    ticks: Sequence[Tick]
    height: int


def timeline(told: Transaction, now: datetime) -> Timeline | None:
    """Return the picture; ``None`` where there is nothing to see."""
    again = followed_by(told.attempts)
    attempts = [
        replace(
            each, ended_at=each.ended_at or again.get(index), outcome=_came(each, index, again)
        )
        for index, each in enumerate(told.attempts)
        if each.system and _begin(each) is not None
    ]
    if not attempts:
        return None
    begin = told.started_at
    # Who waits for a person may wait for days: what happened before is what there is to see.
    last = told.ended_at or (begin if told.state == WAITS else now)
    end = max([last, *(each.ended_at or now for each in attempts)])
    whole = max((end - begin).total_seconds(), 0.001)

    def x(at: datetime) -> float:
        share = (at - begin).total_seconds() / whole
        return round(LEFT + min(max(share, 0.0), 1.0) * (WIDTH - LEFT - _RIGHT), 1)

    systems = list(dict.fromkeys(each.system for each in attempts))
    rows = {name: TOP + index * LANE for index, name in enumerate(systems)}
    bars = []
    for each in attempts:
        start = _begin(each) or begin
        left = min(x(start), WIDTH - _RIGHT - _NARROWEST)
        bars.append(
            Bar(
                x=left,
                y=rows[each.system] + 7,
                width=max(x(each.ended_at or now) - left, _NARROWEST),
                look=_look(each),
                label=f"{each.step}: {each.operation} {each.outcome or 'not known yet'}",
            )
        )
    step = (end - begin) / _TICKS
    return Timeline(
        lanes=[(name, rows[name]) for name in systems],
        bars=bars,
        ticks=[Tick(x=x(begin + step * n), at=begin + step * n) for n in range(_TICKS + 1)],
        height=TOP + len(systems) * LANE + 8,
    )


def _came(each: Attempt, index: int, again: Mapping[int, datetime]) -> str:
    return each.outcome or ("tried again" if index in again else "")


def _begin(each: Attempt) -> datetime | None:
    return each.intended_at or each.ended_at


def followed_by(attempts: Sequence[Attempt]) -> Mapping[int, datetime]:
    """Return which attempts nobody heard the end of were tried again, and when, by their place.

    A worker died over them; the next one found out what had come of it.
    """
    found: dict[int, datetime] = {}
    later: dict[tuple[str, bool], datetime] = {}
    for index in range(len(attempts) - 1, -1, -1):
        each = attempts[index]
        again = later.get((each.step, each.undo))
        if each.ended_at is None and again is not None:
            found[index] = again
        begun = _begin(each)
        if begun is not None:
            later[each.step, each.undo] = begun
    return found


def _look(each: Attempt) -> str:
    if not each.outcome:
        return "open"
    return each.outcome if each.outcome in {"done", "rejected", "uncertain"} else "again"
