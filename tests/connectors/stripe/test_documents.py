"""Documents against recorded answers: what a refusal, a repetition and an older form mean."""

from typing import Any

import httpx2
import pytest

from interlock.connectors.port import CallFailed, Kind, Request, Verdict


def asked(operation: str, body: dict[str, Any] | None = None, **given: Any) -> Request:
    standing = {"key_field": "metadata.memo", "key": "CM-1", "idempotency_key": "run-1"}
    return Request(operation=operation, body=body or {}, **{**standing, **given})


def invoice(**fields: Any) -> httpx2.Response:
    return httpx2.Response(200, json={"id": "in_1", "object": "invoice", **fields})


def test_a_declined_card_is_a_refusal_and_the_invoice_stays_open(
    account: Any, vendor: Any
) -> None:
    declined = vendor["error"](402, "Your card was declined.", code="card_declined")
    account.on("POST", "/v1/invoices/in_1/pay", declined)
    account.on("GET", "/v1/invoices/in_1", invoice(status="open"))

    outcome = account.open().write(asked("invoice.pay", ref="in_1"))

    assert (outcome.verdict, outcome.code) == (Verdict.REJECTED, "card_declined")
    (sent,) = account.sent("POST", "/v1/invoices/in_1/pay")
    assert "idempotency-key" not in sent.headers


def test_what_is_paid_already_is_done_because_it_says_so(account: Any, vendor: Any) -> None:
    account.on("POST", "/v1/invoices/in_1/pay", vendor["error"](400, "Invoice is already paid"))
    account.on("GET", "/v1/invoices/in_1", invoice(status="paid"))

    outcome = account.open().write(asked("invoice.pay", ref="in_1"))

    assert (outcome.verdict, outcome.existing) == (Verdict.DONE, True)


def test_a_state_that_does_not_show_is_not_done(account: Any) -> None:
    account.on("POST", "/v1/invoices/in_1/void", invoice(status="open"))

    outcome = account.open().write(asked("invoice.void", ref="in_1"))

    assert outcome.verdict is Verdict.UNCERTAIN
    assert "status is open" in outcome.message


def test_a_refusal_whose_object_cannot_be_read_is_never_done(account: Any, vendor: Any) -> None:
    account.on("POST", "/v1/invoices/in_1/void", vendor["error"](400, "no"))
    account.on("GET", "/v1/invoices/in_1", httpx2.Response(500, text="<html>"))

    outcome = account.open().write(asked("invoice.void", ref="in_1"))

    assert outcome.verdict is not Verdict.DONE


@pytest.mark.parametrize("status", ["failed", "canceled"])
def test_a_refund_that_failed_at_once_gave_nothing_back(account: Any, status: str) -> None:
    body = {"id": "re_1", "object": "refund", "status": status, "failure_reason": "expired_card"}
    account.on("POST", "/v1/refunds", httpx2.Response(200, json=body))

    outcome = account.open().write(asked("refund.create", {"payment_intent": "pi_1"}))

    assert outcome.verdict is Verdict.REJECTED
    assert "re_1" in outcome.message
    assert status in outcome.message


def test_a_refund_on_its_way_is_done(account: Any) -> None:
    body = {"id": "re_1", "object": "refund", "status": "pending"}
    account.on("POST", "/v1/refunds", httpx2.Response(200, json=body))

    assert account.open().write(asked("refund.create", {"amount": 5})).verdict is Verdict.DONE


def test_usage_that_stripe_knows_is_there_once(account: Any, vendor: Any) -> None:
    known = vendor["error"](400, "An event already exists with identifier use-1.")
    account.on("POST", "/v1/billing/meter_events", known)
    request = asked("billing.meter_event.create", {"event_name": "calls"}, key="use-1")

    outcome = account.open().write(request)

    assert (outcome.verdict, outcome.existing) == (Verdict.DONE, True)
    (sent,) = account.sent("POST", "/v1/billing/meter_events")
    assert vendor["form"](sent)["identifier"] == "use-1"


def test_whether_one_event_of_usage_is_there_cannot_be_told(account: Any) -> None:
    with pytest.raises(CallFailed) as caught:
        account.open().find("billing.meter_event", "identifier", "use-1")

    outcome = caught.value.outcome
    assert (outcome.verdict, outcome.kind) == (Verdict.UNCERTAIN, Kind.NOT_FOUND)
    assert account.requests == []


def test_usage_is_summed_for_a_customer_and_a_time(account: Any, vendor: Any) -> None:
    sums = vendor["page"](
        {"id": "s1", "aggregated_value": 25}, {"id": "s2", "aggregated_value": 5}
    )
    account.on("GET", "/v1/billing/meters/mtr_1/event_summaries", sums)

    found = account.open().read("billing.meter_event_summary", "mtr_1.cus_1.60.120")

    assert found.body["aggregated_value"] == 30
    (sent,) = account.requests
    assert dict(sent.url.params) == {"customer": "cus_1", "start_time": "60", "end_time": "120"}


@pytest.mark.parametrize("body", [{"id": "s1"}, {"id": "s1", "aggregated_value": "many"}])
def test_a_sum_of_usage_that_is_no_number_is_not_nought(
    account: Any, vendor: Any, body: Any
) -> None:
    account.on("GET", "/v1/billing/meters/mtr_1/event_summaries", vendor["page"](body))

    with pytest.raises(CallFailed) as caught:
        account.open().read("billing.meter_event_summary", "mtr_1.cus_1.60.120")

    assert caught.value.outcome.kind is Kind.MALFORMED


@pytest.mark.parametrize("subscription", ["sub_1", {"id": "sub_1", "object": "subscription"}])
def test_an_invoice_of_the_older_form_says_its_subscription_like_a_new_one(
    account: Any, subscription: Any
) -> None:
    details = {"metadata": {"opportunity_id": "006A"}}
    older = invoice(subscription=subscription, subscription_details=details, status="paid")
    said = {"type": "subscription_details"}
    newer = invoice(parent={**said, "subscription_details": {"subscription": "sub_1", **details}})
    account.on("GET", "/v1/invoices/in_1", older, newer)
    stripe = account.open()

    one, other = (stripe.read("invoice", "in_1").body["parent"] for _ in range(2))

    assert one == other


def test_an_invoice_of_no_subscription_has_no_parent_made_up(account: Any) -> None:
    account.on("GET", "/v1/invoices/in_1", invoice(subscription=None))

    assert "parent" not in account.open().read("invoice", "in_1").body


def test_the_period_is_told_alike_by_subscription_and_item(account: Any) -> None:
    item = {"id": "si_1", "current_period_start": 60, "current_period_end": 120}
    newer = {"id": "sub_1", "object": "subscription", "items": {"data": [item]}}
    older = {**newer, "items": {"data": [{"id": "si_1"}]}, "current_period_end": 120}
    account.on(
        "GET",
        "/v1/subscriptions/sub_1",
        httpx2.Response(200, json=newer),
        httpx2.Response(200, json=older),
    )
    stripe = account.open()

    ends = [stripe.read("subscription", "sub_1").body["current_period_end"] for _ in range(2)]

    assert ends == [120, 120]


def test_the_refund_of_an_older_credit_note_is_in_the_list(account: Any) -> None:
    older = {"id": "cn_1", "object": "credit_note", "refund": "re_1", "post_payment_amount": 5}
    account.on("GET", "/v1/credit_notes/cn_1", httpx2.Response(200, json=older))

    body = account.open().read("credit_note", "cn_1").body

    assert body["refunds"] == [{"refund": "re_1", "amount_refunded": 5}]


def test_what_the_search_does_not_know_is_looked_for_in_the_whole_list(
    account: Any, vendor: Any
) -> None:
    refund = {"id": "re_1", "object": "refund", "metadata": {"memo": "CM-1"}}
    account.on("GET", "/v1/refunds", vendor["page"](refund))

    found = account.open().find("refund", "metadata.memo", "CM-1")

    assert found.ref == "re_1"
    assert all(request.url.path == "/v1/refunds" for request in account.requests)


def test_a_payment_is_found_by_the_intent_that_made_it(account: Any, vendor: Any) -> None:
    payment = {
        "id": "inpay_1",
        "object": "invoice_payment",
        "payment": {"type": "payment_intent", "payment_intent": "pi_1"},
    }
    account.on("GET", "/v1/invoice_payments", vendor["page"](payment))

    found = account.open().find("invoice_payment", "payment.payment_intent", "pi_1")

    assert found.ref == "inpay_1"
    (sent,) = account.requests
    assert sent.url.params["payment[payment_intent]"] == "pi_1"


def test_a_one_off_charge_makes_its_product_first(account: Any) -> None:
    there = {"id": "TAX", "object": "product"}
    account.on("GET", "/v1/products/TAX", httpx2.Response(200, json=there))
    made = {"id": "sub_1", "object": "subscription", "status": "active"}
    account.on("POST", "/v1/subscriptions", httpx2.Response(200, json=made))
    data = {"product": "TAX", "currency": "usd", "unit_amount_decimal": 725}
    body = {"customer": "cus_1", "add_invoice_items": [{"price_data": data}]}

    outcome = account.open().write(asked("subscription.create", body))

    assert outcome.verdict is Verdict.DONE
    assert [request.method for request in account.requests] == ["GET", "POST"]


def gone(obj: str, ref: str) -> httpx2.Response:
    return httpx2.Response(200, json={"id": ref, "object": obj, "deleted": True})


def test_a_draft_is_withdrawn_with_its_items_so_that_none_waits_for_the_next_invoice(
    account: Any, vendor: Any
) -> None:
    items = vendor["page"]({"id": "ii_1", "object": "invoiceitem"})
    account.on("GET", "/v1/invoices/in_1", invoice(status="draft"))
    account.on("GET", "/v1/invoiceitems", items)
    account.on("DELETE", "/v1/invoiceitems/ii_1", gone("invoiceitem", "ii_1"))
    account.on("DELETE", "/v1/invoices/in_1", gone("invoice", "in_1"))

    outcome = account.open().write(asked("invoice.withdraw", ref="in_1"))

    assert outcome.verdict is Verdict.DONE
    paths = [request.url.path for request in account.requests if request.method == "DELETE"]
    assert paths == ["/v1/invoiceitems/ii_1", "/v1/invoices/in_1"]
    (listed,) = account.sent("GET", "/v1/invoiceitems")
    assert listed.url.params["invoice"] == "in_1"


def test_an_item_that_cannot_be_deleted_keeps_its_draft(account: Any, vendor: Any) -> None:
    items = vendor["page"]({"id": "ii_1", "object": "invoiceitem"})
    account.on("GET", "/v1/invoices/in_1", invoice(status="draft"))
    account.on("GET", "/v1/invoiceitems", items)
    account.on("DELETE", "/v1/invoiceitems/ii_1", httpx2.Response(500, text="<html>"))

    outcome = account.open().write(asked("invoice.withdraw", ref="in_1"))

    assert outcome.verdict is Verdict.UNCERTAIN
    assert account.sent("DELETE", "/v1/invoices/in_1") == []


def test_an_invoice_that_was_deleted_before_is_withdrawn(account: Any, vendor: Any) -> None:
    missing = vendor["error"](404, "No such invoice: 'in_1'", code="resource_missing")
    account.on("GET", "/v1/invoices/in_1", missing)

    outcome = account.open().write(asked("invoice.withdraw", ref="in_1"))

    assert outcome.verdict is Verdict.DONE
    assert [request.method for request in account.requests] == ["GET"]


def test_a_deletion_that_does_not_say_so_is_not_believed(account: Any, vendor: Any) -> None:
    account.on("GET", "/v1/invoices/in_1", invoice(status="draft"))
    account.on("GET", "/v1/invoiceitems", vendor["page"]())
    account.on("DELETE", "/v1/invoices/in_1", invoice(status="draft"))

    outcome = account.open().write(asked("invoice.withdraw", ref="in_1"))

    assert outcome.verdict is not Verdict.DONE
