"""The production driver: DBOS starts, queues and recovers segments (engine.md sections 4-6, 9).

A segment is one short DBOS workflow; of ten workers that see the same due run, the claim in our
own table lets one work on it. A waiting run has no workflow at all: it is a row that is due
again some day. Our own tables hold every checkpoint; when a worker dies, the lease of its run
ends and any other worker takes it up, without a person and without anybody's control plane.
"""

import logging
import sqlite3
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from dbos import DBOS, DBOSConfig, DBOSPortableJSONSerializer, SetWorkflowID

from interlock.flow.desk import Workshop
from interlock.flow.segment import work
from interlock.foundation.ids import RandomIds

_LOG: Final = logging.getLogger(__name__)
APPLICATION_VERSION: Final = "segments-1"
"""Pinned: the default (a hash of the source) would strand work at every edit (trap 2)."""
POLL: Final = 0.05
"""Seconds between looks for due runs when there was nothing to do."""
ERRORS_PAUSE: Final = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineSettings:
    """How the engine is driven in this process."""

    url: str
    """Of the engine's own database: ``sqlite:///PATH`` or ``postgresql://…``."""
    executor: str
    """Unique and stable per worker slot; never the default ``local`` (trap 1)."""
    threads: int = 24
    """How many segments this process works on at once."""


class _Connection(sqlite3.Connection):
    """DBOS's SQLite with a write-ahead log (engine.md section 6)."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 (sqlite3's own signature)
        super().__init__(*args, **kwargs)
        self.execute("PRAGMA journal_mode=WAL")
        self.execute("PRAGMA synchronous=NORMAL")


_WORK: dict[str, Callable[[str, int], None]] = {}
"""The one workshop of this process: DBOS allows one instance per process (trap 12)."""


@DBOS.workflow(name="interlock.segment")
def _segment(run_id: str, segment: int) -> None:
    """Work on one segment. Its effects are checkpointed by our history, not by DBOS steps."""
    _WORK["segment"](run_id, segment)


class Engine:
    """Takes up due runs and works on them in threads."""

    def __init__(self, shop: Workshop, settings: EngineSettings) -> None:
        self._shop = shop
        self._settings = settings
        self._stop = threading.Event()
        self._busy = threading.Semaphore(settings.threads)
        self._in_hand: set[str] = set()
        self._lock = threading.Lock()
        self._dispatcher: threading.Thread | None = None
        self._ids = RandomIds()

    def start(self) -> None:
        """Open the engine and begin to take up runs."""
        _WORK["segment"] = self._work
        DBOS(config=_config(self._settings))
        DBOS.launch()
        self._shop.store.orphans(self._shop.worker, self._shop.clock.now())
        self._dispatcher = threading.Thread(target=self._dispatch, name="dispatcher", daemon=True)
        self._dispatcher.start()

    def stop(self, patience: timedelta = timedelta(seconds=10)) -> None:
        """Take up nothing more, let segments end, and close the engine."""
        self._stop.set()
        if self._dispatcher is not None:
            self._dispatcher.join(patience.total_seconds())
        DBOS.destroy(workflow_completion_timeout_sec=int(patience.total_seconds()))

    def idle(self) -> bool:
        """Whether no segment is in hand."""
        with self._lock:
            return not self._in_hand

    def _dispatch(self) -> None:
        while not self._stop.is_set():
            try:
                started = self._dispatch_due()
            except Exception:  # noqa: BLE001 (while this thread lives, runs are taken up)
                _LOG.exception("looking for due runs failed; trying again")
                self._stop.wait(ERRORS_PAUSE)
                continue
            if not started:
                self._stop.wait(POLL)

    def _dispatch_due(self) -> int:
        due = self._shop.store.due(self._shop.clock.now(), self._settings.threads * 2)
        started = 0
        for run_id, segment in due:
            with self._lock:
                if run_id in self._in_hand:
                    continue
            if not self._busy.acquire(timeout=POLL):
                break
            with self._lock:
                self._in_hand.add(run_id)
            threading.Thread(
                target=self._take_up, args=(run_id, segment), name=f"segment {run_id}", daemon=True
            ).start()
            started += 1
        return started

    def _take_up(self, run_id: str, segment: int) -> None:
        try:
            # The engine never works twice on one id, not even on one that found the run taken:
            # an id of its own for every attempt, and the claim decides who works.
            with SetWorkflowID(self._ids.new(f"{run_id}:{segment + 1}")):
                _segment(run_id, segment)
        except Exception:  # noqa: BLE001 (a defect must neither kill the worker nor hide)
            _LOG.exception("a segment of %s failed; it is taken up again after its lease", run_id)
        finally:
            self._busy.release()
            with self._lock:
                self._in_hand.discard(run_id)

    def _work(self, run_id: str, segment: int) -> None:
        work(self._shop, run_id, segment)


def _config(settings: EngineSettings) -> DBOSConfig:
    config: DBOSConfig = {
        "name": "interlock",
        "system_database_url": settings.url,
        "executor_id": settings.executor,
        "application_version": APPLICATION_VERSION,
        "serializer": DBOSPortableJSONSerializer(),
        "log_level": "ERROR",
        "notification_listener_polling_interval_sec": 1.0,
        "scheduler_polling_interval_sec": 30,
        "max_executor_threads": settings.threads + 4,
    }
    extra: Mapping[str, Any]
    if settings.url.startswith("sqlite"):
        extra = {"connect_args": {"factory": _Connection}}
    else:
        # db_retry reconnects; a ping before every statement costs a quarter (engine.md 3.5).
        extra = {"pool_pre_ping": False}
    config["db_engine_kwargs"] = dict(extra)
    return config
