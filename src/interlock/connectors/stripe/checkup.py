"""What we ask a Stripe account: one object of every kind. It tells no quota."""

from collections.abc import Collection, Iterator
from typing import Final

from interlock.connectors.kit.checkup import Probe
from interlock.connectors.kit.exchange import Call, Intent
from interlock.connectors.stripe.operations import PATHS, VERSION

WRITTEN_ONLY: Final = frozenset({"billing.meter_event"})
"""What the API takes and never lists (API reference, "Meter Events")."""


def probes(objects: Collection[str]) -> Iterator[Probe]:
    """Return what to ask; events first, because every poll needs them."""
    listed = sorted((set(objects) & PATHS.keys()) - WRITTEN_ONLY)
    paths = {"event": "/v1/events", **{obj: PATHS[obj] for obj in listed}}
    for obj, path in paths.items():
        yield Probe(
            what=f"read {obj}",
            call=Call(
                intent=Intent.READ,
                method="GET",
                path=path,
                query=(("limit", "1"),),
                headers={"Stripe-Version": VERSION},
            ),
            grant=f"Give the restricted key `Read` on {obj}s, or use another key.",
        )
