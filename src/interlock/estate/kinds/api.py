"""What users' programs may ask for: each call is answered at once, its outcome comes later."""

from datetime import timedelta
from typing import Literal

from pydantic import Field as Given
from pydantic import field_validator

from interlock.estate.kinds.declared import Declared, Duration, Name, Part, Text


class OperationSpec(Part):
    """One thing that may be asked for: that an integration takes up a record."""

    integration: Name
    """What is started; its trigger says which record the call is about."""
    wait: Duration | None = Given(default=None, le=timedelta(seconds=30))
    """How long a call may be held for its outcome. Without it each is answered 202 at once; with
    it the integration must not touch the books (API001)."""


class Rate(Part):
    """How often a caller may call."""

    calls: int = Given(ge=1)
    """Requests of one caller in each window, over all workers; status requests count too."""
    per: Duration = Given(default="1m", validate_default=True, ge=timedelta(seconds=1))
    """How long a window is, in whole seconds."""

    @field_validator("per")
    @classmethod
    def _whole(cls, value: timedelta) -> timedelta:
        if value % timedelta(seconds=1):
            raise ValueError("a window is whole seconds")
        return value


class ApiSpec(Part):
    """Who may ask for what."""

    callers: Text
    """``secret:NAME``: name of the caller to its bearer token, of 24 characters or more."""
    operations: dict[Name, OperationSpec] = Given(min_length=1)
    """Last part of the path to what it asks for: ``POST /api/API/OPERATION``."""
    remember: Duration = Given(default="24h", validate_default=True, ge=timedelta(hours=1))
    """How long an Idempotency-Key is remembered; after that it is a new call."""
    rate: Rate | None = None
    """How often each caller may call; more is answered 429."""
    rates: dict[str, Rate] = Given(default_factory=dict)
    """Callers, by their name in `callers`, that have a rate of their own."""
    backlog: int = Given(default=10_000, ge=1)
    """How many calls may wait to be looked into; more are told to come again (503)."""


class Api(Declared):
    """Calls of users' programs: accepted at once (202), worked on behind it, asked for by URL."""

    kind: Literal["Api"]
    spec: ApiSpec
