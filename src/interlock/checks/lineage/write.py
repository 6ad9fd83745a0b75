"""One field that a plan writes into one system, and everything that flows into it."""

from dataclasses import dataclass
from typing import Literal

from interlock.checks.lineage.among import Facts
from interlock.checks.lineage.shapes import Record, Value
from interlock.estate.kinds.entity import Field
from interlock.estate.plan import Call, Put
from interlock.foundation.place import Placed


@dataclass(frozen=True, slots=True, kw_only=True)
class Write(Placed):
    """One written field."""

    step: Put | Call
    entity: str
    field: str
    declared: Field | None
    """What the entity says of it; ``None`` where it has no such field."""
    path: str
    """The field as seen from the step: ``total``, or ``lines[].amount`` inside a list."""
    system: str
    value: Value
    facts: Facts
    """What is known wherever this write happens."""
    target: Record
    """The record that is written; its id is that of a record that was read, if it is that one."""
    way: Literal["copied", "set"]
    """``copied``: by `from`, each field from its authority. ``set``: by an expression."""
