"""Tryton 8.2's REST user application: parties, customer invoices, posting under a lock."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from html import escape
from typing import Any, Final

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from interlock_sandbox.tryton.wire import created, fits, line_shown, plain, spelled, unpacked
from interlock_sandbox.world import Record, World, answer, body_of, control, request_key

CURRENCIES: Final = ("USD", "GBP", "JPY", "KWD", "EUR")
DIGITS: Final = {"JPY": 0, "KWD": 3}
ACCOUNTS: Final = {"4000": 40, "4010": 41, "4100": 42, "4200": 43, "1100": 11, "2200": 22}
FIELDS: Final = {
    "party.party": {"name", "code", "addresses", "active", "lang"},
    "account.invoice": {
        *("type", "company", "party", "invoice_address", "account", "journal", "currency"),
        *("reference", "description", "invoice_date", "lines", "taxes", "payment_term"),
    },
}
HTML: Final = (
    "<!doctype html>\n<html lang=en>\n<title>{status} {title}</title>\n<h1>{title}</h1>\n"
    "<p>{words}</p>\n"
)
TITLES: Final = {
    401: "Unauthorized",
    404: "Not Found",
    500: "Internal Server Error",
    503: "Service Unavailable",
}


class TrytonError(Exception):
    """An answer that is an error; HTML unless the mistake is of the business."""

    def __init__(self, status: int, message: str, *, business: bool = False) -> None:
        super().__init__(message)
        self.status, self.business = status, business

    def response(self) -> Response:
        """Return it as Tryton says it."""
        if self.business:
            said = {"status": self.status, "message": str(self), "description": ""}
            return answer(said, self.status)
        page = HTML.format(status=self.status, title=TITLES[self.status], words=escape(str(self)))
        return Response(page, self.status, media_type="text/html")


def build(world: World) -> Starlette:
    """Return the vendor as an application."""
    vendor = Tryton(world)
    one = "/rest/model/{model}/{ref:int}"
    paths = {
        "/rest/model/{model}": (vendor.many, ["GET", "POST"]),
        one: (vendor.one, ["GET", "PUT", "DELETE"]),
        f"{one}/{{button}}": (vendor.press, ["POST"]),
    }
    routes = [
        Route(prefix + path, endpoint, methods=methods)
        for prefix in ("", "/{database}")
        for path, (endpoint, methods) in paths.items()
    ]
    return Starlette(routes=[*control(world, vendor.seed), *routes])


class Tryton:
    """One database."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._number = 0
        self._fixed = _fixed_tables()

    def seed(self, _: Mapping[str, Any]) -> Mapping[str, Any]:
        """Nothing needs to be there beforehand: every product code exists when asked for."""
        return {}

    def _enter(self, request: Request) -> None:
        scheme, _, key = request.headers.get("authorization", "").partition(" ")
        if scheme != "Bearer" or not key or "wrong" in key:
            raise TrytonError(401, "Unauthorized")

    async def many(self, request: Request) -> Response:
        """Search, or make a record."""
        try:
            self._enter(request)
            model = str(request.path_params["model"])
            if request.method == "POST":
                return answer(self._shown(model, self._made(model, await body_of(request))))
            domain = unpacked(request.query_params.get("d")) or []
            rows = [row for row in self._rows(model, domain) if fits(row, domain)]
        except TrytonError as error:
            return error.response()
        order = unpacked(request.query_params.get("o")) or []
        for field, way in reversed(order):
            rows.sort(key=lambda row, name=field: row.get(name), reverse=way == "DESC")  # type: ignore[misc]  # bound per loop
        start = int(request.query_params.get("p", 0))
        limit = int(request.query_params.get("s", 1000))
        return answer([self._shown(model, row) for row in rows[start : start + limit]])

    def _rows(self, model: str, domain: list[Any]) -> list[Record]:
        if model in FIELDS:
            return list(self._world.table(model).values())
        if model == "product.product":
            codes = [clause[2] for clause in domain if clause[0] == "code"]
            return [self._product(str(code)) for code in codes]
        if model not in self._fixed:
            raise TrytonError(500, "Internal Server Error")
        return self._fixed[model]

    def _product(self, code: str) -> Record:
        table = self._world.table("product.product")
        if code not in table:
            table[code] = {"id": len(table) + 1, "code": code, "default_uom": 1}
        return table[code]

    async def one(self, request: Request) -> Response:
        """Read, change or delete a record."""
        try:
            self._enter(request)
            model = str(request.path_params["model"])
            row = self._existing(model, request)
            if request.method == "PUT":
                self._changed(model, row, await body_of(request))
            elif request.method == "DELETE":
                self._deleted(model, row)
        except TrytonError as error:
            return error.response()
        return answer(self._shown(model, row))

    def _deleted(self, model: str, row: Record) -> None:
        if row.get("state") in {"posted", "paid"}:
            raise TrytonError(400, "You cannot delete a posted invoice.", business=True)
        del self._world.table(model)[str(row["id"])]

    def _existing(self, model: str, request: Request) -> Record:
        if model not in FIELDS:
            raise TrytonError(500, "Internal Server Error")
        row = self._world.table(model).get(str(request.path_params["ref"]))
        if row is None:
            raise TrytonError(404, "Not Found")
        return row

    def _known(self, model: str, given: Record) -> None:
        if model not in FIELDS or set(given) - FIELDS[model]:
            raise TrytonError(500, "Internal Server Error")  # an unknown field is a 500 there

    def _made(self, model: str, given: Record) -> Record:
        self._known(model, given)
        row: Record = {"id": self._world.number(), "active": True}
        if model == "party.party":
            code = given.get("code")
            if any(each["code"] == code for each in self._world.table(model).values()):
                message = "The code on party must be unique."
                raise TrytonError(400, message, business=True)
            row |= {"name": "", **given, "addresses": [self._world.number()]}
        else:
            row |= self._invoice(given)
        self._world.table(model)[str(row["id"])] = row
        self._touch(row)
        return row

    def _changed(self, model: str, row: Record, given: Record) -> None:
        self._known(model, given)
        if row.get("state") in {"posted", "paid"}:
            raise TrytonError(400, "You cannot modify a posted invoice.", business=True)
        row.update(given)
        self._touch(row)

    def _touch(self, row: Record) -> None:
        row["last_modified_at"] = self._world.now().isoformat()

    def _invoice(self, given: Record) -> Record:
        if str(given.get("party")) not in self._world.table("party.party"):
            raise TrytonError(400, "The party is required.", business=True)
        currency = CURRENCIES[int(given["currency"]) - 1]
        unit = Decimal(1).scaleb(-DIGITS.get(currency, 2))
        lines = [self._line(each, unit) for each in created(given.get("lines"))]
        taxes = [plain(each) for each in created(given.get("taxes"))]
        untaxed = sum((line["amount"] for line in lines), Decimal(0))
        tax = sum((each["amount"] for each in taxes), Decimal(0))
        return {
            **plain(given),
            "state": "draft",
            "number": None,
            "move": None,
            "currency": currency,
            "lines": lines,
            "taxes": [{"id": self._world.number(), **each} for each in taxes],
            "untaxed_amount": untaxed,
            "tax_amount": tax,
            "total_amount": untaxed + tax,
            "amount_to_pay": untaxed + tax,
        }

    def _line(self, given: Record, unit: Decimal) -> Record:
        line = plain(given)
        amount = (Decimal(str(line["quantity"])) * line["unit_price"]).quantize(unit)
        products = self._world.table("product.product").values()
        code = next((each["code"] for each in products if each["id"] == line.get("product")), None)
        account = next((c for c, ref in ACCOUNTS.items() if ref == line.get("account")), None)
        line |= {"id": self._world.number(), "amount": amount}
        return line | {"product": code, "account": account}

    async def press(self, request: Request) -> Response:
        """Press a button: post, cancel."""
        try:
            self._enter(request)
            row = self._existing(str(request.path_params["model"]), request)
            self._locked(request_key("POST", request.url.path, b""))
            self._pressed(row, str(request.path_params["button"]))
        except TrytonError as error:
            return error.response()
        return answer(self._shown("account.invoice", row))

    def _locked(self, key: str) -> None:
        if self._world.faults.decide("tryton_lock", key):
            message = 'could not obtain lock on row in relation "ir_sequence_strict"'
            raise TrytonError(503, message)

    def _pressed(self, row: Record, button: str) -> None:
        if button not in {"post", "cancel"}:
            raise TrytonError(404, "Not Found")
        if row["state"] not in {"draft", "validated"}:
            message = f'You can not call "{button}" on "{row["id"]}".'
            raise TrytonError(400, message, business=True)
        row["state"] = "cancelled" if button == "cancel" else "posted"
        if button == "post":
            self._number += 1
            row["number"] = f"{self._number:06d}"
            row["move"] = self._world.number()
            row["invoice_date"] = row.get("invoice_date") or date.today().isoformat()  # noqa: DTZ011 (the server's own day, as there)
        self._touch(row)

    def _shown(self, model: str, row: Record) -> Record:
        """Return a row as Tryton writes it: classes for decimals and times, codes inside."""
        shown = {name: spelled(name, value) for name, value in row.items()}
        shown["__name__"] = model
        if model == "account.invoice":
            shown["currency"] = {"id": 1, "code": row["currency"]}
            shown["lines"] = [line_shown(line) for line in row["lines"]]
        return shown


def _fixed_tables() -> dict[str, list[Record]]:
    accounts = [{"id": ref, "code": code, "company": 1} for code, ref in ACCOUNTS.items()]
    tax = {"id": 1, "invoice_account": 22, "credit_note_account": 22}
    return {
        "company.company": [{"id": 1}],
        "currency.currency": [
            {"id": number, "code": code, "digits": DIGITS.get(code, 2)}
            for number, code in enumerate(CURRENCIES, start=1)
        ],
        "account.account": accounts,
        "account.journal": [{"id": 1, "type": "revenue", "code": "REV"}],
        "account.configuration": [{"id": 1, "default_account_receivable": 11}],
        "account.tax": [{**tax, "name": "any"}],
    }
