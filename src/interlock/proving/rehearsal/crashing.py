"""Every moment at which a worker can die, in one integration of an estate."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass

from interlock.audit.verification import verify
from interlock.foundation.database import Database
from interlock.proving import live
from interlock.proving.crashes import BrittleDatabase, Point, points_of
from interlock.proving.rehearsal.stage import Stage

Rehearse = Callable[[Database], AbstractContextManager[Stage]]
"""Builds the stage of one script over a database."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Undisturbed:
    """What one integration comes to when nobody dies."""

    points: tuple[Point, ...]
    outside: dict[str, object]
    states: tuple[str, ...]


def undisturbed(rehearse: Rehearse) -> Undisturbed:
    """Play it once, and return its crash points and what is there afterwards."""
    database = BrittleDatabase()
    with rehearse(database) as here:
        here.go_on()
        database.played = len(database.done)
        return Undisturbed(
            points=tuple(points_of(database)),
            outside=here.outside(),
            states=(*here.states(), *here.questions()),
        )


def broken_by(rehearse: Rehearse, crashes: Sequence[Point], known: Undisturbed) -> list[str]:
    """Return what is otherwise than it is undisturbed when a worker dies at `crashes`."""
    database = BrittleDatabase(crashes)
    with rehearse(database) as here:
        here.go_on()
        database.calm()
        found = list(_differences(here, known))
    if database.struck != len(crashes):
        found.append(f"only {database.struck} of {len(crashes)} crashes came about")
    return found


def _differences(here: Stage, known: Undisturbed) -> Iterator[str]:
    states = (*here.states(), *here.questions())
    if states != known.states:
        yield f"it ended as {states}, undisturbed as {known.states}"
    outside = here.outside()
    for name in sorted({*outside, *known.outside}):
        if outside.get(name) != known.outside.get(name):
            yield f"{name} is {outside.get(name)}, undisturbed {known.outside.get(name)}"
    for system, shelf in here.systems.items():
        yield from live.unintended(here.database, system, shelf.applied)
    for finding in verify(here.database, {}).findings:
        yield f"trail: {finding.fault} {finding.where} {finding.what}"
