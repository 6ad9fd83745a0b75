"""The door: ``POST /json/2/<model>/<method>``."""

from collections.abc import Callable, Mapping
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from interlock_sandbox.odoo.automation import Automation
from interlock_sandbox.odoo.books import Books
from interlock_sandbox.odoo.errors import (
    BAD,
    LOCK,
    NOT_FOUND,
    SERIALIZATION,
    SERIALIZE,
    UNAUTHORIZED,
    USER,
    OdooError,
    no_database,
    too_many,
)
from interlock_sandbox.odoo.loads import FRESH, Loads
from interlock_sandbox.odoo.store import Store
from interlock_sandbox.world import Record, World, answer, body_of, control, request_key

Said = Mapping[str, Any]


def build(world: World) -> Starlette:
    """Return the vendor as an application."""
    vendor = Odoo(world)
    routes = [
        Route("/json/version", vendor.version),
        Route("/json/2/{model}/{method}", vendor.call, methods=["POST"]),
    ]
    return Starlette(routes=[*control(world, vendor.seed), *routes])


class Odoo:
    """One database."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._store = Store(world)
        self._store.changed = Automation(world).changed
        self._books = Books(world, self._store)
        self._loads = Loads(self._store, self._books)
        books = self._books
        self._pressed: Mapping[tuple[str, str], Callable[[Record], None]] = {
            ("account.move", "action_post"): books.post,
            ("account.move", "button_cancel"): books.cancel,
            ("account.payment", "action_post"): books.pay,
            ("account.payment", "action_cancel"): books.unpay,
            ("sale.order", "action_confirm"): books.confirm,
            ("sale.order", "action_cancel"): self._cancelled_order,
        }

        self._reads: Mapping[str, Callable[[str, Said], Any]] = {
            "search_read": self._searched,
            "search": lambda model, said: [row["id"] for row in self._store.search(model, said)],
            "read": self._read,
            "precision_get": lambda *_: 2,
            "has_access": self._allowed,
        }

    def seed(self, given: Said) -> Said:
        """Put rows in, as they are; return their ids."""
        return {
            model: [self._store.add(model, {**FRESH.get(model, {}), **row})["id"] for row in rows]
            for model, rows in given.items()
        }

    async def version(self, _: Request) -> Response:
        """Say which version this is; needs no key."""
        return answer({"version_info": [19, 0, 0, "final", 0, ""], "version": "19.0"})

    async def call(self, request: Request) -> Response:
        """Call a method of a model."""
        named = request.headers.get("x-odoo-database", "erp")
        if named != self._world.options.get("database", "erp"):
            return no_database()
        raw = await request.body()
        if self._world.faults.decide("odoo_429", request_key("POST", request.url.path, raw)):
            return too_many()
        model, method = str(request.path_params["model"]), str(request.path_params["method"])
        try:
            self._enter(request)
            said = await _said(request)
            found = self._done(model, method, said, request_key("POST", request.url.path, raw))
        except OdooError as error:
            return error.response()
        return answer(found)

    def _enter(self, request: Request) -> None:
        scheme, _, key = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not key or "wrong" in key:
            raise OdooError(UNAUTHORIZED, "Invalid apikey")

    def _done(self, model: str, method: str, said: Said, key: str) -> Any:  # noqa: ANN401 (any answer)
        if model != "decimal.precision":
            self._store.rows(model)
        read = self._reads.get(method)
        if read is not None:
            return read(model, said)
        if method == "load":
            return self._loaded(model, said, key)
        self._locked(key)
        if method == "js_assign_outstanding_line":
            line = self._store.one("account.move.line", said["line_id"])
            self._books.match(self._store.one(model, said["ids"][0]), line)
            return None
        return self._simple(model, method, said)

    def _simple(self, model: str, method: str, said: Said) -> Any:  # noqa: ANN401 (any answer)
        press = self._pressed.get((model, method))
        for ref in said.get("ids", []):
            row = self._store.one(model, ref)
            if press is not None:
                press(row)
            elif method == "write":
                self._store.touch(model, row, said["vals"])
            elif method == "action_archive":
                self._store.touch(model, row, {"active": False})
            elif method == "unlink":
                self._unlinked(model, row)
            else:
                raise OdooError(NOT_FOUND, f"The method '{model}.{method}' does not exist")
        return method != "action_post"

    def _unlinked(self, model: str, row: Record) -> None:
        if row.get("state") == "posted":
            raise OdooError(USER, "You cannot delete a posted journal entry.")
        self._store.drop(model, row["id"])

    def _cancelled_order(self, order: Record) -> None:
        self._store.touch("sale.order", order, {"state": "cancel", "invoice_status": "no"})

    def _allowed(self, model: str, said: Said) -> bool:
        return said.get("operation") not in self._world.options.get("denied", {}).get(model, [])

    def _read(self, model: str, said: Said) -> list[Record]:
        """Leave out what is gone, as Odoo does; who asks for the ids alone gets them back."""
        if said["fields"] == ["id"]:
            return [{"id": ref} for ref in said.get("ids", [])]
        there = {row["id"]: row for row in self._store.rows(model)}
        found = [there[ref] for ref in said.get("ids", []) if ref in there]
        return [self._store.shown(model, row, list(said["fields"])) for row in found]

    def _searched(self, model: str, said: Said) -> list[Record]:
        fields = [self._store.field(model, str(name)) for name in said.get("fields") or []]
        rows = self._store.search(model, said)
        if model == "res.company":
            rows = [{**row, **self._books.company()} for row in rows]
        return [self._store.shown(model, row, fields) for row in rows]

    def _loaded(self, model: str, said: Said, key: str) -> Said:
        if self._world.faults.decide("odoo_lock", key):
            told = {"rows": {"from": 0, "to": 0}, "record": 0, "type": "error"}
            message = {**told, "message": SERIALIZE}
            return {"ids": False, "messages": [message], "nextrow": 0}
        return self._loads.load(model, list(said["fields"]), list(said["data"]))

    def _locked(self, key: str) -> None:
        if self._world.faults.decide("odoo_lock", key):
            raise OdooError(SERIALIZATION, SERIALIZE)
        if self._world.faults.decide("odoo_lock_error", key):
            raise OdooError(LOCK, "Cannot grab a lock on the records.")


async def _said(request: Request) -> Said:
    try:
        found = await body_of(request)
    except ValueError as error:
        raise OdooError(BAD, f"could not parse the body as json: {error}") from None
    if not isinstance(found, dict):
        raise OdooError(BAD, "could not parse the body as json")
    return found
