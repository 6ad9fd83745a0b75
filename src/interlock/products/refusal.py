"""Why nothing is published."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from interlock.products.testing import Tested


class Kind(StrEnum):
    """What a person must look at."""

    SOURCE = "source"
    """A system could not be read to its end: nothing half is published."""
    SCHEMA = "schema"
    """A system does not show its records as it did."""
    RECORD = "record"
    """A record cannot be understood."""
    AUTHORITY = "authority"
    """Nobody can tell who may originate a value."""
    CONTRACT = "contract"
    """The rows do not keep what their contract promises."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """One thing that is wrong."""

    kind: Kind
    what: str
    system: str = ""


class Refusal(Exception):  # noqa: N818 (it is an answer on its way, not a defect)
    """The product stays as it was; says why."""

    def __init__(self, reasons: Sequence[Reason], tests: Sequence[Tested] = ()) -> None:
        super().__init__("; ".join(reason.what for reason in reasons))
        self.reasons = tuple(reasons)
        self.tests = tuple(tests)
        """What was asked of the rows, if there were any."""
