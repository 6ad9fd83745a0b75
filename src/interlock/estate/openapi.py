"""The estate's APIs as an OpenAPI 3.1.1 document: what callers send, and every answer they get.

Written from the declarations and from what integrations do: an operation whose caller may not
wait has no 200, so the document cannot promise an answer that is never given.
"""

from collections.abc import Mapping
from typing import Final

from interlock.estate.estate import Estate
from interlock.estate.kinds.api import Api, OperationSpec
from interlock.estate.latency import Latency, LatencyClass, latency_of
from interlock.estate.plan import Plan

VERSION: Final = "3.1.1"
PROBLEM: Final = "application/problem+json"
LONGEST_KEY: Final = 255
LONGEST_REF: Final = 255
Json = dict[str, object]

STATUSES: Final[Mapping[str, str]] = {
    "accepted": "it is stored, and will be looked into",
    "running": "it is being worked on",
    "waiting": "it waits for an event of a system, or for its turn",
    "needs-decision": "a person has been asked",
    "completed": "the systems themselves say that it is done",
    "compensated": "what was done was taken back",
    "cancelled": "nothing had to be done",
    "refused": "the record does not call for it, or is not there",
}
"""Status of a call -> what it means. The last four are final."""
FINAL: Final = frozenset({"completed", "compensated", "cancelled", "refused"})

_PROBLEMS: Final[Mapping[str, str]] = {
    "400": "The Idempotency-Key is missing or malformed, or the body is not what is asked for.",
    "401": "No bearer token of a caller of this API.",
    "409": "The first call with this Idempotency-Key has not been answered yet.",
    "413": "The body is too large.",
    "415": "The body is not application/json.",
    "422": "This Idempotency-Key was used for another call.",
    "429": "Too many calls; the window of `RateLimit` says when to come again.",
    "503": "Not now; the same call with the same key is safe to repeat.",
}


def openapi(estate: Estate, *, title: str, version: str, server: str) -> Json:
    """Return the document of all APIs of `estate`, for callers who reach us at `server`."""
    paths: Json = {}
    for api in estate.apis.values():
        for name, operation in api.spec.operations.items():
            plan = estate.plans.get(operation.integration)
            if plan is not None:
                called = _operation(estate, api, (name, operation), plan)
                paths[f"/api/{api.name}/{name}"] = {"post": called}
        paths[f"/api/{api.name}/requests/{{id}}"] = {"get": _status(api)}
    return {
        "openapi": VERSION,
        "info": {"title": title, "version": version},
        "servers": [{"url": server}],
        "security": [{"caller": []}],
        "paths": paths,
        "components": {
            "securitySchemes": {"caller": {"type": "http", "scheme": "bearer"}},
            "schemas": {"Call": _call(), "Status": _state(), "Problem": _problem()},
            "responses": {code: _refusal(code, text) for code, text in _PROBLEMS.items()},
            "headers": {
                "RetryAfter": {
                    "description": "Seconds until it is worth asking again.",
                    "schema": {"type": "integer", "minimum": 0},
                },
                "Location": {
                    "description": "Where to ask what became of it.",
                    "schema": {"type": "string", "format": "uri-reference"},
                },
                "Replayed": {
                    "description": "`true`: this is the answer that the first call was given.",
                    "schema": {"type": "string", "enum": ["true"]},
                },
            },
        },
    }


def _operation(estate: Estate, api: Api, named: tuple[str, OperationSpec], plan: Plan) -> Json:
    name, operation = named
    integration = estate.integrations[plan.integration]
    latency = latency_of(estate, plan)
    waits = operation.wait is not None and latency.found is LatencyClass.INTERACTIVE
    responses: Json = {"202": _answer("Accepted: it is stored and will be done.", accepted=True)}
    if waits:
        responses["200"] = _answer("Done while the caller waited.", accepted=False)
    responses |= {code: {"$ref": f"#/components/responses/{code}"} for code in _PROBLEMS}
    return {
        "operationId": f"{api.name}.{name}",
        "summary": integration.metadata.title or f"Start {integration.name}",
        "description": _told(plan, latency),
        "x-latency": latency.found.value,
        "parameters": [_key(api), *([_prefer(operation)] if waits else [])],
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Call"}}},
        },
        "responses": dict(sorted(responses.items())),
    }


def _told(plan: Plan, latency: Latency) -> str:
    start = f"Takes up the {plan.trigger.entity} `ref` of {plan.trigger.system}."
    reasons = "; ".join(reason.what for reason in latency.reasons)
    return f"{start} {latency.found.value.capitalize()}{': ' + reasons if reasons else ''}."


def _key(api: Api) -> Json:
    seconds = int(api.spec.remember.total_seconds())
    return {
        "name": "Idempotency-Key",
        "in": "header",
        "required": True,
        "description": (
            "Yours for this call: repeat the call with the same key until it is answered. Quoted "
            "(a structured-field string) or bare; remembered for "
            f"{seconds} seconds. The same record is never done twice under different keys either."
        ),
        "schema": {"type": "string", "minLength": 1, "maxLength": LONGEST_KEY + 2},
    }


def _prefer(operation: OperationSpec) -> Json:
    seconds = 0 if operation.wait is None else operation.wait.total_seconds()
    return {
        "name": "Prefer",
        "in": "header",
        "required": False,
        "description": f"RFC 7240: `respond-async`, or `wait=N` (at most {seconds:g} seconds).",
        "schema": {"type": "string"},
    }


def _answer(description: str, *, accepted: bool) -> Json:
    later: Json = {"Retry-After": {"$ref": "#/components/headers/RetryAfter"}} if accepted else {}
    return {
        "description": description,
        "headers": {
            "Location": {"$ref": "#/components/headers/Location"},
            "Idempotent-Replayed": {"$ref": "#/components/headers/Replayed"},
            **later,
        },
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Status"}}},
    }


def _status(api: Api) -> Json:
    return {
        "operationId": f"{api.name}.status",
        "summary": "What became of a call",
        "parameters": [
            {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}
        ],
        "responses": {
            "200": {
                "description": "Where it stands.",
                "headers": {"Retry-After": {"$ref": "#/components/headers/RetryAfter"}},
                "content": {
                    "application/json": {"schema": {"$ref": "#/components/schemas/Status"}}
                },
            },
            "401": {"$ref": "#/components/responses/401"},
            "404": _refusal("404", "There is no such call, or it is not this caller's."),
            "429": {"$ref": "#/components/responses/429"},
            "503": {"$ref": "#/components/responses/503"},
        },
    }


def _refusal(code: str, description: str) -> Json:
    later: Json = {}
    if code in {"409", "429", "503"}:
        later = {"headers": {"Retry-After": {"$ref": "#/components/headers/RetryAfter"}}}
    schema = {"schema": {"$ref": "#/components/schemas/Problem"}}
    return {"description": description, **later, "content": {PROBLEM: schema}}


def _call() -> Json:
    told = "The record: its own id in the system that the integration's trigger names."
    ref = {"type": "string", "minLength": 1, "maxLength": LONGEST_REF, "description": told}
    return {
        "type": "object",
        "required": ["ref"],
        "additionalProperties": False,
        "properties": {"ref": ref},
    }


def _state() -> Json:
    meaning = "; ".join(f"{name}: {told}" for name, told in STATUSES.items())
    moment = {"type": "string", "format": "date-time"}
    return {
        "type": "object",
        "required": ["id", "status", "operation", "ref", "latency", "acceptedAt", "self"],
        "properties": {
            "id": {"type": "string"},
            "status": {"type": "string", "enum": list(STATUSES), "description": meaning},
            "operation": {"type": "string"},
            "ref": {"type": "string"},
            "latency": {"type": "string", "enum": [each.value for each in LatencyClass]},
            "toleratedSeconds": {"type": "number"},
            "acceptedAt": moment,
            "updatedAt": moment,
            "transaction": {"type": "string", "description": "Ours, for `interlock trace`."},
            "joined": {
                "type": "boolean",
                "description": "The record was taken up before; nothing was done a second time.",
            },
            "problem": {"$ref": "#/components/schemas/Problem"},
            "self": {"type": "string", "format": "uri-reference"},
        },
    }


def _problem() -> Json:
    return {
        "type": "object",
        "description": "RFC 9457",
        "required": ["type", "title", "status"],
        "properties": {
            "type": {"type": "string", "format": "uri-reference"},
            "title": {"type": "string"},
            "status": {"type": "integer"},
            "detail": {"type": "string"},
            "instance": {"type": "string", "format": "uri-reference"},
        },
    }
