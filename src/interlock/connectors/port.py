"""What every connector offers: read, find, write; and the five ways a write can end.

A connector turns requests into the vendor's wire protocol and the vendor's answers into
outcomes. It classifies by body, code and header, never by status alone. It never retries, never
waits and never guesses: that is the gate's and the flow's business.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, Protocol

from interlock.estate.capability import Capabilities
from interlock.foundation.destination import Allowed

PATH_SECRET: Final = ":path-secret"  # noqa: S105 (a name)
"""Under this name `Connector.event` finds the last segment of a webhook's path, where that is the
secret of a vendor who cannot sign; no sender can set a header of this name."""


class Verdict(StrEnum):
    """What a call came to (DESIGN.md section 2)."""

    DONE = "done"
    REJECTED = "rejected"
    """Surely not applied, for a business reason; sending it again is pointless."""
    RETRYABLE = "retryable"
    """Surely not applied; sending it again may succeed."""
    UNCERTAIN = "uncertain"
    """May have been applied."""
    BLOCKED = "blocked"
    """Not applied, and nothing sent to this system will be for a while: quota, outage, auth."""


class Kind(StrEnum):
    """Why a call did not simply succeed: one small vocabulary over all vendors, for `onError`."""

    NONE = ""
    REJECTED = "rejected"
    PERIOD_CLOSED = "period-closed"
    MISSING_FIELD = "missing-field"
    UNKNOWN_VALUE = "unknown-value"
    UNKNOWN_FIELD = "unknown-field"
    DUPLICATE = "duplicate"
    NOT_FOUND = "not-found"
    CONFLICT = "conflict"
    LOCKED = "locked"
    QUOTA = "quota"
    AUTH = "auth"
    OUTAGE = "outage"
    TRANSPORT = "transport"
    MALFORMED = "malformed"
    TAX_FAILED = "tax-failed"


Body = Mapping[str, object]
"""A vendor-shaped JSON object. Numbers with a point are `Decimal`, never float."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One object as the vendor shows it."""

    ref: str
    """The vendor's own id."""
    body: Body
    version: str | None = None
    """The vendor's change marker: ETag, SystemModstamp, lastModified."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One write, complete: nothing about it is decided later."""

    operation: str
    """``object.verb`` from the connector's capabilities."""
    body: Body
    """Vendor-shaped, built from the entity table's bindings."""
    key_field: str | None = None
    """The vendor field that carries our reference, e.g. ``externalId`` or ``metadata.crm_id``."""
    key: str | None = None
    """Our reference: the canonical key of the record, unique per object."""
    ref: str | None = None
    """The vendor's id, for operations on an existing object."""
    idempotency_key: str
    """Derived; the same for every attempt, replay and worker (R59)."""
    traceparent: str = ""
    """W3C trace context, sent along where the vendor takes headers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How a call ended."""

    verdict: Verdict
    record: Record | None = None
    """The object as it is afterwards; always present when done (success needs evidence, F9)."""
    kind: Kind = Kind.NONE
    code: str = ""
    """The vendor's own code, e.g. ``UNABLE_TO_LOCK_ROW``."""
    message: str = ""
    """The vendor's own words, bounded and masked."""
    retry_after: timedelta | None = None
    """When the vendor said how long to wait."""
    existing: bool = False
    """Done because the object was there already, not because this call made it."""
    location: str | None = None
    """An earlier submission of the same key that must be followed instead (F5)."""
    status: int | None = None
    """The HTTP status, for people; no decision rests on it alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that happened in a vendor's system."""

    id: str
    """The vendor's id of the event; the same event twice has the same id."""
    type: str
    """``object.verb``, e.g. ``invoice.paid`` or ``Opportunity.changed``."""
    object: str
    ref: str
    """The vendor's id of the object it is about."""
    body: Body
    """The object as the event carries it; may be empty."""
    at: datetime
    """By the vendor's clock."""
    source: str = ""
    """Of a CloudEvent: together with the id its identity."""
    correlation: str = ""
    """The business transaction that it says it belongs to, if it does."""
    stamp: str = ""
    """Of an event that was made out of a sighting of its object: which stamp the vendor gave that
    state. A state can come back within one stamp, with the same id: that is news once more. Empty
    where the vendor itself tells and numbers its events."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """One page of what changed, and where to go on."""

    events: Sequence[Event]
    cursor: str
    """Opaque; from the vendor's own clock (F11). Asking again from it loses nothing."""
    more: bool = False
    gap: str = ""
    """What may have happened without anybody being told, when the vendor does not know it any
    more: a person decides what to do about it. Everything from `cursor` on is known again."""


class CallFailed(Exception):  # noqa: N818 (it is an outcome on its way, not a defect)
    """A read could not be answered; carries the outcome that says why."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(f"{outcome.verdict}: {outcome.kind} {outcome.code} {outcome.message}")
        self.outcome = outcome


class Connector(Protocol):
    """A window to one system. Every call is one bounded exchange; none retries by itself."""

    @property
    def capabilities(self) -> Capabilities:
        """Return what it can do, class per operation."""
        ...

    def read(self, obj: str, ref: str) -> Record | None:
        """Return the object with the vendor's id `ref`, or ``None`` if it surely is not there.

        Raises:
            CallFailed: It could not be found out.
        """
        ...

    def find(self, obj: str, field: str, value: str) -> Record | None:
        """Return the object whose `field` is `value`, by a read that sees its own writes (F10).

        When several match, raises `CallFailed` with kind ``duplicate``. ``field`` may be the
        vendor's own id field.
        """
        ...

    def write(self, request: Request) -> Outcome:
        """Send one write and classify what came of it. Never raises for a vendor's behaviour."""
        ...

    def changes(self, obj: str, cursor: str | None) -> Changes:
        """Return what changed since `cursor` (``None``: from now on), oldest first.

        Raises:
            CallFailed: The vendor did not answer.
        """
        ...

    def event(
        self, headers: Mapping[str, str], body: bytes, secrets: Sequence[str]
    ) -> Iterator[Event]:
        """Verify and read a delivery; yields its events.

        Raises:
            DeliveryRefused: The signature, the age or the form is wrong.
        """
        ...


class DeliveryRefused(Exception):  # noqa: N818 (said to a sender)
    """A delivery is not authentic or not readable; `status` is what to answer it."""

    def __init__(self, reason: str, *, status: int) -> None:
        super().__init__(reason)
        self.status = status


NOTHING_MORE: Final = Allowed(hint="If it is meant, declare `outbound: {networks: [...]}`.")
"""Public addresses by https, and no other."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outbound:
    """The way out of one connection, as the estate declares it."""

    allowed: Allowed = NOTHING_MORE
    proxy: str | None = field(default=None, repr=False)
    """A URL; it may carry a password. The proxy then resolves the name and judges the address."""
    authorities: str | None = None
    """A file of certificates (PEM) that are trusted besides the public ones."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """What a connector needs to open: where, as whom, how patiently."""

    system: str
    url: str
    credential: Mapping[str, str] = field(repr=False)
    """The named secret, resolved; never logged, never in an exception's text."""
    scheme: str
    timeout: timedelta
    """After this the caller gives up; the vendor may still apply it until its bound (F3)."""
    options: Mapping[str, str] = field(default_factory=dict)
    declared: object = None
    """What the estate declares of a system whose API no connector knows: its `options`."""
    outbound: Outbound = Outbound()
    """Which addresses the host of `url`, and no other host, may be found at."""
