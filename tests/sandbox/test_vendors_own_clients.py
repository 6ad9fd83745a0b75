"""The vendors' own clients work unmodified: that is how we know the sandbox tells the truth."""

from collections.abc import Iterator

import pytest
import stripe

from interlock.testing.vendors import running


@pytest.fixture(scope="module")
def billing() -> Iterator[stripe.StripeClient]:
    with running("stripe") as url:
        bases = {"api": url, "files": url, "connect": url, "meter_events": url}
        yield stripe.StripeClient("sk_test_client", base_addresses=bases)  # type: ignore[arg-type]  # the SDK's own TypedDict


def test_the_official_stripe_sdk_takes_a_customer_to_a_paid_invoice(
    billing: stripe.StripeClient,
) -> None:
    customer = billing.v1.customers.create({"name": "Acme", "metadata": {"crm_id": "001"}})
    product = billing.v1.products.create({"id": "SEAT", "name": "Seat"})
    price = billing.v1.prices.create(
        {
            "product": product.id,
            "currency": "eur",
            "unit_amount": 1250,
            "recurring": {"interval": "month"},
            "lookup_key": "seat-eur",
        }
    )

    subscription = billing.v1.subscriptions.create(
        {
            "customer": customer.id,
            "items": [{"price": price.id, "quantity": 3}],
            "collection_method": "send_invoice",
            "days_until_due": 30,
        }
    )

    assert subscription.status == "active"
    invoice = billing.v1.invoices.retrieve(str(subscription.latest_invoice))
    assert invoice.total == 3750
    assert billing.v1.invoices.pay(str(invoice.id)).status == "paid"
    types = {event.type for event in billing.v1.events.list({"limit": 20}).data}
    assert {"customer.subscription.created", "invoice.paid"} <= types


def test_the_same_idempotency_key_makes_one_object(billing: stripe.StripeClient) -> None:
    options: stripe.RequestOptions = {"idempotency_key": "order-1"}

    first = billing.v1.customers.create({"name": "Once"}, options)
    second = billing.v1.customers.create({"name": "Once"}, options)

    assert first.id == second.id
    with pytest.raises(stripe.IdempotencyError):
        billing.v1.customers.create({"name": "Other"}, options)


def test_a_lookup_key_belongs_to_one_price(billing: stripe.StripeClient) -> None:
    billing.v1.products.create({"id": "API", "name": "Api"})
    wanted: stripe.params.PriceCreateParams = {
        "product": "API",
        "currency": "usd",
        "unit_amount": 5,
        "lookup_key": "api-usd",
    }
    billing.v1.prices.create(wanted)

    with pytest.raises(stripe.InvalidRequestError):
        billing.v1.prices.create(wanted)


def test_a_wrong_key_is_an_authentication_error() -> None:
    with running("stripe") as url:
        bases = {"api": url, "files": url, "connect": url, "meter_events": url}
        client = stripe.StripeClient("sk_test_wrong", base_addresses=bases)  # type: ignore[arg-type]  # the SDK's own TypedDict

        with pytest.raises(stripe.AuthenticationError):
            client.v1.customers.list()
