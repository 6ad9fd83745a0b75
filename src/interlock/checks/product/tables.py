"""The tables of data products, and where each field in them may come from."""

from collections.abc import Iterator

from interlock.checks.inspection import Inspection
from interlock.estate.kinds import DataProduct
from interlock.estate.origin import Origin, origins
from interlock.estate.table import Table, table_of
from interlock.expression import ExpressionError


def tables(inspection: Inspection) -> Iterator[tuple[DataProduct, Table]]:
    """Yield every product that can be understood, with its table."""
    for product in inspection.estate.data_products.values():
        if _named(inspection, product):
            try:
                yield product, table_of(inspection.estate, product)
            except ExpressionError:
                continue  # said already, as EST301


def every_origin(inspection: Inspection) -> Iterator[tuple[DataProduct, Origin]]:
    """Yield where every field of every product may come from."""
    for product, table in tables(inspection):
        for origin in origins(inspection.estate, table, inspection.now):
            yield product, origin


def _named(inspection: Inspection, product: DataProduct) -> bool:
    rows = product.spec.rows
    entities = inspection.estate.entities
    return rows.entity in entities and all(e.entity in entities for e in rows.lookups.values())


def called(product: DataProduct, origin: Origin) -> str:
    """Return what people call the thing that is taken."""
    column = origin.taken.column
    if column is None:
        return f"which rows `{product.name}` has"
    return f"column `{column}` of `{product.name}`"


def listed(systems: frozenset[str]) -> str:
    """Return names of systems for a sentence."""
    return " or ".join(f"`{system}`" for system in sorted(systems))
