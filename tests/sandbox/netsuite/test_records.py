from decimal import Decimal

import pytest
from tests.sandbox.netsuite.conftest import RECORDS, Suite, code


def test_an_external_id_is_one_record_however_often_it_is_put(suite: Suite) -> None:
    first, second = suite.ref(suite.invoice("006")), suite.ref(suite.invoice("006"))

    assert first == second
    found = suite.read("invoice", "eid:006")
    assert (found["total"], found["amountRemaining"]) == (33.75, 33.75)
    assert found["status"] == {"id": "Open", "refName": "Open"}
    assert found["tranId"] == f"INV{first}"


def test_lines_that_are_not_replaced_are_added(suite: Suite) -> None:
    ref = suite.ref(suite.invoice("006"))
    line = {"item": {"id": "item-SEAT"}, "amount": 10}
    suite.send("PUT", f"{RECORDS}/invoice/eid:006", {"item": {"items": [line]}})

    found = suite.read("invoice", ref)

    assert [each["amount"] for each in found["item"]["items"]] == [31.5, 10]
    assert found["total"] == 43.75


def test_a_line_is_merged_by_its_number(suite: Suite) -> None:
    ref = suite.ref(suite.invoice("006"))
    line = {"line": 1, "amount": 10}
    suite.send("PATCH", f"{RECORDS}/invoice/{ref}", {"item": {"items": [line]}})

    (found,) = suite.read("invoice", ref)["item"]["items"]

    assert (found["amount"], found["item"]["refName"]) == (10, "SEAT")


def test_a_patch_changes_the_record_that_it_names(suite: Suite) -> None:
    made = suite.send("POST", f"{RECORDS}/customer", {"companyName": "No external id"})
    ref = suite.ref(made)

    suite.send("PATCH", f"{RECORDS}/customer/{ref}", {"email": "a@example.com"})

    assert suite.read("customer", ref)["email"] == "a@example.com"
    assert len(suite.control("ledger")["customer"]) == 2


def test_an_unknown_field_is_refused_only_when_that_is_asked_for(suite: Suite) -> None:
    path, given = f"{RECORDS}/customer/eid:002", {"companyName": "A", "colour": "red"}
    assert code(suite.send("PUT", path, given)) == (400, "INVALID_CONTENT")

    answer = suite.client.put(path, json=given)

    assert answer.status_code == 204
    assert "colour" not in suite.read("customer", "eid:002")


def test_a_sublist_is_a_link_until_it_is_expanded(suite: Suite) -> None:
    ref = suite.ref(suite.invoice("006"))

    short = suite.read("invoice", ref, query="")

    assert set(short["item"]) == {"links"}
    behind = suite.send("GET", short["item"]["links"][0]["href"]).json()
    assert behind["items"] == suite.read("invoice", ref)["item"]["items"]
    assert set(suite.read("invoice", ref, "fields=total")) == {"links", "id", "total"}


def test_a_list_shows_ids_only_and_can_be_narrowed(suite: Suite) -> None:
    ref = suite.customer("002", companyName="Other")

    found = suite.send("GET", f"{RECORDS}/customer", None).json()
    named = suite.client.get(f"{RECORDS}/customer", params={"q": 'companyName IS "Other"'}).json()

    assert (found["count"], found["hasMore"]) == (2, False)
    assert [set(item) for item in found["items"]] == [{"id", "links"}] * 2
    assert [item["id"] for item in named["items"]] == [ref]


@pytest.mark.parametrize("key", ["a b", "a/b", "a:b", "externalId=a"])
def test_an_external_id_has_letters_digits_and_two_marks_only(suite: Suite, key: str) -> None:
    path = f"{RECORDS}/customer/eid:{key}"
    answer = suite.send("PUT", path, {"companyName": "A"})

    assert answer.status_code in {400, 404, 405}
    assert len(suite.control("ledger")["customer"]) == 1


def test_transactions_share_one_space_of_external_ids(suite: Suite) -> None:
    ref = suite.ref(suite.invoice("006"))
    path = f"{RECORDS}/invoice/{ref}/!transform/creditMemo"

    assert code(suite.send("POST", path, {"externalId": "006"})) == (400, "DUP_RCRD")
    assert suite.send("POST", path, {"externalId": "006-undo"}).status_code == 204
    assert code(suite.send("POST", path, {"externalId": "006-undo"})) == (400, "DUP_RCRD")


def test_a_payment_takes_its_part_off_the_invoice_and_a_later_put_leaves_it_so(
    suite: Suite,
) -> None:
    ref = suite.ref(suite.invoice("006"))
    path = f"{RECORDS}/invoice/{ref}/!transform/customerPayment"

    payment = suite.ref(suite.send("POST", path, {"payment": 3.75}))
    assert suite.read("invoice", ref)["amountRemaining"] == 30
    suite.ref(suite.send("POST", path, {"payment": 30}))
    suite.ref(suite.invoice("006"))

    found = suite.read("invoice", ref)
    assert (found["amountRemaining"], found["status"]["id"]) == (0, "Paid In Full")
    assert suite.read("customerPayment", payment)["payment"] == 3.75
    assert code(suite.send("POST", path, {"payment": 1})) == (400, "USER_ERROR")


def test_a_posted_transaction_and_its_customer_cannot_be_deleted(suite: Suite) -> None:
    ref = suite.ref(suite.invoice("006"))
    entity = suite.read("invoice", ref)["entity"]["id"]

    assert code(suite.send("DELETE", f"{RECORDS}/invoice/{ref}")) == (400, "USER_ERROR")
    assert code(suite.send("DELETE", f"{RECORDS}/customer/{entity}")) == (400, "USER_ERROR")


def test_a_closed_period_takes_no_new_date_and_lets_no_old_one_go(suite: Suite) -> None:
    ref = suite.ref(suite.invoice("006"))
    suite.control("periods", {"close": [["1", "2026-01"]]})

    assert code(suite.invoice("007")) == (400, "CLOSED_TRAN_PRD")
    assert code(suite.invoice("006")) == (400, "CLOSED_TRAN_PRD")
    moved = suite.send("PATCH", f"{RECORDS}/invoice/{ref}", {"tranDate": "2026-02-01"})
    assert code(moved) == (400, "CLOSED_TRAN_PRD")
    assert "closed accounting period" in moved.json()["o:errorDetails"][0]["detail"]
    assert suite.invoice("007", tranDate="2026-02-01").status_code == 204

    suite.control("periods", {"open": [["1", "2026-01"]]})
    assert suite.invoice("008").status_code == 204


@pytest.mark.parametrize(
    ("wrong", "expected"),
    [
        ({"entity": {"id": "99"}}, "INVALID_KEY_OR_REF"),
        ({"entity": {"externalId": "nobody"}}, "INVALID_KEY_OR_REF"),
        ({"currency": {"id": "99"}}, "INVALID_KEY_OR_REF"),
        ({"subsidiary": {"id": "2"}}, "USER_ERROR"),
        ({"tranDate": None}, "USER_ERROR"),
        ({"item": {"items": [{"amount": 1}]}}, "USER_ERROR"),
    ],
)
def test_what_does_not_fit_is_not_posted(
    suite: Suite, wrong: dict[str, object], expected: str
) -> None:
    assert code(suite.invoice("006", **wrong)) == (400, expected)
    assert not suite.control("ledger").get("invoice")


def test_money_stays_exact(suite: Suite) -> None:
    line = {"item": {"id": "item-SEAT"}, "amount": 0.1}
    ref = suite.ref(suite.invoice("006", item={"items": [line] * 3}, taxTotal=0))

    raw = suite.send("GET", f"{RECORDS}/invoice/{ref}?fields=total").text

    assert Decimal(raw.split('"total":')[1].rstrip("}")) == Decimal("0.3")


def test_what_stands_from_the_start_is_read_and_not_written(suite: Suite) -> None:
    assert suite.read("subsidiary", "3")["currency"]["refName"] == "JPY"
    assert suite.read("account", "54")["acctNumber"] == "4000"
    assert code(suite.send("POST", f"{RECORDS}/subsidiary", {})) == (404, "NONEXISTENT_ID")


def test_the_control_seeds_and_changes_what_clerks_do(suite: Suite) -> None:
    (ref,) = suite.control("seed", {"customer": [{"companyName": "Seeded"}]})["customer"]
    held = {"object": "customer", "id": ref, "set": {"creditHoldOverride": {"id": "NEVER_SEEN"}}}

    suite.control("change", held)

    assert suite.read("customer", ref)["creditHoldOverride"] == {"id": "NEVER_SEEN"}
