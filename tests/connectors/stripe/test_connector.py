from typing import Any

import httpx2
import pytest

from interlock.connectors.port import CallFailed, Kind, Request, Verdict
from interlock.foundation.errors import UsageError

CRM_ID = "0015g00000AbCdEAAV"


def customer(**extra: Any) -> dict[str, Any]:
    return {
        "id": "cus_1",
        "object": "customer",
        "name": "Acme",
        "created": 1767261600,
        "metadata": {"crm_id": CRM_ID},
        **extra,
    }


def subscription(**extra: Any) -> dict[str, Any]:
    return {
        "id": "sub_1",
        "object": "subscription",
        "status": "active",
        "created": 1767261600,
        "start_date": 1767225600,
        "metadata": {"opportunity_id": "006A"},
        "items": {"object": "list", "data": [{"id": "si_1", "price": {"id": "price_1"}}]},
        **extra,
    }


def ok(body: object, **headers: str) -> httpx2.Response:
    return httpx2.Response(200, json=body, headers=headers)


def upsert(**extra: Any) -> Request:
    given = {
        "operation": "customer.upsert",
        "body": {"name": "Acme", "email": None, "metadata": {"legal_entity": "us"}},
        "key_field": "metadata.crm_id",
        "key": CRM_ID,
        "idempotency_key": "run-1.customer",
    }
    return Request(**{**given, **extra})


def subscribe(**extra: Any) -> Request:
    given = {
        "operation": "subscription.create",
        "body": {
            "customer": "cus_1",
            "backdate_start_date": 1767225600,
            "items": {"data": [{"price": "price_1", "metadata": {"product": "CRM"}}]},
        },
        "key_field": "metadata.opportunity_id",
        "key": "006A",
        "idempotency_key": "run-1.subscription",
    }
    return Request(**{**given, **extra})


def price(**extra: Any) -> Request:
    given = {
        "operation": "price.create",
        "body": {
            "product": "SEAT",
            "currency": "usd",
            "unit_amount_decimal": "1250.5",
            "recurring": {"interval": "month", "meter": None},
        },
        "key_field": "lookup_key",
        "key": "SEAT:USD:month:12.505",
        "idempotency_key": "run-1.price",
    }
    return Request(**{**given, **extra})


PRICE = {
    "id": "price_1",
    "object": "price",
    "lookup_key": "SEAT:USD:month:12.505",
    "product": "SEAT",
    "unit_amount_decimal": "1250.5",
}
PRODUCT = {"id": "SEAT", "object": "product"}


def test_a_new_customer_is_made_bare_under_a_key_that_every_run_derives(
    account: Any, vendor: Any
) -> None:
    account.on("GET", "/v1/customers/search", vendor["page"]())
    account.on("GET", "/v1/customers", vendor["page"]())
    account.on("POST", "/v1/customers", ok(customer()))
    account.on("POST", "/v1/customers/cus_1", ok(customer()))
    one = account.open().write(upsert(idempotency_key="run-1"))
    two = account.open().write(upsert(idempotency_key="run-2", body={"name": "Other"}))
    assert one.verdict is two.verdict is Verdict.DONE
    first, second = account.sent("POST", "/v1/customers")
    assert first.content == second.content == b"metadata%5Bcrm_id%5D=" + CRM_ID.encode()
    assert first.headers["idempotency-key"] == second.headers["idempotency-key"]
    update = account.sent("POST", "/v1/customers/cus_1")[0]
    assert "idempotency-key" not in update.headers
    assert vendor["form"](update) == {
        "name": "Acme",
        "email": "",
        "metadata[legal_entity]": "us",
        "metadata[crm_id]": CRM_ID,
    }


def test_a_customer_that_the_search_has_not_seen_yet_is_found_in_the_recent_list(
    account: Any, vendor: Any
) -> None:
    account.on("GET", "/v1/customers/search", vendor["page"]())
    account.on("GET", "/v1/customers", vendor["page"](customer()))
    found = account.open().find("customer", "metadata.crm_id", CRM_ID)
    assert found is not None
    assert found.ref == "cus_1"
    listed = account.sent("GET", "/v1/customers")[0].url.params
    assert listed["created[gte]"] == str(1767261605 - 600)


def test_what_the_search_says_is_believed_only_after_a_strong_read(
    account: Any, vendor: Any
) -> None:
    stale = customer(metadata={"crm_id": CRM_ID})
    account.on("GET", "/v1/customers/search", vendor["page"](stale))
    account.on("GET", "/v1/customers/cus_1", ok(customer(metadata={"crm_id": "another"})))
    account.on("GET", "/v1/customers", vendor["page"]())
    assert account.open().find("customer", "metadata.crm_id", CRM_ID) is None


def test_an_account_without_search_has_its_whole_list_read_page_by_page(
    account: Any, vendor: Any
) -> None:
    others = [customer(id="cus_8", metadata={}), customer(id="cus_9", metadata={})]
    pages = [vendor["page"](*others, more=True), vendor["page"](customer())]
    account.on("GET", "/v1/customers", *pages)
    found = account.open().find("customer", "metadata.crm_id", CRM_ID)
    assert found.ref == "cus_1"
    first, second = account.sent("GET", "/v1/customers")
    assert "created[gte]" not in first.url.params
    assert second.url.params["starting_after"] == "cus_9"


def test_a_search_that_fails_is_not_a_missing_search(account: Any, vendor: Any) -> None:
    account.on("GET", "/v1/customers/search", vendor["error"](500, "oops", kind="api_error"))
    account.on("GET", "/v1/customers", vendor["page"]())
    with pytest.raises(CallFailed):
        account.open().find("customer", "metadata.crm_id", CRM_ID)


def test_two_customers_with_one_reference_are_a_duplicate_not_a_choice(
    account: Any, vendor: Any
) -> None:
    account.on("GET", "/v1/customers", vendor["page"](customer(), customer(id="cus_2")))
    with pytest.raises(CallFailed) as caught:
        account.open().find("customer", "metadata.crm_id", CRM_ID)
    assert caught.value.outcome.kind is Kind.DUPLICATE


def test_a_remembered_customer_is_read_again_before_it_is_used(account: Any, vendor: Any) -> None:
    account.on("GET", "/v1/customers", vendor["page"](customer()))
    account.on("POST", "/v1/customers/cus_1", ok(customer()))
    account.on("GET", "/v1/customers/cus_1", ok({**customer(), "deleted": True}))
    connector = account.open()
    connector.write(upsert())
    listed = len(account.sent("GET", "/v1/customers"))
    account.on("GET", "/v1/customers", vendor["page"]())
    assert connector.find("customer", "metadata.crm_id", CRM_ID) is None
    assert len(account.sent("GET", "/v1/customers")) == listed + 1


def test_a_subscription_is_sent_as_a_form_and_shown_as_it_is_written(
    account: Any, vendor: Any
) -> None:
    account.on("POST", "/v1/subscriptions", ok(subscription()))
    outcome = account.open().write(subscribe())
    assert outcome.verdict is Verdict.DONE
    assert not outcome.existing
    assert outcome.record.body["backdate_start_date"] == 1767225600
    sent = account.sent("POST", "/v1/subscriptions")[0]
    assert sent.headers["idempotency-key"] == "run-1.subscription"
    assert vendor["form"](sent) == {
        "customer": "cus_1",
        "backdate_start_date": "1767225600",
        "items[0][price]": "price_1",
        "items[0][metadata][product]": "CRM",
        "metadata[opportunity_id]": "006A",
    }


def test_a_replayed_answer_shows_the_object_as_it_is_now(account: Any) -> None:
    then = ok(subscription(status="incomplete"), **{"Idempotent-Replayed": "true"})
    account.on("POST", "/v1/subscriptions", then)
    account.on("GET", "/v1/subscriptions/sub_1", ok(subscription()))
    outcome = account.open().write(subscribe())
    assert (outcome.verdict, outcome.existing) == (Verdict.DONE, True)
    assert outcome.record.body["status"] == "active"


def test_a_replayed_answer_that_cannot_be_read_back_is_uncertain(
    account: Any, vendor: Any
) -> None:
    then = ok(subscription(), **{"Idempotent-Replayed": "true"})
    account.on("POST", "/v1/subscriptions", then)
    account.on("GET", "/v1/subscriptions/sub_1", vendor["error"](500, "x", kind="api_error"))
    assert account.open().write(subscribe()).verdict is Verdict.UNCERTAIN


def test_a_living_subscription_counts_before_one_that_ended(account: Any, vendor: Any) -> None:
    ended = subscription(id="sub_0", status="canceled")
    account.on("GET", "/v1/subscriptions", vendor["page"](ended, subscription()))
    connector = account.open()
    assert connector.find("subscription", "metadata.opportunity_id", "006A").ref == "sub_1"
    account.on("GET", "/v1/subscriptions", vendor["page"](ended))
    assert connector.find("subscription", "metadata.opportunity_id", "006A").ref == "sub_0"
    assert account.sent("GET", "/v1/subscriptions")[0].url.params["status"] == "all"


def test_a_second_cancellation_is_done_because_the_state_says_so(
    account: Any, vendor: Any
) -> None:
    gone = vendor["error"](404, "No such subscription", code="resource_missing")
    account.on("DELETE", "/v1/subscriptions/sub_1", gone)
    account.on("GET", "/v1/subscriptions/sub_1", ok(subscription(status="canceled")))
    cancel = subscribe(operation="subscription.cancel", body={}, ref="sub_1")
    outcome = account.open().write(cancel)
    assert (outcome.verdict, outcome.existing) == (Verdict.DONE, True)
    account.on("GET", "/v1/subscriptions/sub_1", ok(subscription()))
    refused = account.open().write(cancel)
    assert (refused.verdict, refused.kind) == (Verdict.REJECTED, Kind.NOT_FOUND)


def test_a_cancellation_that_left_it_active_is_not_done(account: Any) -> None:
    account.on("DELETE", "/v1/subscriptions/sub_1", ok(subscription()))
    cancel = subscribe(operation="subscription.cancel", body={}, ref="sub_1")
    assert account.open().write(cancel).verdict is Verdict.UNCERTAIN


def test_a_price_brings_its_product_and_says_nothing_of_what_is_none(
    account: Any, vendor: Any
) -> None:
    account.on("GET", "/v1/products/SEAT", vendor["error"](404, "no", code="resource_missing"))
    account.on("POST", "/v1/products", ok(PRODUCT))
    account.on("POST", "/v1/prices", ok(PRICE))
    connector = account.open()
    assert connector.write(price()).verdict is Verdict.DONE
    assert connector.write(price()).verdict is Verdict.DONE
    assert len(account.sent("POST", "/v1/products")) == 1
    assert vendor["form"](account.sent("POST", "/v1/products")[0])["id"] == "SEAT"
    assert vendor["form"](account.sent("POST", "/v1/prices")[0]) == {
        "product": "SEAT",
        "currency": "usd",
        "unit_amount_decimal": "1250.5",
        "recurring[interval]": "month",
        "lookup_key": "SEAT:USD:month:12.505",
    }


def test_a_doubt_about_the_product_is_no_doubt_about_the_price(account: Any, vendor: Any) -> None:
    account.on("GET", "/v1/products/SEAT", vendor["error"](404, "no", code="resource_missing"))
    busy = vendor["error"](409, "in progress", code="idempotency_key_in_use")
    account.on("POST", "/v1/products", busy)
    assert account.open().write(price()).verdict is Verdict.RETRYABLE
    assert not account.sent("POST", "/v1/prices")


def test_a_price_that_is_there_already_is_done_and_existing(account: Any, vendor: Any) -> None:
    taken = "A price (`price_1`) already uses that lookup key."
    account.on("GET", "/v1/products/SEAT", ok(PRODUCT))
    account.on("POST", "/v1/prices", vendor["error"](400, taken))
    account.on("GET", "/v1/prices", vendor["page"](PRICE))
    outcome = account.open().write(price())
    assert (outcome.verdict, outcome.existing) == (Verdict.DONE, True)
    assert outcome.record.ref == "price_1"
    assert account.sent("GET", "/v1/prices")[0].url.params["lookup_keys[]"] == PRICE["lookup_key"]


def test_a_meter_is_found_by_its_event_name(account: Any, vendor: Any) -> None:
    meters = [
        {"id": "mtr_1", "object": "billing.meter", "event_name": "usage", "status": "inactive"},
        {"id": "mtr_2", "object": "billing.meter", "event_name": "usage", "status": "active"},
        {"id": "mtr_3", "object": "billing.meter", "event_name": "other", "status": "active"},
    ]
    account.on("GET", "/v1/billing/meters", vendor["page"](*meters))
    found = account.open().find("billing.meter", "event_name", "usage")
    assert found.ref == "mtr_2"
    assert account.open().find("billing.meter", "event_name", "nothing") is None


@pytest.mark.parametrize("ref", ["../customers/cus_1", "", "a/b", "x" * 300])
def test_an_id_in_no_form_of_ids_is_nobodys_and_is_never_asked(account: Any, ref: str) -> None:
    assert account.open().read("invoice", ref) is None
    assert not account.requests


@pytest.mark.parametrize(
    "body",
    [{"id": "cus_1", "object": "charge"}, {"object": "customer"}, {"id": 7, "object": "customer"}],
)
def test_an_answer_that_is_not_the_object_proves_nothing(account: Any, body: Any) -> None:
    account.on("GET", "/v1/customers/cus_1", ok(body))
    with pytest.raises(CallFailed):
        account.open().read("customer", "cus_1")


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: upsert(key=None),
        lambda: subscribe(operation="subscription.cancel", ref=None),
        lambda: price(body={"product": "no product/../x"}),
        lambda: upsert(operation="moon.launch"),
    ],
)
def test_a_request_that_can_never_work_is_wrong_use(account: Any, wrong: Any) -> None:
    with pytest.raises(UsageError):
        account.open().write(wrong())
    assert not account.requests


def test_a_field_without_a_strong_lookup_is_refused(account: Any) -> None:
    with pytest.raises(UsageError):
        account.open().find("customer", "email", "ana@example.com")
    with pytest.raises(UsageError):
        account.open().find("coupon", "id", "ch_1")
