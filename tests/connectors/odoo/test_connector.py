from decimal import Decimal
from typing import Any

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from interlock.connectors.odoo import wire
from interlock.connectors.odoo.documents import unit_price
from interlock.connectors.odoo.loading import external_id, line_id
from interlock.connectors.odoo.models import INVOICE, PARTNER, Field, Form
from interlock.connectors.port import CallFailed, DeliveryRefused, Kind, Request, Verdict
from interlock.foundation.errors import UsageError

CENT = Decimal("0.01")
NOTHING = httpx2.Response(200, json=None)


def asked(operation: str = "partner.upsert", **extra: Any) -> Request:
    given_ = {
        "operation": operation,
        "body": {"name": "Acme"},
        "key_field": "ref",
        "key": "001A",
        "idempotency_key": "run-1",
    }
    return Request(**{**given_, **extra})


def sale(**extra: Any) -> dict[str, Any]:
    line = {"name": "Seats", "quantity": Decimal(3), "price_subtotal": Decimal("31.50")}
    return {
        "partner_id": "2",
        "currency_id": "EUR",
        "invoice_date": "2026-01-15",
        "invoice_line_ids": [{**line, "account_id": "4000"}],
        **extra,
    }


def ready(server: Any, vendor: Any) -> None:
    """Let every code have its id."""
    server.on("res.currency/search_read", vendor["rows"]({"id": 3, "decimal_places": 2}))
    server.on("account.account/search_read", vendor["rows"]({"id": 26, "code": "4000"}))
    server.on("account.journal/search_read", vendor["rows"]({"id": 1, "code": "INV"}))
    server.on("decimal.precision/precision_get", httpx2.Response(200, json=2))
    server.on("account.tax/search_read", vendor["rows"]({"id": 5, "amount": 0.01}))
    server.on("account.move.line/search_read", vendor["rows"]())
    server.on("res.company/search_read", vendor["company"]())


def test_a_new_partner_is_made_under_an_external_id_of_ours(server: Any, vendor: Any) -> None:
    server.on("res.partner/search_read", vendor["rows"](), vendor["rows"](vendor["partner"]()))
    server.on("res.partner/load", vendor["loaded"](7))
    outcome = server.open().write(asked(key="acct 1.a"))
    assert (outcome.verdict, outcome.record.ref) == (Verdict.DONE, "7")
    assert outcome.record.version == "2026-01-01T10:00:01+00:00"
    sent = server.sent("res.partner/load")[0]
    cells = dict(zip(sent["fields"], sent["data"][0], strict=True))
    assert cells == {
        "id": "interlock.partner-acct%201%2Ea",
        "name": "Acme",
        "ref": "acct 1.a",
    }
    looked = server.sent("res.partner/search_read")[0]
    assert looked["domain"] == [["ref", "=", "acct 1.a"]]
    assert looked["context"]["active_test"] is False  # an archived partner is there, too
    assert looked["context"]["allowed_company_ids"] == [1]


def test_a_partner_that_somebody_entered_by_hand_is_the_one_that_is_meant(
    server: Any, vendor: Any
) -> None:
    found = vendor["partner"](id=12, ref="001A", active=False)
    server.on("res.partner/search_read", vendor["rows"](found))
    server.on("res.partner/load", vendor["loaded"](12))
    assert server.open().write(asked()).record.ref == "12"
    assert server.sent("res.partner/load")[0]["fields"] == [".id", "name", "ref"]


def test_two_partners_with_one_reference_are_not_chosen_between(server: Any, vendor: Any) -> None:
    server.on(
        "res.partner/search_read", vendor["rows"](vendor["partner"](), vendor["partner"](id=8))
    )
    outcome = server.open().write(asked())
    assert (outcome.verdict, outcome.kind) == (Verdict.REJECTED, Kind.DUPLICATE)
    with pytest.raises(CallFailed):
        server.open().find("partner", "ref", "001A")
    assert not server.sent("res.partner/load")


def test_a_write_that_cannot_be_read_back_is_not_done(server: Any, vendor: Any) -> None:
    server.on("res.partner/search_read", vendor["rows"](), httpx2.Response(502, html="x"))
    server.on("res.partner/load", vendor["loaded"](7))
    assert server.open().write(asked()).verdict is Verdict.UNCERTAIN
    server.on("res.partner/search_read", vendor["rows"]())
    assert server.open().write(asked()).verdict is Verdict.UNCERTAIN


def test_an_invoice_has_its_amounts_to_the_cent_and_the_tax_of_another_engine(
    server: Any, vendor: Any
) -> None:
    ready(server, vendor)
    made = vendor["invoice"](id=9, amount_tax=5.99, state="draft")
    lines = vendor["rows"](
        {
            "id": 1,
            "move_id": [9, "x"],
            "name": "Seats",
            "quantity": 3.0,
            "price_unit": 10.5,
            "price_subtotal": 31.5,
            "product_id": False,
            "account_id": [26, "Sales"],
        },
        {
            "id": 2,
            "move_id": [9, "x"],
            "name": "External tax",
            "quantity": 599.0,
            "price_unit": 0.0,
            "price_subtotal": 0.0,
            "product_id": False,
            "account_id": [26, "Sales"],
        },
    )
    server.on("account.move/search_read", vendor["rows"](), vendor["rows"](made))
    server.on("account.move.line/search_read", lines)
    server.on("account.move/load", vendor["loaded"](9))
    body = sale(amount_tax=Decimal("5.99"))
    outcome = server.open().write(asked("invoice.create", body=body, key="006A"))
    assert outcome.verdict is Verdict.DONE, outcome
    assert [line["account_id"] for line in outcome.record.body["invoice_line_ids"]] == ["4000"]
    sent = server.sent("account.move/load")[0]
    first, tax = (dict(zip(sent["fields"], each, strict=True)) for each in sent["data"])
    assert first["id"] == "interlock.invoice-006A"
    assert (first["move_type"], first["ref"], first["journal_id/.id"]) == (
        "out_invoice",
        "006A",
        "1",
    )
    assert first["invoice_line_ids/id"] == "interlock.invoice_line-006A-1"
    assert first["invoice_line_ids/price_unit"] == "10.500000"
    assert first["invoice_line_ids/tax_ids/.id"] == ""
    assert (tax["id"], tax["ref"]) == ("", "")
    assert tax["invoice_line_ids/quantity"] == "599"
    assert tax["invoice_line_ids/price_unit"] == "0"
    assert tax["invoice_line_ids/tax_ids/.id"] == "5"


def test_amounts_that_odoo_computed_differently_are_not_done(server: Any, vendor: Any) -> None:
    ready(server, vendor)
    server.on("account.move/search_read", vendor["rows"](), vendor["rows"](vendor["invoice"]()))
    server.on("account.move/load", vendor["loaded"](7))
    outcome = server.open().write(asked("invoice.create", body=sale()))
    assert (outcome.verdict, outcome.code) == (Verdict.UNCERTAIN, "NOT_AS_MEANT")


@pytest.mark.parametrize(
    "wrong",
    [
        {"currency_id": None},
        {"amount_tax": Decimal("5.999")},
        {"amount_tax": "much"},
        {"invoice_line_ids": []},
        {"invoice_line_ids": [{"quantity": Decimal(1), "price_subtotal": Decimal("1.005")}]},
        {"invoice_line_ids": [{"quantity": Decimal("NaN"), "price_subtotal": Decimal(1)}]},
        {"invoice_date": "tomorrow"},
        {"narration": ["a", "b"]},
    ],
)
def test_what_cannot_be_said_to_the_cent_is_not_sent(
    server: Any, vendor: Any, wrong: dict[str, Any]
) -> None:
    ready(server, vendor)
    server.on("account.move/search_read", vendor["rows"]())
    outcome = server.open().write(asked("invoice.create", body=sale(**wrong)))
    assert (outcome.verdict, outcome.kind) == (Verdict.REJECTED, Kind.UNKNOWN_VALUE)
    assert not server.sent("account.move/load")


def test_a_code_that_nobody_has_is_asked_for_anew_each_time(server: Any, vendor: Any) -> None:
    ready(server, vendor)
    server.on("account.account/search_read", vendor["rows"]())
    server.on("account.move/search_read", vendor["rows"]())
    connector = server.open()
    for count in (1, 2):
        outcome = connector.write(asked("invoice.create", body=sale()))
        assert (outcome.code, outcome.kind) == ("CODE_NOT_RESOLVED", Kind.UNKNOWN_VALUE)
        assert len(server.sent("account.account/search_read")) == count
    # Asked for its id and for its places, and then remembered.
    assert len(server.sent("res.currency/search_read")) == 2


@pytest.mark.parametrize("lock", ["fiscalyear", "hard", "sale"])
def test_nothing_is_posted_into_a_closed_period_because_odoo_would_move_its_date(
    server: Any, vendor: Any, lock: str
) -> None:
    ready(server, vendor)
    draft = vendor["invoice"](state="draft", invoice_date="2026-01-15", date="2026-01-15")
    server.on("account.move/search_read", vendor["rows"](draft))
    server.on("res.company/search_read", vendor["company"](**{lock: "2026-01-15"}))
    outcome = server.open().write(asked("invoice.post", ref="7"))
    assert (outcome.verdict, outcome.kind) == (Verdict.REJECTED, Kind.PERIOD_CLOSED)
    assert not server.sent("account.move/action_post")


def test_a_posting_on_another_date_than_the_invoices_is_not_done(server: Any, vendor: Any) -> None:
    ready(server, vendor)
    draft = vendor["invoice"](state="draft", invoice_date="2026-01-15")
    moved = vendor["invoice"](state="posted", invoice_date="2026-01-15", date="2026-02-01")
    server.on("account.move/search_read", vendor["rows"](draft), vendor["rows"](moved))
    server.on("account.move/action_post", httpx2.Response(200, json=False))
    outcome = server.open().write(asked("invoice.post", ref="7"))
    assert outcome.verdict is Verdict.UNCERTAIN
    assert "2026-02-01" in outcome.message


def test_only_its_own_state_makes_a_refused_post_done(server: Any, vendor: Any) -> None:
    ready(server, vendor)
    draft, posted = vendor["invoice"](state="draft"), vendor["invoice"](state="posted")
    words = "The entry INV/2026/00001 (id 7) must be in draft."
    conflict = vendor["raised"]("odoo.exceptions.UserError", words, 422)
    server.on("account.move/action_post", conflict)
    server.on("account.move/search_read", vendor["rows"](draft), vendor["rows"](posted))
    outcome = server.open().write(asked("invoice.post", ref="7"))
    assert (outcome.verdict, outcome.existing) == (Verdict.DONE, True)
    server.on("account.move/search_read", vendor["rows"](draft))
    outcome = server.open().write(asked("invoice.post", ref="7"))
    assert (outcome.verdict, outcome.kind) == (Verdict.REJECTED, Kind.CONFLICT)


def test_an_answer_after_which_it_is_a_draft_proves_no_post(server: Any, vendor: Any) -> None:
    ready(server, vendor)
    server.on("account.move/search_read", vendor["rows"](vendor["invoice"](state="draft")))
    wizard = httpx2.Response(200, json={"type": "ir.actions.act_window"})
    server.on("account.move/action_post", wizard)
    assert server.open().write(asked("invoice.post", ref="7")).verdict is Verdict.UNCERTAIN


def test_a_draft_is_taken_back_by_cancelling_it(server: Any, vendor: Any) -> None:
    ready(server, vendor)
    draft, gone = vendor["invoice"](state="draft"), vendor["invoice"](state="cancel")
    server.on("account.move/search_read", vendor["rows"](draft), vendor["rows"](gone))
    server.on("account.move/button_cancel", NOTHING)
    outcome = server.open().write(asked("invoice.credit", ref="7", body={}))
    assert (outcome.verdict, outcome.existing) == (Verdict.DONE, False)
    assert server.open().write(asked("invoice.credit", ref="7", body={})).existing
    assert not server.sent("account.move/load")


def test_a_reversal_that_is_not_posted_yet_is_not_there(server: Any, vendor: Any) -> None:
    ready(server, vendor)
    note = vendor["invoice"](state="draft", reversed_entry_id=[3, "INV/1"], ref="006A-C")
    server.on("account.move/search_read", vendor["rows"](note))
    assert server.open().find("invoice", "ref", "006A-C") is None
    server.on("account.move/search_read", vendor["rows"]({**note, "state": "posted"}))
    assert server.open().find("invoice", "ref", "006A-C").ref == "7"


@pytest.mark.parametrize(
    ("state", "matched", "there"),
    [("draft", False, False), ("in_process", False, False), ("paid", True, True)],
)
def test_a_payment_counts_once_it_is_posted_and_matched(
    server: Any, vendor: Any, state: str, matched: Any, there: Any
) -> None:
    payment = vendor["payment"](state=state, is_reconciled=matched, invoice_ids=[9])
    server.on("account.payment/search_read", vendor["rows"](payment))
    assert (server.open().find("payment", "memo", "p") is not None) is there


def test_a_payment_that_was_cut_off_after_its_posting_is_only_matched(
    server: Any, vendor: Any
) -> None:
    half = vendor["payment"](state="in_process", invoice_ids=[9], move_id=[11, "P/1"])
    server.on(
        "account.payment/search_read",
        vendor["rows"](half),
        vendor["rows"]({**half, "is_reconciled": True}),
    )
    server.on("account.move.line/search_read", vendor["rows"]({"id": 28, "reconciled": False}))
    server.on("account.move/js_assign_outstanding_line", NOTHING)
    outcome = server.open().write(asked("payment.create", body={}, key="p"))
    assert (outcome.verdict, outcome.record.body["is_reconciled"]) == (Verdict.DONE, True)
    sent = server.sent("account.move/js_assign_outstanding_line")
    assert [(each["ids"], each["line_id"]) for each in sent] == [([9], 28)]
    assert not server.sent("account.payment/load")
    assert not server.sent("account.payment/action_post")


def test_an_order_carries_no_tax_of_another_engine(server: Any, vendor: Any) -> None:
    server.on("sale.order/search_read", vendor["rows"]())
    body = {"partner_id": "2", "currency_id": "EUR", "amount_tax": Decimal(1)}
    outcome = server.open().write(asked("order.create", body=body))
    assert (outcome.verdict, outcome.code) == (Verdict.REJECTED, "NOT_EXPRESSIBLE")


def test_the_only_company_is_found_when_none_is_given(server: Any, vendor: Any) -> None:
    server.options = {"database": "erp"}
    server.on("res.company/search_read", vendor["rows"]({"id": 3, "currency_id": [1, "USD"]}))
    server.on("res.partner/search_read", vendor["rows"]())
    server.open().find("partner", "ref", "x")
    context = server.sent("res.partner/search_read")[0]["context"]
    assert context["allowed_company_ids"] == [3]
    both = vendor["rows"]({"id": 3, "currency_id": False}, {"id": 4, "currency_id": False})
    server.on("res.company/search_read", both)
    with pytest.raises(CallFailed):
        server.open().find("partner", "ref", "x")


@pytest.mark.parametrize(
    "spoiled",
    [
        {"active": "yes"},
        {"parent_id": 5},
        {"country_id": [0, "x"]},
        {"write_date": "yesterday"},
        {"id": True},
        {"id": None},
    ],
)
def test_a_row_whose_field_has_not_its_form_is_not_believed(
    server: Any, vendor: Any, spoiled: dict[str, Any]
) -> None:
    server.on("res.partner/search_read", vendor["rows"](vendor["partner"](**spoiled)))
    with pytest.raises(CallFailed) as caught:
        server.open().read("partner", "7")
    assert caught.value.outcome.kind is Kind.MALFORMED


def test_a_row_without_a_field_that_was_asked_for_is_not_believed(
    server: Any, vendor: Any
) -> None:
    row = vendor["partner"]()
    del row["email"]
    server.on("res.partner/search_read", vendor["rows"](row))
    with pytest.raises(CallFailed):
        server.open().read("partner", "7")


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: asked(key=None),
        lambda: asked("invoice.post", ref=None),
        lambda: asked("invoice.post", ref="7/../8"),
        lambda: asked("moon.launch"),
        lambda: asked(body={"company_id": "Example GmbH"}),
    ],
)
def test_a_request_that_can_never_work_is_wrong_use(server: Any, wrong: Any) -> None:
    with pytest.raises(UsageError):
        server.open().write(wrong())
    assert not server.requests


def test_other_wrong_uses_are_told(server: Any) -> None:
    connector = server.open()
    with pytest.raises(UsageError):
        connector.find("partner", "name", "Acme")
    with pytest.raises(UsageError):
        connector.read("res.users", "1")
    with pytest.raises(UsageError):
        connector.changes("partner", "yesterday")
    with pytest.raises(DeliveryRefused):
        connector.event({}, b'{"_model": "res.partner", "_id": 7}', ())
    assert connector.read("invoice", "not-an-id") is None


@given(st.text(min_size=1), st.text(min_size=1))
def test_no_two_keys_have_one_external_id(one: str, other: str) -> None:
    found = {external_id(PARTNER, key) for key in (one, other)}
    assert len(found) == len({one, other})
    for name in found:
        assert " " not in name
        assert name.count(".") == 1


@given(st.text(min_size=1), st.text(min_size=1), st.integers(1, 500), st.integers(1, 500))
def test_no_two_lines_have_one_external_id(one: str, other: str, first: int, second: int) -> None:
    found = {line_id(INVOICE, one, first), line_id(INVOICE, other, second)}
    assert len(found) == len({(one, first), (other, second)})


@given(
    amount=st.decimals(min_value=-(10**6), max_value=10**6, places=2),
    quantity=st.decimals(min_value=CENT, max_value=10**5, places=2),
)
def test_a_unit_price_gives_back_its_amount_or_is_not_taken(
    amount: Decimal, quantity: Decimal
) -> None:
    price = unit_price(amount, quantity, CENT)
    if price is not None:
        # As Odoo does it: the product of two floats, rounded to the cent.
        assert Decimal(str(round(float(price) * float(quantity), 2))) == amount
    if quantity <= 1000:
        assert price is not None


@pytest.mark.parametrize(
    ("value", "form", "cell"),
    [
        (None, Form.TEXT, ""),
        (True, Form.FLAG, "1"),
        (False, Form.FLAG, "0"),
        (Decimal("1E+2"), Form.NUMBER, "100"),
        ("2026-01-15T23:30:00-05:00", Form.MOMENT, "2026-01-16 04:30:00"),
        ("2026-01-15T10:00:00", Form.MOMENT, "2026-01-15 10:00:00"),
        ("2026-01-15", Form.DAY, "2026-01-15"),
    ],
)
def test_a_value_becomes_the_cell_that_load_reads(value: Any, form: Form, cell: str) -> None:
    assert wire.cell(value, Field(form=form)) == cell


@pytest.mark.parametrize(
    ("value", "form"),
    [("yes", Form.FLAG), ("x", Form.NUMBER), (Decimal("NaN"), Form.NUMBER), ("x", Form.MOMENT)],
)
def test_a_value_that_has_not_its_form_is_refused(value: Any, form: Form) -> None:
    with pytest.raises(ValueError, match=r".+"):
        wire.cell(value, Field(form=form))


def test_odoo_says_what_the_key_may_do_before_anything_is_tried(server: Any, vendor: Any) -> None:
    server.on("res.partner/has_access", *(httpx2.Response(200, json=yes) for yes in (True, False)))
    denied = vendor["raised"]("odoo.exceptions.AccessError", "You are not allowed to", 403)
    server.on("account.move/has_access", denied)
    found = server.open().checkup(["partner", "invoice", "nothing of Odoo's"])
    assert [(each.what, each.held.value) for each in found.permissions] == [
        ("read invoice", "no"),
        ("create invoice", "no"),
        ("write invoice", "no"),
        ("read partner", "yes"),
        ("create partner", "no"),
        ("write partner", "no"),
    ]
    assert "`Create` on res.partner" in found.permissions[4].grant
