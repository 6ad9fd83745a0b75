"""Plays one cell: one deal, one fault at its place, then calm weather and every law."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from functools import cache
from typing import Final

from interlock.foundation.errors import InvariantError
from interlock.proving.campaign import FOREVER
from interlock.proving.company import calling, estates
from interlock.proving.creation import Scene, universe
from interlock.proving.faults import Weather
from interlock.proving.invariants import FLOW, INVARIANTS
from interlock.proving.matrix.aiming import Aim, Aimed, AimedDatabase, Deed, Mark, Moment
from interlock.proving.matrix.cells import AGREED, WORLD, Cell
from interlock.proving.matrix.spots import SPOTS, Spot
from interlock.proving.universe import Universe

SEEDS: Final = {"north": 97, "south": 194}
"""Legal entity -> a seed whose only deal is of it, won and paid for in the first hours."""
DEAL: Final = "deal-1"
RAGING: Final = timedelta()
REST: Final = timedelta(hours=40)
POLL_SECONDS: Final = 4 * 3600.0
OUTAGE: Final = timedelta(minutes=10)
STANDSTILL: Final = timedelta(minutes=2)
"""How long a worker stands still: beyond its lease and every bound."""
SKEW: Final = timedelta(minutes=9)
AGREED_AT: Final = "story deal.agreed"
WON: Final = "crm deal.delivered"


def broken_by(cell: Cell) -> list[str]:
    """Return what is wrong after the cell was played; empty when everything holds.

    A fault that did not strike exactly once, and exactly there, is wrong, too.
    """
    aims = aims_of(cell)
    with _story(cell.spot, aims) as (here, weather):
        here.go_on(here.clock.now() + FOREVER)
        found = [f"{aim} did not strike" for aim in aims if weather.hit.count(aim) != 1]
        struck = {fault: many for fault, many in weather.fired.items() if many}
        expected: dict[str, int] = {}
        for aim in aims:
            expected[aim.fault] = expected.get(aim.fault, 0) + 1
        if struck != expected:
            found.append(f"struck: {struck}, meant: {expected}")
        if cell.fault == "period_closed" and not here.systems[cell.spot.system].refusals[DEAL]:
            found.append("the closed period refused nothing")
        if cell.fault == "refused":
            here.systems[cell.spot.system].good_refused.add(DEAL)
        found += [
            f"{name}: {sentence}" for name, law in INVARIANTS.items() for sentence in law(here)
        ]
        return [*found, *_unfinished(here, {aim.fault for aim in aims}, cell.spot.system)]


def _unfinished(here: Universe, faults: set[str], system: str) -> Iterator[str]:
    """Say if the deal did not come to the end that it must come to.

    What the books refuse is taken back; what billing's words refuse is a person's question.
    """
    state = dict(here.states(FLOW)).get(DEAL, "none")
    taken_back = "withdrawn" in faults or ("refused" in faults and system != "billing")
    may = {"compensated", "cancelled", "none"} if taken_back else {"completed"}
    if state not in may:
        yield f"the deal is {state}, and should be {' or '.join(sorted(may))}"


@contextmanager
def _story(spot: Spot, aims: tuple[Aim, ...]) -> Iterator[tuple[Universe, Aimed]]:
    weather = Aimed(rng=Weather.still().rng, aims=aims)
    estate = calling() if spot.calling else estates()[0]
    scene = Scene(
        weather=weather, estate=estate, raging=RAGING, rest=REST, poll_seconds=POLL_SECONDS
    )
    database = AimedDatabase(weather)
    with universe(
        SEEDS[spot.books], deals=1, accounts=2, mix={}, database=database, scene=scene
    ) as here:
        database.weather = Weather.still()
        for system in here.systems.values():
            system.skew = timedelta()
        weather.fired.pop("clock_skew", None)
        weather.deeds = _deeds(here, spot)
        yield here, weather


def _deeds(here: Universe, spot: Spot) -> dict[str, Deed]:
    """Return what the world does by itself when it is aimed at."""

    def changes(fault: str) -> Deed:
        def change() -> None:
            here.story.prompt = True
            here.story.change(fault, here.story.deals[DEAL])
            here.story.prompt = False

        return change

    def replay() -> None:
        for run in here.finished():
            here.replay(run)

    def go_away() -> None:
        here.systems[spot.system].away_until = here.clock.now() + OUTAGE

    def skew() -> None:
        here.systems[spot.system].skew = SKEW

    return {
        **{fault: changes(fault) for fault in ("withdrawn", "amended", "customer_merged")},
        "estate_changed": lambda: here.apply(1),
        "outage": go_away,
        "clock_skew": skew,
        "replayed": replay,
        "worker_stalled": lambda: here.go_on(here.clock.now() + STANDSTILL),
    }


@cache
def aims_of(cell: Cell) -> tuple[Aim, ...]:
    """Return what must strike, and where, for `cell` to be played."""
    spot, fault = cell.spot, cell.fault
    before = _led_to(spot)
    if fault in AGREED | {"period_closed"}:
        return (*before, Aim(fault, Mark("call", AGREED_AT, 1), Moment.ARRIVES))
    marks = _told(spot, before)
    index = _index_of(spot, before, marks)
    mark = marks[_around(marks, index, cell)]
    aim = Aim(fault, mark, cell.moment)
    needed = {"secret_echoed": "quota", "stale_read": "response_lost"}.get(fault)
    return (*before, aim) if needed is None else (*before, Aim(needed, mark, cell.moment), aim)


def _around(marks: tuple[Mark, ...], index: int, cell: Cell) -> int:
    """Return which mark, around the call at `index`, the moment of `cell` is."""
    fate = cell.fault in {"worker_killed", "worker_stalled"}
    match cell.moment:
        case Moment.LEAVES if fate:
            return _next(marks, range(index, -1, -1), "worker")
        case Moment.INTENT if cell.spot.kind == "event":
            return _next(marks, range(index, len(marks)), "receive")
        case Moment.INTENT:
            return _next(marks, range(index, -1, -1), "progress")
        case Moment.OUTCOME | Moment.RECORDED:
            return _next(marks, range(index, len(marks)), "progress")
        case _:
            return index


def _next(marks: tuple[Mark, ...], where: range, name: str) -> int:
    for index in where:
        if marks[index].name == name:
            return index
    raise InvariantError(f"nothing called `{name}` happens there", hint="Look at the spot.")


def _index_of(spot: Spot, before: tuple[Aim, ...], marks: tuple[Mark, ...]) -> int:
    if spot.kind == "end":
        start = max(i for i, mark in enumerate(marks) if mark.name == "progress")
    elif before and before[-1].mark.name == spot.call:
        return marks.index(before[-1].mark)
    elif before and before[-1].mark.name != AGREED_AT:
        start = marks.index(before[-1].mark) + 1
    else:
        start = marks.index(Mark("call", WON, 1))
    return _next(marks, range(start, len(marks)), spot.call)


@cache
def _led_to(spot: Spot) -> tuple[Aim, ...]:
    """Return the faults that lead to a spot."""
    found: tuple[Aim, ...] = ()
    for fault, call in spot.before:
        if call == AGREED_AT:
            mark = Mark("call", AGREED_AT, 1)
        else:
            marks = _told(spot, found)
            mark = marks[_index_of(replace(spot, call=call, kind=""), found, marks)]
        moment = Moment.MEANWHILE if fault in WORLD else Moment.CARRIED
        found = (*found, Aim(fault, mark, moment))
    return found


def _told(spot: Spot, aims: tuple[Aim, ...]) -> tuple[Mark, ...]:
    return _marks(spot.books, spot.calling, aims)


@cache
def _marks(books: str, calling_: bool, aims: tuple[Aim, ...]) -> tuple[Mark, ...]:  # noqa: FBT001
    """Return everything that happens in a story in which only `aims` strike."""
    spot = next(each for each in SPOTS if (each.books, each.calling) == (books, calling_))
    with _story(spot, aims) as (here, weather):
        here.go_on(here.clock.now() + FOREVER)
        return tuple(weather.chronicle.marks)
