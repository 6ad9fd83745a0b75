"""What an event means to an integration: does it start it, about which record, under which key."""

from collections.abc import Mapping

from interlock.connectors.port import Event
from interlock.estate.binding import BindingError, at_path, from_vendor, identity, some_from_vendor
from interlock.estate.estate import Estate
from interlock.estate.plan import Plan
from interlock.expression import Expression, ExpressionError


def starts(estate: Estate, plan: Plan, system: str, event: Event) -> bool:
    """Tell whether an event of `system` may start runs of the plan."""
    trigger = plan.trigger
    if trigger.system != system or trigger.event not in {None, event.type}:
        return False
    return identity(estate, trigger.entity, trigger.system).obj == event.object


def record_of(estate: Estate, entity: str, system: str, event: Event) -> dict[str, object] | None:
    """Return what the event says of its object; ``None`` when it cannot be understood.

    A run reads the object anew, so nothing is lost: it is parked there if it still cannot be
    understood (F19).
    """
    if not event.body:
        return None
    try:
        record = from_vendor(estate, entity, system, event.body)
    except BindingError:
        return None
    key = at_path(event.body, identity(estate, entity, system).field)
    return {**record, "id": event.ref if key is None else str(key), "ref": event.ref}


def business_key(plan: Plan, record: Mapping[str, object] | None, event: Event) -> str:
    """Return the business key: worked out of the record, or the vendor's id where none is."""
    if record is not None:
        try:
            return str(plan.key({plan.trigger.entity: record}))
        except ExpressionError:
            return str(record["id"])
    return event.ref


def holds(condition: Expression, plan: Plan, record: Mapping[str, object] | None) -> bool | None:
    """Return whether a condition holds for a record; ``None`` when it cannot be told."""
    if record is None:
        return None
    try:
        return condition({plan.trigger.entity: record}) is True
    except ExpressionError:
        return None


def seen(estate: Estate, plan: Plan, event: Event) -> dict[str, object] | None:
    """Return what the trigger's condition looks at, of a record that is not wholly understood.

    Otherwise one unheard-of value would start every integration that the record may start.
    """
    trigger = plan.trigger
    if trigger.when is None or not event.body:
        return None
    names = {read.path[1] for read in trigger.when.reads if len(read.path) > 1}
    try:
        return some_from_vendor(estate, trigger.entity, trigger.system, event.body, names)
    except BindingError:
        return None
