"""One universe: a company, its systems, two workers and its people, from seed to rest."""

import contextlib
import json
import random
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256

from interlock.flow import commands as flow
from interlock.flow.archive import EstateArchive
from interlock.flow.desk import Workshop
from interlock.flow.simulator import Fate, Played, play
from interlock.flow.store import QUERIES, RunStore
from interlock.foundation.clock import VirtualClock
from interlock.foundation.database import Database
from interlock.foundation.errors import RefusedError, UsageError
from interlock.intake.poller import Poller
from interlock.proving.company import estates
from interlock.proving.faults import Weather
from interlock.proving.people import People
from interlock.proving.story import Story
from interlock.proving.vendor import Simulated


@dataclass(frozen=True, slots=True)
class Dice:
    """Everything that is left to chance, from one seed."""

    rng: random.Random
    weather: Weather


@dataclass(slots=True, kw_only=True)
class Universe:
    """Everything in one universe, open to the oracle."""

    seed: int
    dice: Dice
    clock: VirtualClock
    systems: dict[str, Simulated]
    story: Story
    people: People
    archive: EstateArchive
    shops: list[Workshop]
    poller: Poller
    played: list[Played] = field(default_factory=list)

    @property
    def store(self) -> RunStore:
        """The runs."""
        return self.shops[0].store

    @property
    def database(self) -> Database:
        """The installation's database."""
        return self.store.database

    def fate(self) -> Fate:
        """Return what may befall a worker now."""
        self.dice.weather.turning()
        rates = self.dice.weather.rates
        return Fate(kill=rates.get("worker_killed", 0.0), stall=rates.get("worker_stalled", 0.0))

    def go_on(self, until: datetime) -> None:
        """Let time pass until nothing is due before `until`."""
        played = play(
            self.shops, self.clock, self.dice.rng, until=until, fate=self.fate, plot=self.story
        )
        self.played.append(played)
        self.dice.weather.fired["worker_killed"] += played.kills
        self.dice.weather.fired["worker_stalled"] += played.stalls

    def digest(self) -> str:
        """Return what the outside could tell of this universe, in one number."""
        ledgers = {name: system.ledger.digest_of() for name, system in self.systems.items()}
        states = sorted(self.states("quote-to-cash"))
        told = json.dumps([ledgers, states], default=str, sort_keys=True)
        return sha256(told.encode()).hexdigest()

    def outside(self) -> str:
        """Return what the vendors hold, in one number: what a replay may not change."""
        rows = {
            name: [each for each in system.ledger.digest_of() if name != "crm"]
            for name, system in self.systems.items()
        }
        return sha256(json.dumps(rows, default=str, sort_keys=True).encode()).hexdigest()

    def states(self, integration: str) -> list[tuple[str, str]]:
        """Return (business key, state) of all runs: what `interlock status` counts."""
        return [(key, str(state)) for key, state in self.store.of_integration(integration)]

    def poll(self) -> None:
        """Ask the systems what changed."""
        self.poller.poll_due(self.archive.current())

    def go_away(self, name: str) -> None:
        """Let a system be away for some minutes."""
        self.dice.weather.fired["outage"] += 1
        system = self.systems[name]
        system.away_until = self.clock.now() + timedelta(minutes=self.dice.rng.uniform(1, 20))

    def apply(self, version: int) -> None:
        """Apply a version of the estate; runs under way stay with theirs."""
        estate = estates()[version]
        if self.archive.apply(estate, author="ana", approver="bao", at=self.clock.now()):
            self.dice.weather.fired["estate_changed"] += 1

    def replay_some(self) -> None:
        """Let somebody replay a few finished runs, for no good reason."""
        for run in self.finished():
            if self.dice.weather.strikes("replayed"):
                self.replay(run)

    def replay(self, run: str) -> None:
        """Replay a run; it may have gone on meanwhile."""
        with contextlib.suppress(RefusedError, UsageError):
            flow.replay(self.database, run, by="bao", reason="drill", clock=self.clock)

    def finished(self) -> list[str]:
        """Return the runs that completed."""
        with self.database.transaction() as connection:
            rows = connection.rows(QUERIES["runs_in"], {"state": "completed", "limit": 10_000})
        return [str(row["id"]) for row in rows]
