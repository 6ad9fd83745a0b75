"""A PostgreSQL of two nodes that can be crashed, failed over and filled to the brim.

The standby is synchronous (`remote_apply`): what was acknowledged survives a failover. Workers
find the primary by themselves: their DSN names both nodes and asks for the one that takes writes.
"""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import psycopg

from interlock.foundation.errors import UnavailableError
from interlock.testing.postgres_server import MADE, account_for, programs_for

NODES: Final = ("a", "b")
PATIENCE: Final = 120.0
"""Seconds for whatever a database has to do."""
PAUSE: Final = 0.05
SETTINGS: Final = (
    *("listen_addresses=", "max_connections=200", "wal_level=replica", "hot_standby=on"),
    *("synchronous_commit=remote_apply", "max_wal_size=192MB", "min_wal_size=80MB"),
    *("restart_after_crash=on", "wal_keep_size=64MB"),
)
IN_COMMIT: Final = """
DO $$ BEGIN
  FOR look IN 1..20000 LOOP
    PERFORM pg_stat_clear_snapshot();
    PERFORM pg_terminate_backend(pid) FROM pg_stat_activity
      WHERE state = 'active' AND query = 'COMMIT' AND pid <> pg_backend_pid() LIMIT 1;
    EXIT WHEN FOUND;
  END LOOP;
  IF NOT FOUND THEN RAISE EXCEPTION 'nobody commits'; END IF;
END $$
"""
"""Looks from inside the server: a commit is over before an outside look would arrive."""
FULL: Final = 1024 * 1024
"""Bytes of ballast written at once."""


def until(holds: Callable[[], bool], what: str) -> None:
    """Wait until `holds`.

    Raises:
        UnavailableError: It never did.
    """
    end = time.monotonic() + PATIENCE
    while not holds():
        if time.monotonic() > end:
            raise UnavailableError(f"{what}: not within {PATIENCE:.0f} s", hint="See its log.")
        time.sleep(PAUSE)


class Cluster:
    """Two nodes, of which one is the primary; the other is its standby or not there."""

    def __init__(self, disk_mb: int, logs: Path) -> None:
        self._logs = logs
        self.home = Path(tempfile.mkdtemp(prefix="interlock-storm-pg-", dir="/tmp"))
        self._account = account_for()
        self.home.chmod(0o755)
        self._programs = programs_for(os.environ, self.home)
        self._disk = self.home / "disk"
        self._disk.mkdir()
        self.mounted = self._mount(disk_mb)
        for node in NODES:
            (self.home / node).mkdir()
        if self._account is not None:
            for folder in (self.home, self._disk, *(self.home / node for node in NODES)):
                shutil.chown(folder, self._account)
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self.primary = NODES[0]
        self.restarts = 0

    def _mount(self, disk_mb: int) -> bool:
        """Put the data on a disk of its own that can be filled; tell whether it was allowed."""
        program = shutil.which("mount")
        if program is None:
            return False
        size = f"size={disk_mb}m"
        command = [program, "-t", "tmpfs", "-o", size, "tmpfs", str(self._disk)]
        return subprocess.run(command, capture_output=True, check=False).returncode == 0

    def _run(self, program: str, *arguments: str) -> None:
        command = [str(self._programs / program), *arguments]
        done = subprocess.run(
            command, check=False, capture_output=True, text=True, user=self._account
        )
        if done.returncode:
            raise UnavailableError(f"{program} failed: {done.stderr[-300:]}", hint="Try by hand.")

    @property
    def url(self) -> str:
        """Return how workers reach whichever node takes writes."""
        hosts = ",".join(str(self.home / node) for node in NODES)
        told = "target_session_attrs=read-write&connect_timeout=5"
        return f"postgresql:///interlock?host={hosts}&user=interlock&{told}"

    def node_url(self, node: str, database: str = "interlock") -> str:
        """Return how to reach one node."""
        return f"postgresql:///{database}?host={self.home / node}&user=interlock"

    def ask(self, query: str, node: str | None = None, database: str = "interlock") -> list[Any]:
        """Ask one node, the primary unless named; return the rows."""
        where = self.node_url(node or self.primary, database)
        with psycopg.connect(where, autocommit=True, connect_timeout=5) as connection:
            cursor = connection.execute(query.encode())
            return cursor.fetchall() if cursor.description else []

    def open(self) -> None:
        """Make the first primary and its standby."""
        self._run("initdb", "-D", str(self._data(self.primary)), "--wal-segsize=4", *MADE)
        self._start(self.primary)
        self.ask("CREATE DATABASE interlock", database="postgres")
        self.add_standby()

    def close(self) -> None:
        """Stop both and remove everything."""
        for process in self._running.values():
            process.send_signal(signal.SIGQUIT)
            process.wait(PATIENCE)
        if self.mounted:
            subprocess.run(["umount", str(self._disk)], check=False)
        shutil.rmtree(self.home, ignore_errors=True)

    def heal(self) -> None:
        """Start the primary again if it ended by itself, as whoever keeps it would."""
        for node, process in list(self._running.items()):
            if process.poll() is not None:
                self.restarts += 1
                self._start(node)

    def crash(self, how: signal.Signals) -> None:
        """End the primary at once, without a checkpoint (SIGQUIT, SIGKILL), and start it again."""
        self._end(self.primary, how)
        self._start(self.primary)

    def end_in_commit(self) -> bool:
        """End a backend that is committing; return whether one was met."""
        try:
            self.ask(IN_COMMIT)
        except psycopg.Error:
            return False
        return True

    def add_standby(self) -> None:
        """Copy the primary, let the copy follow it, and let commits wait for it."""
        other = self._other()
        shutil.rmtree(self._data(other), ignore_errors=True)
        where = ["-h", str(self.home / self.primary), "-U", "interlock"]
        self._run("pg_basebackup", "-D", str(self._data(other)), *where, "-R", "-c", "fast")
        self._start(other)
        until(self._followed, "a standby that follows")
        self._wait_for_standby(wanted=True)

    def fail_over(self) -> None:
        """End the primary for good and promote its standby."""
        other = self._other()
        self._end(self.primary, signal.SIGQUIT)
        del self._running[self.primary]
        self.ask("SELECT pg_promote(true, 60)", node=other)
        self.primary = other
        self._wait_for_standby(wanted=False)

    def fill(self, seconds: float) -> None:
        """Leave no byte of its disk for a while."""
        self._wait_for_standby(wanted=False)
        ballast = self._disk / "ballast"
        with suppress(OSError), ballast.open("wb", buffering=0) as file:
            while True:
                file.write(bytes(FULL))
        with suppress(OSError), ballast.open("ab", buffering=0) as file:
            while True:
                file.write(bytes(512))
        time.sleep(seconds)
        ballast.unlink()
        self.heal()
        self.add_standby_again()

    def add_standby_again(self) -> None:
        """Begin with a new standby."""
        other = self._other()
        if other in self._running:
            self._end(other, signal.SIGQUIT)
        until(self._answers, "the primary")
        self.add_standby()

    def _wait_for_standby(self, *, wanted: bool) -> None:
        names = "*" if wanted else ""
        self.ask(f"ALTER SYSTEM SET synchronous_standby_names = '{names}'")
        self.ask("SELECT pg_reload_conf()")
        if wanted:
            until(lambda: self._state() == "sync", "a synchronous standby")

    def _followed(self) -> bool:
        return self._state() is not None

    def _state(self) -> str | None:
        with suppress(psycopg.Error):
            found = self.ask(
                "SELECT sync_state FROM pg_stat_replication WHERE state = 'streaming'"
            )
            return str(found[0][0]) if found else None
        return None

    def _answers(self, node: str | None = None) -> bool:
        with suppress(psycopg.Error):
            return bool(self.ask("SELECT 1", node, "postgres"))
        return False

    def _data(self, node: str) -> Path:
        return self._disk / node

    def _other(self) -> str:
        return NODES[1 - NODES.index(self.primary)]

    def _start(self, node: str) -> None:
        """Start a node; what a killed postmaster left behind is waited for."""
        told = [part for setting in SETTINGS for part in ("-c", setting)]
        command = [str(self._programs / "postgres"), "-D", str(self._data(node)), *told]

        def started() -> bool:
            process = self._running.get(node)
            if process is None or process.poll() is not None:
                with (self._logs / f"postgres-{node}.log").open("ab") as log:
                    self._running[node] = subprocess.Popen(
                        [*command, "-k", str(self.home / node)],
                        stdout=log,
                        stderr=log,
                        user=self._account,
                    )
            return self._answers(node)

        until(started, f"PostgreSQL node {node}")

    def _end(self, node: str, how: signal.Signals) -> None:
        process = self._running[node]
        process.send_signal(how)
        process.wait(PATIENCE)
