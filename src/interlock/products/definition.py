"""A declared data product, ready to be built."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from interlock.estate.estate import Estate
from interlock.estate.kinds import DataProduct
from interlock.estate.origin import sources
from interlock.estate.table import Table, table_of
from interlock.foundation.errors import UsageError
from interlock.foundation.ids import digest

WHOLE: Final = timedelta(days=1)
"""How often everything is read anew when nobody says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Definition:
    """What a product is made of."""

    estate: Estate
    product: DataProduct
    table: Table
    sources: Mapping[tuple[str, str], frozenset[str]]
    """What is read: (entity, system) -> its fields. Without fields, only keys."""
    shape: str
    """Changes when rows must be made anew although no record changed."""

    @property
    def name(self) -> str:
        """Return the name of the product."""
        return self.product.name

    @property
    def whole(self) -> timedelta:
        """Return how often everything is read anew."""
        return self.product.spec.whole or WHOLE


def product_of(estate: Estate, name: str) -> DataProduct:
    """Return the product `name`, which says what it is made of.

    Raises:
        UsageError: There is none of that name, or nobody said yet what it is made of.
    """
    product = estate.data_products.get(name)
    if product is None:
        known = ", ".join(sorted(estate.data_products)) or "none"
        raise UsageError(f"there is no data product `{name}`", hint=f"Declared are: {known}.")
    if not product.spec.drawn:
        raise UsageError(
            f"nobody said yet what `{name}` is made of",
            hint=f"It needs `outputPorts`, `rows` and `columns`, at {product.place}.",
        )
    return product


def definition_of(estate: Estate, name: str, at: datetime) -> Definition:
    """Return the product `name` of an estate, as authority stands at a moment.

    Raises:
        UsageError: There is none of that name, or nobody said yet what it is made of.
    """
    product = product_of(estate, name)
    table = table_of(estate, product)
    moved = sum(
        transfer.at <= at
        for cutover in estate.cutovers.values()
        for transfer in cutover.spec.transfers
    )
    return Definition(
        estate=estate,
        product=product,
        table=table,
        sources=sources(estate, table, at),
        shape=digest({"estate": estate.digest, "moved": moved}),
    )
