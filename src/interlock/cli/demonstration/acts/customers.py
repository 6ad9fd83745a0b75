"""The customer master: known everywhere, and a hold of the books is seen by sales and support."""

from collections.abc import Iterator
from typing import Final

from interlock.cli.demonstration.acts.act import Act, Tied, count
from interlock.cli.demonstration.scenario import Row
from interlock.cli.demonstration.scene import Scene, until

LEGACY: Final = "de"
"""Its customers are in the books of another system."""


def _known(scene: Scene, _: str) -> Iterator[None]:
    """Wait until every customer is wherever it must be."""
    yield from until(
        lambda: all(here == there for _, here, there in _counted(scene)) or _all_ended(scene)
    )


def _all_ended(scene: Scene) -> bool:
    living = [row["Id"] for row in _living(scene)]
    asked = any(scene.asks("customer-from-crm", ref) for ref in living)
    return asked and all(scene.ended("customer-from-crm", ref) for ref in living)


def _held(scene: Scene, _: str) -> Iterator[None]:
    """Let accounting put a customer on hold, one that buys nothing here."""
    group = next(row["Id"] for row in scene.rows("crm", "Account") if row["Name"].startswith("Gr"))
    yield from until(lambda: group in scene.by("erp", "customer", "externalId"))
    ref = scene.by("erp", "customer", "externalId")[group]["id"]
    held = {"creditHoldOverride": {"id": "ON"}}
    scene.tell("erp", "change", {"object": "customer", "id": ref, "set": held})
    yield from until(
        lambda: (
            scene.by("crm", "Account", "Id")[group].get("Payment_Hold__c") is True
            or scene.asks("customer-from-erp", group)
        )
    )


def _both(scene: Scene, deal: str) -> Iterator[None]:
    yield from _held(scene, deal)
    yield from _known(scene, deal)


def _living(scene: Scene) -> list[Row]:
    return [row for row in scene.rows("crm", "Account") if not row.get("MasterRecordId")]


def _counted(scene: Scene) -> Iterator[tuple[str, int, int]]:
    """Return (where, how many there must be, how many there are by the same name)."""
    names = {row["Id"]: row["Name"] for row in _living(scene)}
    german = {row["Id"] for row in _living(scene) if row["Legal_Entity__c"] == LEGACY}
    billed = {r["metadata"].get("crm_id"): r["name"] for r in scene.rows("billing", "customer")}
    booked = {
        key: row["companyName"] for key, row in scene.by("erp", "customer", "externalId").items()
    }
    ours = names.keys() - german
    for where, wanted, found in (("billing", names.keys(), billed), ("books", ours, booked)):
        yield where, len(wanted), sum(1 for ref in wanted if found.get(ref) == names[ref])


def _ties(scene: Scene) -> Iterator[Tied]:
    for where, here, there in _counted(scene):
        yield count("customer-from-crm", f"customers in {where}", here, there)
    holds = [
        (
            bool(row.get("Payment_Hold__c")),
            scene.by("erp", "customer", "externalId").get(row["Id"], {}),
        )
        for row in _living(scene)
        if row["Legal_Entity__c"] != LEGACY
    ]
    here = sum(1 for seen, _ in holds if seen)
    there = sum(1 for _, known in holds if known.get("creditHoldOverride", {}).get("id") == "ON")
    yield count("customer-from-erp", "on hold", here, there)


ACT: Final = Act(
    processes=("customer-from-crm", "customer-from-erp"), plays={"": _both}, ties=_ties
)
