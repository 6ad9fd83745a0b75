"""Opens the store of an installation for the commands that read and decide."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from interlock.bootstrap.house import Store, open_existing
from interlock.cases import commands
from interlock.cases import store as cases
from interlock.insight import summary


@contextmanager
def open_office(home: Path | None) -> Iterator[Store]:
    """Open the store with the cases as they follow from the trail at this moment."""
    with open_existing(home) as store:
        cases.create(store.database)
        summary.create(store.database)
        commands.collect(store.database)
        yield store
