"""What a data product must be besides spelled right: its rows, its columns, its figures."""

from collections.abc import Iterator

from interlock.estate.estate import Estate
from interlock.estate.kinds import DataProduct
from interlock.estate.kinds.product import Quality
from interlock.estate.problem import Problem
from interlock.estate.reading.names import Path, formula, known
from interlock.estate.table import logical, roots


def product_problems(estate: Estate) -> Iterator[Problem]:
    """Yield what keeps data products from being built; of a mere intention nothing does."""
    for found in estate.data_products.values():
        if not found.spec.drawn:
            continue
        yield from _named(estate, found)
        if found.spec.rows.entity in estate.entities:
            yield from _formulas(estate, found)
            yield from _columns(estate, found)


def _named(estate: Estate, found: DataProduct) -> Iterator[Problem]:
    spec = found.spec
    for index, port in enumerate(spec.inputPorts):
        path: Path = ("spec", "inputPorts", index)
        yield from known(found, (*path, "name"), port.name, ("system", estate.systems))
        yield from known(
            found, (*path, "contractId"), port.contractId, ("contract", estate.contracts)
        )
    rows: Path = ("spec", "rows")
    yield from known(found, (*rows, "entity"), spec.rows.entity, ("entity", estate.entities))
    for name, lookup in spec.rows.lookups.items():
        path = (*rows, "lookups", name, "entity")
        yield from known(found, path, lookup.entity, ("entity", estate.entities))
    for index, name in enumerate(spec.rows.legalEntities):
        path = (*rows, "legalEntities", index)
        yield from known(found, path, name, ("legal entity", estate.legal_entities))
    for index, name in enumerate(spec.reconciledBy):
        path = ("spec", "reconciledBy", index)
        yield from known(found, path, name, ("reconciliation", estate.reconciliations))


def _formulas(estate: Estate, found: DataProduct) -> Iterator[Problem]:
    spec = found.spec
    rows: Path = ("spec", "rows")
    names = roots(estate, found)
    if spec.rows.where is not None:
        yield from formula(found, (*rows, "where"), spec.rows.where, names)
    for name, lookup in spec.rows.lookups.items():
        yield from formula(found, (*rows, "lookups", name, "key"), lookup.key, names)
    for name, column in spec.columns.items():
        path: Path = ("spec", "columns", name)
        yield from formula(found, (*path, "value"), column.value, names)
        if column.system is not None:
            yield from known(found, (*path, "system"), column.system, ("system", estate.systems))
        for index, test in enumerate(column.quality):
            yield from _quality(found, (*path, "quality", index), test)
    for index, test in enumerate(spec.quality):
        yield from _quality(found, ("spec", "quality", index), test)


def _quality(found: DataProduct, path: Path, test: Quality) -> Iterator[Problem]:
    columns = found.spec.columns
    if test.implementation is not None:
        inner = (*path, "implementation")
        yield from formula(found, inner, test.implementation, frozenset(columns))
    listed = test.arguments.get("properties", ())
    for name in listed if isinstance(listed, list | tuple) else ():
        yield from known(found, (*path, "arguments"), str(name), ("column", columns))


def _columns(estate: Estate, found: DataProduct) -> Iterator[Problem]:
    spec = found.spec
    entity = estate.entities[spec.rows.entity]
    lists = {name: field.list for name, field in entity.spec.fields.items() if field.list}
    if spec.rows.each is not None:
        yield from known(found, ("spec", "rows", "each"), spec.rows.each, ("list", lists))
    element = lists.get(spec.rows.each or "")
    looked = {name: each.entity for name, each in spec.rows.lookups.items()}
    for name, column in spec.columns.items():
        if not (column.logicalType or logical(estate, entity, column.value, looked, element)):
            yield _missing(found, name, f"the type of `{name}` cannot be told", "`logicalType`")
    if not any(column.primaryKey for column in spec.columns.values()):
        what, hint = "nothing tells its rows apart", "`primaryKey: true` at a column"
        yield _missing(found, None, what, hint)
    yield from _figures(found)


def _figures(found: DataProduct) -> Iterator[Problem]:
    for name, figure in found.spec.figures.items():
        for named in (figure.sum, figure.currency, *figure.by):
            path: Path = ("spec", "figures", name)
            yield from known(found, path, named, ("column", found.spec.columns))


def _missing(found: DataProduct, column: str | None, what: str, hint: str) -> Problem:
    path: Path = ("spec", "columns") if column is None else ("spec", "columns", column)
    return Problem(
        code="EST104",
        what=f"{found.id}: {what}",
        hint=f"Say {hint}.",
        where=found.place_of(*path),
    )
