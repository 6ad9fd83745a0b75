"""Telemetry over OpenTelemetry's SDK; imported only where an exporter was named."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SimpleSpanProcessor, SpanExporter
from opentelemetry.sdk.trace.id_generator import IdGenerator

from interlock.foundation.errors import InvariantError
from interlock.foundation.telemetry import ERROR, PLAIN, RUN, About, Span, SpanKind, Spot, Value

_SAMPLED: Final = trace.TraceFlags(trace.TraceFlags.SAMPLED)
_KINDS: Final = {
    SpanKind.INTERNAL: trace.SpanKind.INTERNAL,
    SpanKind.CLIENT: trace.SpanKind.CLIENT,
    SpanKind.SERVER: trace.SpanKind.SERVER,
    SpanKind.PRODUCER: trace.SpanKind.PRODUCER,
    SpanKind.CONSUMER: trace.SpanKind.CONSUMER,
}
_here: ContextVar[Spot | None] = ContextVar("spot", default=None)


class _DerivedIds(IdGenerator):
    """Gives the span that is being opened the ids of its place."""

    def generate_trace_id(self) -> int:
        return int(_spot().trace_id, 16)

    def generate_span_id(self) -> int:
        return int(_spot().span_id, 16)


def _spot() -> Spot:
    spot = _here.get()
    if spot is None:
        raise InvariantError(
            "a span was opened without a place in a run",
            hint="Open spans through `Telemetry.span` only.",
        )
    return spot


class _LiveSpan:
    def __init__(self, span: trace.Span) -> None:
        self._span = span

    def set(self, name: str, value: Value) -> None:
        self._span.set_attribute(name, value)

    def fail(self, kind: str) -> None:
        self._span.set_attribute(ERROR, kind)
        self._span.set_status(trace.Status(trace.StatusCode.ERROR, kind))


class Exporting:
    """Telemetry that sends its spans somewhere."""

    recording = True

    def __init__(self, provider: TracerProvider) -> None:
        self._provider = provider
        self._tracer = provider.get_tracer("interlock")

    @contextmanager
    def span(self, name: str, spot: Spot, about: About = PLAIN) -> Iterator[Span]:
        token = _here.set(spot)
        try:
            opened = self._tracer.start_span(
                name,
                context=_below(spot),
                kind=_KINDS[about.kind],
                attributes={RUN: spot.run, **about.attributes},
                links=[trace.Link(_context(Spot(run))) for run in about.follows],
            )
        finally:
            _here.reset(token)
        live = _LiveSpan(opened)
        try:
            yield live
        except BaseException as error:
            # The type only: an exception's text may quote a vendor, and the quote a person.
            live.fail(type(error).__name__)
            raise
        finally:
            opened.end()

    def close(self) -> None:
        """Send what is still held back."""
        self._provider.shutdown()


def exporting(
    exporter: SpanExporter,
    *,
    version: str,
    at_once: bool = False,
    resource: Mapping[str, str] | None = None,
) -> Exporting:
    """Return telemetry that hands its spans to `exporter`, in batches or (tests) `at_once`."""
    described = {"service.name": "interlock", "service.version": version, **(resource or {})}
    provider = TracerProvider(
        resource=Resource.create(described), id_generator=_DerivedIds(), shutdown_on_exit=False
    )
    processor = SimpleSpanProcessor(exporter) if at_once else BatchSpanProcessor(exporter)
    provider.add_span_processor(processor)
    return Exporting(provider)


def otlp_exporter(endpoint: str) -> SpanExporter:
    """Return OpenTelemetry's OTLP/HTTP exporter to the collector at `endpoint`."""
    return OTLPSpanExporter(endpoint=f"{endpoint.rstrip('/')}/v1/traces")


def _below(spot: Spot) -> Context | None:
    """Return the context in which a span at `spot` has the run's own span as its parent."""
    if not spot.parts:
        return Context()
    return trace.set_span_in_context(trace.NonRecordingSpan(_context(Spot(spot.run))))


def _context(spot: Spot) -> trace.SpanContext:
    return trace.SpanContext(
        trace_id=int(spot.trace_id, 16),
        span_id=int(spot.span_id, 16),
        is_remote=True,
        trace_flags=_SAMPLED,
    )
