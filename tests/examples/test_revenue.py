"""Revenue of a contract: every sum ties, in currencies of no, two and three decimals."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from tests.examples.loading import function

schedule: Callable[..., Any] = function("revenue", "schedule")
allocate: Callable[..., Any] = function("revenue", "allocate")
days_by_month: Callable[..., Any] = function("revenue", "days_by_month")
rules: Callable[..., Any] = function("ledger", "rules")
UNITS = {"JPY": Decimal(1), "USD": Decimal("0.01"), "KWD": Decimal("0.001")}


def line(charge: str, price: str, quantity: int = 1, **fields: object) -> dict[str, object]:
    amount = Decimal(price) * quantity
    known = {"unit_price": Decimal(price), "quantity": Decimal(quantity), "amount": amount}
    return {"charge": charge, "product": charge.upper(), **known, **fields}


def planned(lines: list[dict[str, object]], **fields: object) -> Any:
    given: dict[str, object] = {
        "contract": "006A",
        "lines": lines,
        "currency": "USD",
        "start": date(2026, 11, 16),
        "term_months": 12,
        "treatment": "over_time",
        "invoiced": [],
        "invoice_date": date(2026, 11, 10),
        **fields,
    }
    return schedule(**given)


def months(plan: Any) -> dict[str, dict[str, Decimal]]:
    """Return entry -> account -> credit."""
    found: dict[str, dict[str, Decimal]] = {}
    for entry in plan["entries"]:
        if entry["credit"] is not None:
            accounts = found.setdefault(entry["posting"], {})
            before = accounts.get(entry["account"], Decimal(0))
            accounts[entry["account"]] = before + entry["credit"]
    return found


def test_a_subscription_is_earned_day_by_day_and_a_service_at_once() -> None:
    plan = planned([line("recurring", "365.00"), line("one_time", "50.00")])

    found = months(plan)

    assert len(found) == 13  # the first and the last month are parts of one
    assert found["006A-2026-11"] == {"4000": Decimal("15.00"), "4200": Decimal("50.00")}
    assert found["006A-2026-12"] == {"4000": Decimal("31.00")}
    assert found["006A-2027-11"] == {"4000": Decimal("15.00")}
    assert [each["date"] for each in plan["postings"]][-1] == date(2027, 11, 30)


def test_a_discount_is_shared_by_what_each_would_cost_alone() -> None:
    plan = planned(
        [
            line("recurring", "900.00", amount=Decimal("800.00")),
            line("one_time", "100.00", amount=Decimal("100.00")),
            line("usage", "5.00", 100),
        ]
    )

    credits = [accounts.get("4200") for accounts in months(plan).values()]

    assert plan["price"] == Decimal("900.00")
    assert [each for each in credits if each] == [Decimal("90.00")]


def test_what_was_billed_is_deferred_on_its_own_day() -> None:
    invoiced = [
        {"account": "4000 Subscription revenue", "amount": Decimal("30.42"), "product": "SEAT"},
        {"account": "4100", "amount": Decimal(0), "product": "USAGE"},
    ]
    plan = planned([line("recurring", "365.00")], invoiced=invoiced)

    deferral = [each for each in plan["entries"] if each["posting"] == "006A-DEFER"]

    assert plan["postings"][0] == {
        "key": "006A-DEFER",
        "date": date(2026, 11, 10),
        "memo": "Deferred revenue of 006A",
    }
    assert [(e["account"], e["debit"], e["credit"]) for e in deferral] == [
        ("4000", Decimal("30.42"), None),
        ("2400", None, Decimal("30.42")),
    ]


def test_what_is_taken_at_once_is_taken_in_the_month_of_the_start() -> None:
    assert set(months(planned([line("recurring", "365.00")], treatment="point_in_time"))) == {
        "006A-2026-11"
    }


def test_a_price_without_a_promise_is_no_contract() -> None:
    with pytest.raises(ValueError, match="nothing with a price of its own"):
        planned([line("one_time", "0.00", amount=Decimal("10.00"))])


def test_a_price_finer_than_its_currency_is_refused() -> None:
    with pytest.raises(ValueError, match="whole units"):
        planned([line("recurring", "100.50")], currency="JPY")


def test_a_contract_of_usage_alone_has_no_schedule() -> None:
    plan = planned([line("usage", "5.00", 100)])
    assert (plan["postings"], plan["price"], plan["recognised"]) == ([], 0, 0)


@given(
    currency=some.sampled_from(sorted(UNITS)),
    sold=some.lists(
        some.tuples(
            some.sampled_from(["recurring", "one_time", "usage"]),
            some.integers(1, 10**7),
            some.integers(1, 500),
            some.integers(0, 100),
        ),
        min_size=1,
        max_size=6,
    ),
    start=some.dates(date(2024, 1, 1), date(2030, 12, 31)),
    term=some.integers(1, 60),
    treatment=some.sampled_from(["over_time", "point_in_time"]),
)
def test_all_sums_tie_to_the_smallest_unit(
    currency: str, sold: Any, start: date, term: int, treatment: str
) -> None:
    unit = UNITS[currency]
    lines = [
        {
            "charge": charge,
            "product": f"P{number}",
            "unit_price": price * unit,
            "quantity": Decimal(quantity),
            "amount": price * quantity * (100 - off) // 100 * unit,
        }
        for number, (charge, price, quantity, off) in enumerate(sold)
    ]
    plan = planned(lines, currency=currency, start=start, term_months=term, treatment=treatment)

    fixed = sum((each["amount"] for each in lines if each["charge"] != "usage"), Decimal(0))
    assert plan["price"] == plan["recognised"] == fixed
    for posting in plan["postings"]:
        entries = [each for each in plan["entries"] if each["posting"] == posting["key"]]
        told = rules(entries, currency, "us")
        assert (told["off"], told["uneven"]) == (0, 0)


@given(total=some.integers(-(10**9), 10**9), weights=some.lists(some.integers(1, 10**6), min_size=1))
def test_parts_differ_from_their_exact_share_by_less_than_a_unit(
    total: int, weights: list[int]
) -> None:
    parts = allocate(Decimal(total), [Decimal(each) for each in weights], Decimal(1))
    assert sum(parts) == total
    whole = Decimal(sum(weights))
    for part, weight in zip(parts, weights, strict=True):
        assert abs(part - total * Decimal(weight) / whole) < 1


@given(start=some.dates(date(2024, 1, 1), date(2030, 12, 31)), term=some.integers(1, 60))
def test_every_day_of_the_service_is_in_one_month(start: date, term: int) -> None:
    found = days_by_month(start, term)
    assert all(1 <= days <= last.day for last, days in found.items())
    assert 28 * term <= sum(found.values()) <= 31 * term
    assert len(found) in {term, term + 1}


ENTRY: list[dict[str, object]] = [
    {"account": "2400 Deferred revenue", "debit": Decimal("10.50"), "credit": None},
    {"account": "4000", "debit": None, "credit": Decimal("10.50")},
]
FINE = {
    "accounts": ["2400", "4000"],
    "off_chart": 0,
    "uneven": 0,
    "off": Decimal(0),
    "total": Decimal("10.50"),
    "own_currency": True,
}


@pytest.mark.parametrize(
    ("change", "currency", "entity", "differs"),
    [
        ({}, "USD", "us", {}),
        ({"credit": Decimal("10.49")}, "USD", "us", {"off": Decimal("0.01")}),
        ({}, "EUR", "us", {"own_currency": False}),
        ({}, "JPY", "jp", {"uneven": 2}),
        ({"account": "4200"}, "USD", "us", {"accounts": ["2400", "4200"]}),
        ({"account": "4200"}, "KWD", "kw", {"accounts": ["2400", "4200"], "off_chart": 1}),
        ({"account": "1100 Receivable"}, "USD", "us", {"accounts": ["1100", "2400"], "off_chart": 1}),
    ],
)
def test_the_ledgers_rules_see_what_is_wrong(
    change: dict[str, object], currency: str, entity: str, differs: dict[str, object]
) -> None:
    assert rules([ENTRY[0], {**ENTRY[1], **change}], currency, entity) == {**FINE, **differs}
