"""A billing system that a company wrote itself: plain JSON, its own words, its own habits.

It refuses a customer whose reference it has (409), honours ``Idempotency-Key`` on invoices, lists
what changed by cursor, and sometimes says with status 200 that something went wrong.
"""

import base64
from collections.abc import Mapping
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any, Final

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from interlock_sandbox.world import Record, World, answer, body_of, control, request_key

SECRET: Final = "good-secret"  # noqa: S105 (of a simulated vendor)
PAGE: Final = 100
MOST: Final = 200
SIGNS: Final = ("Bearer good-token", "Bearer granted-")
_CENT: Final = Decimal("0.01")


def build(world: World) -> Starlette:
    """Return the vendor as an application."""
    vendor = Homegrown(world)
    routes = [
        Route("/oauth2/token", vendor.token, methods=["POST"]),
        Route("/api/customers", vendor.add_customer, methods=["POST"]),
        Route("/api/customers", vendor.customers),
        Route("/api/customers/{id}", vendor.customer),
        Route("/api/customers/{id}", vendor.change_customer, methods=["PATCH"]),
        Route("/api/invoices", vendor.add_invoice, methods=["POST"]),
        Route("/api/invoices", vendor.invoices),
        Route("/api/invoices/{id}", vendor.invoice),
        Route("/api/invoices/{id}/void", vendor.void, methods=["POST"]),
        *control(world, vendor.seed),
    ]
    return Starlette(routes=routes)


class Homegrown:
    """Customers and invoices."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._keys: dict[str, tuple[str, str]] = {}

    def seed(self, given: Mapping[str, Any]) -> Mapping[str, Any]:
        """Make objects as if they had been there; return their ids."""
        return {
            table: [self._kept(table, dict(each))["id"] for each in rows]
            for table, rows in given.items()
        }

    async def token(self, request: Request) -> Response:
        """Give a token for client credentials (RFC 6749)."""
        scheme, _, shown = request.headers.get("authorization", "").partition(" ")
        try:
            _, _, secret = base64.b64decode(shown).decode().partition(":")
        except ValueError:
            secret = ""
        if scheme != "Basic" or secret != SECRET:
            return answer({"error": "invalid_client"}, 401)
        value = f"granted-{self._world.token(24)}"
        return answer({"access_token": value, "token_type": "Bearer", "expires_in": 3600})

    async def add_customer(self, request: Request) -> Response:
        """Make a customer, once per reference."""
        if not self._known(request):
            return _stranger()
        given = await body_of(request)
        reference, name = given.get("ref"), given.get("name")
        if not name:
            return _wrong(422, "FIELD_MISSING", "name is missing")
        if self._with("customers", "ref", reference):
            return _wrong(409, "DUPLICATE", f"{reference} is there already")
        row = self._kept("customers", {"ref": reference, "name": name, "state": "active"})
        return answer({"ok": True, "customer": row}, 201)

    async def change_customer(self, request: Request) -> Response:
        """Change a customer; say nothing."""
        row, refused = self._row(request, "customers")
        if row is None:
            return refused
        given = await body_of(request)
        row.update({name: given[name] for name in ("name", "state") if name in given})
        self._touch(row)
        return Response(status_code=204)

    async def customer(self, request: Request) -> Response:
        """Show a customer."""
        row, refused = self._row(request, "customers")
        return refused if row is None else answer({"ok": True, "customer": row})

    async def customers(self, request: Request) -> Response:
        """List customers: by reference, or what changed since."""
        return self._listed(request, "customers")

    async def add_invoice(self, request: Request) -> Response:
        """Post an invoice, once per idempotency key."""
        if not self._known(request):
            return _stranger()
        given = (await body_of(request)).get("invoice") or {}
        key = request.headers.get("idempotency-key", "")
        if self._world.faults.decide("busy", request_key("POST", "invoices", key.encode())):
            # Its framework answers 200 to everything that its own code caught.
            return _wrong(200, "BUSY", "try again later")
        content = str(sorted(given.items()))
        if key in self._keys:
            before, ref = self._keys[key]
            if before != content:
                return _wrong(422, "KEY_REUSED", "this key was used for something else")
            return answer({"ok": True, "invoice": self._world.table("invoices")[ref]})
        try:
            total = Decimal(str(given["total"])).quantize(_CENT, ROUND_HALF_UP)
        except (KeyError, InvalidOperation):
            return _wrong(422, "FIELD_MISSING", "total is missing or no amount")
        named = {name: given.get(name) for name in ("ref", "customer", "currency")}
        row = self._kept("invoices", {**named, "total": str(total), "state": "posted"})
        self._keys[key] = (content, row["id"])
        return answer({"ok": True, "invoice": row}, 201)

    async def invoice(self, request: Request) -> Response:
        """Show an invoice."""
        row, refused = self._row(request, "invoices")
        return refused if row is None else answer({"ok": True, "invoice": row})

    async def invoices(self, request: Request) -> Response:
        """List invoices."""
        return self._listed(request, "invoices")

    async def void(self, request: Request) -> Response:
        """Take an invoice back; twice is refused."""
        row, refused = self._row(request, "invoices")
        if row is None:
            return refused
        if row["state"] == "void":
            return _wrong(409, "ALREADY_VOID", "it is void")
        row["state"] = "void"
        self._touch(row)
        return answer({"ok": True, "invoice": row})

    def _listed(self, request: Request, table: str) -> Response:
        if not self._known(request):
            return _stranger()
        query = request.query_params
        rows = sorted(self._world.table(table).values(), key=lambda row: row["updated"])
        if "ref" in query:
            return answer({"ok": True, "data": [r for r in rows if r["ref"] == query["ref"]]})
        if "since" in query:
            since = datetime.fromisoformat(query["since"])
            rows = [row for row in rows if datetime.fromisoformat(row["updated"]) >= since]
        begin = int(query.get("after", "0"))
        size = min(int(query.get("limit", PAGE)), MOST)
        more = str(begin + size) if begin + size < len(rows) else None
        return answer({"ok": True, "data": rows[begin : begin + size], "next": more})

    def _row(self, request: Request, table: str) -> tuple[Record | None, Response]:
        if not self._known(request):
            return None, _stranger()
        row = self._world.table(table).get(request.path_params["id"])
        return row, _wrong(404, "NOT_FOUND", "no such thing")

    def _with(self, table: str, name: str, value: object) -> list[Record]:
        return [row for row in self._world.table(table).values() if row[name] == value]

    def _kept(self, table: str, row: Record) -> Record:
        row = {"id": f"{table[0]}{self._world.number()}", "ref": None, "gone": None, **row}
        self._world.table(table)[row["id"]] = row
        self._touch(row)
        return row

    def _touch(self, row: Record) -> None:
        row["updated"] = self._world.now().isoformat()

    def _known(self, request: Request) -> bool:
        return request.headers.get("authorization", "").startswith(SIGNS)


def _stranger() -> Response:
    return _wrong(401, "WHO_ARE_YOU", "a token is needed")


def _wrong(status: int, code: str, message: str) -> Response:
    headers = {"Retry-After": "5"} if code == "BUSY" else {}
    said = {"ok": False, "problem": {"code": code, "text": message}}
    return answer(said, status, headers)
