"""Rules of buying: who must agree to an order, and when a bill may be paid."""

from decimal import Decimal

BUDGET = {"USD": Decimal(10_000), "GBP": Decimal(8_000), "JPY": Decimal(1_500_000), "KWD": Decimal(3_000), "EUR": Decimal(9_000)}
"""From this much on a person agrees to an order; a currency without a limit always asks."""
PRICE_TOLERANCE = Decimal("0.02")
"""A unit may cost this share more than ordered."""
QUANTITY_TOLERANCE = Decimal(0)
"""What was not received is not paid: no share more than received."""


def budget(total, currency):
    """Say whether an order needs a person's approval."""
    limit = BUDGET.get(currency)
    return {"asks": limit is None or total >= limit}


def three_way_match(bill_lines, order_lines, total, tax):
    """Compare a bill with its order and with what was received, line by line.

    Returns how many lines of the bill belong to no line of the order, how many ask for more than was
    received, counting everything billed so far, how many cost more than the tolerance allows, and by how
    much lines and tax miss the total. All four are zero for a bill that may be paid.
    """
    ordered = {line["number"]: line for line in order_lines}
    found = {"strange": 0, "not_received": 0, "too_dear": 0}
    for line in bill_lines:
        known = ordered.get(line["order_line"])
        if known is None or known["product"] != line["product"]:
            found["strange"] += 1
            continue
        # The order counts this bill among what was billed; all of that must have been received.
        if known["billed"] > known["received"] * (1 + QUANTITY_TOLERANCE):
            found["not_received"] += 1
        if line["amount"] > line["quantity"] * known["unit_price"] * (1 + PRICE_TOLERANCE):
            found["too_dear"] += 1
    lines = sum((line["amount"] for line in bill_lines), Decimal(0))
    return {**found, "off": total - lines - (tax or Decimal(0))}
