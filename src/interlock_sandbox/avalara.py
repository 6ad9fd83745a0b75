"""AvaTax-shaped tax: transactions, jurisdictions, rounding per line (developer.avalara.com)."""

import base64
import secrets
from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Final

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from interlock_sandbox.world import Record, World, answer, body_of, control, request_key

RATES: Final[Mapping[tuple[str, str], tuple[str, Decimal]]] = {
    ("US", "CA"): ("CALIFORNIA", Decimal("0.0725")),
    ("US", "NY"): ("NEW YORK", Decimal("0.08875")),
    ("US", "TX"): ("TEXAS", Decimal("0.0825")),
    ("US", "WA"): ("WASHINGTON", Decimal("0.065")),
    ("US", "OR"): ("OREGON", Decimal(0)),
    ("DE", ""): ("GERMANY", Decimal("0.19")),
    ("GB", ""): ("UNITED KINGDOM", Decimal("0.2")),
    ("FR", ""): ("FRANCE", Decimal("0.2")),
    ("JP", ""): ("JAPAN", Decimal("0.1")),
    ("KW", ""): ("KUWAIT", Decimal(0)),
}
"""(country, region) -> jurisdiction and rate; figures of this sandbox, not tax advice."""

DIGITS: Final = {"JPY": 0, "KRW": 0, "KWD": 3, "BHD": 3}


def build(world: World) -> Starlette:
    """Return the vendor as an application."""
    vendor = Avalara(world)
    company = "/api/v2/companies/{company}/transactions/{code}"
    routes = [
        Route("/api/v2/utilities/ping", vendor.ping),
        Route("/api/v2/transactions/create", vendor.create, methods=["POST"]),
        Route(company, vendor.retrieve),
        Route(f"{company}/commit", vendor.commit, methods=["POST"]),
        Route(f"{company}/void", vendor.void, methods=["POST"]),
        *control(world, vendor.seed),
    ]
    return Starlette(routes=routes)


class Avalara:
    """The tax engine's state and manners."""

    def __init__(self, world: World) -> None:
        self._world = world

    def seed(self, _: Mapping[str, Any]) -> Mapping[str, Any]:
        """Nothing needs to be there beforehand."""
        return {}

    async def ping(self, request: Request) -> Response:
        """Tell whether the caller is known."""
        return _answer({"authenticated": self._known(request), "version": "26.10.0"})

    async def create(self, request: Request) -> Response:
        """Compute tax; record it unless it is an order."""
        if not self._known(request):
            return _error(401, "AuthenticationException", "Authentication failed.")
        given = await body_of(request)
        key = request_key("POST", "create", str(given).encode())
        if self._world.faults.decide("tax_failure", key):
            return _error(500, "ServerError", "The tax engine is unavailable right now.")
        missing = next((name for name in ("customerCode", "lines") if not given.get(name)), None)
        if missing is not None:
            return _error(400, "ValueRequiredError", f"Field {missing} is required.")
        country, region = _where(given)
        if (country, region) not in RATES and (country, "") not in RATES:
            message = f"Tax cannot be determined for {country}/{region or '-'}."
            return _error(400, "InvalidAddress", message)
        document = self._document(given, country, region)
        if given.get("type") in {None, "SalesInvoice", "ReturnInvoice"}:
            kept = self._world.table("transaction")
            before = kept.get(document["code"])
            if before is not None and before["status"] == "Committed":
                return _error(400, "DocumentCommitted", "Document is committed; void it first.")
            kept[document["code"]] = document
        return _answer(document, 201)

    def _document(self, given: Record, country: str, region: str) -> Record:
        name, rate = RATES.get((country, region)) or RATES[(country, "")]
        currency = str(given.get("currencyCode", "USD"))
        unit = Decimal(1).scaleb(-DIGITS.get(currency, 2))
        lines: list[Record] = []
        for line in given.get("lines", []):
            amount = Decimal(str(line["amount"]))
            tax = (amount * rate).quantize(unit, ROUND_HALF_UP)
            lines.append(
                {
                    "lineNumber": str(line.get("number", len(lines) + 1)),
                    "itemCode": line.get("itemCode"),
                    "quantity": line.get("quantity", 1),
                    "lineAmount": amount,
                    "amount": amount,
                    "tax": tax,
                    "taxCalculated": tax,
                }
            )
        total = sum((line["tax"] for line in lines), Decimal(0))
        taxable = sum((line["amount"] for line in lines), Decimal(0))
        recorded = given.get("type") != "SalesOrder"
        status = "Committed" if given.get("commit") else "Saved"
        return {
            "id": self._world.number() if recorded else 0,
            "code": str(given.get("code") or secrets.token_hex(8)),
            "companyCode": given.get("companyCode", "DEFAULT"),
            "customerCode": given.get("customerCode"),
            "date": given.get("date"),
            "type": given.get("type", "SalesInvoice"),
            "status": status if recorded else "Temporary",
            "currencyCode": currency,
            "totalAmount": taxable,
            "totalTax": total,
            "lines": lines,
            "addresses": [{"country": country, "region": region}],
            "summary": [
                {
                    "country": country,
                    "region": region,
                    "jurisType": "State" if region else "Country",
                    "jurisCode": region or country,
                    "jurisName": name,
                    "rate": rate,
                    "tax": total,
                    "taxable": taxable,
                }
            ],
        }

    async def retrieve(self, request: Request) -> Response:
        """Return a recorded transaction."""
        found = self._world.table("transaction").get(request.path_params["code"])
        if not self._known(request):
            return _error(401, "AuthenticationException", "Authentication failed.")
        return _answer(found) if found else _error(404, "EntityNotFoundError", "Not found.")

    async def commit(self, request: Request) -> Response:
        """Make a saved transaction count."""
        return await self._turned(request, "Committed")

    async def void(self, request: Request) -> Response:
        """Take a transaction back; it stays on record."""
        return await self._turned(request, "Cancelled")

    async def _turned(self, request: Request, status: str) -> Response:
        if not self._known(request):
            return _error(401, "AuthenticationException", "Authentication failed.")
        found = self._world.table("transaction").get(request.path_params["code"])
        if found is None:
            return _error(404, "EntityNotFoundError", "Not found.")
        found["status"] = status
        return _answer(found)

    def _known(self, request: Request) -> bool:
        scheme, _, value = request.headers.get("authorization", "").partition(" ")
        if scheme != "Basic":
            return False
        try:
            account, _, key = base64.b64decode(value).decode().partition(":")
        except ValueError:
            return False
        return bool(account) and key != "wrong"


def _where(given: Record) -> tuple[str, str]:
    addresses = given.get("addresses") or {}
    place = addresses.get("singleLocation") or addresses.get("shipTo") or {}
    country = str(place.get("country") or "").upper()
    region = str(place.get("region") or "").upper()
    return country, region if country == "US" else ""


def _answer(value: object, status: int = 200) -> Response:
    return answer(value, status, {"x-correlation-id": secrets.token_hex(16)})


def _error(status: int, code: str, message: str) -> Response:
    details = [{"code": code, "message": message, "faultCode": "Client", "severity": "Error"}]
    error = {"code": code, "message": message, "target": "Unknown", "details": details}
    return _answer({"error": error}, status)
