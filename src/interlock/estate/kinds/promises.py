"""What a declared system promises of one operation; checks and gate take it at its word."""

from datetime import timedelta
from typing import Annotated

from pydantic import Field as Given
from pydantic import StringConstraints, model_validator

from interlock.estate.capability import Capability, Effect, Guarantee
from interlock.estate.kinds.declared import Duration, Part

Label = Annotated[str, StringConstraints(pattern=r"^[A-Za-z_][A-Za-z0-9_-]{0,62}$")]
"""The name of an object or an operation: they stand on both sides of a dot."""


class Promise(Part):
    """How a write that is sent twice is protected, and what it does to the books."""

    effect: Effect
    guarantee: Guarantee = Given(alias="class")
    window: Duration | None = None
    """How long a key is remembered (class A); without it, for ever."""
    posts: bool = False
    reverses: Label | None = None
    strongLookup: bool = True  # noqa: N815 (spelling of the file)
    """Whether a find sees what was just written (F10)."""
    source: str = "declared in the estate"
    """Where the owners of the system promise it."""

    @model_validator(mode="after")
    def _coherent(self) -> "Promise":
        if self.window is not None and self.guarantee is not Guarantee.KEY:
            raise ValueError("a `window` belongs to class A only")
        if self.window is not None and self.window <= timedelta():
            raise ValueError("a `window` lasts longer than nothing")
        if (self.effect is Effect.REVERSE) != (self.reverses is not None):
            raise ValueError("`effect: reverse` and `reverses: OBJECT` go together")
        return self

    def capability(self, operation: str) -> Capability:
        """Return it in the words of the checks."""
        return Capability(
            operation=operation,
            effect=self.effect,
            guarantee=self.guarantee,
            window=self.window,
            strong_lookup=self.strongLookup,
            posts=self.posts,
            reverses=self.reverses,
            source=self.source,
        )
