"""The rows of one record: each field from the system that may originate it, by the record itself.

The authority function is asked for every field of every record. A system that only holds a copy
of the record gives no row; where nobody can tell whose a value is, there is no row but a reason.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Final

from interlock.estate.authority import authority
from interlock.estate.binding import BindingError, from_vendor
from interlock.estate.estate import Estate
from interlock.estate.origin import existence
from interlock.estate.table import ELEMENT, POSITION, Column, Table
from interlock.expression import Expression, ExpressionError, compile_expression
from interlock.products.cell import Cell, UnfitError, cell, spelled
from interlock.products.mirror import Line, Mirror, Stored, by_key, by_ref
from interlock.products.refusal import Kind, Reason, Refusal

Record = Mapping[str, object]
_SEPARATOR: Final = "\x1f"
REMEMBERED: Final = 10_000
"""Looked up records that are held in memory."""


@dataclass(slots=True, kw_only=True)
class Book:
    """The mirror, and what was looked at in it."""

    mirror: Mirror
    looked_at: set[str] = field(default_factory=set)

    def by_key(self, entity: str, system: str, key: str) -> Stored | None:
        """Return the one record of a system that has our key.

        Raises:
            Refusal: There are several.
        """
        self.looked_at.add(by_key(entity, system, key))
        found = self.mirror.of_key(entity, system, key)
        if len(found) > 1:
            refs = " and ".join(each.ref for each in found)
            what = f"{refs} of `{system}` are both {entity} `{key}`"
            raise Refusal([Reason(kind=Kind.RECORD, what=what, system=system)])
        return found[0] if found else None

    def key_of(self, entity: str, ref: str, system: str) -> str | None:
        """Return our key of the record that has the id `ref` in `system`."""
        self.looked_at.add(by_ref(entity, system, ref))
        found = self.mirror.record(entity, system, ref)
        return None if found is None else found.key


@dataclass(frozen=True, slots=True)
class _Looked:
    """A record that was looked up, and what was looked at for it."""

    record: Record | None
    looked_at: frozenset[str]


@dataclass(frozen=True, kw_only=True)
class Composer:
    """Makes the rows of one table."""

    estate: Estate
    table: Table
    sources: Mapping[tuple[str, str], frozenset[str]]
    at: datetime
    tests: Mapping[str, Expression]
    """Name to what must be true of a single row."""
    _known: dict[tuple[str, str], "_Looked"] = field(default_factory=dict, compare=False)
    """Records that were looked up in this build: customers of many invoices."""

    @cached_property
    def _wanted(self) -> Mapping[str, Mapping[str, str | None]]:
        """Return entity -> field that rows are made of -> the system that is said to give it."""
        found: dict[str, dict[str, str | None]] = {}
        for taken in self.table.taken():
            declared = self.estate.entities[taken.entity].field(taken.field)
            if taken.within is None and declared is not None:
                fields = found.setdefault(taken.entity, {})
                fields[taken.field] = taken.system or fields.get(taken.field)
        return found

    def rows(self, book: Book, base: Stored) -> list[Line]:
        """Return the rows of a record; none if it is a copy, or does not count.

        Raises:
            Refusal: It cannot be understood, or nobody can tell whose it is.
        """
        try:
            own = self._decoded(book, base)
            if not self._counts(own) or self._owner(base, own) != base.system:
                return []
            return list(self._lines(book, base, own))
        except (BindingError, ExpressionError, UnfitError) as error:
            what = f"{base.entity} {base.ref} of `{base.system}`: {error}"
            raise Refusal([Reason(kind=Kind.RECORD, what=what, system=base.system)]) from error

    def _counts(self, own: Record) -> bool:
        named = self.estate.entities[self.table.entity].spec.legalEntity
        wanted = self.table.legal_entities
        return not wanted or named is None or own.get(named) in wanted

    def _decoded(self, book: Book, found: Stored) -> Record:
        fields = self.sources[found.entity, found.system]
        return from_vendor(
            self.estate, found.entity, found.system, found.body, keys=book.key_of, only=fields
        )

    def _owner(self, found: Stored, own: Record) -> str:
        """Return the system whose record is the original."""
        named = existence(self.estate.entities[found.entity])
        if named is None:
            raise _untold(found.entity, "its records")
        return self._originator((found.entity, found.system), named, own)

    def _originator(self, source: tuple[str, str], name: str, own: Record) -> str:
        """Return who may originate a field, by what the record of a source says of itself."""
        told = {field: own.get(field) for field in self.sources[source]}
        ruling = authority(self.estate, source[0], name, state=told, at=self.at)
        if ruling.system is None:
            raise _untold(source[0], f"`{name}`: {ruling.because}")
        return ruling.system

    def _composed(self, book: Book, original: Stored, own: Record) -> dict[str, object]:
        """Return a record, each field as its authority has it."""
        found: dict[str, object] = dict.fromkeys(self.estate.entities[original.entity].spec.fields)
        for name, said in self._wanted.get(original.entity, {}).items():
            found[name] = self._value(book, (original, own), name, said)
        return found

    def _value(
        self, book: Book, found: tuple[Stored, Record], name: str, said: str | None
    ) -> object:
        original, own = found
        system = self._originator((original.entity, original.system), name, own)
        if said is not None and said != system:
            what = f"`{name}` is taken from `{said}`, and of {original.ref} it is `{system}`'s"
            raise Refusal([Reason(kind=Kind.AUTHORITY, what=what, system=said)])
        if system == original.system:
            return own.get(name)
        if original.key is None or (original.entity, system) not in self.sources:
            return None
        other = book.by_key(original.entity, system, original.key)
        return None if other is None else self._decoded(book, other).get(name)

    def _found(self, book: Book, entity: str, key: object) -> Record | None:
        """Return the original of a looked up record, composed; ``None``: there is none."""
        if key is None:
            return None
        known = self._known.get((entity, str(key)))
        if known is None:
            inner = Book(mirror=book.mirror)
            record = self._sought(inner, entity, str(key))
            if len(self._known) >= REMEMBERED:
                self._known.clear()
            known = self._known[entity, str(key)] = _Looked(record, frozenset(inner.looked_at))
        book.looked_at |= known.looked_at
        return known.record

    def _sought(self, book: Book, entity: str, key: str) -> Record | None:
        systems = sorted(system for name, system in self.sources if name == entity)
        for system in systems:
            stored = book.by_key(entity, system, key)
            if stored is None:
                continue
            own = self._decoded(book, stored)
            if self._owner(stored, own) == system:
                return self._composed(book, stored, own)
        return None

    def _lines(self, book: Book, base: Stored, own: Record) -> Iterator[Line]:
        record = self._composed(book, base, own)
        named = {"id": base.key, "ref": base.ref, "system": base.system}
        scope: dict[str, object] = {**record, **named, base.entity: {**record, **named}}
        for lookup in self.table.lookups:
            fields = dict.fromkeys(self.estate.entities[lookup.entity].spec.fields)
            scope[lookup.name] = self._found(book, lookup.entity, lookup.key(scope)) or fields
        for each in self._each(scope):
            if self.table.where is None or self.table.where(each) is True:
                yield self._line(each)

    def _each(self, scope: dict[str, object]) -> Iterator[dict[str, object]]:
        if self.table.each is None:
            yield scope
            return
        listed = scope.get(self.table.each)
        for index, element in enumerate(listed if isinstance(listed, list | tuple) else ()):
            yield {**scope, ELEMENT: element, POSITION: index + 1}

    def _line(self, scope: Record) -> Line:
        cells = {column.name: self._cell(column, scope) for column in self.table.columns}
        key = [spelled(cells[column.name]) or "" for column in self.table.key]
        wrong = {name for name, test in self.tests.items() if not _holds(test, cells)}
        return Line(sort=_SEPARATOR.join(key), cells=list(cells.values()), wrong=frozenset(wrong))

    def _cell(self, column: Column, scope: Record) -> Cell:
        try:
            return cell(column.value(scope), column.logical)
        except UnfitError as error:
            raise UnfitError(f"{column.name}: {error}") from error


def _holds(test: Expression, cells: Mapping[str, Cell]) -> bool:
    """Tell whether a row passes; one of which it cannot be told does not."""
    try:
        return test(cells) is True
    except ExpressionError:
        return False


def _untold(entity: str, what: str) -> Refusal:
    said = f"nobody can tell who may originate {what} of this {entity}"
    return Refusal([Reason(kind=Kind.AUTHORITY, what=said)])


def row_tests(table: Table) -> dict[str, Expression]:
    """Return what must be true of every single row, by the names of the tests."""
    found: dict[str, Expression] = {}
    for text in _implementations(table):
        found[text] = compile_expression(text)
    return found


def _implementations(table: Table) -> Iterator[str]:
    columns: Sequence[Column] = table.columns
    for test in (*table.quality, *(test for column in columns for test in column.spec.quality)):
        if test.implementation is not None:
            yield test.implementation
