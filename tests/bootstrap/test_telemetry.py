"""Spans leave for a collector when one is named, and a run never waits for it."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from interlock.bootstrap.house import open_telemetry
from interlock.bootstrap.settings import read_settings
from interlock.foundation.telemetry import SILENT, Spot


@contextmanager
def collector() -> Iterator[tuple[str, list[bytes]]]:
    bodies: list[bytes] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            assert self.path == "/v1/traces"
            bodies.append(self.rfile.read(int(self.headers["content-length"])))
            self.send_response(200)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (its name)
            """Say nothing."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", bodies
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_without_a_collector_nothing_is_sent(tmp_path: Path) -> None:
    with open_telemetry(read_settings(tmp_path, {})) as telemetry:
        assert telemetry is SILENT


def test_spans_of_a_run_reach_the_collector_under_the_trace_that_vendors_were_told(
    tmp_path: Path,
) -> None:
    with collector() as (url, bodies):
        told = read_settings(tmp_path, {"OTEL_EXPORTER_OTLP_ENDPOINT": url})
        spot = Spot("run_1").at("invoice", "write:1")
        with open_telemetry(told) as telemetry, telemetry.span("erp invoice.upsert", spot):
            pass

    (message,) = [ExportTraceServiceRequest.FromString(body) for body in bodies]
    (span,) = message.resource_spans[0].scope_spans[0].spans
    assert span.name == "erp invoice.upsert"
    assert span.trace_id.hex() in spot.traceparent()
    assert span.span_id.hex() in spot.traceparent()
