"""The HTTP side: tokens, records, transforms, SuiteQL, and the limits of the account."""

import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final
from urllib.parse import parse_qsl

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from interlock_sandbox.netsuite.records import (
    ACCOUNTS,
    CURRENCIES,
    FIELDS,
    SUBSIDIARIES,
    TERMS,
    Books,
    NetSuiteError,
)
from interlock_sandbox.world import Record, World, answer, body_of, control, request_key

_EQUAL: Final = re.compile(
    r"SELECT\s+id\s+FROM\s+(\w+)\s+WHERE\s+(\w+)\s*=\s*'([^']*)'", re.IGNORECASE
)
_CHANGED: Final = re.compile(
    r"FROM\s+(\w+)\s+WHERE\s+(?P<type>.*?)lastmodifieddate\s*>=\s*TO_TIMESTAMP\('([^']+)'",
    re.IGNORECASE | re.DOTALL,
)
CONCURRENCY: Final = 5
"""Of the whole account, whatever comes in through which door."""

Endpoint = Callable[[Request], Awaitable[Response]]


def build(world: World) -> Starlette:
    """Return the vendor as an application."""
    vendor = NetSuite(world)
    record = "/services/rest/record/v1/{obj}"
    guarded = vendor.guarded
    routes = [
        Route("/services/rest/auth/oauth2/v1/token", vendor.token, methods=["POST"]),
        Route("/services/rest/query/v1/suiteql", guarded(vendor.suiteql), methods=["POST"]),
        Route(record, guarded(vendor.post), methods=["POST"]),
        Route(record, guarded(vendor.many), methods=["GET"]),
        Route(f"{record}/{{ref}}", guarded(vendor.one), methods=["GET", "PUT", "PATCH", "DELETE"]),
        Route(f"{record}/{{ref}}/!transform/{{to}}", guarded(vendor.transform), methods=["POST"]),
        Route("/_sandbox/periods", vendor.periods, methods=["POST"]),
        Route("/_sandbox/change", vendor.change, methods=["POST"]),
        *control(world, vendor.seed),
    ]
    return Starlette(routes=routes)


class NetSuite:
    """The account behind HTTP."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._books = Books(world)
        self._tokens: set[str] = set()

    async def token(self, request: Request) -> Response:
        """OAuth 2.0 machine to machine: the assertion's form is looked at."""
        form = dict(parse_qsl((await request.body()).decode()))
        assertion = str(form.get("client_assertion", ""))
        wanted = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
        good = form.get("grant_type") == "client_credentials" and assertion.count(".") == 2  # noqa: PLR2004 (a JWT has two dots)
        if not good or form.get("client_assertion_type") != wanted:
            return answer({"error": "invalid_request"}, 400)
        token = self._world.token(64)
        self._tokens.add(token)
        return answer({"access_token": token, "expires_in": "3600", "token_type": "bearer"})

    def guarded(self, endpoint: Endpoint) -> Endpoint:
        """Wrap an endpoint: login, the account's limits, errors."""

        async def wrapped(request: Request) -> Response:
            try:
                self._enter(request, await request.body())
                return await endpoint(request)
            except NetSuiteError as error:
                return _error(error)

        return wrapped

    def _enter(self, request: Request, body: bytes) -> None:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        known = (scheme == "Bearer" and token in self._tokens) or scheme == "OAuth"
        if not known:
            raise NetSuiteError(401, "INVALID_LOGIN", "Invalid login attempt.")
        key = request_key(request.method, request.url.path, body)
        faults = self._world.faults
        over = self._world.in_flight > CONCURRENCY
        if over or faults.decide("netsuite_429", key):
            detail = "Concurrent request limit exceeded. Request blocked."
            raise NetSuiteError(429, "CONCURRENCY_LIMIT_EXCEEDED", detail)
        if faults.decide("netsuite_400_quota", key):
            detail = "The maximum number of requests was exceeded."
            raise NetSuiteError(400, "SSS_REQUEST_LIMIT_EXCEEDED", detail)
        if faults.decide("netsuite_401_quota", key):
            raise NetSuiteError(401, "INVALID_LOGIN", "Invalid login attempt.")
        if request.method in {"PUT", "PATCH"} and faults.decide("netsuite_record_changed", key):
            detail = "Record has been changed"
            raise NetSuiteError(400, "RCRD_HAS_BEEN_CHANGED", detail)

    def _object(self, request: Request) -> str:
        obj = str(request.path_params["obj"])
        if obj not in FIELDS:
            raise NetSuiteError(404, "NONEXISTENT_ID", f"Record type {obj} does not exist.")
        return obj

    async def post(self, request: Request) -> Response:
        """Create."""
        obj = self._object(request)
        return self._made(obj, self._books.post(obj, await body_of(request)))

    def _made(self, obj: str, record: Record) -> Response:
        location = f"/services/rest/record/v1/{obj}/{record['id']}"
        return Response(None, 204, {"Location": location})

    async def one(self, request: Request) -> Response:
        """Read, upsert, change or delete."""
        obj, ref = self._object(request), str(request.path_params["ref"])
        if request.method == "PUT":
            if not ref.startswith("eid:"):
                raise NetSuiteError(405, "METHOD_NOT_ALLOWED", "PUT takes an external id.")
            given = await body_of(request)
            replace = request.query_params.get("replace") == "item"
            found = self._books.put(obj, ref.removeprefix("eid:"), given, replace=replace)
            return self._made(obj, found)
        there = self._books.find(obj, ref)
        if there is None:
            detail = "The record instance does not exist. Provide a valid record instance ID."
            raise NetSuiteError(404, "NONEXISTENT_ID", detail)
        if request.method == "GET":
            return answer({"links": [], **there})
        if request.method == "DELETE":
            self._books.delete(obj, ref)
        else:
            given = await body_of(request)
            self._books.put(obj, str(there.get("externalId")), given, replace=True)
        return Response(None, 204)

    async def many(self, request: Request) -> Response:
        """List ids."""
        rows = list(self._world.table(self._object(request)).values())
        limit = min(int(request.query_params.get("limit", 1000)), 1000)
        offset = int(request.query_params.get("offset", 0))
        page = rows[offset : offset + limit]
        items = [{"links": [], "id": row["id"]} for row in page]
        more = offset + limit < len(rows)
        whole = {"items": items, "count": len(items), "hasMore": more, "offset": offset}
        return answer({"links": [], **whole, "totalResults": len(rows)})

    async def transform(self, request: Request) -> Response:
        """Make one transaction out of another."""
        if (self._object(request), request.path_params["to"]) != ("invoice", "creditMemo"):
            raise NetSuiteError(400, "USER_ERROR", "That transformation is not allowed.")
        ref = str(request.path_params["ref"])
        return self._made("creditMemo", self._books.credit(ref, await body_of(request)))

    async def suiteql(self, request: Request) -> Response:
        """Answer the two forms of queries that clients need."""
        if request.headers.get("prefer") != "transient":
            raise NetSuiteError(400, "INVALID_HEADER", "The required header Prefer: transient.")
        query = str((await body_of(request)).get("q", ""))
        named, changed = _EQUAL.search(query), _CHANGED.search(query)
        if named:
            rows = [{"id": ref} for ref in self._named(named[1], named[2], named[3])]
        elif changed:
            rows = self._changed(changed[1].lower(), changed["type"], changed[3])
        else:
            raise NetSuiteError(400, "INVALID_PARAMETER", "Invalid search query.")
        limit = min(int(request.query_params.get("limit", 1000)), 1000)
        offset = int(request.query_params.get("offset", 0))
        page = [{"links": [], **row} for row in rows[offset : offset + limit]]
        more = offset + limit < len(rows)
        whole = {"links": [], "count": len(page), "hasMore": more, "items": page}
        return answer({**whole, "offset": offset, "totalResults": len(rows)})

    def _named(self, table: str, column: str, value: str) -> list[str]:
        tables: Mapping[str, Mapping[str, str]] = {
            "currency": CURRENCIES,
            "term": TERMS,
            "account": ACCOUNTS,
            "subsidiary": {ref: name for ref, (name, _) in SUBSIDIARIES.items()},
        }
        if table.lower() == "item":
            known = self._world.options.get("items")
            return [f"item-{value}"] if known is None or value in known else []
        if table.lower() not in tables:
            raise NetSuiteError(400, "INVALID_PARAMETER", f"Record '{table}' was not found.")
        return [ref for ref, name in tables[table.lower()].items() if name == value and column]

    def _changed(self, table: str, type_: str, since: str) -> list[Record]:
        obj = "customer"
        if table == "transaction":
            obj = "creditMemo" if "CustCred" in type_ or "creditMemo" in type_ else "invoice"
        rows = [
            {"id": row["id"], "modified": row["lastModifiedDate"][:19].replace("T", " ")}
            for row in self._world.table(obj).values()
        ]
        found = [row for row in rows if row["modified"] >= since]
        return sorted(found, key=lambda row: (row["modified"], int(row["id"])))

    def seed(self, given: Mapping[str, Any]) -> Mapping[str, Any]:
        """Load customers: ``{"customer": [{"externalId": …}]}``."""
        made = {}
        for obj, rows in given.items():
            made[obj] = [self._books.post(obj, dict(row))["id"] for row in rows]
        return made

    async def periods(self, request: Request) -> Response:
        """Open and close accounting periods: ``{"close": [["1", "2026-09"]], "open": []}``."""
        given = await body_of(request)
        self._books.closed |= {(str(s), str(m)) for s, m in given.get("close", [])}
        self._books.closed -= {(str(s), str(m)) for s, m in given.get("open", [])}
        return answer({"closed": sorted(self._books.closed)})

    async def change(self, request: Request) -> Response:
        """Do what a clerk does: change one record by hand."""
        given = await body_of(request)
        record = self._books.find(given["object"], given["id"])
        if record is None:
            return answer({"error": "no such record"}, 404)
        record.update(given["set"])
        record["lastModifiedDate"] = self._world.now().strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        return answer(record)


def _error(error: NetSuiteError) -> Response:
    detail: dict[str, str] = {"detail": str(error), "o:errorCode": error.code}
    if error.path:
        detail["o:errorPath"] = error.path
    titles = {400: "Bad Request", 401: "Unauthorized", 404: "Not Found", 429: "Too Many Requests"}
    return answer(
        {
            "type": "https://www.rfc-editor.org/rfc/rfc9110.html#section-15.5.1",
            "title": titles.get(error.status, "Error"),
            "status": error.status,
            "o:errorDetails": [detail],
        },
        error.status,
    )
