"""``interlock replay``: drive many runs again by cause; first a plan, then a few, then all."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from interlock.cli.terminal import Json
from interlock.foundation.errors import UsageError


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """What a replay is about: an empty word does not choose; at least one must."""

    integration: str = ""
    """All parked runs of this integration."""
    kind: str = ""
    """All that are parked for this cause, e.g. period-closed."""
    case: str = ""
    """The run of this case."""
    key: str = ""
    """The runs that any id of the chain belongs to, finished ones too."""
    finished: bool = False
    """With --integration: its completed runs too. Nothing outside may change by it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    """How it is done, by whom and why."""

    dry_run: bool = False
    """Only say what would be done."""
    canary: int | None = None
    """Only the first so many, the most pressing."""
    reason: str = ""
    """Why; it stays on record with every run."""
    by: str | None = None
    """Who; by default the account of this terminal."""


_NOTHING_CHOSEN = Chosen()
_PLAINLY = Manner()


def replay(
    chosen: Annotated[Chosen, Parameter(name="*")] = _NOTHING_CHOSEN,
    manner: Annotated[Manner, Parameter(name="*")] = _PLAINLY,
    *,
    home: Path | None = None,
    json: Json = False,
) -> int:
    """Try parked runs again, in bulk by cause; drive finished runs again under their identity.

    A replay changes nothing that is right already: every write carries the same key as before.

    Exit codes: 0 all were replayed, 1 some were refused, 2 nothing was found.

    Example: ``interlock replay --kind period-closed --canary 1 --reason "March is open again"``

    Args:
        chosen: What.
        manner: How.
        home: Where the installation lives.
        json: One JSON object instead of a report.
    """
    if chosen == _NOTHING_CHOSEN:
        hint = "Give --case, --key, --kind or --integration; --dry-run shows what it would touch."
        raise UsageError("nothing is chosen for replay", hint=hint)
    if not manner.reason.strip() and not manner.dry_run:
        raise UsageError("a replay needs a reason", hint="Say why with --reason.")
    from interlock.cli.replaying import replay_all

    return replay_all(chosen, manner, home, as_json=json)
