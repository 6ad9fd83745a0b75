"""``interlock check``: what is wrong with an estate, before anything runs.

Exit codes: 0 nothing that counts, 1 errors (with ``--fail-on warning`` warnings too), 2 no errors
but something could not be decided, 3 wrong use. Notes, and warnings by default, never fail.
"""

import gc
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Final, Literal

from cyclopts import Parameter

from interlock.checks.baseline import Baseline, baseline_of, from_text, to_text
from interlock.checks.finding import Severity
from interlock.checks.inspector import report
from interlock.checks.report import Report
from interlock.cli.estate_at import open_estate
from interlock.cli.rendering.excerpt import Sources
from interlock.cli.terminal import Json
from interlock.foundation.errors import UsageError

Format = Literal["text", "json", "sarif", "junit", "github"]
FailOn = Literal["error", "warning"]
_STRICT: Final[Mapping[FailOn, frozenset[Severity]]] = MappingProxyType(
    {
        "error": frozenset({Severity.ERROR}),
        "warning": frozenset({Severity.ERROR, Severity.WARNING}),
    }
)


def check(  # noqa: PLR0913 (the options of a command are its parameters)
    directory: Path = Path(),
    *,
    format_: Annotated[Format, Parameter(name="--format")] = "text",
    baseline: Path | None = None,
    write_baseline: Annotated[bool, Parameter(negative="")] = False,
    fail_on: FailOn = "error",
    output: Path | None = None,
    json: Json = False,
) -> int:
    """Check the estate in DIRECTORY: authority, references, classification, idempotency, secrets.

    Example: ``interlock check examples/quote-to-cash --format sarif --output findings.sarif``

    Args:
        directory: The folder of the estate.
        format_: How findings are shown.
        baseline: A file of findings to set aside; it may only shrink.
        write_baseline: Write the baseline: all of today's findings into a new file; an existing
            file only loses what is gone.
        fail_on: From which severity on the exit code is 1.
        output: Write to this file instead of the terminal.
        json: The same as ``--format json``.
    """
    if write_baseline and baseline is None:
        raise UsageError(
            "--write-baseline needs a file", hint="Name it: --baseline interlock-baseline.json"
        )
    with _without_collection():
        opened = open_estate(directory)
        known = _known(baseline, missing_is_fine=write_baseline)
        if write_baseline and baseline is not None:
            whole = report(opened.inspection, opened.problems)
            known = baseline_of(whole.findings) if known is None else known.shrunk(whole.findings)
            baseline.write_text(to_text(known), encoding="utf-8")
        found = report(
            opened.inspection,
            opened.problems,
            baseline=known,
            baseline_file=baseline.as_posix() if baseline else "",
        )
        _show(_RENDERERS["json" if json else format_](found, opened.sources), output)
    return found.verdict(strict=_STRICT[fail_on]).value


@contextmanager
def _without_collection() -> Iterator[None]:
    """A short life with many small objects: looking for cycles would cost a third of the time."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def _known(file: Path | None, *, missing_is_fine: bool) -> Baseline | None:
    if file is None:
        return None
    if not file.exists():
        if missing_is_fine:
            return None
        raise UsageError(f"no baseline `{file}`", hint="Write it first, with --write-baseline.")
    return from_text(file.read_text(encoding="utf-8"), file.as_posix())


def _show(text: str, output: Path | None) -> None:
    if output is None:
        sys.stdout.write(text)
    else:
        output.write_text(text, encoding="utf-8")


def _text(found: Report, sources: Sources) -> str:
    from interlock.cli.rendering.text import COLOURED, PLAIN, text

    return text(found, sources, COLOURED if sys.stdout.isatty() else PLAIN)


def _json(found: Report, sources: Sources) -> str:
    from interlock.cli.rendering.machine import as_json

    return as_json(found, sources)


def _sarif(found: Report, sources: Sources) -> str:
    from interlock import __version__
    from interlock.cli.rendering.sarif import sarif

    return sarif(found, sources, __version__)


def _junit(found: Report, sources: Sources) -> str:
    from interlock.cli.rendering.junit import junit

    return junit(found, sources)


def _github(found: Report, sources: Sources) -> str:
    from interlock.cli.rendering.github import github

    return github(found, sources)


_RENDERERS: Final[Mapping[Format, Callable[[Report, Sources], str]]] = MappingProxyType(
    {"text": _text, "json": _json, "sarif": _sarif, "junit": _junit, "github": _github}
)
