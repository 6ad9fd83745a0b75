"""A command as somebody types it, carried out in this process.

To start Python and to import everything costs a second of a processor; where a command is asked
over and over, the worker that it waits for would have none left.
"""

import contextlib
import io
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from interlock.cli.main import run


@dataclass(frozen=True, slots=True)
class Said:
    """How a command ended."""

    code: int
    out: str
    err: str


def said_by(
    words: Sequence[str], *, folder: Path | None = None, settings: Mapping[str, str] | None = None
) -> Said:
    """Give a command in `folder`, with `settings` in its environment."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.ExitStack() as stack:
        patch = stack.enter_context(pytest.MonkeyPatch.context())
        for name, value in (settings or {}).items():
            patch.setenv(name, value)
        stack.enter_context(contextlib.chdir(folder or os.curdir))
        stack.enter_context(contextlib.redirect_stdout(out))
        stack.enter_context(contextlib.redirect_stderr(err))
        ended = stack.enter_context(pytest.raises(SystemExit))
        run(words)
    assert isinstance(ended.value.code, int)
    return Said(ended.value.code, out.getvalue(), err.getvalue())
