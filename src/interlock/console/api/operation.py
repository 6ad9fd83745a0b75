"""How an operation of the API is written down."""

from collections.abc import Callable, Mapping
from typing import Final

from interlock.access import Act
from interlock.console.cursor import Slice, T
from interlock.console.door import Answer, Ask, Door, Json, Kind, Parameter

BASE: Final = "/api/v1"
AFTER: Final = Parameter(name="after", about="Where the list goes on: `next` of the last answer.")
LIMIT: Final = Parameter(name="limit", about="How many, 1 to 200; 50 if not said.")
TEXT: Final[Mapping[str, object]] = {"type": "string", "maxLength": 4000}
SHORT: Final[Mapping[str, object]] = {"type": "string", "minLength": 1, "maxLength": 200}


def reads(
    name: str,
    path: str,
    handle: Callable[[Ask], Answer],
    about: str,
    *parameters: Parameter,
    act: Act = Act.SEE,
) -> Door:
    """Return an operation that changes nothing."""
    return Door(
        name=name,
        method="GET",
        path=BASE + path,
        act=act,
        handle=handle,
        kind=Kind.API,
        about=about,
        parameters=parameters,
    )


def writes(
    name: str,
    path: str,
    handle: Callable[[Ask], Answer],
    about: str,
    schema: Mapping[str, object],
    *,
    act: Act,
) -> Door:
    """Return an operation that changes something; it is done once for each Idempotency-Key."""
    return Door(
        name=name,
        method="POST",
        path=BASE + path,
        act=act,
        handle=handle,
        kind=Kind.API,
        about=about,
        schema=schema,
    )


def takes(needed: tuple[str, ...] = (), **properties: Mapping[str, object]) -> dict[str, object]:
    """Return the schema of a body: these, and nothing else."""
    return {
        "type": "object",
        "properties": dict(properties),
        "required": list(needed),
        "additionalProperties": False,
    }


def listed(found: Slice[T], shown: Callable[[T], object]) -> Json:
    """Return a page of a list."""
    return Json(value={"items": [shown(each) for each in found.items], "next": found.next})
