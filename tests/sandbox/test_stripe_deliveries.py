"""Deliveries of the simulated Stripe, taken in by the vendor's own client."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from queue import Queue
from typing import Any

import httpx2
import pytest
import stripe

from interlock.testing.vendors import running

OLD, NEW = "whsec_old_of_the_endpoint", "whsec_new_of_the_endpoint"
Delivered = tuple[str, bytes]


@pytest.fixture
def endpoint() -> Iterator[tuple[str, "Queue[Delivered]"]]:
    """An address that keeps what is delivered to it."""
    heard: Queue[Delivered] = Queue()

    class Heard(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            heard.put((self.headers["Stripe-Signature"], body))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    with HTTPServer(("127.0.0.1", 0), Heard) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/", heard
        server.shutdown()
        thread.join(5)


def told(url: str, target: dict[str, str], heard: "Queue[Delivered]") -> Delivered:
    httpx2.post(f"{url}/_sandbox/webhooks", json=target)
    headers = {"Authorization": "Bearer sk_test_x"}
    httpx2.post(f"{url}/v1/customers", data={"name": "Acme"}, headers=headers)
    return heard.get(timeout=60)


def test_while_the_secret_is_rotated_a_delivery_is_signed_with_both(
    endpoint: tuple[str, "Queue[Delivered]"],
) -> None:
    address, heard = endpoint
    with running("stripe", "--latency-ms", "0") as url:
        target = {"url": address, "secret": NEW, "previous": OLD}
        signature, body = told(url, target, heard)
        alone, later = told(url, {"url": address, "secret": NEW}, heard)

    for secret in (OLD, NEW):
        event = stripe.Webhook.construct_event(body, signature, secret)
        assert event.type == "customer.created"
    stripe.Webhook.construct_event(later, alone, NEW)
    with pytest.raises(stripe.SignatureVerificationError):
        stripe.Webhook.construct_event(later, alone, OLD)


def test_an_endpoint_of_an_older_version_is_told_in_the_older_form(
    endpoint: tuple[str, "Queue[Delivered]"],
) -> None:
    address, heard = endpoint
    older = "2024-12-18.acacia"
    with running("stripe", "--latency-ms", "0") as url:
        target = {"url": address, "secret": NEW, "api_version": older}
        _, body = told(url, target, heard)

    assert json.loads(body)["api_version"] == older
