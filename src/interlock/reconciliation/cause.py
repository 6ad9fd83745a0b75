"""Why two sides differ: one word for each break, never two."""

from enum import StrEnum
from typing import Final


class Cause(StrEnum):
    """The classes, the first that applies counts (docs/reconciliation.md)."""

    DUPLICATE = "duplicate"
    """The same key again on one side: what is beyond the first."""
    IN_DOUBT = "in-doubt"
    """A run sent it and does not know whether it arrived."""
    IN_FLIGHT = "in-flight"
    """A run is still at work on it, or it changed less than the settle time ago."""
    MISSING_DOWNSTREAM = "missing-downstream"
    """The first side has it, a later one does not."""
    MISSING_UPSTREAM = "missing-upstream"
    """A later side has it, the first does not."""
    CUT_OFF = "date-or-cut-off"
    """It counts in different periods, or its dates differ by more than allowed."""
    VOID = "void-not-carried"
    """Void or reversed here, and still standing there."""
    LEGAL_ENTITY = "wrong-legal-entity"
    CURRENCY = "currency-or-rate"
    TAX = "tax"
    """The tax differs, and what is left without it agrees."""
    ROUNDING = "rounding"
    """No more than the rounding that the comparison foresees."""
    AMOUNT = "amount"
    ACCOUNT = "wrong-account"
    STATUS = "status"
    DRIFT = "ownership-drift"
    """A value that is not its authority's."""


MATCHED: Final = "matched"
"""What stands in the place of a cause where there is none."""
