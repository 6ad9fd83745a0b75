"""The HTTP side: records, sublists, transforms, queries, jobs, and the sandbox's own control."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from interlock_sandbox.netsuite import listing
from interlock_sandbox.netsuite.access import CONCURRENCY, TOKEN_PATH, Access
from interlock_sandbox.netsuite.catalogue import FIELDS, READABLE, checked, external_id, schema_of
from interlock_sandbox.netsuite.errors import NetSuiteError, missing
from interlock_sandbox.netsuite.jobs import PATH as JOBS
from interlock_sandbox.netsuite.jobs import Jobs
from interlock_sandbox.netsuite.purchasing import count_billed, pay
from interlock_sandbox.netsuite.records import Books
from interlock_sandbox.netsuite.rules import MAKERS, RULES
from interlock_sandbox.netsuite.settlement import Settlement
from interlock_sandbox.netsuite.suiteql import SuiteQL
from interlock_sandbox.world import Record, World, answer, body_of, control

RECORDS: Final = "/services/rest/record/v1"
Endpoint = Callable[[Request], Awaitable[Response]]


def build(world: World) -> Starlette:
    """Return the vendor as an application."""
    vendor = NetSuite(world)
    guarded, jobs = vendor.guarded, vendor.jobs
    record = f"{RECORDS}/{{obj}}"
    writes = ["GET", "PUT", "PATCH", "DELETE"]
    limits = "/services/rest/system/v1/governanceLimits"
    routes = [
        Route(TOKEN_PATH, vendor.access.token, methods=["POST"]),
        Route("/services/rest/query/v1/suiteql", guarded(vendor.suiteql), methods=["POST"]),
        Route(limits, guarded(vendor.limits)),
        Route(f"{JOBS}/{{ref}}", guarded(jobs.job)),
        Route(f"{JOBS}/{{ref}}/task/", guarded(jobs.tasks)),
        Route(f"{JOBS}/{{ref}}/task/1", guarded(jobs.task)),
        Route(f"{JOBS}/{{ref}}/task/1/result", guarded(jobs.result)),
        Route(f"{RECORDS}/metadata-catalog/{{obj}}", guarded(vendor.schema)),
        Route(record, guarded(vendor.post), methods=["POST"]),
        Route(record, guarded(vendor.many), methods=["GET"]),
        Route(f"{record}/{{ref}}", guarded(vendor.one), methods=writes),
        Route(f"{record}/{{ref}}/{{sublist}}", guarded(vendor.sublist), methods=["GET"]),
        Route(f"{record}/{{ref}}/!transform/{{to}}", guarded(vendor.transform), methods=["POST"]),
        Route("/_sandbox/periods", vendor.periods, methods=["POST"]),
        Route("/_sandbox/change", vendor.change, methods=["POST"]),
        Route("/_sandbox/credit", vendor.credit, methods=["POST"]),
        Route("/_sandbox/make", vendor.make, methods=["POST"]),
        *control(world, vendor.seed),
    ]
    return Starlette(routes=routes)


class NetSuite:
    """The account behind HTTP."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._books = Books(world, RULES)
        self._settlement = Settlement(world, self._books)
        self._suiteql = SuiteQL(world, self._books)
        self.access = Access(world)
        self.jobs = Jobs(world)

    def guarded(self, endpoint: Endpoint) -> Endpoint:
        """Wrap an endpoint: login, limits, asynchronous execution, errors."""

        async def wrapped(request: Request) -> Response:
            try:
                self.access.enter(request, await request.body())
                later = request.headers.get("prefer", "") == "respond-async"
                if not later or request.method == "GET":
                    return await endpoint(request)
                key = request.headers.get("x-netsuite-idempotency-key")
                return self.jobs.start(key, lambda: _told(endpoint, request))
            except NetSuiteError as error:
                return error.response()

        return wrapped

    def _object(self, request: Request) -> str:
        obj = str(request.path_params["obj"])
        if obj not in READABLE or (request.method != "GET" and obj not in FIELDS):
            raise NetSuiteError(404, "NONEXISTENT_ID", f"Record type '{obj}' does not exist.")
        return obj

    async def _given(self, obj: str, request: Request) -> Record:
        given = await body_of(request)
        if not isinstance(given, dict):
            raise NetSuiteError(400, "INVALID_CONTENT", "Invalid content in the request.")
        strictness = request.headers.get("x-netsuite-propertynamevalidation", "Warning")
        return checked(obj, given, strictness)

    def _made(self, request: Request, obj: str, record: Record) -> Response:
        """Answer a write: 204, and where the record is."""
        base = f"{request.url.scheme}://{request.headers.get('host', '')}"
        return Response(None, 204, {"Location": f"{base}{RECORDS}/{obj}/{record['id']}"})

    async def post(self, request: Request) -> Response:
        """Create."""
        obj = self._object(request)
        return self._made(request, obj, self._create(obj, await self._given(obj, request)))

    def _create(self, obj: str, given: Record) -> Record:
        if obj == "customerPayment":
            return self._settlement.applied(given)
        if obj == "customerRefund":
            return self._settlement.refunded(given)
        if obj == "vendorPayment":
            return pay(self._books, given)
        made = self._books.create(obj, given)
        if obj == "vendorBill":
            count_billed(self._books, made)
        return made

    async def one(self, request: Request) -> Response:
        """Read, upsert, change or delete."""
        obj, ref = self._object(request), str(request.path_params["ref"])
        if request.method == "PUT":
            return await self._put(obj, ref, request)
        found = self._books.existing(obj, ref)
        if request.method == "GET":
            return answer(listing.shown(obj, found, request.query_params))
        if request.method == "DELETE":
            self._books.delete(obj, ref)
            return Response(None, 204)
        given = await self._given(obj, request)
        self._books.change(obj, found, given, _replaced(request))
        return self._made(request, obj, found)

    async def _put(self, obj: str, ref: str, request: Request) -> Response:
        """Upsert: the path is ``eid:KEY``, not ``eid:externalId=KEY`` as one client writes it."""
        if not ref.startswith("eid:"):
            raise NetSuiteError(405, "METHOD_NOT_ALLOWED", "PUT takes an external id.")
        given, key = await self._given(obj, request), ref.removeprefix("eid:")
        if self._books.find(obj, ref) is None:
            external_id(key)
            return self._made(request, obj, self._create(obj, {**given, "externalId": key}))
        return self._made(request, obj, self._books.put(obj, key, given, _replaced(request)))

    async def sublist(self, request: Request) -> Response:
        """Read the lines behind a sublist's link."""
        found = self._books.existing(self._object(request), str(request.path_params["ref"]))
        name = str(request.path_params["sublist"])
        lines = found.get(name)
        if not isinstance(lines, Mapping) or "items" not in lines:
            raise missing(name)
        return answer({"links": [], **lines, "totalResults": len(lines["items"])})

    async def many(self, request: Request) -> Response:
        """List ids: never more than that."""
        obj, query = self._object(request), request.query_params
        rows = listing.chosen(self._books.rows(obj), query.get("q"))
        found = listing.page([{"id": row["id"]} for row in rows], query)
        for item in found["items"]:
            item["links"] = [{"rel": "self", "href": f"{RECORDS}/{obj}/{item['id']}"}]
        return answer(found)

    async def transform(self, request: Request) -> Response:
        """Make one transaction out of another."""
        obj, to = self._object(request), str(request.path_params["to"])
        ref, make = str(request.path_params["ref"]), MAKERS.get((obj, to))
        if make is not None:
            given = await self._given(to, request)
            made = make(self._books, self._books.existing(obj, ref), given)
        elif obj == "invoice" and to in {"creditMemo", "customerPayment"}:
            made = self._settlement.transform(ref, to, await self._given(to, request))
        else:
            raise NetSuiteError(400, "USER_ERROR", "That transformation is not allowed.")
        return self._made(request, to, made)

    async def suiteql(self, request: Request) -> Response:
        """Answer a query."""
        if request.headers.get("prefer") != "transient":
            raise NetSuiteError(400, "INVALID_HEADER", "The required header Prefer: transient.")
        rows, show = self._suiteql.found(str((await body_of(request)).get("q", "")))
        found = listing.page(rows, request.query_params)
        return answer({**found, "items": [show(row) for row in found["items"]]})

    async def limits(self, _: Request) -> Response:
        """Tell the account's limits, as administrators see them."""
        most = int(self._world.options.get("concurrency", CONCURRENCY))
        found = {"accountConcurrencyLimit": most, "accountUnallocatedConcurrencyLimit": most}
        limit = {"integrationConcurrencyLimit": most, "integrationLimitType": "accountLimit"}
        return answer(found | limit)

    async def schema(self, request: Request) -> Response:
        """Describe a record type by a JSON schema."""
        return answer(schema_of(self._object(request)))

    def seed(self, given: Mapping[str, Any]) -> Mapping[str, Any]:
        """Load records: ``{"customer": [{"externalId": …}], "invoice": […]}``, in that order."""
        made = {}
        for obj, rows in given.items():
            made[obj] = [self._create(obj, checked(obj, row, "error"))["id"] for row in rows]
        return made

    async def periods(self, request: Request) -> Response:
        """Open, lock and close accounting periods."""
        return answer(self._books.periods.set(await body_of(request)))

    async def credit(self, request: Request) -> Response:
        """Credit an invoice as a clerk does: wholly, or ``amount`` of its first line."""
        given = await body_of(request)
        invoice = self._books.existing("invoice", str(given["invoice"]))
        asked: Record = {"memo": "By a clerk"}
        if "amount" in given:
            line = {**invoice["item"]["items"][0], "amount": given["amount"], "quantity": 1}
            asked["item"] = {"items": [line]}
        return answer(self._settlement.credit(invoice, asked))

    async def make(self, request: Request) -> Response:
        """Make one record of another on the screen: ``{"object", "id", "to", "given": {…}}``."""
        asked = await body_of(request)
        obj, to = str(asked["object"]), str(asked["to"])
        source = self._books.existing(obj, str(asked["id"]))
        given = checked(to, asked.get("given", {}), "error")
        return answer(MAKERS[obj, to](self._books, source, given))

    async def change(self, request: Request) -> Response:
        """Do what a clerk does, whatever it is: ``{"object", "id", "set": {…}}``."""
        given = await body_of(request)
        record = self._books.find(given["object"], given["id"])
        if record is None:
            return answer({"error": "no such record"}, 404)
        record.update(given["set"])
        return answer(self._books.touch(record))


async def _told(endpoint: Endpoint, request: Request) -> Response:
    try:
        return await endpoint(request)
    except NetSuiteError as error:
        return error.response()


def _replaced(request: Request) -> frozenset[str]:
    return frozenset(request.query_params.get("replace", "").split(","))
