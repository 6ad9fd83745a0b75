import re
import subprocess
import sys
import timeit
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind as OtelKind
from opentelemetry.trace import StatusCode

from interlock.foundation import telemetry
from interlock.foundation.exporting import Exporting, exporting
from interlock.foundation.telemetry import SILENT, About, SpanKind, Spot

RUN = Spot("run-1")


@pytest.fixture
def exporter() -> InMemorySpanExporter:
    return InMemorySpanExporter()


@pytest.fixture
def live(exporter: InMemorySpanExporter) -> Iterator[Exporting]:
    made = exporting(exporter, version="1", at_once=True)
    yield made
    made.close()


@given(run=st.text(max_size=20), parts=st.lists(st.text(max_size=5), max_size=3))
def test_a_traceparent_has_the_form_of_the_standard(run: str, parts: list[str]) -> None:
    header = Spot(run).at(*parts).traceparent()
    assert re.fullmatch(r"00-[0-9a-f]{32}-[0-9a-f]{16}-01", header)


def test_two_attempts_share_the_trace_and_not_the_span() -> None:
    first, second = RUN.at("invoice", "1"), RUN.at("invoice", "2")
    assert first.trace_id == second.trace_id
    assert first.span_id != second.span_id


def test_two_runs_share_nothing() -> None:
    assert Spot("run-2").trace_id != RUN.trace_id


def test_a_place_is_not_confused_with_one_whose_name_runs_together() -> None:
    assert RUN.at("a", "bc").span_id != RUN.at("ab", "c").span_id


def test_attempts_in_different_processes_land_in_one_trace(
    live: Exporting, exporter: InMemorySpanExporter
) -> None:
    other = InMemorySpanExporter()
    elsewhere = exporting(other, version="1", at_once=True)
    with live.span("put invoice", RUN.at("invoice", "1")):
        pass
    with elsewhere.span("put invoice", RUN.at("invoice", "2")):
        pass
    elsewhere.close()
    [one], [two] = exporter.get_finished_spans(), other.get_finished_spans()
    assert one.context.trace_id == two.context.trace_id == int(RUN.trace_id, 16)
    assert one.parent is not None
    assert one.parent.span_id == int(RUN.span_id, 16)


def test_the_span_is_the_one_that_the_vendor_was_told(
    live: Exporting, exporter: InMemorySpanExporter
) -> None:
    spot = RUN.at("invoice", "1")
    with live.span("put invoice", spot):
        header = spot.traceparent()
    [span] = exporter.get_finished_spans()
    assert header.split("-")[1:3] == [
        f"{span.context.trace_id:032x}",
        f"{span.context.span_id:016x}",
    ]


def test_the_runs_own_span_is_the_root(live: Exporting, exporter: InMemorySpanExporter) -> None:
    with live.span("quote-to-cash", RUN):
        pass
    [span] = exporter.get_finished_spans()
    assert span.parent is None
    assert span.context.span_id == int(RUN.span_id, 16)


def test_what_is_said_about_a_span_arrives(
    live: Exporting, exporter: InMemorySpanExporter
) -> None:
    about = About(kind=SpanKind.CLIENT, attributes={telemetry.STEP: "invoice"}, follows=["run-0"])
    with live.span("put invoice", RUN.at("invoice", "1"), about) as span:
        span.set(telemetry.HTTP_STATUS, 429)
        span.fail("quota")
    [found] = exporter.get_finished_spans()
    assert dict(found.attributes or {}) == {
        "interlock.flow.run.id": "run-1",
        "interlock.step.id": "invoice",
        "http.response.status_code": 429,
        "error.type": "quota",
    }
    assert found.kind is OtelKind.CLIENT
    assert found.status.status_code is StatusCode.ERROR
    assert [link.context.trace_id for link in found.links] == [int(Spot("run-0").trace_id, 16)]
    assert found.resource.attributes["service.name"] == "interlock"


def test_an_exception_fails_the_span_and_keeps_its_words_to_itself(
    live: Exporting, exporter: InMemorySpanExporter
) -> None:
    def fails() -> None:
        with live.span("put", RUN.at("x")):
            raise KeyError("ana@example.org")

    with pytest.raises(KeyError):
        fails()
    [found] = exporter.get_finished_spans()
    assert (found.attributes or {})["error.type"] == "KeyError"
    assert "ana@example.org" not in found.to_json()


def test_silence_costs_next_to_nothing() -> None:
    about = About()

    def one() -> None:
        with SILENT.span("put", RUN, about) as span:
            span.set("a", 1)

    best = min(timeit.repeat(one, number=1_000, repeat=20)) / 1_000
    assert best < 5e-6
    assert not SILENT.recording


def test_silence_does_not_import_opentelemetry() -> None:
    program = (
        "import interlock.foundation.telemetry, sys; sys.exit('opentelemetry' in sys.modules)"
    )
    found = subprocess.run(
        [sys.executable, "-c", program], check=False, env={"PYTHONPATH": ":".join(sys.path)}
    )
    assert found.returncode == 0
