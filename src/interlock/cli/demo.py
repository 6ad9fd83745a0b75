"""``interlock demo``: a company's quarter, from deals to ledgers, with faults; all must tie."""

import json
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Annotated, Any, Final

from cyclopts import Parameter

from interlock.bootstrap.running import stop as end
from interlock.cli.apply import deploy
from interlock.cli.demonstration.agreeing import compared, tell_compared
from interlock.cli.demonstration.cast import Cast, cast
from interlock.cli.demonstration.hurry import hurried
from interlock.cli.demonstration.leaving import left_open
from interlock.cli.demonstration.publishing import published, tell_published
from interlock.cli.demonstration.scenario import ENTITIES, Scenario, scenario
from interlock.cli.demonstration.stage import Stage
from interlock.cli.demonstration.telling import result_of, tell
from interlock.cli.demonstration.trade import prepared, sell
from interlock.cli.demonstration.tying import Tie
from interlock.cli.sandbox import VENDORS

EXAMPLE: Final = Path(__file__).resolve().parents[3] / "examples" / "quote-to-cash"
BATCH: Final = 25


def demo(  # noqa: PLR0913 (options, each by its name)
    *,
    seed: int = 7,
    opportunities: int = 200,
    faults: bool = True,
    with_tryton: Annotated[bool, Parameter(negative="")] = False,
    console: bool = True,
    home: Path | None = None,
    json_: Annotated[bool, Parameter(name="--json", negative="")] = False,
) -> int:
    """Play a quarter's end: vendors, faults, a killed worker; then account for everything.

    Progress goes to standard error, the result to standard output. Afterwards the console shows
    what is left, as a process of its own, until `interlock console stop`; never with --json.

    Example: ``interlock demo --seed 7 --opportunities 200 --json``

    Args:
        seed: The same seed tells the same story.
        opportunities: How many closed-won opportunities are fed in.
        faults: Let the vendors misbehave.
        with_tryton: Post the German entity's invoices into a real Tryton 8.2 server.
        console: Leave the console running.
        home: Where the installation lives; by default a new folder that is kept.
        json_: One JSON object instead of the summary.
    """
    started = time.monotonic()
    where = home or Path(tempfile.mkdtemp(prefix="interlock-demo-"))
    if home is not None and home.exists():
        end(home)  # the console of the last demo, if it is still there
        shutil.rmtree(home)
    where.mkdir(parents=True, exist_ok=True)
    stage = Stage(where, seed, faults=faults)
    try:
        players = cast(scenario(seed, opportunities, list(ENTITIES)))
        if with_tryton:
            _one_day(players.story)
        found = _play(stage, players, real_tryton=with_tryton)
        result = result_of(found, stage, players.story, time.monotonic() - started)
        result |= {"reconciled": compared(where), "product": published(where)}
    finally:
        stage.stop()
    if json_:
        print(json.dumps(result))
    else:
        tell(result, found, where)
        _tell_end(result)
        if console and os.environ.get("INTERLOCK_CONSOLE") != "no":
            left_open(where)
    return 0 if found.ties else 1


def _tell_end(result: Mapping[str, Any]) -> None:
    tell_compared(result["reconciled"])
    tell_published(result["product"])


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _one_day(story: Scenario) -> None:
    """Close all German deals on one day: a real Tryton numbers invoices in the order of dates."""
    for row in story.opportunities:
        if row["Legal_Entity__c"] == "de":
            row["CloseDate"] = "2026-11-02"


def _play(stage: Stage, players: Cast, *, real_tryton: bool) -> Tie:
    from interlock.bootstrap.house import open_store
    from interlock.cli.demonstration.playing import Playing
    from interlock.cli.demonstration.scene import Scene
    from interlock.cli.demonstration.settling import settled

    _say("starting the simulated vendors, deploying the example estate …")
    stage.open(VENDORS, real_tryton=real_tryton)
    estate = hurried(EXAMPLE, stage.home / "estate")
    deploy(estate, "demo-author", "demo-approver", stage.home)
    prepared(stage)
    stage.start_worker()
    stage.until_watching()
    stage.tell("crm", "seed", {"Account": list(players.story.accounts)})
    with open_store(stage.home) as store:
        scene = Scene(stage, store.database, players)
        Playing(scene, _events(stage, players.story), _say).play()
        return settled(scene)


def _events(stage: Stage, story: Scenario) -> dict[int, Callable[[], None]]:
    """Return what happens after how many seconds."""
    found: dict[int, Callable[[], None]] = {}
    rows = [row for row in story.opportunities if "Renews__c" not in row]
    for index, begin in enumerate(range(0, len(rows), BATCH)):
        found[index + 1] = partial(sell, stage, story, rows[begin : begin + BATCH])

    def merge() -> None:
        for winner, loser in story.merges:
            stage.tell("crm", "merge", {"winner": winner, "loser": loser})
        _say("three customers were merged in the CRM")

    def kill() -> None:
        stage.kill_worker()
        _say("the worker was killed with SIGKILL; starting it again")
        stage.start_worker()

    found[4] = _both(found.get(4), merge)
    found[9] = _both(found.get(9), kill)
    return found


def _both(first: Callable[[], None] | None, second: Callable[[], None]) -> Callable[[], None]:
    def run() -> None:
        if first is not None:
            first()
        second()

    return run
