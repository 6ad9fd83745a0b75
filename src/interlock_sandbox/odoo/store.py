"""The rows of the database, and Odoo's searches over them."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final

from interlock_sandbox.odoo.errors import NOT_FOUND, VALUE, OdooError, gone
from interlock_sandbox.odoo.schema import MODELS, first_rows
from interlock_sandbox.world import Record, World

SECONDS: Final = 19
"""How much of a time is shown; the database keeps more."""


class Store:
    """Reads and keeps rows; knows nothing of what they mean."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.changed: Callable[[str, Record], None] = lambda *_: None
        for model, rows in first_rows().items():
            for row in rows:
                self._keep(model, row)

    def _keep(self, model: str, row: Record) -> Record:
        empty: Record = {
            name: [] if kind[0] in "*+" else False for name, kind in MODELS[model].items()
        }
        whole = {**empty, **row, "write_date": self.now()}
        self._world.table(model)[str(row["id"])] = whole
        return whole

    def now(self) -> str:
        """Return the time that a change is written with."""
        return self._world.now().astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")

    def today(self) -> str:
        """Return the day on which it is there."""
        return datetime.now(UTC).date().isoformat()

    def add(self, model: str, values: Mapping[str, Any]) -> Record:
        """Make a row."""
        row = self._keep(model, {**values, "id": self._world.number() + 1000})
        self.changed(model, row)
        return row

    def touch(self, model: str, row: Record, values: Mapping[str, Any]) -> None:
        """Set fields of a row."""
        row.update(values)
        row["write_date"] = self.now()
        self.changed(model, row)

    def rows(self, model: str) -> list[Record]:
        """Return every row of a model."""
        if model not in MODELS:
            raise OdooError(NOT_FOUND, f"the model {model!r} does not exist")
        return list(self._world.table(model).values())

    def one(self, model: str, ref: object) -> Record:
        """Return one row.

        Raises:
            OdooError: It is not there.
        """
        row = self._world.table(model).get(str(ref))
        if row is None:
            raise gone(model, ref)
        return row

    def drop(self, model: str, ref: object) -> None:
        """Delete a row, and its external id with it."""
        self.one(model, ref)
        del self._world.table(model)[str(ref)]
        names = self._world.table("ir.model.data")
        for name in [
            n for n, each in names.items() if (each["model"], each["res_id"]) == (model, ref)
        ]:
            del names[name]

    def name(self, xid: str, model: str, ref: int) -> None:
        """Give a row its external id."""
        self._world.table("ir.model.data")[xid] = {"name": xid, "model": model, "res_id": ref}

    def named(self, xid: str) -> Record | None:
        """Return what has an external id."""
        return self._world.table("ir.model.data").get(xid)

    def search(self, model: str, asked: Mapping[str, Any]) -> list[Record]:
        """Return the rows that a search describes, in its order."""
        domain = asked.get("domain") or []
        active = asked.get("context", {}).get("active_test", True)
        found = [
            row
            for row in self.rows(model)
            if self._fits(model, row, domain) and not (active and row.get("active") is False)
        ]
        order = str(asked.get("order") or "id").split(",")
        found.sort(key=lambda row: [row[self.field(model, name.strip())] for name in order])
        limit = asked.get("limit")
        return found if limit is None else found[: int(limit)]

    def field(self, model: str, name: str) -> str:
        """Return the name of a field.

        Raises:
            OdooError: The model has none of this name.
        """
        if name not in MODELS[model]:
            raise OdooError(VALUE, f"Invalid field '{name}' on '{model}'")
        return name

    def _fits(self, model: str, row: Record, domain: list[Any]) -> bool:
        return all(
            _holds(self._at(model, row, field), sign, wanted) for field, sign, wanted in domain
        )

    def _at(self, model: str, row: Record, path: str) -> Any:  # noqa: ANN401 (a field)
        name, _, rest = path.partition(".")
        if name not in MODELS[model]:
            raise OdooError(VALUE, f"Invalid field {model}.{name} in condition ('{path}', ...)")
        value = row[name]
        if not rest:
            return value
        other = MODELS[model][name]
        return self._at(other, self.one(other, value), rest) if value else False

    def shown(self, model: str, row: Record, fields: list[str]) -> Record:
        """Return a row as Odoo writes it: pairs for other records, times to the second."""
        names = {name: MODELS[model][self.field(model, name)] for name in fields}
        return {"id": row["id"], **{n: self._value(row[n], kind) for n, kind in names.items()}}

    def _value(self, value: Any, kind: str) -> Any:  # noqa: ANN401 (a field)
        if kind == "datetime" and value:
            return str(value)[:SECONDS]
        if kind == "float":
            return Decimal(value or 0)
        if "." in kind and kind[0] not in "*+" and value:
            other = self._world.table(kind).get(str(value), {})
            return [value, other.get("name") or f"{kind},{value}"]
        return value


_SIGNS: Final[Mapping[str, Callable[[Any, Any], bool]]] = {
    "=": lambda a, b: (a or False) == (b or False),
    "!=": lambda a, b: (a or False) != (b or False),
    "in": lambda a, b: a in b,
    ">=": lambda a, b: str(a) >= str(b),
    "<": lambda a, b: str(a) < str(b),
}


def _holds(value: Any, sign: str, wanted: Any) -> bool:  # noqa: ANN401 (a field)
    if sign == ">" and isinstance(value, int):
        return value > int(wanted)
    if sign not in _SIGNS:
        raise OdooError(VALUE, f"Invalid operator {sign!r}")
    return _SIGNS[sign](value, wanted)
