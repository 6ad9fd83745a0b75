"""Records as Odoo shows them, in the form that bindings speak of.

The lines of documents are asked for in one request for all of a page, and codes of what they
point at are remembered, so that an idle poll costs one request.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from interlock.connectors.kit.channel import Channel
from interlock.connectors.kit.document import UnreadableError
from interlock.connectors.kit.evidence import by_key, by_ref
from interlock.connectors.kit.exchange import Answer
from interlock.connectors.odoo import operations, wire
from interlock.connectors.odoo.answers import rows_of
from interlock.connectors.odoo.codes import Codes
from interlock.connectors.odoo.models import Field, Form, Lines, Model
from interlock.connectors.odoo.operations import Domain, Scope, Search
from interlock.connectors.port import Body, CallFailed, Kind, Outcome, Record, Verdict

MODIFIED: Final = "write_date"
MOST_LINES: Final = 10_000
"""Of one page of documents together; beyond it nothing is shown, rather than half of it."""


class Records:
    """Reads objects."""

    def __init__(self, channel: Channel, codes: Codes, tax: str) -> None:
        self._channel = channel
        self._codes = codes
        self._tax = tax

    def read(self, model: Model, ref: str, scope: Scope) -> Record | None:
        """Return the object with this id.

        Raises:
            CallFailed: It could not be found out.
        """
        if not operations.is_id(ref):
            return None  # nobody has such an id
        found, answer = self.page(model, [["id", "=", int(ref)]], scope, order="id", limit=2)
        return by_ref(answer, found[0], ref) if found else None

    def keyed(self, model: Model, field: str, value: str, scope: Scope) -> Record | None:
        """Return the one object whose `field` is `value`.

        Raises:
            CallFailed: There are several, kind ``duplicate``; or it could not be found out.
        """
        found, answer = self.page(model, [[field, "=", value]], scope, order="id", limit=2)
        if len(found) > 1:
            raise CallFailed(_several(model, field, found))
        return by_key(answer, found[0], field, value) if found else None

    def search(
        self, model: Model, domain: Domain, scope: Scope, *, order: str = "id", limit: int = 2
    ) -> list[Record]:
        """Return the objects that `domain` describes.

        Raises:
            CallFailed: It could not be found out.
        """
        return self.page(model, domain, scope, order=order, limit=limit)[0]

    def page(
        self, model: Model, domain: Domain, scope: Scope, *, order: str, limit: int
    ) -> tuple[list[Record], Answer]:
        """Return the objects that `domain` describes, and the answer, which has Odoo's time."""
        search = Search(
            model=model.name,
            domain=[*model.domain, *domain],
            fields=tuple(model.fields),
            order=order,
            limit=limit,
        )
        answer = self._channel.ask(operations.search(search, scope))
        rows = rows_of(answer)
        bodies = self._shown(rows, model.fields, answer, scope)
        if model.lines is not None and rows:
            found = self._lines(model.lines, [int(str(row["id"])) for row in rows], scope)
            for row, body in zip(rows, bodies, strict=True):
                body[model.lines.field] = found.get(str(row["id"]), [])
        return [_record(body) for body in bodies], answer

    def raw_lines(self, lines: Lines, ref: str, fields: Sequence[str], scope: Scope) -> list[Body]:
        """Return the lines of one document as Odoo has them, also those that are not shown."""
        return self._line_rows(lines, [int(ref)], fields, scope)[0]

    def _line_rows(
        self, lines: Lines, refs: Sequence[int], fields: Sequence[str], scope: Scope
    ) -> tuple[list[Body], Answer]:
        search = Search(
            model=lines.model,
            domain=[[lines.parent, "in", list(refs)], *lines.domain],
            fields=fields,
            limit=MOST_LINES,
        )
        answer = self._channel.ask(operations.search(search, scope))
        rows = rows_of(answer)
        if len(rows) >= MOST_LINES:
            raise answer.malformed(f"these documents have {MOST_LINES} lines or more")
        return rows, answer

    def _lines(
        self, lines: Lines, refs: Sequence[int], scope: Scope
    ) -> Mapping[str, list[dict[str, object]]]:
        rows, answer = self._line_rows(lines, refs, (*lines.fields, lines.parent), scope)
        bodies = self._shown(rows, lines.fields, answer, scope)
        found: dict[str, list[dict[str, object]]] = {}
        for row, body in zip(rows, bodies, strict=True):
            if not self._carries_tax(body):
                parent = row.get(lines.parent)
                place = str(parent[0]) if isinstance(parent, list) and parent else ""
                found.setdefault(place, []).append(body)
        return found

    def _carries_tax(self, body: Body) -> bool:
        return body.get("name") == self._tax and body.get("price_subtotal") == 0

    def _shown(
        self, rows: Sequence[Body], fields: Mapping[str, Field], answer: Answer, scope: Scope
    ) -> list[dict[str, object]]:
        """Return rows as bodies: ids as text, codes for what has one.

        Raises:
            CallFailed: A value has not the form of its field, or a field is missing.
        """
        bodies = []
        for row in rows:
            try:
                body = {name: wire.shown(row[name], field) for name, field in fields.items()}
            except (UnreadableError, KeyError) as error:
                raise answer.malformed(f"a row with {error}") from None
            bodies.append({"id": str(row["id"]), **body})
        for name, field in fields.items():
            if field.form is Form.CODE and field.by != "name":
                self._name(bodies, name, field, scope)
        return bodies

    def _name(
        self, bodies: Sequence[dict[str, object]], name: str, field: Field, scope: Scope
    ) -> None:
        refs = {int(str(body[name])) for body in bodies if body[name] is not None}
        codes = self._codes.codes(field, refs, scope)
        for body in bodies:
            if body[name] is not None:
                body[name] = codes[int(str(body[name]))]


def _record(body: dict[str, object]) -> Record:
    version = body.pop(MODIFIED, None)
    return Record(ref=str(body["id"]), body=body, version=str(version) if version else None)


def _several(model: Model, field: str, found: Sequence[Record]) -> Outcome:
    refs = ", ".join(record.ref for record in found)
    return Outcome(
        verdict=Verdict.REJECTED,
        kind=Kind.DUPLICATE,
        message=f"several objects {model.obj} have this {field}: {refs}",
    )
