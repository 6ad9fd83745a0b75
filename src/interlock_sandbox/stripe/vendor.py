"""The HTTP side: routes, errors, idempotency, lists, search."""

import re
import time
from collections.abc import Callable, Mapping
from typing import Any, Final

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from interlock_sandbox.stripe import form
from interlock_sandbox.stripe.delivery import VERSION, page
from interlock_sandbox.stripe.errors import StripeError, invalid
from interlock_sandbox.stripe.filters import fits, tagged
from interlock_sandbox.stripe.idempotency import Idempotency, Kept
from interlock_sandbox.stripe.office import CHANGED, LISTS, SEARCHED, Act, Make, Office
from interlock_sandbox.stripe.versions import as_of
from interlock_sandbox.world import Record, World, answer, control, request_key

_SEARCH: Final = re.compile(r"metadata\[['\"](\w+)['\"]\]\s*:\s*['\"]((?:[^'\"\\]|\\.)*)['\"]")

Handler = Callable[[Request, Record], Record]


def build(world: World) -> Starlette:
    """Return the vendor as an application."""
    vendor = Stripe(world)
    office = vendor.office
    routes = [Route(f"/v1/{path}/search", vendor.search(path)) for path in sorted(SEARCHED)]
    routes += [Route(f"/v1/{path}", vendor.many(path), methods=["GET"]) for path in LISTS]
    routes += [
        Route(f"/v1/{path}", vendor.writes(_making(make)), methods=["POST"])
        for path, make in office.makers.items()
    ]
    one = "/{ref}"
    routes += [Route(f"/v1/{path}{one}", vendor.retrieve(path), methods=["GET"]) for path in LISTS]
    routes += [
        Route(f"/v1/{path}{one}", vendor.writes(vendor.update(path)), methods=["POST"])
        for path in sorted(CHANGED)
    ]
    for (path, verb), act in office.acts.items():
        acting = vendor.writes(vendor.act(path, act))
        routes.append(Route(f"/v1/{path}{one}/{verb}", acting, methods=["POST"]))
    routes += [
        Route(f"/v1/{path}{one}", vendor.writes(vendor.act(path, act)), methods=["DELETE"])
        for path, act in office.removals.items()
    ]
    routes += [
        Route("/v1/billing/meters/{ref}/event_summaries", vendor.summaries, methods=["GET"]),
        Route("/_sandbox/pay", vendor.pay_open, methods=["POST"]),
        Route("/_sandbox/do/{deed}", vendor.deed, methods=["POST"]),
        *control(world, vendor.seed),
    ]
    return Starlette(routes=routes)


def _making(make: Make) -> Handler:
    return lambda _, given: make(given)


class Stripe:
    """The account behind HTTP."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.office = Office(world)
        self.account = self.office.account
        self._keys = Idempotency(float(world.options.get("idempotency_window", 86_400)))

    def _enter(self, request: Request) -> None:
        scheme, _, key = request.headers.get("authorization", "").partition(" ")
        if scheme == "Basic" or not key.startswith(("sk_", "rk_")) or "wrong" in key:
            message = f"Invalid API Key provided: {key[:7]}****"
            raise StripeError(401, "invalid_request_error", message)

    def _quota(self, request: Request, body: bytes) -> None:
        key = request_key(request.method, request.url.path, body)
        if self._world.faults.decide("stripe_rate_limit", key):
            message = "Request rate limit exceeded."
            raise StripeError(429, "invalid_request_error", message, code="rate_limit")
        if self._world.faults.decide("stripe_lock_timeout", key):
            message = "This object cannot be accessed right now: another request is accessing it."
            raise StripeError(429, "invalid_request_error", message, code="lock_timeout")

    def writes(self, handle: Handler) -> Callable[[Request], Any]:
        """Wrap a write: login, quota, idempotency, errors."""

        async def endpoint(request: Request) -> Response:
            body = await request.body()
            key = request.headers.get("idempotency-key")
            try:
                self._enter(request)
                self._quota(request, body)
                if key is None:
                    given = form.read(body) | form.read(request.url.query.encode())
                    return self._done(handle(request, given), request)
                return self._once(key, request, body, handle)
            except StripeError as error:
                return self._refused(error)

        return endpoint

    def _once(self, key: str, request: Request, body: bytes, handle: Handler) -> Response:
        kept = self._keys.begin(key, f"{request.method} {request.url.path}", body, time.time())
        if isinstance(kept, Kept):
            headers = {"Idempotent-Replayed": "true", **self._headers()}
            return Response(kept.body, kept.status, headers, media_type="application/json")
        if kept == "mismatch":
            message = "Keys can only be used with the same parameters they were first used with."
            raise StripeError(400, "idempotency_error", message)
        if kept == "in_use":
            message = "There is currently another in-progress request using this Idempotency Key."
            raise StripeError(409, "idempotency_error", message, code="idempotency_key_in_use")
        try:
            response = self._done(handle(request, form.read(body)), request)
        except StripeError as error:
            response = self._refused(error)
        self._keys.end(key, response)
        return response

    def _headers(self) -> dict[str, str]:
        return {"Request-Id": f"req_{self._world.number():014d}"}

    def _done(self, value: Record, request: Request) -> Response:
        version = request.headers.get("stripe-version", VERSION)
        shown = as_of(version, value)
        if isinstance(value.get("data"), list):
            shown = {**value, "data": [as_of(version, row) for row in value["data"]]}
        return answer(shown, headers=self._headers())

    def _refused(self, error: StripeError) -> Response:
        said = {name: value for name, value in error.error.items() if value is not None}
        headers = self._headers()
        if error.status == 429:  # noqa: PLR2004 (HTTP: too many requests)
            lock = error.error["code"] == "lock_timeout"
            headers["Stripe-Should-Retry"] = "true" if lock else "false"
        return answer({"error": said}, error.status, headers)

    def retrieve(self, path: str) -> Callable[[Request], Any]:
        """Return the endpoint that reads one object."""

        async def endpoint(request: Request) -> Response:
            try:
                self._enter(request)
                found = self.account.existing(LISTS[path], request.path_params["ref"])
                if "payments" in request.query_params.getlist("expand[]"):
                    found = self.office.payments.shown_with(found)
                return self._done(found, request)
            except StripeError as error:
                return self._refused(error)

        return endpoint

    def many(self, path: str) -> Callable[[Request], Any]:
        """Return the endpoint of a list: strongly consistent, newest first."""

        async def endpoint(request: Request) -> Response:
            try:
                self._enter(request)
            except StripeError as error:
                return self._refused(error)
            query = form.read(request.url.query.encode())
            rows = [row for row in self._newest(LISTS[path]) if fits(row, query)]
            return self._done(page(rows, query, f"/v1/{path}"), request)

        return endpoint

    def _newest(self, obj: str) -> list[Record]:
        return list(reversed(self._world.table(obj).values()))

    def search(self, path: str) -> Callable[[Request], Any]:
        """Return the endpoint of a search by metadata."""

        async def endpoint(request: Request) -> Response:
            try:
                self._enter(request)
                found = _SEARCH.search(request.query_params.get("query", ""))
                if found is None:
                    raise invalid(
                        "We were unable to parse your search query.", "parameter_invalid"
                    )
            except StripeError as error:
                return self._refused(error)
            name, value = found[1], re.sub(r"\\(.)", r"\1", found[2])
            rows = [r for r in self._newest(LISTS[path]) if tagged(r, name, value)]
            url = f"/v1/{path}/search"
            whole = {"object": "search_result", "url": url, "has_more": False, "data": rows[:100]}
            return self._done({**whole, "next_page": None}, request)

        return endpoint

    def update(self, path: str) -> Handler:
        """Return the handler that changes an object."""

        def handle(request: Request, given: Record) -> Record:
            found = self.account.existing(LISTS[path], request.path_params["ref"])
            return self.office.change(path, found, given)

        return handle

    def act(self, path: str, act: Act) -> Handler:
        """Return the handler of a verb of an object."""

        def handle(request: Request, given: Record) -> Record:
            return act(self.account.existing(LISTS[path], request.path_params["ref"]), given)

        return handle

    async def summaries(self, request: Request) -> Response:
        """Tell what a customer used."""
        try:
            self._enter(request)
            meter = self.account.existing("billing.meter", request.path_params["ref"])
        except StripeError as error:
            return self._refused(error)
        query = form.read(request.url.query.encode())
        rows = self.office.metering.summaries(meter, query)
        return self._done(page(rows, query, request.url.path), request)

    async def pay_open(self, request: Request) -> Response:
        """Do what customers do in the end: pay every open invoice.

        ``{"but": {"NAME": ["VALUE"]}}`` spares those whose metadata says so (or their contract's).
        """
        declined = self._world.options.get("declines", [])
        spared = (await request.json()).get("but", {})
        open_ = [
            invoice
            for invoice in self.account.rows("invoice")
            if invoice["status"] == "open"
            and invoice["customer"] not in declined
            and not any(_sold_as(invoice).get(name) in spared[name] for name in spared)
        ]
        for invoice in open_:
            self.office.payments.pay(invoice, {})
        return answer({"paid": len(open_)})

    async def deed(self, request: Request) -> Response:
        """Let customers, banks and time do their part."""
        try:
            given = await request.json()
            return answer(self.office.told(request.path_params["deed"], given))
        except StripeError as error:
            return self._refused(error)

    def seed(self, given: Mapping[str, Any]) -> Mapping[str, Any]:
        """Make products and meters."""
        products = [self.account.product(dict(each))["id"] for each in given.get("products", [])]
        meters = [self.account.meter(dict(each))["id"] for each in given.get("meters", [])]
        return {"products": products, "meters": meters}


def _sold_as(invoice: Record) -> Record:
    found: Record = (invoice.get("parent") or {}).get("subscription_details") or {}
    return {**invoice["metadata"], **(found.get("metadata") or {})}
