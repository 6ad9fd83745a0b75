"""Stripe's own client takes payments, refunds, credit notes, usage and schedules to their end."""

import calendar
import itertools
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import httpx2
import pytest
import stripe

from interlock.testing.vendors import running

_numbers = itertools.count(1)


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with running("stripe", "--latency-ms", "0") as found:
        yield found


@pytest.fixture(scope="module")
def billing(url: str) -> stripe.StripeClient:
    bases = {"api": url, "files": url, "connect": url, "meter_events": url}
    return stripe.StripeClient("sk_test_client", base_addresses=bases)  # type: ignore[arg-type]  # the SDK's own TypedDict


def subscribed(
    billing: stripe.StripeClient, currency: str = "eur", amount: str = "10000", **more: Any
) -> Any:
    customer = billing.v1.customers.create({"name": "Acme"})
    product = billing.v1.products.create({"name": "Seat"})
    price = billing.v1.prices.create(
        {
            "product": product.id,
            "currency": currency,
            "unit_amount_decimal": amount,  # type: ignore[typeddict-item]  # text is what is sent
            "recurring": {"interval": "month"},
        }
    )
    asked = {"customer": customer.id, "items": [{"price": price.id}], "metadata": {"deal": "D-1"}}
    return billing.v1.subscriptions.create({**asked, **more})  # type: ignore[arg-type]  # any of its terms


def invoice_of(billing: stripe.StripeClient, subscription: Any) -> Any:
    return billing.v1.invoices.retrieve(str(subscription.latest_invoice))


def do(url: str, deed: str, **given: object) -> Any:
    return httpx2.post(f"{url}/_sandbox/do/{deed}", json=given).json()


def events(billing: stripe.StripeClient) -> set[str]:
    return {event.type for event in billing.v1.events.list({"limit": 100}).data}


def test_two_part_payments_pay_an_invoice(billing: stripe.StripeClient, url: str) -> None:
    invoice = invoice_of(billing, subscribed(billing))

    part = do(url, "receive", invoice=invoice.id, amount=4000)
    rest = billing.v1.invoices.pay(invoice.id)

    assert (part["status"], part["amount_remaining"]) == ("open", 6000)
    assert (rest.status, rest.amount_paid) == ("paid", 10000)
    payments = billing.v1.invoice_payments.list({"invoice": invoice.id}).data
    assert sorted(payment.amount_paid or 0 for payment in payments) == [4000, 6000]
    assert "invoice_payment.paid" in events(billing)
    with pytest.raises(stripe.InvalidRequestError, match="already paid"):
        billing.v1.invoices.pay(invoice.id)


def test_an_invoice_says_in_its_parent_what_it_bills(billing: stripe.StripeClient) -> None:
    subscription = subscribed(billing)

    invoice = invoice_of(billing, subscription)

    details = invoice.parent.subscription_details
    assert details.subscription == subscription.id
    assert details.metadata["deal"] == "D-1"
    assert "subscription" not in invoice


def test_an_account_of_an_older_version_sees_the_older_form(
    billing: stripe.StripeClient,
) -> None:
    subscription = subscribed(billing)
    older: stripe.RequestOptions = {"stripe_version": "2024-12-18.acacia"}

    invoice = billing.v1.invoices.retrieve(str(subscription.latest_invoice), options=older)

    assert invoice["subscription"] == subscription.id
    assert "parent" not in invoice


def test_more_than_was_paid_is_never_refunded(billing: stripe.StripeClient) -> None:
    invoice = billing.v1.invoices.pay(str(subscribed(billing).latest_invoice))
    paid = billing.v1.invoice_payments.list({"invoice": str(invoice.id)}).data[0]
    intent = str(paid.payment.payment_intent)

    billing.v1.refunds.create({"payment_intent": intent, "amount": 9000})

    with pytest.raises(stripe.InvalidRequestError, match="greater than unrefunded"):
        billing.v1.refunds.create({"payment_intent": intent, "amount": 1001})


def test_a_credit_note_lowers_what_is_open_and_accounts_for_what_is_paid(
    billing: stripe.StripeClient,
) -> None:
    invoice = invoice_of(billing, subscribed(billing))

    billing.v1.credit_notes.create({"invoice": invoice.id, "amount": 2500})
    assert billing.v1.invoices.retrieve(invoice.id).amount_remaining == 7500
    billing.v1.invoices.pay(invoice.id)
    with pytest.raises(stripe.InvalidRequestError, match="post payment amount"):
        billing.v1.credit_notes.create({"invoice": invoice.id, "amount": 1000})
    note = billing.v1.credit_notes.create(
        {"invoice": invoice.id, "amount": 1000, "refund_amount": 1000}
    )

    assert (note.pre_payment_amount, note.post_payment_amount) == (0, 1000)
    (made,) = note.refunds
    assert billing.v1.refunds.retrieve(str(made.refund)).amount == 1000


@pytest.mark.parametrize(
    ("currency", "fits", "unfit"),
    [("kwd", "12340", "12345"), ("isk", "12300", "12345"), ("ugx", "500", "550")],
)
def test_amounts_that_nobody_can_pay_are_refused(
    billing: stripe.StripeClient, url: str, currency: str, fits: str, unfit: str
) -> None:
    invoice = invoice_of(billing, subscribed(billing, currency, "1234500"))

    refused = do(url, "receive", invoice=invoice.id, amount=unfit)
    taken = do(url, "receive", invoice=invoice.id, amount=fits)

    assert refused["error"]["code"] == "invalid_charge_amount"
    assert taken["amount_paid"] == int(fits)


def test_a_line_in_three_decimals_is_rounded_to_what_can_be_paid(
    billing: stripe.StripeClient,
) -> None:
    assert invoice_of(billing, subscribed(billing, "kwd", "12345.5")).total == 12350
    assert invoice_of(billing, subscribed(billing, "isk", "12349")).total == 12300


def test_a_lost_dispute_takes_the_money(billing: stripe.StripeClient, url: str) -> None:
    invoice = billing.v1.invoices.pay(str(subscribed(billing).latest_invoice))
    paid = billing.v1.invoice_payments.list({"invoice": str(invoice.id)}).data[0]
    opened = do(url, "dispute", payment_intent=str(paid.payment.payment_intent))

    billing.v1.disputes.update(opened["id"], {"evidence": {"uncategorized_text": "x"}})
    closed = billing.v1.disputes.close(opened["id"])

    assert closed.status == "lost"
    assert {"charge.dispute.created", "charge.dispute.closed"} <= events(billing)


def test_usage_is_counted_once_and_billed_in_arrears(
    billing: stripe.StripeClient, url: str
) -> None:
    meter = billing.v1.billing.meters.create(
        {
            "display_name": "Calls",
            "event_name": f"calls-{next(_numbers)}",
            "default_aggregation": {"formula": "sum"},
        }
    )
    product = billing.v1.products.create({"name": "Calls"})
    price = billing.v1.prices.create(
        {
            "product": product.id,
            "currency": "eur",
            "unit_amount": 3,
            "recurring": {"interval": "month", "usage_type": "metered", "meter": meter.id},
        }
    )
    customer = billing.v1.customers.create({"name": "Acme"})
    subscription = billing.v1.subscriptions.create(
        {"customer": customer.id, "items": [{"price": price.id}]}
    )
    event: Any = {
        "event_name": meter.event_name,
        "identifier": f"use-{next(_numbers)}",
        "payload": {"stripe_customer_id": customer.id, "value": "25"},
    }

    billing.v1.billing.meter_events.create(event)
    with pytest.raises(stripe.InvalidRequestError, match="already exists"):
        billing.v1.billing.meter_events.create(event)
    billed = do(url, "cycle", subscription=subscription.id)

    assert billed["total"] == 75
    assert do(url, "cycle", subscription=subscription.id)["total"] == 0


def test_a_schedule_begins_and_lets_go(billing: stripe.StripeClient) -> None:
    subscription = subscribed(billing)
    price = subscription["items"].data[0].price.id

    schedule = billing.v1.subscription_schedules.create(
        {
            "customer": str(subscription.customer),
            "start_date": "now",
            "phases": [{"items": [{"price": price}], "end_date": 2_000_000_000}],
        }
    )
    released = billing.v1.subscription_schedules.release(schedule.id)

    assert (schedule.status, released.status) == ("active", "released")
    assert released.released_subscription == schedule.subscription


DAY = 86_400


def cycle() -> tuple[int, int]:
    """Return when a month began ten days ago, and an anchor three days from now."""
    now = int(time.time())
    return now - 10 * DAY, now + 3 * DAY


def test_up_to_its_anchor_a_subscription_may_cost_nothing_and_then_makes_no_invoice(
    billing: stripe.StripeClient, url: str
) -> None:
    began, anchor = cycle()

    free = subscribed(
        billing,
        proration_behavior="none",
        backdate_start_date=began,
        billing_cycle_anchor=anchor,
    )

    assert (free.status, free.latest_invoice, free.billing_cycle_anchor) == (
        "active",
        None,
        anchor,
    )
    assert free["items"].data[0].current_period_end == anchor
    whole = do(url, "cycle", subscription=free.id)
    assert (whole["total"], whole["lines"]["data"][0]["period"]["start"]) == (10000, anchor)


def test_what_is_charged_once_is_all_that_an_unprorated_first_invoice_has(
    billing: stripe.StripeClient,
) -> None:
    product = billing.v1.products.create({"name": "Rest of the period"})
    once = {"product": product.id, "currency": "eur", "unit_amount_decimal": "4321"}

    made = subscribed(
        billing,
        proration_behavior="none",
        billing_cycle_anchor=cycle()[1],
        add_invoice_items=[{"price_data": once}],
    )

    invoice = invoice_of(billing, made)
    assert (invoice.total, len(invoice.lines.data)) == (4321, 1)


def test_up_to_its_anchor_a_subscription_costs_its_share_of_a_period(
    billing: stripe.StripeClient,
) -> None:
    began, anchor = cycle()
    made = subscribed(billing, backdate_start_date=began, billing_cycle_anchor=anchor)
    days = (months_on(began) - began) // DAY
    share = Decimal(10000) * 13 / days
    assert invoice_of(billing, made).total == int(share.quantize(Decimal(1), ROUND_HALF_UP))


def months_on(began: int) -> int:
    moment = datetime.fromtimestamp(began, UTC)
    year, month = (moment.year, moment.month + 1) if moment.month < 12 else (moment.year + 1, 1)
    day = min(moment.day, calendar.monthrange(year, month)[1])
    return int(moment.replace(year=year, month=month, day=day).timestamp())


@pytest.mark.parametrize("days", [-1, 45])
def test_an_anchor_lies_ahead_and_within_the_first_period(
    billing: stripe.StripeClient, days: int
) -> None:
    with pytest.raises(stripe.InvalidRequestError, match="billing_cycle_anchor"):
        subscribed(billing, billing_cycle_anchor=int(time.time()) + days * DAY)


def test_the_first_period_of_a_contract_that_is_to_come_is_measured_from_its_first_day(
    billing: stripe.StripeClient,
) -> None:
    begins = int(time.time()) + 20 * DAY
    made = subscribed(
        billing, backdate_start_date=begins, billing_cycle_anchor=months_on(begins) - DAY
    )
    assert made.billing_cycle_anchor == months_on(begins) - DAY
