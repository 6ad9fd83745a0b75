"""Keep data products as fresh as they promise to be: beside the work, never in its place.

A product that was never published is left alone: that it is published at all is a person's word.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from interlock.bootstrap.beside import beside
from interlock.bootstrap.house import House, Store
from interlock.bootstrap.settings import Settings
from interlock.cases import commands as cases
from interlock.estate.kinds.product import BUILT, DataProductSpec
from interlock.flow import restoration
from interlock.foundation.errors import UnavailableError, UsageError
from interlock.gate.paging import Source
from interlock.products import store as versions
from interlock.products.building import Builder
from interlock.products.built import Built, Outcome

_LOG: Final = logging.getLogger(__name__)
EVERY: Final = timedelta(seconds=30)
AGAIN: Final = timedelta(minutes=15)
"""When a build that was refused, or could not tell, is tried again."""
EARLY: Final = 2
"""A product is read anew when it is as old as this part of what it promises."""
WAREHOUSE: Final = "products"
"""The setting that says where PostgreSQL is."""


def warehouse_of(settings: Settings) -> str | None:
    """Return where PostgreSQL is, if the tables are wanted there."""
    return settings.told(settings.values[WAREHOUSE]) if WAREHOUSE in settings.values else None


def builder_of(store: Store, source: Source) -> Builder:
    """Return what builds the products of the estate that is applied now."""
    return Builder(
        estate=store.archive.current(),
        source=source,
        database=store.database,
        clock=store.clock,
        ids=store.ids,
        home=store.home,
        warehouse=warehouse_of(store.settings),
    )


@contextmanager
def producing(house: House) -> Iterator[None]:
    """Build what is due in a thread of its own until the end of the block."""
    with beside("products", Producer(house.store, house.gate).build_due, EVERY):
        yield


@dataclass(slots=True)
class Producer:
    """Builds products before they are older than they promise."""

    store: Store
    source: Source
    resting: dict[str, datetime] = field(default_factory=dict)
    """Product -> not tried again before, since it was refused or not delivered."""

    def build_due(self) -> list[Built]:
        """Build what is due now, one after the other; return what came of it."""
        if restoration.under_way(self.store.database) is not None:
            return []
        found = []
        for name, declared in sorted(self.store.archive.current().data_products.items()):
            if self._is_due(name, declared.spec):
                built = self._built(name)
                found += [built] if built is not None else []
        if found:
            cases.collect(self.store.database)
        return found

    def _is_due(self, name: str, spec: DataProductSpec) -> bool:
        if spec.freshness is None or spec.status not in BUILT:
            return False
        with self.store.database.transaction() as connection:
            newest = versions.newest(connection, name)
            if newest is None:
                return False
            read_at = versions.read_at(connection, newest)
        now = self.store.clock.now()
        if name in self.resting:
            return now >= self.resting[name]
        return now >= read_at + spec.freshness / EARLY

    def _built(self, name: str) -> Built | None:
        """Build one; ``None`` when that was not possible now, which holds up no other product."""
        self.resting.pop(name, None)
        try:
            built = builder_of(self.store, self.source).build(name)
        except (UnavailableError, UsageError) as error:
            _LOG.warning("data product `%s` is not built now: %s", name, error)
            self.resting[name] = self.store.clock.now() + AGAIN
            return None
        if built.undelivered or built.outcome in {Outcome.REFUSED, Outcome.UNKNOWN}:
            self.resting[name] = self.store.clock.now() + AGAIN
        return built
