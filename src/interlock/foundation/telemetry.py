"""Traces that join by themselves: every id is derived, so that nothing has to be carried along.

The trace id comes from the run's id and a span's id from its place in the run. So all attempts,
segments and workers of one run land in one trace, and the `traceparent` (W3C Trace Context) of a
vendor call is known before, after and without any exporter. `exporting` holds the part that needs
OpenTelemetry's SDK; `SILENT` costs about a microsecond.

Attribute names follow the OpenTelemetry naming guide: an own prefix for own things, and the
semantic conventions (1.44) for HTTP and errors.
"""

import hashlib
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from enum import StrEnum
from types import TracebackType
from typing import Final, Protocol, Self

RUN: Final = "interlock.flow.run.id"
INTEGRATION: Final = "interlock.integration.name"
STEP: Final = "interlock.step.id"
ATTEMPT: Final = "interlock.step.attempt"
KEY: Final = "interlock.business.key"
CASE: Final = "interlock.exception.id"
VERDICT: Final = "interlock.step.outcome"
SYSTEM: Final = "interlock.system.name"
HTTP_STATUS: Final = "http.response.status_code"
HTTP_RESEND: Final = "http.request.resend_count"
ERROR: Final = "error.type"

Value = str | int | bool | float


class SpanKind(StrEnum):
    """Which side of an exchange a span is on."""

    INTERNAL = "internal"
    CLIENT = "client"
    SERVER = "server"
    PRODUCER = "producer"
    CONSUMER = "consumer"


def _hex(*parts: str) -> str:
    # Not `ids.derived`: this stands in every vendor call, and lengths separate as surely as JSON.
    text = "".join(f"{len(part)}:{part}" for part in parts)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


@dataclass(frozen=True, slots=True)
class Spot:
    """A place in a run's trace: the run itself, or a step, or one attempt of it."""

    run: str
    parts: tuple[str, ...] = ()

    @property
    def trace_id(self) -> str:
        """Return the 32 hex digits that every span of the run shares."""
        return _hex("trace", self.run)[:32]

    @property
    def span_id(self) -> str:
        """Return the 16 hex digits of this place."""
        return _hex("span", self.run, *self.parts)[:16]

    def at(self, *parts: str) -> "Spot":
        """Return a place below this one."""
        return Spot(self.run, (*self.parts, *parts))

    def traceparent(self, *, sampled: bool = True) -> str:
        """Return the W3C header for a call made here (version 00)."""
        return f"00-{self.trace_id}-{self.span_id}-{'01' if sampled else '00'}"


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What a span says before it begins."""

    kind: SpanKind = SpanKind.INTERNAL
    attributes: Mapping[str, Value] = field(default_factory=dict)
    """No personal data: what goes here leaves the house."""
    follows: Sequence[str] = ()
    """Runs that this one repeats: linked, not joined (a replay has a trace of its own)."""


PLAIN: Final = About()


class Span(Protocol):
    """Something that takes time, while it goes on."""

    def set(self, name: str, value: Value) -> None:
        """Say more about it."""
        ...

    def fail(self, kind: str) -> None:
        """Say that it did not succeed, and why: one word of a small vocabulary."""
        ...


class Telemetry(Protocol):
    """Where spans go."""

    @property
    def recording(self) -> bool:
        """Tell whether anybody listens."""
        ...

    def span(self, name: str, spot: Spot, about: About = PLAIN) -> AbstractContextManager[Span]:
        """Open a span at `spot`; it ends with the block, failed if an exception leaves it."""
        ...

    def close(self) -> None:
        """Send what is still held back."""
        ...


class _SilentSpan:
    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        return None

    def set(self, name: str, value: Value) -> None:
        """Nobody listens."""

    def fail(self, kind: str) -> None:
        """Nobody listens."""


_NOTHING: Final = _SilentSpan()


class Silent:
    """Telemetry that nobody listens to."""

    recording = False

    def span(self, name: str, spot: Spot, about: About = PLAIN) -> AbstractContextManager[Span]:  # noqa: ARG002 (the protocol's names)
        return _NOTHING

    def close(self) -> None:
        """Nothing is held back."""


SILENT: Final = Silent()
"""What everyone gets unless an exporter was named."""
