"""Opens what an examination needs: settings and an estate, applied or still in files."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from interlock.bootstrap.doctor.examination import Doctor
from interlock.bootstrap.doctor.reaching import Reach
from interlock.bootstrap.house import open_existing
from interlock.bootstrap.settings import Settings, read_settings
from interlock.connectors import catalogue
from interlock.connectors.port import Connection, Connector
from interlock.estate.estate import Estate
from interlock.estate.kinds import System
from interlock.estate.reading.load import read_estate
from interlock.foundation.clock import SystemClock
from interlock.foundation.errors import DeclarationError
from interlock.intake.posts import Post, heard


@contextmanager
def examining(
    home: Path | None, directory: Path | None, *, offline: bool = False
) -> Iterator[Doctor]:
    """Return a doctor for the estate in `directory`, or for the one that was applied.

    Raises:
        UsageError: There is no installation.
        DeclarationError: The estate in `directory` cannot be read.
    """
    if directory is not None:
        yield _doctor(_read(directory), read_settings(home), offline=offline)
        return
    with open_existing(home) as store:
        examination = _doctor(store.archive.current(), store.settings, offline=offline)

        def told(post: Post) -> datetime | None:
            found = heard(store.database, post)
            return None if found is None else found[1]

        yield replace(examination, heard=told)


def _doctor(estate: Estate, settings: Settings, *, offline: bool) -> Doctor:
    clock = SystemClock()

    def opened(system: System, connection: Connection) -> Connector:
        return catalogue.open_connector(connection, clock, name=system.spec.connector)

    return Doctor(
        estate=estate,
        settings=settings,
        clock=clock,
        reach=Reach(clock=clock),
        open=opened,
        offline=offline,
    )


def _read(directory: Path) -> Estate:
    reading = read_estate(directory, capabilities=catalogue.every())
    if reading.problems:
        first = reading.problems[0]
        raise DeclarationError(
            first.what, where=first.where, hint="`interlock check` shows every problem."
        )
    return reading.estate
