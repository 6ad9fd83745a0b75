"""Keep going: poll, take up runs, seal the trail, until told to stop."""

import fcntl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Final

from interlock.audit.sealing import seal_at
from interlock.bootstrap.api import dispatching, door
from interlock.bootstrap.channels import channels
from interlock.bootstrap.expiring import watching
from interlock.bootstrap.house import House, open_house
from interlock.bootstrap.listener import listen
from interlock.bootstrap.producing import producing
from interlock.bootstrap.reconciling import reconciling
from interlock.bootstrap.relaying import relaying
from interlock.bootstrap.restoring import read_only_if_older
from interlock.bootstrap.settling import settling
from interlock.bootstrap.streaming import streaming
from interlock.cases import commands as cases
from interlock.flow.engine import Engine, EngineSettings
from interlock.foundation.errors import UnavailableError, UsageError
from interlock.intake.silence import Watch
from interlock.intake.stream import Hearing

TICK: Final = 0.1
SEAL_EVERY: Final = timedelta(seconds=5)
"""What happened longer ago than this is under a signed and witnessed seal."""


@contextmanager
def slot(home: Path, worker: str) -> Iterator[None]:
    """Hold this worker's slot: two processes in one slot would take over each other's runs.

    Raises:
        UsageError: Another process holds it.
    """
    home.mkdir(parents=True, exist_ok=True)
    with (home / f"{worker}.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise UsageError(
                f"another process is `{worker}` of {home} already",
                hint="Stop it, or give this one another name: INTERLOCK_WORKER=worker-2.",
            ) from error
        yield


def serve(
    home: Path | None, stop: threading.Event, ready: Callable[[House], None] | None = None
) -> None:
    """Work until `stop` is set: polls, segments, and nothing else in this process."""
    with open_house(home) as house:
        settings = house.store.settings
        with slot(settings.home, settings.worker):
            read_only_if_older(house.store)
            threads = int(settings.values.get("threads", "16"))
            engine = Engine(
                house.shop,
                EngineSettings(url=settings.engine, executor=settings.worker, threads=threads),
            )
            port = settings.values.get("listen")
            api = door(house)
            hang_up = listen(house, int(port), api) if port else None
            engine.start()
            try:
                with (
                    channels(house) as publish,
                    relaying(house.store, publish),
                    watching(house.store),
                    settling(house),
                    reconciling(house),
                    producing(house),
                    dispatching(house, api.handed_in),
                    streaming(house) as hearing,
                ):
                    if ready is not None:
                        ready(house)
                    _tick(house, hearing, stop)
            finally:
                if hang_up is not None:
                    hang_up()
                engine.stop(timedelta(seconds=5))
                seal_at(house.store.database, house.store.clock, house.store.home)


def _tick(house: House, hearing: Hearing, stop: threading.Event) -> None:
    store = house.store
    sealed = store.clock.now()
    watch = Watch(database=store.database, actor=store.settings.worker)
    while not stop.wait(TICK):
        try:
            house.poller.poll_due(store.archive.current())
            if store.clock.now() - sealed > SEAL_EVERY:
                hearing.look()
                watch.look(store.archive.current(), store.clock.now())
                cases.collect(store.database)
                seal_at(store.database, store.clock, store.home)
                sealed = store.clock.now()
        except UnavailableError:
            # The database is away: runs are safe in it, and there is nothing to lose meanwhile.
            stop.wait(1.0)
