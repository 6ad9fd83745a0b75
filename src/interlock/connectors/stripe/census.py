"""Every object of a kind, by Stripe's lists: strongly consistent, newest first.

Events are kept for 30 days only; the lists know everything. An object tells when it was created
and not when it changed: that is the moment it is listed under.
"""

from datetime import UTC, datetime
from decimal import Decimal

from interlock.connectors.kit.channel import Channel
from interlock.connectors.kit.exchange import Answer
from interlock.connectors.port import Body, Changes, Event
from interlock.connectors.stripe import operations
from interlock.connectors.stripe.answers import listed, page_of, record_of
from interlock.foundation.errors import UsageError

UNLISTED = frozenset({"billing.meter_event", "billing.meter_event_summary"})
"""What the vendor takes and never lists (docs.stripe.com/api/billing/meter-event)."""


def page_of_all(channel: Channel, obj: str, page: str | None) -> Changes:
    """Return one page of all objects of this kind.

    Raises:
        CallFailed: Stripe did not answer, or what it shows is not a list of them.
        UsageError: Stripe has no list of them.
    """
    if obj in UNLISTED:
        raise UsageError(
            f"Stripe has no list of `{obj}`", hint="Compare what it makes of them: the invoices."
        )
    after = (("starting_after", page),) if page else ()
    answer = channel.ask(operations.listing(obj, (*listed(obj), *after)))
    found = page_of(answer)
    events = [each for each in (_event(obj, answer, item) for item in found.items) if each]
    return Changes(events=events, cursor=found.next or "", more=found.next is not None)


def _event(obj: str, answer: Answer, item: Body) -> Event | None:
    record = record_of(obj, answer, item)
    if record is None:
        return None
    created = item.get("created")
    if not isinstance(created, int | Decimal) or isinstance(created, bool):
        raise answer.malformed(f"a {obj} without the moment of its creation")
    return Event(
        id=f"{record.ref}:listed",
        type=f"{obj}.listed",
        object=obj,
        ref=record.ref,
        body=record.body,
        at=datetime.fromtimestamp(int(created), UTC),
    )
