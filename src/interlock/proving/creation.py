"""How a universe is made: from one seed, with everything that will happen in it written down."""

import random
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, NoReturn

from interlock.audit import tables
from interlock.estate.estate import Estate
from interlock.flow.archive import EstateArchive
from interlock.flow.desk import Workshop
from interlock.flow.restoration import Restorations
from interlock.flow.store import RunStore
from interlock.foundation.clock import VirtualClock
from interlock.foundation.errors import InvariantError
from interlock.foundation.queries import load_schema
from interlock.foundation.telemetry import SILENT
from interlock.gate.door import Gate
from interlock.gate.window import Window
from interlock.intake.inbox import Inbox
from interlock.intake.poller import Poller
from interlock.proving.company import TONGUES, capabilities, estates
from interlock.proving.faults import Weather, swarm
from interlock.proving.people import People
from interlock.proving.storm import StormyDatabase
from interlock.proving.story import Story
from interlock.proving.universe import Dice, Universe
from interlock.proving.vendor import BOUND, Simulated

START: Final = datetime(2026, 10, 31, tzinfo=UTC)
"""The day before daylight saving ends in New York, which is the end of a month, too."""
CHAOS: Final = timedelta(hours=30)
"""How long the weather rages; then it is calm, and everything must come to rest."""
REST: Final = timedelta(days=2)
WORKERS: Final = 2
DEALS: Final = 60
ACCOUNTS: Final = 12
POLL_SECONDS: Final = 3600.0
CASES_SECONDS: Final = 5400.0
EVERY_OTHER: Final = 0.5
COMPANY: Final = "company.estate.yaml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """What a directed universe is made of, instead of what its seed would draw."""

    weather: Weather
    estate: Estate
    raging: timedelta
    """Until when something may go wrong."""
    rest: timedelta
    """How long polls, payments and people go on after that."""
    poll_seconds: float = POLL_SECONDS


@contextmanager
def universe(
    seed: int,
    *,
    deals: int = DEALS,
    accounts: int = ACCOUNTS,
    mix: Mapping[str, float] | None = None,
    database: StormyDatabase | None = None,
    scene: Scene | None = None,
) -> Iterator[Universe]:
    """Make a universe; nothing has happened in it yet.

    `mix` gives its faults and how often each strikes; drawn from the seed otherwise. `scene`
    gives the weather itself.
    """
    rng = random.Random(seed)  # noqa: S311 (a simulation's dice, no secret)
    drawn = swarm(rng)
    rates = drawn if mix is None else mix
    dice = random.Random(rng.random())  # noqa: S311 (see above)
    played = scene or Scene(
        weather=Weather(rng=dice), estate=estates()[0], raging=CHAOS, rest=REST
    )
    weather = played.weather
    clock = VirtualClock(START + timedelta(hours=rng.uniform(0, 14)))
    database = database or StormyDatabase(Weather.still())
    try:
        here = _built(seed, Dice(rng, weather), clock, (database, played.estate))
        weather.rates.update(rates)
        _plan(here, (deals, accounts), played)
        database.weather = weather
        yield here
    finally:
        database.close()


def _built(
    seed: int, dice: Dice, clock: VirtualClock, ground: tuple[StormyDatabase, Estate]
) -> Universe:
    database, estate = ground
    systems = _systems(dice, clock)
    archive = _archive(database, estate, clock)
    store = RunStore(database)
    inbox = Inbox(store, archive, clock)
    story = Story(
        systems=systems, weather=dice.weather, rng=dice.rng, clock=clock, take=inbox.take
    )
    people = People(
        database=database, story=story, weather=dice.weather, clock=clock, rng=dice.rng
    )
    shops = [_worker(number, store, archive, systems) for number in range(WORKERS)]
    poller = Poller(database, inbox, shops[0].gate, clock)
    poller.poll_due(archive.current())
    return Universe(
        seed=seed,
        dice=dice,
        clock=clock,
        systems=systems,
        story=story,
        people=people,
        archive=archive,
        shops=shops,
        poller=poller,
    )


def _archive(database: StormyDatabase, first: Estate, clock: VirtualClock) -> EstateArchive:
    """Return the archive of estates, in a database with every table that a universe needs."""
    tables.create(database)
    for room in ("flow", "intake", "cases"):
        database.create(load_schema(f"interlock.{room}"))
    by_text = {estate.sources[COMPANY]: estate for estate in (*estates(), first)}
    archive = EstateArchive(database, lambda texts: by_text[texts[COMPANY]])
    archive.apply(first, author="ana", approver="bao", at=clock.now())
    return archive


def _systems(dice: Dice, clock: VirtualClock) -> dict[str, Simulated]:
    able = capabilities()
    found = {}
    for name, tongue in TONGUES.items():
        skew = timedelta()
        if dice.rng.random() < EVERY_OTHER:
            skew = timedelta(minutes=dice.rng.uniform(-10, 10))
            dice.weather.fired["clock_skew"] += 1
        found[name] = Simulated(
            name=name,
            tongue=tongue,
            capabilities=able[f"simulated-{name}"],
            clock=clock,
            weather=dice.weather,
            rng=dice.rng,
            skew=skew,
        )
    return found


def _worker(
    number: int, store: RunStore, archive: EstateArchive, systems: dict[str, Simulated]
) -> Workshop:
    clock = systems["crm"].clock
    windows = {name: Window(connector=each, bound=BOUND) for name, each in systems.items()}
    return Workshop(
        store=store,
        archive=archive,
        gate=Gate(windows, clock, limits={}, report=lambda _system, _turn: None),
        clock=clock,
        telemetry=SILENT,
        transform_of=_no_transform,
        restorations=Restorations(store.database, clock),
        worker=f"worker-{number + 1}",
    )


def _no_transform(_estate: Estate, name: str) -> NoReturn:
    raise InvariantError(f"the simulated company has no transform `{name}`", hint="A defect.")


def _plan(here: Universe, many: tuple[int, int], scene: Scene) -> None:
    """Write down what will happen in this universe, and when."""
    story, rates, rng = here.story, here.dice.weather.rates, here.dice.rng
    end = here.clock.now() + scene.raging
    until = end + scene.rest
    story.open(*many)
    story.every(scene.poll_seconds, until, here.poll)
    story.every(POLL_SECONDS, until, story.pay)
    story.every(CASES_SECONDS, until, here.people.look)
    story.at(end, here.dice.weather.calm)
    if "outage" in rates:
        for name in sorted(here.systems):
            story.after(rng.uniform(0, 36_000), lambda name=name: here.go_away(name))  # type: ignore[misc]  # bound early
    if "estate_changed" in rates:
        for number, version in enumerate((1, 0), start=1):
            moment = rng.uniform(7_000, 15_000) * number
            story.after(moment, lambda version=version: here.apply(version))  # type: ignore[misc]  # bound early
    if "replayed" in rates:
        story.every(CASES_SECONDS, end, here.replay_some)
