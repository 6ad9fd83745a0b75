"""The storm from the first deal to the verdict."""

import io
import json
import subprocess
import sys
import tarfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from itertools import islice
from pathlib import Path
from typing import Final

import psycopg

from interlock.bootstrap.house import open_store
from interlock.foundation.errors import UnavailableError
from interlock.intake.poller import unbegun
from interlock.testing.environments import CHECKOUT
from interlock.testing.storm.cluster import Cluster
from interlock.testing.storm.crew import Crew
from interlock.testing.storm.oracle import UNPROVEN, Verdict, announcements, judge
from interlock.testing.storm.report import Report, missing
from interlock.testing.storm.story import Deal, accounts, deals
from interlock.testing.storm.takeovers import Takeovers, percentile, resting, states
from interlock.testing.storm.town import Town
from interlock.testing.storm.weather import PER_HAND, Forecast, Weather

MOST_UNDER_WAY: Final = 150
"""No more is sold while so many deals are under way."""
STRIKING: Final = 60.0
"""Seconds in which a blow looks for somebody to hit."""
ROUNDS: Final = 4
"""How often people look at what is left for them."""
MOST: Final = 0.7
"""The wind does not cease before so many deals have gone through it."""
EVIDENCE: Final = 20
"""Deals of which the whole story is kept."""
PEOPLE: Final = 2
"""Cases that one confusion of two answers may cause: each of the two is a wrong one."""
PATIENCE: Final = 600.0
"""Seconds that everything may take to come to rest when the weather is calm."""
DISK_MB: Final = 400
DISK_MB_PER_SAGA: Final = 0.5


class Storm:
    """One installation in one storm."""

    def __init__(
        self, town: Town, cluster: Cluster, seed: int, forecast: Forecast, older: Path | None
    ) -> None:
        self._town = town
        self._cluster = cluster
        self._crew = Crew(town.home, cluster.url, older=older)
        self._takeovers = Takeovers(cluster)
        self._weather = Weather(cluster, self._crew, self._takeovers, seed)
        self._forecast = forecast
        self._deals = list(deals(seed, forecast.sagas))
        self._unsold = iter(self._deals)
        self._sold: list[Deal] = []
        self._off: set[str] = set()
        self._asked = 0
        self._began = time.monotonic()

    def close(self) -> None:
        """Stop the workers."""
        self._crew.close()

    def begin(self) -> None:
        """Start the workers and wait until they see what is sold."""
        self._town.prepare(list(accounts(self._forecast.sagas)))
        self._crew.fill()
        self._wait(lambda: any(each.ready for each in self._crew.workers), "a worker")
        self._wait(self._watching, "polls")
        self._began = time.monotonic()

    def _watching(self) -> bool:
        with open_store(self._town.home) as store:
            return not unbegun(store.database, store.archive.current())

    def rage(self, seed: int, pause: float) -> None:
        """Play the whole deck."""
        self._town.storm(blow=True)
        for card in self._forecast.deck(seed):
            if card == "sell":
                self._wait(self._room, "room for more")
                self._sell(islice(self._unsold, PER_HAND))
            else:
                self._say(card)
                self._until_struck(card)
            self.tend()
            self._weather.pause(pause)
        self._wait(self._mostly_over, "most deals", tolerant=True)
        self._town.storm(blow=False)

    def _until_struck(self, card: str) -> None:
        """Try a blow that needs somebody at work until it strikes."""
        until = time.monotonic() + STRIKING
        while not self._weather.strike(card) and time.monotonic() < until:
            self.tend()
            self._weather.pause(0.3)

    def _mostly_over(self) -> bool:
        counts = states(self._cluster)
        return counts is not None and resting(counts) >= MOST * len(self._sold)

    def calm(self) -> None:
        """Wait until everything has come to rest; let a person answer what became a case."""
        for _ in range(ROUNDS):
            self._wait(self._at_rest, "everything at rest", tolerant=True)
            if not self._answered():
                return

    def _answered(self) -> int:
        """Answer `retry` to every case of a deal with which nothing is wrong; return how many.

        An answer that belongs to somebody else and says no cannot be told from a refusal.
        """
        good = {deal.ref for deal in self._sold if not deal.incomplete and not deal.withdrawn}
        listed = self._town.command("cases", "list", "--limit", "100000")["cases"]
        asked = [case for case in listed if case["key"] in good and case["cause"] != UNPROVEN]
        for case in asked:
            self._say(f"a person is asked: {case['cause']}: {case['message']}")
            self._town.command("cases", "answer", case["id"], "retry", "--by", "clerk")
        self._asked += len(asked)
        return len(asked)

    def _sell(self, some: Iterator[Deal]) -> None:
        chosen = list(some)
        self._town.sell(chosen)
        self._sold += chosen

    def tend(self) -> None:
        """Do what supervisors and customers do all the time."""
        self._crew.fill()
        self._cluster.heal()
        self._takeovers.look()
        self._town.tell("billing", "pay", {})
        self._call_off()

    def _call_off(self) -> None:
        """Customers whose deal waits for a closed month call it off, sooner or later."""
        waiting = [deal for deal in self._sold if deal.withdrawn and deal.ref not in self._off]
        if not waiting:
            return
        wanted = ", ".join(f"'{deal.ref}'" for deal in waiting)
        query = f"SELECT key FROM run WHERE state = 'parked' AND key IN ({wanted})"  # noqa: S608 (our own references)
        try:
            parked = {row[0] for row in self._cluster.ask(query)}
        except psycopg.Error:
            return
        for deal in waiting:
            if deal.ref in parked:
                self._town.call_off(deal)
                self._off.add(deal.ref)

    def _room(self) -> bool:
        counts = states(self._cluster)
        return counts is not None and len(self._sold) - resting(counts) < MOST_UNDER_WAY

    def _at_rest(self) -> bool:
        counts = states(self._cluster)
        if counts is None or sum(counts.values()) < len(self._sold) or self._takeovers.open:
            return False
        withdrawn = {deal.ref for deal in self._sold if deal.withdrawn}
        busy = sum(counts.values()) - resting(counts)
        told = len(announcements(self._town))
        return not busy and withdrawn == self._off and told >= counts.get("completed", 0)

    def _wait(self, holds: Callable[[], bool], what: str, *, tolerant: bool = False) -> None:
        until = time.monotonic() + PATIENCE
        said = 0.0
        while not holds():
            self.tend()
            if time.monotonic() - said > 5.0:  # noqa: PLR2004 (seconds between two lines)
                said = time.monotonic()
                self._say(f"waiting for {what}")
            if time.monotonic() > until:
                if tolerant:
                    return
                raise TimeoutError(what)
            time.sleep(0.3)

    def _say(self, text: str) -> None:
        counts = states(self._cluster) or {}
        shown = " ".join(f"{count} {state}" for state, count in sorted(counts.items()))
        elapsed = time.monotonic() - self._began
        line = f"{elapsed:6.0f} s  {text:20} {len(self._sold)} sold: {shown}"
        print(line, file=sys.stderr, flush=True)

    def report(self, seed: int) -> Report:
        """Judge, and tell everything."""
        seconds = time.monotonic() - self._began
        self._crew.close()
        faults, trespassed = self._town.harmed()
        verdict = judge(self._town, self._deals)
        looked = self._verify(verdict)
        verdict.violations += self._crew.gave_up
        asked = self._asked + verdict.unproven
        if asked > ROUNDS * PEOPLE * faults["swapped"]:
            verdict.violations.append(f"people were asked {asked} times about good deals")
        if trespassed:
            verdict.violations.append(f"{trespassed} requests followed a redirect elsewhere")
        struck = self._weather.struck
        p99 = percentile(self._takeovers.seconds, 0.99)
        return Report(
            seed=seed,
            sagas=len(self._deals),
            completed=verdict.completed,
            compensated=verdict.compensated,
            cases=verdict.cases,
            answered=self._asked,
            unproven=verdict.unproven,
            duplicates=verdict.duplicates,
            lost=verdict.lost,
            kills=struck["kill"],
            crashes=struck["crash"],
            failovers=struck["fail_over"],
            zombies=struck["freeze"],
            terminated_in_commit=struck["terminate"],
            full_disks=struck["fill"],
            older_workers=self._crew.mixed,
            takeovers=len(self._takeovers.seconds),
            takeover_p99_seconds=None if p99 is None else round(p99, 1),
            faults=dict(sorted(faults.items())),
            verified=looked,
            violations=verdict.violations,
            missing=missing(self._forecast, struck, faults, mounted=self._cluster.mounted),
            skipped=[] if self._cluster.mounted else ["full_disks: mounting is not permitted"],
            seconds=round(seconds, 1),
        )

    def _verify(self, verdict: Verdict) -> dict[str, int]:
        told = self._town.command("verify", "--limit", str(len(self._deals)), codes=(0, 1, 2))
        verdict.violations += [f"{each['law']}: {each['what']}" for each in told["findings"]]
        looked: dict[str, int] = told["looked_at"]
        self._keep_evidence(verdict)
        return looked

    def _keep_evidence(self, verdict: Verdict) -> None:
        """Write down what we say about deals that ended wrongly, before the database is gone."""
        wrong = {said.partition(":")[0] for said in verdict.violations}
        chosen = [deal.ref for deal in self._deals if deal.ref in wrong][:EVIDENCE]
        told = {ref: self._town.command("trace", ref, codes=(0, 1)) for ref in chosen}
        if told:
            (self._town.home / "evidence.json").write_text(json.dumps(told, indent=1), "utf-8")


def sources_of(revision: str, home: Path) -> Path:
    """Put the sources of an earlier revision of this checkout below `home`; return where.

    Raises:
        UnavailableError: There is no such revision here.
    """
    where = home / "older"
    where.mkdir()
    command = ["git", "-C", str(CHECKOUT), "archive", revision, "src"]
    packed = subprocess.run(command, capture_output=True, check=False)
    if packed.returncode:
        said = packed.stderr.decode(errors="replace").strip()
        raise UnavailableError(f"no sources of `{revision}`: {said}", hint="Name a revision.")
    with tarfile.open(fileobj=io.BytesIO(packed.stdout)) as found:
        found.extractall(where, filter="data")
    return where / "src"


def play(
    home: Path, forecast: Forecast, seed: int, *, pause: float, older: str | None = None
) -> Report:
    """Play one storm in `home`, which must be empty; return what came of it.

    With `older` one worker in three runs that revision of this checkout: a rolling upgrade that
    stands still halfway.
    """
    with ExitStack() as stack:
        home.mkdir(parents=True, exist_ok=True)
        sources = None if older is None else sources_of(older, home)
        cluster = Cluster(int(DISK_MB + DISK_MB_PER_SAGA * forecast.sagas), home)
        stack.callback(cluster.close)
        cluster.open()
        town = stack.enter_context(Town(home, seed))
        town.apply(cluster.url)
        storm = Storm(town, cluster, seed, forecast, sources)
        stack.callback(storm.close)
        storm.begin()
        storm.rage(seed, pause)
        storm.calm()
        return storm.report(seed)
