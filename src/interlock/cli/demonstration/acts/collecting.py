"""Collections: an invoice that is overdue is reminded of, and paid after that.

What comes of not paying takes weeks (a warning, a promise, a hold) and is not waited for here:
`tests/processes/test_contracts.py` lets that time pass.
"""

from collections.abc import Iterator
from typing import Final

from interlock.cli.demonstration.acts.act import Act, Tied, count
from interlock.cli.demonstration.scene import Scene, until


def _overdue(scene: Scene, deal: str) -> Iterator[None]:
    yield from until(lambda: bool(scene.bill(deal)) or scene.asks("quote-to-cash", deal))
    if bill := scene.bill(deal):
        scene.tell("billing", "do/overdue", {"invoice": bill["id"]})
        yield from until(
            lambda: (
                bool(scene.deal(deal).get("Dunning_Level__c"))
                or scene.asks("collections", bill["id"])
            )
        )
        scene.unpaid.discard(deal)
        yield from until(lambda: scene.ended("collections", bill["id"]))
    scene.unpaid.discard(deal)


def _ties(scene: Scene) -> Iterator[Tied]:
    overdue = scene.cast.of("overdue")
    reminded = [deal for deal in overdue if scene.deal(deal).get("Dunning_Level__c")]
    cleared = [deal for deal in reminded if scene.deal(deal)["Dunning_Level__c"] == "cleared"]
    yield count("collections", "reminded and cleared", len(overdue), len(cleared))


ACT: Final = Act(processes=("collections",), plays={"overdue": _overdue}, ties=_ties)
