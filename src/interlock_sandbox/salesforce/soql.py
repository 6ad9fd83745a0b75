"""SOQL, the part that integrations use.

Fields with dotted parents, one level of child queries, WHERE, ORDER BY, LIMIT, OFFSET, COUNT().
Not here: GROUP BY, date functions and words such as LAST_N_DAYS, TYPEOF, FIELDS().
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from interlock_sandbox.salesforce.conditions import Test, condition, plain
from interlock_sandbox.salesforce.errors import refused
from interlock_sandbox.salesforce.paths import (
    Path,
    Paths,
    Tables,
    children_named,
    object_named,
)
from interlock_sandbox.salesforce.schema import Schema
from interlock_sandbox.salesforce.tokens import END, Words, unexpected, words_of
from interlock_sandbox.world import Record


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """One term of ORDER BY."""

    path: Path
    down: bool
    nulls_last: bool


@dataclass(slots=True, kw_only=True)
class Query:
    """A query that was understood."""

    obj: str
    fields: list[Path] = field(default_factory=list)
    children: list["Child"] = field(default_factory=list)
    counts: bool = False
    test: Test = lambda _: True
    order: list[Order] = field(default_factory=list)
    limit: int | None = None
    offset: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Child:
    """A query inside a query, for the children of every record."""

    relation: str
    back: str
    query: Query


def parse(text: str, schema: Schema, tables: Tables) -> Query:
    """Return the query that `text` asks.

    Raises:
        SalesforceError: It cannot be read, or names what does not exist.
    """
    words = words_of(text)
    query = _query(words, schema, tables, parent=None)
    if words.peek() is not END:
        raise unexpected(words.peek())
    return query


def _query(words: Words, schema: Schema, tables: Tables, parent: str | None) -> Query:
    words.expect("SELECT")
    names, nested, counts = _select(words)
    words.expect("FROM")
    name = words.name()
    obj = object_named(name) if parent is None else children_named(parent, name)[1]
    paths = Paths(schema, obj, tables)
    query = Query(obj=obj, counts=counts, fields=[paths.find(each) for each in names])
    for text in nested:
        query.children.append(_child(text, schema, tables, obj))
    _narrow(words, query, paths)
    return query


def _select(words: Words) -> tuple[list[str], list[Words], bool]:
    names: list[str] = []
    nested: list[Words] = []
    while True:
        if words.took("("):
            nested.append(words.inner())
        elif words.peek().is_keyword("COUNT") and not names and not nested:
            words.take()
            words.expect("(")
            words.expect(")")
            return names, nested, True
        else:
            names.append(words.name())
        if not words.took(","):
            return names, nested, False


def _child(words: Words, schema: Schema, tables: Tables, parent: str) -> Child:
    relation, _, back = children_named(parent, words.after("FROM").text)
    query = _query(words, schema, tables, parent)
    if words.peek() is not END:
        raise unexpected(words.peek())
    if query.children:
        raise refused("MALFORMED_QUERY", "only root queries support subqueries")
    return Child(relation=relation, back=back, query=query)


def _narrow(words: Words, query: Query, paths: Paths) -> None:
    if words.took("WHERE"):
        query.test = condition(words, paths)
    if words.took("ORDER"):
        words.expect("BY")
        query.order.append(_order(words, paths))
        while words.took(","):
            query.order.append(_order(words, paths))
    if words.took("LIMIT"):
        query.limit = words.number()
    if words.took("OFFSET"):
        query.offset = words.number()


def _order(words: Words, paths: Paths) -> Order:
    path = paths.find(words.name())
    down = words.took("DESC")
    if not down:
        words.took("ASC")
    last = False
    if words.took("NULLS"):
        last = words.took("LAST")
        if not last:
            words.expect("FIRST")
    return Order(path=path, down=down, nulls_last=last)


def answer(query: Query, tables: Tables, *, deleted: bool, version: str) -> list[Record]:
    """Return the records that answer `query`, as the REST API shows them."""
    shown = Shown(tables, version)
    families = [(child, _families(child, tables, deleted=deleted)) for child in query.children]
    rows: list[Record] = []
    for record in _chosen(query, tables.get(query.obj, {}).values(), deleted=deleted):
        row = shown.row(query, record)
        for child, families_of in families:
            mine = families_of.get(record["Id"], [])
            row[child.relation] = shown.children(child.query, mine)
        rows.append(row)
    return rows


def _chosen(query: Query, records: Iterable[Record], *, deleted: bool) -> list[Record]:
    rows = [
        record for record in records if (deleted or not record["IsDeleted"]) and query.test(record)
    ]
    for order in reversed(query.order):
        rows = _sorted(rows, order)
    return rows[query.offset :][: query.limit]


def _sorted(rows: list[Record], order: Order) -> list[Record]:
    path = order.path
    known = [row for row in rows if path.of(row) is not None]
    unknown = [row for row in rows if path.of(row) is None]
    known.sort(key=lambda row: plain(path, path.of(row)), reverse=order.down)
    return [*known, *unknown] if order.nulls_last else [*unknown, *known]


def _families(child: Child, tables: Tables, *, deleted: bool) -> Mapping[str, list[Record]]:
    """Return the children of every parent, in one pass over the table."""
    found: dict[str, list[Record]] = {}
    for record in tables.get(child.query.obj, {}).values():
        found.setdefault(str(record[child.back]), []).append(record)
    return {parent: _chosen(child.query, rows, deleted=deleted) for parent, rows in found.items()}


class Shown:
    """Shows records as the REST API does, in one version of it."""

    def __init__(self, tables: Tables, version: str) -> None:
        self._tables = tables
        self._version = version

    def attributes(self, obj: str, ref: str) -> Record:
        """Return what every record says of itself."""
        return {"type": obj, "url": f"/services/data/{self._version}/sobjects/{obj}/{ref}"}

    def row(self, query: Query, record: Record) -> Record:
        """Return the fields that `query` asks of `record`."""
        found: Record = {"attributes": self.attributes(query.obj, record["Id"])}
        for path in query.fields:
            self._place(found, record, path)
        return found

    def _place(self, into: Record, record: Record, path: Path) -> None:
        for step in path.steps:
            parent = self._tables.get(step.to, {}).get(str(record.get(step.name)))
            if parent is None:
                into[step.relationship] = None  # no parent: null, whatever was asked of it
                return
            beginning = {"attributes": self.attributes(step.to, parent["Id"])}
            into = into.setdefault(step.relationship, beginning)
            record = parent
        into[path.field.name] = record.get(path.field.name)

    def children(self, query: Query, records: list[Record]) -> Record | None:
        """Return the answer of a query inside a query; null when there are none."""
        rows = [self.row(query, record) for record in records]
        return {"totalSize": len(rows), "done": True, "records": rows} if rows else None
