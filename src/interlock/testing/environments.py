"""Environments of programs that somebody else wrote, apart from ours: made once, then kept.

What is installed is pinned with hashes. Several test processes may ask at once: one installs, the
others wait. Nothing of these packages is ever imported here; some of them are GPL.
"""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from interlock.foundation.errors import UnavailableError

CHECKOUT: Final = Path(__file__).resolve().parents[3]
_INSTALL_LIMIT: Final = 900.0
_RUN_LIMIT: Final = 300.0
_TOLD: Final = 2_000
"""How much of a failed command's output is told."""


def python_environment(folder: Path, requirements: Path, what: str) -> None:
    """Install `requirements` into a Python environment of its own, unless they are there.

    Raises:
        UnavailableError: They cannot be had; a network or an index is missing.
    """
    with _making(folder, requirements) as wanted:
        if wanted:
            run([sys.executable, "-m", "venv", "--clear", str(folder)], "make an environment")
            pip = [str(folder / "bin" / "pip"), "install", "--quiet", "--no-input"]
            told = ["--require-hashes", "-r", str(requirements)]
            run([*pip, *told], f"install {what}", limit=_INSTALL_LIMIT)


def node_environment(folder: Path, recipe: Path, what: str) -> Mapping[str, str]:
    """Install the packages of `recipe` (with its lock); return the environment to run Node in.

    Raises:
        UnavailableError: There is no Node here, or the packages cannot be had.
    """
    if shutil.which("node") is None or shutil.which("npm") is None:
        raise UnavailableError("no node and npm in PATH", hint="apt-get install nodejs npm")
    with _making(folder, recipe / "package-lock.json") as wanted:
        if wanted:
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            for name in ("package.json", "package-lock.json"):
                shutil.copy(recipe / name, folder)
            npm = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--silent"]
            run([*npm, "--prefix", str(folder)], f"install {what}", limit=_INSTALL_LIMIT)
    return {**os.environ, "NODE_PATH": str(folder / "node_modules")}


@contextmanager
def _making(folder: Path, wanted: Path) -> Iterator[bool]:
    """Tell whether `folder` must be made for `wanted`; nobody else makes it meanwhile."""
    mark, digest = folder / "installed.sha256", digest_of(wanted)
    locks = folder.parent / ".interlock"
    locks.mkdir(exist_ok=True)
    with (locks / f"{folder.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        missing = not mark.is_file() or mark.read_text() != digest
        yield missing
        if missing:
            mark.write_text(digest)


def digest_of(*files: Path, besides: str = "") -> str:
    """Return a digest of files, of this Python's version and of `besides`."""
    python = f"{sys.version_info.major}.{sys.version_info.minor}"
    parts = [python.encode(), besides.encode(), *map(Path.read_bytes, files)]
    return hashlib.sha256(b"\0".join(parts)).hexdigest()


def run(
    command: Sequence[str],
    what: str,
    *,
    limit: float = _RUN_LIMIT,
    environment: Mapping[str, str] | None = None,
) -> str:
    """Run a command to its end and return what it printed.

    Raises:
        UnavailableError: It failed or took too long; says what it told.
    """
    try:
        ended = subprocess.run(
            command, capture_output=True, text=True, timeout=limit, env=environment, check=True
        )
    except (OSError, subprocess.SubprocessError) as error:
        told = str(getattr(error, "stderr", None) or error)[-_TOLD:]
        raise UnavailableError(f"could not {what}", hint=told) from None
    return ended.stdout
