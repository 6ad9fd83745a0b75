"""Recorded histories of runs: what an earlier release did, the present one would do as well.

``python -m interlock.testing.histories record --home HOME --out FILE`` keeps the histories of an
installation, with the estates that they are pinned to and every write that went out.
``replay FILE`` lets the pure core of this release read each history up to every write, and
compares what it would send with what was sent: exit code 1 where that differs.

A run that began under release N is finished by N+1, and under a rolling upgrade N may go on with
what N+1 did: a core that decides differently over the same history would send something else.
"""

import argparse
import gzip
import hashlib
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from interlock import __version__
from interlock.bootstrap.house import Store, Transforms, compiled, open_existing
from interlock.connectors import catalogue
from interlock.estate.estate import Estate
from interlock.flow.core.actions import Finish, Perform
from interlock.flow.core.decide import next_action
from interlock.flow.core.effort import Terms
from interlock.flow.core.facts import Fact, Intended, as_json, from_json
from interlock.flow.core.progress import Progress, fold
from interlock.flow.core.walk import World
from interlock.flow.run import Run, State, run_of
from interlock.flow.store import QUERIES
from interlock.foundation.clock import from_iso, iso
from interlock.foundation.values import dump, load
from interlock.gate.window import READING

MOST: Final = 50
"""Histories kept of each integration and each way to end."""
ENDED: Final = (State.COMPLETED, State.COMPENSATED, State.CANCELLED, State.PARKED)

History = Mapping[str, Any]
Sources = Mapping[str, str]


class Reader:
    """Reads histories through the pure core, on the estates that they are pinned to."""

    def __init__(
        self, estates: Mapping[str, Mapping[str, str]], bounds: Mapping[str, str]
    ) -> None:
        self._estates = {digest: compiled(sources) for digest, sources in estates.items()}
        self._bounds = {name: timedelta(seconds=float(text)) for name, text in bounds.items()}
        self._capabilities = catalogue.every()
        self._transforms = Transforms()

    def writes(self, history: History) -> Iterator[tuple[str, str]]:
        """Return path and digest of everything that the core sends over a history.

        What it does instead of a write is said in the digest's place.
        """
        estate = self._estates[history["estate"]]
        plan = estate.plans[history["integration"]]
        facts = [from_json(each) for each in history["facts"]]
        world = self._world(estate, history)
        for index, fact in enumerate(facts):
            if isinstance(fact, Intended):
                progress = fold(Progress(retry=plan.retry), facts[:index])
                action = next_action(plan, progress, world, fact.at)
                yield fact.path, _digest(action) if _is(action, fact) else repr(action)[:200]
        if history["state"] == State.COMPLETED:
            progress = fold(Progress(retry=plan.retry), facts)
            action = next_action(plan, progress, world, facts[-1].at)
            yield "", action.state if isinstance(action, Finish) else repr(action)[:200]

    def _world(self, estate: Estate, history: History) -> World:
        plan = estate.plans[history["integration"]]
        started = from_iso(history["started_at"])
        entity = estate.legal_entities.get(history["legal_entity"] or "")
        zone = ZoneInfo(entity.spec.timezone) if entity else ZoneInfo("UTC")

        def terms(system: str, operation: str) -> Terms:
            connector = estate.systems[system].spec.connector
            operations = self._capabilities[connector].operations
            capability = READING if operation.endswith(".read") else operations[operation]
            return Terms(capability=capability, retry=plan.retry, bound=self._bounds[system])

        return World(
            terms=terms,
            transform=lambda name: self._transforms.of(estate, name),
            run={
                "id": history["id"],
                "key": history["key"],
                "started_at": started,
                "posting_date": started.astimezone(zone).date(),
            },
        )


def _is(action: object, fact: Intended) -> bool:
    if not isinstance(action, Perform):
        return False
    effect = action.effect
    meant = (effect.path, effect.system, effect.operation, effect.key)
    return meant == (fact.path, fact.system, fact.operation, fact.key)


def _digest(action: object) -> str:
    """Return what tells two writes apart: where they go, and every value."""
    assert isinstance(action, Perform)
    told = {name: value for name, value in asdict(action.effect).items() if name != "attempt"}
    return hashlib.sha256(dump(told).encode()).hexdigest()[:16]


def _at_rest(store: Store) -> list[Run]:
    wanted = [{"state": str(state), "limit": 1_000} for state in ENDED]
    with store.database.transaction() as connection:
        return [
            run_of(row) for each in wanted for row in connection.rows(QUERIES["runs_in"], each)
        ]


def record(store: Store, integrations: Sequence[str]) -> dict[str, Any]:
    """Return histories of `integrations` that have come to rest, with all that they rest on."""
    found: dict[str, Any] = {"release": __version__, "estates": {}, "bounds": {}, "runs": []}
    kept: Counter[tuple[str, State]] = Counter()
    for run in _at_rest(store):
        which = (run.integration, run.state)
        if run.integration not in integrations or kept[which] >= MOST:
            continue
        kept[which] += 1
        estate = store.archive.get(run.estate)
        found["estates"][run.estate] = dict(estate.sources)
        for name, system in estate.systems.items():
            seconds = store.settings.bound(system) / timedelta(seconds=1)
            found["bounds"][name] = str(seconds)
        facts: Sequence[Fact] = store.runs.facts(run.id)
        found["runs"].append(
            {
                **{name: getattr(run, name) for name in ("id", "integration", "key", "estate")},
                "state": str(run.state),
                "legal_entity": run.legal_entity,
                "started_at": iso(run.started_at),
                "facts": [as_json(fact) for fact in facts],
            }
        )
    reader = Reader(found["estates"], found["bounds"])
    for history in found["runs"]:
        stored: Any = load(dump(history))
        history["writes"] = [list(each) for each in reader.writes(stored)]
    return found


def differences(file: Path) -> tuple[int, list[str]]:
    """Return how many writes were compared, and where this release would do something else."""
    found: Any = load(gzip.decompress(file.read_bytes()).decode())
    reader = Reader(found["estates"], found["bounds"])
    compared, said = 0, []
    for history in found["runs"]:
        now = list(reader.writes(history))
        then = [tuple(each) for each in history["writes"]]
        compared += len(then)
        where = f"{history['integration']} {history['key']}"
        for (path, before), (_, after) in zip(then, now, strict=True):
            if before != after:
                said.append(f"{where}: {path or 'end'}: {before} in the record, {after} now")
    return compared, said


def main() -> int:
    """Record, or replay."""
    parser = argparse.ArgumentParser(
        prog="python -m interlock.testing.histories",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    what = parser.add_subparsers(dest="what", required=True)
    recording = what.add_parser("record", help="keep the histories of an installation")
    recording.add_argument("--home", type=Path, required=True)
    recording.add_argument("--out", type=Path, required=True, help="such as 0.2.json.gz")
    recording.add_argument("integrations", nargs="+", help="whose runs are kept")
    replaying = what.add_parser("replay", help="compare with what this release would send")
    replaying.add_argument("file", type=Path)
    given = parser.parse_args()
    if given.what == "record":
        with open_existing(given.home) as store:
            found = record(store, given.integrations)
        given.out.write_bytes(gzip.compress(dump(found).encode(), 9, mtime=0))
        print(f"{len(found['runs'])} histories in {given.out}")
        return 0
    compared, said = differences(given.file)
    print("\n".join([*said, f"{compared} writes compared, {len(said)} differ"]))
    return 1 if said else 0


if __name__ == "__main__":
    sys.exit(main())
