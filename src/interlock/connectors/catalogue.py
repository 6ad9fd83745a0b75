"""Every connector by name, opened only when it is needed.

`capabilities` is cheap (no HTTP client is imported), so that checks can ask for all of them;
`open_connector` pays for the client.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Final, Protocol, cast

from interlock.connectors.port import Connection, Connector
from interlock.estate.capability import Capabilities
from interlock.foundation.clock import Clock
from interlock.foundation.errors import UsageError
from interlock.foundation.ids import Ids, RandomIds

NAMES: Final = (
    "avalara",
    "filedrop",
    "netsuite",
    "odoo",
    "rest",
    "salesforce",
    "sql",
    "stripe",
    "tryton",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorLine:
    """One line of a connector's error table, for people."""

    when: Mapping[str, str]
    """What an answer must show: ``status``, ``code``, ``words``; all of it."""
    verdict: str
    kind: str
    source: str
    """Where the vendor says so, if it was noted."""


class Opener(Protocol):
    """What every connector's ``connector`` module has, under the name ``open_connector``."""

    def __call__(
        self, connection: Connection, clock: Clock, ids: Ids, *, transport: object = None
    ) -> Connector:
        """Return the connector; `transport` replaces the network (an ``httpx2.BaseTransport``)."""
        ...


def capabilities(name: str) -> Capabilities:
    """Return what connector `name` can do.

    Raises:
        UsageError: There is no such connector.
    """
    return _part(name, "capability").CAPABILITIES


def every() -> dict[str, Capabilities]:
    """Return what every connector can do, by name."""
    return {name: capabilities(name) for name in NAMES}


def error_table(name: str) -> tuple[ErrorLine, ...]:
    """Return what connector `name` makes of its vendor's answers; the first match wins.

    Empty where the table is declared with the system.

    Raises:
        UsageError: There is no such connector.
    """
    errors = _part(name, "errors")
    return tuple(_told(row) for row in getattr(errors, "ROWS", getattr(errors, "LINES", ())))


def _told(row: object) -> ErrorLine:
    found = {
        word: getattr(row, attribute, None)
        for word, attribute in (("status", "status"), ("code", "code"), ("words", "pattern"))
    }
    prefix = getattr(row, "prefix", None)
    return ErrorLine(
        when={
            **{word: str(value) for word, value in found.items() if value is not None},
            **({"code begins": prefix} if isinstance(prefix, str) else {}),
        },
        verdict=str(getattr(row, "verdict", "")),
        kind=str(getattr(row, "kind", "")),
        source=str(getattr(row, "source", "")),
    )


def open_connector(
    connection: Connection,
    clock: Clock,
    ids: Ids | None = None,
    *,
    name: str,
    transport: object = None,
) -> Connector:
    """Open connector `name` for `connection`.

    Raises:
        UsageError: There is no such connector, or the connection lacks what it needs.
    """
    return _part(name, "connector").open_connector(
        connection, clock, ids or RandomIds(), transport=transport
    )


def opener_of(name: str) -> Callable[[Connection, Clock], Connector]:
    """Return a function that opens connector `name`; nothing is imported before it is called."""
    return lambda connection, clock: open_connector(connection, clock, name=name)


def _part(name: str, part: str) -> "_Part":
    if name not in NAMES:
        raise UsageError(
            f"there is no connector `{name}`", hint=f"The connectors are: {', '.join(NAMES)}."
        )
    return cast("_Part", import_module(f"interlock.connectors.{name}.{part}"))


class _Part(Protocol):
    CAPABILITIES: Capabilities
    open_connector: Opener
