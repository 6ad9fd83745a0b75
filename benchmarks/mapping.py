"""A mapping of an order (twelve fields, five lines of six) against hand-written Python."""

import timeit
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from interlock.expression import ForEach, compile_mapping

GOAL = 3.0
ORDER: dict[str, Any] = {
    "id": "o1",
    "number": "N-1",
    "status": "won",
    "currency": "EUR",
    "start": "2026-10-01",
    "customer": {"id": "c1", "name": "Acme", "email": "a@b.example"},
    "lines": [
        {"sku": f"s{n}", "qty": Decimal(n), "price": Decimal("1.25"), "text": "x", "tax": "std"}
        for n in range(1, 6)
    ],
}


def by_hand(scope: dict[str, Any]) -> dict[str, Any]:
    order = scope["order"]
    customer = order["customer"]
    return {
        "externalId": order["id"],
        "tranId": order["number"],
        "entity": customer["id"],
        "name": customer["name"],
        "email": customer["email"],
        "currency": order["currency"],
        "date": order["start"],
        "memo": "Order " + order["number"],
        "posted": order["status"] == "won",
        "kind": "invoice" if order["status"] == "won" else "quote",
        "total": sum((line["qty"] * line["price"] for line in order["lines"]), Decimal(0)),
        "lines": [
            {
                "item": line["sku"],
                "quantity": line["qty"],
                "rate": line["price"],
                "amount": line["qty"] * line["price"],
                "description": line["text"],
                "taxCode": line["tax"],
            }
            for line in order["lines"]
        ],
    }


MAPPING = compile_mapping(
    {
        "externalId": "order.id",
        "tranId": "order.number",
        "entity": "order.customer.id",
        "name": "order.customer.name",
        "email": "order.customer.email",
        "currency": "order.currency",
        "date": "order.start",
        "memo": '"Order " + order.number',
        "posted": 'order.status == "won"',
        "kind": 'order.status == "won" ? "invoice" : "quote"',
        "total": "order.lines.map(l, l.qty * l.price).sum()",
        "lines": ForEach(
            over="order.lines",
            name="line",
            fields={
                "item": "line.sku",
                "quantity": "line.qty",
                "rate": "line.price",
                "amount": "line.qty * line.price",
                "description": "line.text",
                "taxCode": "line.tax",
            },
        ),
    },
    roots=frozenset({"order"}),
)


def best(call: Callable[[], object], number: int = 2000) -> float:
    return min(timeit.repeat(call, number=number, repeat=7)) / number


def main() -> None:
    scope = {"order": ORDER}
    assert MAPPING(scope) == by_hand(scope)
    hand, ours = best(lambda: by_hand(scope)), best(lambda: MAPPING(scope))
    ratio = ours / hand
    print(f"mapping      by hand {hand * 1e6:7.1f} us   compiled {ours * 1e6:7.1f} us   ", end="")
    print(f"ratio {ratio:.2f}   goal <= {GOAL}   {'met' if ratio <= GOAL else 'NOT MET'}")


if __name__ == "__main__":
    main()
