"""A counterparty's server as a process of its own: up when it answers, gone afterwards."""

import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import httpx2

from interlock.foundation.errors import UnavailableError

_TOLD: Final = 2_000
_STOP: Final = 10.0


@contextmanager
def served(
    command: Sequence[str], url: str, *, environment: Mapping[str, str], within: float = 60.0
) -> Iterator[Path]:
    """Run `command` until what is at `url` answers below 500; yields the server's log.

    Raises:
        UnavailableError: It does not come up; says what its log ends with.
    """
    with tempfile.TemporaryDirectory(prefix="interlock-served-") as folder:
        log = Path(folder) / "log"
        with (
            log.open("wb") as written,
            subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=written,
                stderr=written,
                env=dict(environment),
                cwd=folder,
            ) as process,
        ):
            try:
                _await(process, url, within, log)
                yield log
            finally:
                process.terminate()
                try:
                    process.wait(_STOP)
                except subprocess.TimeoutExpired:
                    process.kill()


def _await(process: "subprocess.Popen[bytes]", url: str, within: float, log: Path) -> None:
    until = time.monotonic() + within
    with httpx2.Client(trust_env=False, timeout=5) as client:
        while time.monotonic() < until and process.poll() is None:
            try:
                if client.get(url).status_code < httpx2.codes.INTERNAL_SERVER_ERROR:
                    return
            except httpx2.TransportError:
                time.sleep(0.1)
    told = log.read_text(errors="replace")[-_TOLD:]
    raise UnavailableError(f"nothing answers at {url}", hint=f"Its log ends with: {told}")
