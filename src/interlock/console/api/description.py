"""The description of the API (OpenAPI 3.1), made from the doors themselves."""

import re
from collections.abc import Iterable
from typing import Final

from interlock import __version__
from interlock.console.api.operation import BASE
from interlock.console.door import Door, Kind

_IN_PATH: Final = re.compile(r"\{(\w+)\}")
_PROBLEM: Final = {
    "description": "A problem (RFC 9457): what, and what to do next.",
    "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
}
_KEY: Final = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": True,
    "schema": {"type": "string", "maxLength": 255},
    "description": "Your own name of this call: the same again within 24 hours is done once.",
}
_INTRODUCTION: Final = (
    "Everything that the console shows and does. Lists are pages: pass `next` as `after`. Every "
    "answer carries `RateLimit` and `RateLimit-Policy`. Money is text with its currency; moments "
    "are UTC. What a token may see and do is never more than its owner's roles allow, by legal "
    "entity and domain: what is not for you is not there."
)


def description(doors: Iterable[Door]) -> dict[str, object]:
    """Return the OpenAPI document of these doors."""
    paths: dict[str, dict[str, object]] = {}
    for door in doors:
        if door.kind is Kind.API:
            paths.setdefault(door.path, {})[door.method.lower()] = _operation(door)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Interlock", "version": __version__, "description": _INTRODUCTION},
        "servers": [{"url": "/"}],
        "security": [{"token": []}],
        "paths": paths,
        "components": {
            "securitySchemes": {
                "token": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "`interlock account token NAME --scope see`",
                }
            },
            "schemas": {
                "Problem": {
                    "type": "object",
                    "required": ["type", "title", "status"],
                    "properties": {
                        "type": {"type": "string"},
                        "title": {"type": "string"},
                        "status": {"type": "integer"},
                        "detail": {"type": "string"},
                    },
                }
            },
        },
    }


def _operation(door: Door) -> dict[str, object]:
    parameters: list[dict[str, object]] = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in _IN_PATH.findall(door.path)
    ]
    parameters += [
        {
            "name": each.name,
            "in": "query",
            "schema": {"type": "string"},
            "description": each.about,
        }
        for each in door.parameters
    ]
    found: dict[str, object] = {
        "operationId": door.name,
        "summary": door.about,
        "description": f"Needs the scope `{door.act}`.",
        "tags": [door.path.removeprefix(BASE).split("/")[1]],
        "responses": {"2XX": {"description": "Done."}, "default": _PROBLEM},
    }
    if door.mutating:
        parameters.append(dict(_KEY))
        body = {"application/json": {"schema": door.schema}}
        found["requestBody"] = {"required": True, "content": body}
    return {**found, "parameters": parameters}
