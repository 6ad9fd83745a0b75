"""Three workers, and whoever keeps them running: what dies is started again."""

import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

SLOTS: Final = 3


@dataclass(slots=True, kw_only=True)
class Worker:
    """One worker process."""

    name: str
    process: subprocess.Popen[str]
    told: Path
    frozen_until: float | None = None

    @property
    def ready(self) -> bool:
        """Whether it ever came so far as to work."""
        return "ready" in self.told.read_text(encoding="utf-8")


@dataclass(slots=True)
class Crew:
    """The workers of one installation."""

    home: Path
    database: str
    workers: list[Worker] = field(default_factory=list)
    gave_up: list[str] = field(default_factory=list)
    """Workers that ended by themselves while they worked: a defect, whatever the weather."""
    refused: int = 0
    """Starts that failed because the database was away: a supervisor tries again."""
    older: Path | None = None
    """Sources of an earlier release: the workers of one slot in three run those."""
    mixed: int = 0
    """Workers of the earlier release that came to work."""
    _number: int = 0

    def fill(self) -> None:
        """Start workers until every slot is taken; thaw who was frozen long enough."""
        for worker in list(self.workers):
            self._look(worker)
        while len(self.workers) < SLOTS:
            self._number += 1
            self.workers.append(self._started(f"worker-{self._number}"))

    def _look(self, worker: Worker) -> None:
        if worker.frozen_until is not None and time.monotonic() >= worker.frozen_until:
            self.thaw(worker)
        if worker.process.poll() is None:
            return
        self.workers.remove(worker)
        if worker.ready:
            log = (self.home / f"{worker.name}.log").read_text(encoding="utf-8")[-1500:]
            said = f"{worker.name} ended by itself ({worker.process.returncode}): {log}"
            self.gave_up.append(said)
        else:
            self.refused += 1
        self.workers.append(self._started(worker.name))

    def _started(self, name: str) -> Worker:
        # One of them listens; what is pushed while it is dead is polled for.
        listens = not any(each.told.name.endswith(".door") for each in self.workers)
        env = {**os.environ, "INTERLOCK_WORKER": name, "INTERLOCK_WORKERS": str(SLOTS)}
        env["INTERLOCK_DATABASE"] = self.database
        if not listens:
            env["INTERLOCK_LISTEN"] = ""
        if self.older is not None and number_of(name) % SLOTS == 0:
            env["PYTHONPATH"] = str(self.older)
            self.mixed += 1
        told = self.home / (f"{name}.door" if listens else f"{name}.out")
        command = [sys.executable, "-m", "interlock.cli", "worker", "--home", str(self.home)]
        # Safe path: the folder that this process was started in must not hide another release.
        command[1:1] = ["-P"]
        with told.open("w") as out, (self.home / f"{name}.log").open("a") as log:
            process = subprocess.Popen(command, stdout=out, stderr=log, text=True, env=env)
        return Worker(name=name, process=process, told=told)

    def at_work(self) -> list[Worker]:
        """Return who has started and is not frozen."""
        return [each for each in self.workers if each.frozen_until is None and each.ready]

    def kill(self, worker: Worker, *, same_name: bool) -> None:
        """SIGKILL one; with `same_name` the next one takes its slot, else others its runs."""
        worker.process.kill()
        worker.process.wait()
        self.workers.remove(worker)
        if same_name:
            self.workers.append(self._started(worker.name))
        else:
            self.fill()

    def freeze(self, worker: Worker, seconds: float) -> None:
        """SIGSTOP one, to wake up later as a zombie."""
        worker.process.send_signal(signal.SIGSTOP)
        worker.frozen_until = time.monotonic() + seconds

    def thaw(self, worker: Worker) -> None:
        """SIGCONT one."""
        worker.process.send_signal(signal.SIGCONT)
        worker.frozen_until = None

    def close(self, patience: float = 60.0) -> None:
        """Let everybody end what they have in hand; kill who does not."""
        for worker in self.workers:
            self.thaw(worker)
            worker.process.terminate()
        for worker in self.workers:
            try:
                worker.process.wait(patience)
            except subprocess.TimeoutExpired:
                worker.process.kill()
                worker.process.wait()
        self.workers.clear()


def number_of(name: str) -> int:
    """Return the number in a name such as `worker-7`."""
    return int(name.rpartition("-")[2])
