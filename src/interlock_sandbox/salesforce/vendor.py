"""The HTTP side of the simulated org."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from interlock_sandbox.salesforce import soql
from interlock_sandbox.salesforce.batches import INNER, Batches
from interlock_sandbox.salesforce.bulk import Bulk
from interlock_sandbox.salesforce.bulk_door import BulkDoor
from interlock_sandbox.salesforce.by_hand import OrgByHand
from interlock_sandbox.salesforce.errors import SalesforceError, missing, refused
from interlock_sandbox.salesforce.outbound import Outbound
from interlock_sandbox.salesforce.pages import Pages
from interlock_sandbox.salesforce.pubsub.bus import ORIGIN, Bus
from interlock_sandbox.salesforce.pubsub.door import PubSubDoor, selected
from interlock_sandbox.salesforce.records import AmbiguousError
from interlock_sandbox.salesforce.replication import Replication
from interlock_sandbox.salesforce.schema import Schema
from interlock_sandbox.salesforce.sessions import Sessions, origin_of
from interlock_sandbox.wire import load
from interlock_sandbox.world import Record, World, answer, body_of, control, request_key

Endpoint = Callable[[Request], Awaitable[Response]]
DATA: Final = "/services/data/{version}"
VERSIONS: Final = ("59.0", "60.0", "61.0", "62.0", "63.0", "64.0", "65.0", "66.0")


def build(world: World) -> Starlette:
    """Return the vendor as an application."""
    vendor = Salesforce(world)
    sobject = f"{DATA}/sobjects/{{obj}}"
    record = f"{sobject}/{{ref}}"
    calls: list[tuple[str, Endpoint, list[str]]] = [
        (f"{DATA}/query", vendor.query, ["GET"]),
        (f"{DATA}/queryAll", vendor.query_all, ["GET"]),
        (f"{DATA}/query/{{locator}}", vendor.more, ["GET"]),
        (f"{DATA}/queryAll/{{locator}}", vendor.more, ["GET"]),
        (f"{DATA}/limits", vendor.limits, ["GET"]),
        (f"{DATA}/tooling/query", vendor.tooling, ["GET"]),
        (f"{DATA}/sobjects", vendor.objects, ["GET"]),
        (sobject, vendor.create, ["POST"]),
        (sobject, vendor.summary, ["GET"]),
        (f"{sobject}/describe", vendor.describe, ["GET"]),
        (f"{sobject}/updated", vendor.updated, ["GET"]),
        (f"{sobject}/deleted", vendor.deleted, ["GET"]),
        (record, vendor.read, ["GET"]),
        (record, vendor.update, ["PATCH"]),
        (record, vendor.delete, ["DELETE"]),
        (f"{record}/{{value:path}}", vendor.read_by_key, ["GET"]),
        (f"{record}/{{value:path}}", vendor.upsert, ["PATCH"]),
        (f"{record}/{{value:path}}", vendor.delete_by_key, ["DELETE"]),
    ]
    routes = [
        Route("/services/data", versions),
        Route("/services/data/", versions),
        Route("/services/oauth2/token", vendor.sessions.token, methods=["POST"]),
        Route("/services/Soap/u/{version}", vendor.sessions.soap_login, methods=["POST"]),
        Route("/_sandbox/merge", vendor.merge, methods=["POST"]),
        Route("/_sandbox/empty_bin", vendor.empty_bin, methods=["POST"]),
        Route("/_sandbox/change", vendor.change, methods=["POST"]),
        *PubSubDoor(world, vendor.bus, vendor.sessions).routes(),
        *control(world, vendor.org.seed),
    ]
    for path, call, methods in calls:
        endpoint = vendor.guarded(call)
        # Clients write a slash at the end or not; a redirect would lose the body.
        paths = [path] if "value:path" in path else [f"{path}/", path]
        routes += [Route(each, endpoint, methods=methods) for each in paths]
    batches = Batches(world, vendor.org, vendor.sessions)
    jobs = BulkDoor(Bulk(world, vendor.org, vendor.schema), vendor.sessions)
    more = [*batches.routes(vendor.guarded), *jobs.routes(vendor.guarded)]
    batches.app = Starlette(routes=[*routes, *more])
    return batches.app


async def versions(_: Request) -> Response:
    """Say which versions of the API there are; nobody need log in to ask."""
    return answer([{"version": v, "url": f"/services/data/v{v}", "label": v} for v in VERSIONS])


class Salesforce:
    """The org behind HTTP."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.schema = Schema(world.options)
        self._outbound = Outbound(world)
        self._replication = Replication(world)
        self._pages = Pages(world)
        self.sessions = Sessions(world)
        self.bus = Bus(world, self.schema)
        self.org = OrgByHand(world, self.schema, self._changed, self.bus.changed)

    def _changed(self, obj: str, record: Record) -> None:
        self._outbound.changed(obj, record)
        self.bus.changed(obj, record)

    def guarded(self, call: Endpoint) -> Endpoint:
        """Return `call` for those who are let in, its errors in the vendor's form."""

        async def endpoint(request: Request) -> Response:
            try:
                if not INNER.get():
                    self.sessions.enter(request)
                    ORIGIN.set(origin_of(request))
                return await call(request)
            except SalesforceError as error:
                return error.response(self.sessions.headers())

        return endpoint

    def _answer(self, value: object, status: int = 200) -> Response:
        return answer(value, status, self.sessions.headers())

    def _nothing(self) -> Response:
        return Response(None, 204, self.sessions.headers())

    async def query(self, request: Request) -> Response:
        """Answer SOQL, in pages."""
        return self._queried(request, deleted=False)

    async def query_all(self, request: Request) -> Response:
        """Answer SOQL over deleted records too."""
        return self._queried(request, deleted=True)

    def _queried(self, request: Request, *, deleted: bool) -> Response:
        tables, version = self._world.tables, str(request.path_params["version"])
        query = soql.parse(request.query_params.get("q", ""), self.schema, tables)
        rows = soql.answer(query, tables, deleted=deleted, version=version)
        if query.counts:
            return self._answer({"totalSize": len(rows), "done": True, "records": []})
        wanted = request.headers.get("sforce-query-options", "")
        return self._answer(self._pages.first(rows, version, wanted))

    async def more(self, request: Request) -> Response:
        """Answer the next page."""
        return self._answer(self._pages.next(str(request.path_params["locator"])))

    async def limits(self, _: Request) -> Response:
        """Say what is left of the day."""
        left = {"Max": self.sessions.daily, "Remaining": self.sessions.remaining}
        return self._answer({"DailyApiRequests": left})

    async def tooling(self, request: Request) -> Response:
        """Answer what is known of the org's set-up."""
        return self._answer(selected(self.bus, request.query_params.get("q", "")))

    async def objects(self, _: Request) -> Response:
        """Say which objects there are."""
        found = [self.schema.summary(obj) for obj in self.schema.names()]
        return self._answer({"encoding": "UTF-8", "maxBatchSize": 200, "sobjects": found})

    async def summary(self, request: Request) -> Response:
        """Say what an object is."""
        obj = self._object(request)
        return self._answer({"objectDescribe": self.schema.summary(obj), "recentItems": []})

    async def describe(self, request: Request) -> Response:
        """Say which fields an object has."""
        return self._answer(self.schema.describe(self._object(request)))

    async def updated(self, request: Request) -> Response:
        """Say what changed in a span of time."""
        found = self._replication.updated(self._object(request), request.query_params)
        return self._answer(found)

    async def deleted(self, request: Request) -> Response:
        """Say what was deleted in a span of time."""
        found = self._replication.deleted(self._object(request), request.query_params)
        return self._answer(found)

    async def create(self, request: Request) -> Response:
        """Make a record."""
        obj = self._object(request)
        record = self.org.make(obj, await self._body(request, obj))
        found = {"id": record["Id"], "success": True, "errors": []}
        url = f"/services/data/{request.path_params['version']}/sobjects/{obj}/{record['Id']}"
        response = self._answer(found, 201)
        response.headers["Location"] = url
        return response

    async def read(self, request: Request) -> Response:
        """Show a record."""
        obj = self._object(request)
        return self._shown(request, self.org.find(obj, str(request.path_params["ref"])))

    async def read_by_key(self, request: Request) -> Response:
        """Show the record with this external id."""
        return self._shown(request, self._keyed(request))

    async def update(self, request: Request) -> Response:
        """Set fields of a record."""
        obj, ref = self._object(request), str(request.path_params["ref"])
        record = self.org.find(obj, ref)
        self.org.change(obj, record, await self._body(request, ref))
        return self._nothing()

    async def delete(self, request: Request) -> Response:
        """Delete a record."""
        obj = self._object(request)
        self.org.delete(obj, self.org.find(obj, str(request.path_params["ref"])))
        return self._nothing()

    async def delete_by_key(self, request: Request) -> Response:
        """Delete the record with this external id."""
        self.org.delete(self._object(request), self._keyed(request))
        return self._nothing()

    async def upsert(self, request: Request) -> Response:
        """Make or change the record with this external id."""
        obj, field, value = self._key(request)
        body = await self._body(request, value)
        if field in body:
            message = f"The {field} field should not be specified in the sobject data."
            raise refused("INVALID_FIELD", message, field)
        make = request.query_params.get("updateOnly") != "true"
        try:
            record, created = self.org.upsert(obj, field, {**body, field: value}, make=make)
        except AmbiguousError as several:
            return self._ambiguous(request, several.refs)
        found = {"id": record["Id"], "success": True, "errors": [], "created": created}
        return self._answer(found, 201 if created else 200)

    def _key(self, request: Request) -> tuple[str, str, str]:
        parts = request.path_params
        return self._object(request), str(parts["ref"]), str(parts["value"])

    def _keyed(self, request: Request) -> Record:
        found = self.org.by_key(*self._key(request))
        if len(found) != 1:
            raise missing()
        return found[0]

    def _ambiguous(self, request: Request, refs: Sequence[str]) -> Response:
        """Several records have this external id: their URLs, and nothing is done."""
        beginning = f"/services/data/{request.path_params['version']}/sobjects"
        obj = request.path_params["obj"]
        return self._answer([f"{beginning}/{obj}/{ref}" for ref in refs], 300)

    def _shown(self, request: Request, record: Record) -> Response:
        obj, version = self._object(request), str(request.path_params["version"])
        wanted = request.query_params.get("fields")
        known = self.schema.fields(obj)
        names = wanted.split(",") if wanted else list(known)
        for name in names:
            if name not in known:
                raise refused("INVALID_FIELD", f"No such column '{name}' on entity '{obj}'.")
        attributes = soql.Shown(self._world.tables, version).attributes(obj, record["Id"])
        return self._answer({"attributes": attributes, **{n: record.get(n) for n in names}})

    def _object(self, request: Request) -> str:
        obj = str(request.path_params["obj"])
        self.schema.fields(obj)
        return obj

    async def _body(self, request: Request, about: str) -> dict[str, Any]:
        """Return what a write says, unless another transaction has its record locked (F8)."""
        raw = await request.body()
        try:
            found = load(raw)
        except ValueError:
            message = "Unexpected character or end of input at [line:1, column:1]"
            raise refused("JSON_PARSER_ERROR", message) from None
        if not isinstance(found, dict):
            raise refused("JSON_PARSER_ERROR", "The HTTP entity body is required.")
        key = request_key(request.method, request.url.path, raw)
        lock = f"unable to obtain exclusive access to this record or 1 records: {about}"
        if self._world.faults.decide("record_lock", key):
            raise refused("UNABLE_TO_LOCK_ROW", lock)
        if self._world.faults.decide("record_lock_in_flow", key):
            message = (
                "We can't save this record because a process failed. This error occurred when the "
                f"flow tried to update records: UNABLE_TO_LOCK_ROW: {lock}."
            )
            raise refused("CANNOT_EXECUTE_FLOW_TRIGGER", message)
        return found

    async def change(self, request: Request) -> Response:
        """Do what a sales person does: change one record by hand."""
        return await self._by_hand(request, self.org.by_hand)

    async def merge(self, request: Request) -> Response:
        """Merge two accounts (F20)."""
        return await self._by_hand(request, self.org.merge)

    async def empty_bin(self, request: Request) -> Response:
        """Empty the recycle bin of one object."""
        return await self._by_hand(request, self.org.empty_bin)

    async def _by_hand(self, request: Request, work: Callable[[Any], Record]) -> Response:
        try:
            return answer(work(await body_of(request)))
        except SalesforceError as error:
            return error.response()
