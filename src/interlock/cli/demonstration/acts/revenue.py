"""Revenue: a contract's schedule in the general ledger, and the months that are posted."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Final

from interlock.cli.demonstration.acts.act import Act, Tied, count, exact, per_currency
from interlock.cli.demonstration.scenario import Row
from interlock.cli.demonstration.scene import Scene, until

DEFERRED: Final = "2400"
RELEASED: Final = 2
"""So many entries of each schedule the controller releases: the deferral and the first month."""
POSTED, REFUSED = "2", "3"


def _recognised(scene: Scene, deal: str) -> Iterator[None]:
    yield from until(lambda: bool(scene.booked(deal)) or scene.ended("quote-to-cash", deal))
    if not scene.booked(deal):
        return
    wanted = {"object": "invoice", "id": scene.booked(deal)["id"]}
    scene.tell("erp", "change", {**wanted, "set": {"custbody_recognise": True}})
    yield from until(lambda: scene.ended("revenue-schedule", deal))
    released = sorted(_entries(scene, deal).items(), key=_deferral_first)[:RELEASED]
    for _, row in released:
        wanted = {"object": "journalEntry", "id": row["id"]}
        scene.tell("erp", "change", {**wanted, "set": {"custbody_release": True}})
    yield from until(lambda: all(scene.ended("journal-posting", key) for key, _ in released))


def _deferral_first(entry: tuple[str, Row]) -> tuple[bool, str]:
    return not entry[0].endswith("-DEFER"), entry[0]


def _entries(scene: Scene, deal: str) -> dict[str, Row]:
    return {
        key: row
        for key, row in scene.by("erp", "journalEntry", "externalId").items()
        if row.get("custbody_contract") == deal and _approval(row) != REFUSED
    }


def _approval(row: Row) -> str:
    return str(row["approvalStatus"]["id"])


def _ties(scene: Scene) -> Iterator[Tied]:
    """Compare contracts and invoices with their entries, by legal entity and currency."""
    pairs: dict[str, list[tuple[str, Decimal, Decimal]]] = defaultdict(list)
    for deal in scene.cast.of("recognised"):
        found = _entries(scene, deal)
        if not found:
            continue
        sold = scene.cast.deal(deal)
        book = f"{sold['Legal_Entity__c']} {sold['CurrencyIsoCode']}"
        fixed = [row for row in scene.cast.lines(deal) if row["Charge_Type__c"] != "Usage"]
        price = sum((exact(row["TotalPrice"]) for row in fixed), Decimal(0))
        billed = exact(scene.booked(deal)["subtotal"])
        pairs["sold = recognised"].append((book, price, _moved(found, deferral=False)))
        pairs["invoiced = deferred"].append((book, billed, -_moved(found, deferral=True)))
    for what, rows in pairs.items():
        yield from per_currency("revenue-schedule", what, rows)
    yield from _released(scene)


def _moved(entries: Mapping[str, Row], *, deferral: bool) -> Decimal:
    """Return what entries move to revenue: credits less debits of all but the deferred account."""
    found = Decimal(0)
    for key, row in entries.items():
        if key.endswith("-DEFER") is deferral:
            for line in row["line"]["items"]:
                if not line["account"]["refName"].startswith(DEFERRED):
                    found += exact(line.get("credit")) - exact(line.get("debit"))
    return found


def _released(scene: Scene) -> Iterator[Tied]:
    rows = scene.rows("erp", "journalEntry")
    released = [row for row in rows if row.get("custbody_release")]
    sums = [(row["currency"]["refName"], exact(row["total"]), _if_posted(row)) for row in released]
    yield from per_currency("journal-posting", "released = posted", sums)
    others = [row for row in rows if not row.get("custbody_release") and _approval(row) == POSTED]
    yield count("journal-posting", "posted without a word", 0, len(others))


def _if_posted(row: Row) -> Decimal:
    return exact(row["total"]) if _approval(row) == POSTED else Decimal(0)


ACT: Final = Act(
    processes=("revenue-schedule", "journal-posting"),
    plays={"recognised": _recognised},
    ties=_ties,
)
