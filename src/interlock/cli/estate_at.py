"""The estate in a folder, ready to be inspected; nothing that can run is imported for it."""

from dataclasses import dataclass
from pathlib import Path

from interlock.checks.inspection import Inspection
from interlock.cli.rendering.excerpt import Sources
from interlock.connectors import catalogue
from interlock.estate.estate import Estate
from interlock.estate.problem import Problem
from interlock.estate.reading.load import read_estate
from interlock.foundation.clock import Clock, SystemClock
from interlock.foundation.errors import UsageError


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """An estate that was read, and what kept parts of it from being understood."""

    inspection: Inspection
    problems: tuple[Problem, ...]
    sources: Sources


def open_estate(directory: Path, clock: Clock | None = None) -> Opened:
    """Read the estate in `directory`.

    Raises:
        UsageError: There is no estate there.
    """
    reading = read_estate(directory, capabilities=catalogue.every())
    now = (clock or SystemClock()).now()
    return Opened(
        inspection=Inspection(estate=reading.estate, now=now),
        problems=reading.problems,
        sources=Sources(texts=reading.estate.sources, folder=directory.as_posix()),
    )


def understood(directory: Path) -> Estate:
    """Read the estate in `directory`, whole: what is described of a part would be wrong.

    Raises:
        UsageError: There is none, or it cannot be understood.
    """
    opened = open_estate(directory)
    if opened.problems:
        first = opened.problems[0]
        raise UsageError(
            f"the estate cannot be understood: {first.what}",
            hint="`interlock check` says everything.",
            where=first.where,
        )
    return opened.inspection.estate
