"""`load`: rows of text into records, by external id, all or nothing, answered with 200."""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from interlock_sandbox.odoo.books import Books
from interlock_sandbox.odoo.errors import USER, VALUE, OdooError
from interlock_sandbox.odoo.schema import MODELS
from interlock_sandbox.odoo.store import Store
from interlock_sandbox.world import Record

DOCUMENTS: Final = {"order_line": "order_id", "invoice_line_ids": "move_id", "line_ids": "move_id"}
READONLY: Final = (
    "date",
    "invoice_date",
    "partner_id",
    "currency_id",
    "invoice_line_ids",
    "line_ids",
)
REQUIRED: Final = {"res.partner": ("name", "Contacts require a name")}
FRESH: Final[Mapping[str, Record]] = {
    "res.partner": {"active": True},
    "product.product": {"active": True, "sale_ok": True},
    "sale.order": {"state": "draft", "invoice_status": "no"},
    "account.move": {"state": "draft", "payment_state": "not_paid"},
    "account.payment": {"state": "draft"},
}
Values = dict[str, Any]


class Loads:
    """Loads one record at a time, as its caller does."""

    def __init__(self, store: Store, books: Books) -> None:
        self._store = store
        self._books = books

    def load(self, model: str, fields: list[str], data: list[list[str]]) -> Mapping[str, Any]:
        """Make or change a record.

        Raises:
            OdooError: A field is not there; everything else that is wrong is in the answer.
        """
        for field in fields:
            self._known(model, field)
        rows = [dict(zip(fields, row, strict=True)) for row in data]
        undo: list[tuple[str, Record, Record | None]] = []
        try:
            ref = self._loaded(model, rows, undo)
        except OdooError as error:
            self._undo(undo)
            said = {"rows": {"from": 0, "to": len(rows) - 1}, "record": 0, "type": "error"}
            return {"ids": False, "messages": [{**said, "message": str(error)}], "nextrow": 0}
        return {"ids": [ref], "messages": [], "nextrow": 0}

    def _known(self, model: str, path: str) -> None:
        name, _, rest = path.partition("/")
        if name in {"id", ".id"}:
            return
        kind = MODELS[model].get(name)
        if kind is None:
            raise OdooError(VALUE, f"Invalid field name '{name}'")
        if kind.startswith("+") and rest:
            self._known(kind[1:], rest)

    def _undo(self, undo: list[tuple[str, Record, Record | None]]) -> None:
        for model, row, before in reversed(undo):
            if before is None:
                self._store.drop(model, row["id"])
            else:
                row.clear()
                row.update(before)

    def _loaded(
        self, model: str, rows: list[dict[str, str]], undo: list[tuple[str, Record, Record | None]]
    ) -> int:
        many = [name for name, kind in MODELS[model].items() if kind.startswith("+")]
        head = {n: cell for n, cell in rows[0].items() if n.partition("/")[0] not in many}
        row = self._kept(model, head, {}, undo)
        for field in many:
            lines = [_inside(each, field) for each in rows]
            for line in [each for each in lines if any(each.values())]:
                parent = {DOCUMENTS[field]: row["id"]}
                self._kept(MODELS[model][field][1:], line, parent, undo)
        self._computed(model, row)
        return int(row["id"])

    def _kept(
        self,
        model: str,
        cells: dict[str, str],
        more: Values,
        undo: list[tuple[str, Record, Record | None]],
    ) -> Record:
        values = {**self._values(model, cells), **more}
        xid, known = cells.get("id", ""), cells.get(".id", "")
        named = self._store.named(xid) if xid else None
        if named is not None and named["model"] != model:
            words = (
                f"For external id {xid} when trying to create/update a record of model {model} "
            )
            raise OdooError(USER, f"{words}found record of different model {named['model']}")
        if known and not self._there(model, known):
            raise OdooError(USER, f"Unknown database identifier '{known}'")
        if named is None and not known:
            return self._made(model, xid, values, undo)
        row = self._store.one(model, named["res_id"] if named else known)
        self._modifiable(model, row, values)
        undo.append((model, row, dict(row)))
        self._store.touch(model, row, values)
        return row

    def _there(self, model: str, ref: str) -> bool:
        return any(str(row["id"]) == ref for row in self._store.rows(model))

    def _modifiable(self, model: str, row: Record, values: Values) -> None:
        parent = (
            self._store.one("account.move", row["move_id"])
            if model == "account.move.line"
            else row
        )
        fixed = [name for name in READONLY if name in values] or ["line_ids"]
        if parent.get("state") == "posted" and model.startswith("account.move"):
            words = "You cannot modify the following readonly fields on a posted move: "
            raise OdooError(USER, words + ", ".join(fixed))

    def _made(
        self,
        model: str,
        xid: str,
        values: Values,
        undo: list[tuple[str, Record, Record | None]],
    ) -> Record:
        field, words = REQUIRED.get(model, ("", ""))
        if field and not values.get(field):
            raise OdooError(USER, words)
        if model == "account.payment" and Decimal(values.get("amount") or 0) < 0:
            raise OdooError(USER, "The payment amount cannot be negative.")
        row = self._store.add(model, {**FRESH.get(model, {}), **values})
        undo.append((model, row, None))
        if model == "sale.order":
            row["name"] = self._books.number_order()
        if xid:
            self._store.name(xid, model, row["id"])
        return row

    def _computed(self, model: str, row: Record) -> None:
        if model == "sale.order":
            self._books.compute_order(row)
        elif model == "account.move":
            lines = self._books.lines("account.move.line", "move_id", row["id"])
            if not all(line["account_id"] for line in lines if line["display_type"] is False):
                words = (
                    'new row for relation "account_move_line" violates check constraint '
                    '"account_move_line_check_accountable_required_fields"\n'
                    "DETAIL:  Failing row contains (42, secret)."
                )
                raise OdooError(USER, words)
            self._books.compute_move(row)

    def _values(self, model: str, cells: dict[str, str]) -> Values:
        found: Values = {}
        for column, cell in cells.items():
            name, _, how = column.partition("/")
            if name not in {"id", ".id"}:
                found[name] = self._value(model, name, cell, by_id=how == ".id")
        return found

    def _value(self, model: str, name: str, cell: str, *, by_id: bool) -> Any:  # noqa: ANN401 (a field)
        kind = MODELS[model][name]
        if kind.startswith("*"):
            return [self._other(kind[1:], name, ref) for ref in cell.split(",") if ref]
        if not cell:
            return False
        if "." in kind:
            return self._other(kind, name, cell) if by_id else self._called(kind, name, cell)
        if kind == "bool":
            return _flag(name, cell)
        return _number(name, cell) if kind == "float" else cell

    def _other(self, model: str, name: str, ref: str) -> int:
        if not self._there(model, ref):
            raise OdooError(
                USER, f"No matching record found for database id '{ref}' in field '{name}'"
            )
        return int(ref)

    def _called(self, model: str, name: str, cell: str) -> int:
        for row in self._store.rows(model):
            if row.get("name") == cell:
                return int(row["id"])
        raise OdooError(USER, f"No matching record found for name '{cell}' in field '{name}'")


def _inside(row: dict[str, str], field: str) -> dict[str, str]:
    prefix = f"{field}/"
    return {
        name.removeprefix(prefix): cell for name, cell in row.items() if name.startswith(prefix)
    }


def _flag(name: str, cell: str) -> bool:
    if cell.lower() not in {"1", "0", "true", "false"}:
        raise OdooError(USER, f"Unknown value '{cell}' for boolean field '{name}'")
    return cell.lower() in {"1", "true"}


def _number(name: str, cell: str) -> Decimal:
    try:
        return Decimal(cell)
    except InvalidOperation:
        words = f"'{cell}' does not seem to be a number for field '{name}'"
        raise OdooError(USER, words) from None
