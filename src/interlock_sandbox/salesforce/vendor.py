"""The HTTP side of the simulated org."""

import base64
import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final
from urllib.parse import parse_qsl
from xml.sax.saxutils import escape

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from interlock_sandbox.salesforce import soql
from interlock_sandbox.salesforce.schema import EXTERNAL, OBJECTS, PREFIXES, describe
from interlock_sandbox.wire import load
from interlock_sandbox.world import Record, World, answer, body_of, control, request_key

PAGE: Final = 2000
DAILY: Final = 200_000
_REF: Final = re.compile(r"[a-zA-Z0-9]{15}([a-zA-Z0-9]{3})?")


def build(world: World) -> Starlette:
    """Return the vendor as an application."""
    vendor = Salesforce(world)
    data = "/services/data/{version}"
    record = f"{data}/sobjects/{{obj}}/{{ref}}"
    routes = [
        Route("/services/oauth2/token", vendor.token, methods=["POST"]),
        Route("/services/Soap/u/{version}", vendor.soap_login, methods=["POST"]),
        Route(f"{data}/query", vendor.query),
        Route(f"{data}/query/", vendor.query),
        Route(f"{data}/queryAll", vendor.query),
        Route(f"{data}/queryAll/", vendor.query),
        Route(f"{data}/query/{{locator}}", vendor.more),
        Route(f"{data}/queryAll/{{locator}}", vendor.more),
        Route(f"{data}/limits", vendor.limits),
        Route(f"{data}/limits/", vendor.limits),
        Route(f"{data}/sobjects/{{obj}}", vendor.create, methods=["POST"]),
        Route(f"{data}/sobjects/{{obj}}/", vendor.create, methods=["POST"]),
        Route(f"{data}/sobjects/{{obj}}/describe", vendor.describe),
        Route(record, vendor.one, methods=["GET", "PATCH", "DELETE"]),
        Route(f"{record}/{{value:path}}", vendor.upsert, methods=["PATCH", "GET"]),
        Route("/_sandbox/merge", vendor.merge, methods=["POST"]),
        Route("/_sandbox/change", vendor.change, methods=["POST"]),
        *control(world, vendor.seed),
    ]
    return Starlette(routes=routes)


class SalesforceError(Exception):
    """An answer that is an error, in the vendor's form: a list."""

    def __init__(self, status: int, code: str, message: str, fields: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        found: dict[str, object] = {"message": message, "errorCode": code}
        if fields:
            found["fields"] = list(fields)
        self.response = answer([found], status)


class Salesforce:
    """The org's state and manners."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._tokens: set[str] = set()
        self._pages: dict[str, list[Record]] = {}
        self._calls = 0

    async def token(self, request: Request) -> Response:
        """OAuth 2.0: client credentials and JWT bearer."""
        form = dict(parse_qsl((await request.body()).decode()))
        grant = str(form.get("grant_type"))
        known = {"client_credentials", "password", "urn:ietf:params:oauth:grant-type:jwt-bearer"}
        if grant not in known:
            error = {
                "error": "unsupported_grant_type",
                "error_description": "grant type not supported",
            }
            return answer(error, 400)
        basic = request.headers.get("authorization", "").removeprefix("Basic ")
        secret = str(form.get("client_secret") or base64.b64decode(basic).decode())
        if "wrong" in secret or (grant == "client_credentials" and not secret):
            error = {"error": "invalid_client", "error_description": "invalid client credentials"}
            return answer(error, 400)
        token = f"00D!{self._world.token(40)}"
        self._tokens.add(token)
        return answer(
            {
                "access_token": token,
                "instance_url": str(request.base_url).rstrip("/"),
                "token_type": "Bearer",
                "issued_at": str(int(self._world.now().timestamp() * 1000)),
            }
        )

    async def soap_login(self, request: Request) -> Response:
        """The partner login that simple-salesforce uses."""
        body = (await request.body()).decode()
        if "wrong" in body:
            fault = (
                "<sf:exceptionCode>INVALID_LOGIN</sf:exceptionCode><sf:exceptionMessage>"
                "Invalid username, password, security token; or user locked out."
                "</sf:exceptionMessage>"
            )
            return Response(fault, 500, media_type="text/xml")
        token = f"00D!{self._world.token(40)}"
        self._tokens.add(token)
        server = escape(
            f"{str(request.base_url).rstrip('/')}/services/Soap/u/59.0/00D000000000001"
        )
        found = f"<result><serverUrl>{server}</serverUrl><sessionId>{token}</sessionId></result>"
        return Response(found, media_type="text/xml")

    def _enter(self, request: Request) -> None:
        """Every data call: is the session alive, is there quota left?"""
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme not in {"Bearer", "OAuth"} or token not in self._tokens:
            raise SalesforceError(401, "INVALID_SESSION_ID", "Session expired or invalid")
        self._calls += 1
        key = f"{request.method} {request.url.path}"
        faults = self._world.faults
        if faults.decide("token_expired", key):
            self._tokens.discard(token)
            raise SalesforceError(401, "INVALID_SESSION_ID", "Session expired or invalid")
        if faults.decide("salesforce_quota", key):
            message = "ConcurrentPerOrgLongTxn Limit exceeded."
            raise SalesforceError(403, "REQUEST_LIMIT_EXCEEDED", message)

    def _headers(self) -> Mapping[str, str]:
        return {"Sforce-Limit-Info": f"api-usage={self._calls}/{DAILY}"}

    async def query(self, request: Request) -> Response:
        """Answer SOQL, in pages."""
        try:
            self._enter(request)
            found = soql.parse(request.query_params.get("q", ""))
        except SalesforceError as error:
            return error.response
        except soql.MalformedQueryError as error:
            return SalesforceError(400, error.code, str(error)).response
        version = request.path_params["version"]
        everything = "queryAll" in request.url.path
        rows = soql.answer(found, self._world.tables, deleted=everything, version=version)
        wanted = request.headers.get("sforce-query-options", "")
        size = int(wanted.partition("batchSize=")[2] or PAGE)
        return self._page(rows, request, size)

    def _page(self, rows: list[Record], request: Request, size: int) -> Response:
        body: Record = {"totalSize": len(rows), "done": len(rows) <= size, "records": rows[:size]}
        if len(rows) > size:
            locator = f"01g{self._world.token(15)}-{size}"
            self._pages[locator] = rows[size:]
            version = request.path_params["version"]
            body["nextRecordsUrl"] = f"/services/data/{version}/query/{locator}"
        return answer(body, headers=self._headers())

    async def more(self, request: Request) -> Response:
        """Answer the next page."""
        rows = self._pages.pop(request.path_params["locator"], None)
        if rows is None:
            error = SalesforceError(400, "INVALID_QUERY_LOCATOR", "invalid query locator")
            return error.response
        return self._page(rows, request, PAGE)

    async def limits(self, _: Request) -> Response:
        """Say what is left of the day."""
        return answer({"DailyApiRequests": {"Max": DAILY, "Remaining": DAILY - self._calls}})

    async def describe(self, request: Request) -> Response:
        """Say which fields an object has."""
        obj = request.path_params["obj"]
        if obj not in OBJECTS:
            return SalesforceError(
                404, "NOT_FOUND", "The requested resource does not exist"
            ).response
        return answer(describe(obj), headers=self._headers())

    async def create(self, request: Request) -> Response:
        """Make a record."""
        try:
            self._enter(request)
            obj = self._object(request)
            record = self.made(obj, await body_of(request))
        except SalesforceError as error:
            return error.response
        found = {"id": record["Id"], "success": True, "errors": []}
        return answer(found, 201, self._headers())

    async def one(self, request: Request) -> Response:
        """Read, change or delete a record."""
        try:
            self._enter(request)
            obj = self._object(request)
            record = self._record(obj, request.path_params["ref"])
            if request.method == "GET":
                shown = {"attributes": soql.attributes(obj, record["Id"], "v62.0"), **record}
                return answer(shown, headers=self._headers())
            if request.method == "DELETE":
                record["IsDeleted"] = True
                self._touch(record)
            else:
                self._lock(request, await request.body())
                self._changed(obj, record, await body_of(request))
        except SalesforceError as error:
            return error.response
        return Response(None, 204, self._headers())

    async def upsert(self, request: Request) -> Response:
        """Make or change the record with this external id."""
        try:
            self._enter(request)
            return self._upserted(request, await request.body())
        except SalesforceError as error:
            return error.response

    def _upserted(self, request: Request, raw: bytes) -> Response:
        obj = self._object(request)
        field, value = request.path_params["ref"], request.path_params["value"]
        if field not in {*EXTERNAL[obj], "Id"}:
            message = f"Provided external ID field does not exist: {field}"
            raise SalesforceError(404, "NOT_FOUND", message)
        same = [r for r in self._world.table(obj).values() if r.get(field) == value]
        if len(same) > 1:
            return answer([f"/services/data/v62.0/sobjects/{obj}/{r['Id']}" for r in same], 300)
        body = load(raw) if raw else {}
        self._lock(request, raw)
        created = not same
        if same:
            self._changed(obj, same[0], body)
        elif field == "Id":
            raise SalesforceError(404, "NOT_FOUND", "The requested resource does not exist")
        else:
            same = [self.made(obj, {**body, field: value})]
        found = {"id": same[0]["Id"], "success": True, "errors": [], "created": created}
        return answer(found, 201 if created else 200, self._headers())

    def _lock(self, request: Request, body: bytes) -> None:
        key = request_key(request.method, request.url.path, body)
        if self._world.faults.decide("record_lock", key):
            ref = request.path_params["ref"]
            message = f"unable to obtain exclusive access to this record or 1 records: {ref}"
            raise SalesforceError(400, "UNABLE_TO_LOCK_ROW", message)

    def _object(self, request: Request) -> str:
        obj = str(request.path_params["obj"])
        if obj not in OBJECTS:
            raise SalesforceError(404, "NOT_FOUND", "The requested resource does not exist")
        return obj

    def _record(self, obj: str, ref: str) -> Record:
        found = self._world.table(obj).get(ref)
        if found is None:
            raise SalesforceError(404, "NOT_FOUND", "The requested resource does not exist")
        if found.get("IsDeleted"):
            raise SalesforceError(404, "ENTITY_IS_DELETED", "entity is deleted")
        return found

    def made(self, obj: str, body: Mapping[str, Any]) -> Record:
        """Make a record out of `body`."""
        self._validate(obj, body)
        for name, (_, required, _values) in OBJECTS[obj].items():
            if required and body.get(name) in {None, ""}:
                message = f"Required fields are missing: [{name}]"
                raise SalesforceError(400, "REQUIRED_FIELD_MISSING", message, (name,))
        ref = f"{PREFIXES[obj]}{self._world.number():012d}AAA"
        now = self._stamp()
        record = dict.fromkeys(OBJECTS[obj])
        record |= {**body, "Id": ref, "IsDeleted": False, "CreatedDate": now}
        record |= {"SystemModstamp": now, "LastModifiedDate": now}
        self._world.table(obj)[ref] = record
        return record

    def _changed(self, obj: str, record: Record, body: Mapping[str, Any]) -> None:
        self._validate(obj, body)
        record.update(body)
        self._touch(record)

    def _validate(self, obj: str, body: Mapping[str, Any]) -> None:
        for name in body:
            if name not in OBJECTS[obj]:
                message = f"No such column '{name}' on sobject of type {obj}"
                raise SalesforceError(400, "INVALID_FIELD", message)

    def _touch(self, record: Record) -> None:
        record["SystemModstamp"] = record["LastModifiedDate"] = self._stamp()

    def _stamp(self) -> str:
        """Salesforce's form: milliseconds, offset without a colon, never equal for two writes."""
        return self._world.now().strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "+0000"

    def seed(self, given: Mapping[str, Any]) -> Mapping[str, Any]:
        """Load records by object, bypassing validation: old data is never clean."""
        made: dict[str, list[str]] = {}
        for obj, rows in given.items():
            for row in rows:
                typed = _typed(obj, row)
                ref = row.get("Id") or f"{PREFIXES[obj]}{self._world.number():012d}AAA"
                now = self._stamp()
                stamps = {"CreatedDate": now, "SystemModstamp": now, "LastModifiedDate": now}
                blank: Record = dict.fromkeys(OBJECTS[obj])
                self._world.table(obj)[ref] = blank | {
                    "IsDeleted": False,
                    **typed,
                    "Id": ref,
                    **stamps,
                }
                made.setdefault(obj, []).append(ref)
        return made

    async def change(self, request: Request) -> Response:
        """Do what a sales person does: change one record by hand."""
        given = await body_of(request)
        record = self._world.table(given["object"])[given["id"]]
        record.update(given["set"])
        self._touch(record)
        return answer(record)

    async def merge(self, request: Request) -> Response:
        """Merge two accounts: the loser is deleted, its children move without an event (F20)."""
        given = await body_of(request)
        accounts = self._world.table("Account")
        winner, loser = accounts[given["winner"]], accounts[given["loser"]]
        loser["IsDeleted"] = True
        loser["MasterRecordId"] = winner["Id"]
        self._touch(loser)
        self._touch(winner)
        for record in self._world.table("Opportunity").values():
            if record.get("AccountId") == loser["Id"]:
                record["AccountId"] = winner["Id"]
        for record in accounts.values():
            if record.get("ParentId") == loser["Id"]:
                record["ParentId"] = winner["Id"]
        return answer({})


def _typed(obj: str, row: Mapping[str, Any]) -> Record:
    """Return the row with amounts as numbers, as the real org shows them."""
    numbers = {"currency", "double"}
    return {
        name: Decimal(str(value))
        if value is not None and OBJECTS[obj].get(name, ("",))[0] in numbers
        else value
        for name, value in row.items()
    }
