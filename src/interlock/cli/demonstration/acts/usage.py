"""Usage: what the product recorded, counted by billing once."""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Final

from interlock.cli.demonstration import product
from interlock.cli.demonstration.acts.act import Act, Tied, count, exact
from interlock.cli.demonstration.scene import Scene, until

RECORDS: Final = {"a": "700", "b": "50"}
"""What a customer uses, by the last letter of the record."""
AGO: Final = timedelta(hours=3)


def _used(scene: Scene, deal: str) -> Iterator[None]:
    yield from scene.sold(deal)
    customer = scene.deal(deal)["AccountId"]
    for letter, quantity in RECORDS.items():
        at = scene.clock.now() - AGO
        product.use(scene.stage.product_url, f"use-{deal}-{letter}", customer, quantity, at)
    keys = [f"use-{deal}-{letter}" for letter in RECORDS]
    yield from until(lambda: all(scene.ended("usage", key) for key in keys))


def _ties(scene: Scene) -> Iterator[Tied]:
    recorded = product.used(scene.stage.product_url)
    counted = scene.rows("billing", "billing.meter_event")
    yield count("usage", "records", len(recorded), len(counted))
    yield Tied(
        process="usage",
        what="units",
        here=sum(recorded.values(), Decimal(0)),
        there=sum((exact(row["payload"]["value"]) for row in counted), Decimal(0)),
    )


ACT: Final = Act(processes=("usage",), plays={"using": _used}, ties=_ties)
