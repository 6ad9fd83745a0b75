"""A transform that the red twin needs."""

from decimal import Decimal


def parts(total: Decimal) -> dict[str, object]:
    """Return the total in one part."""
    return {"parts": [{"amount": total}]}
