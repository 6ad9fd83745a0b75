"""At the end of the demo a table is published: what was sold, with the proof of its figures."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

PRODUCT: Final = "bookings"
"""Of the example's products, the one that is read fastest: the books show documents one by one."""


def published(home: Path) -> dict[str, Any]:
    """Build the table of an installation that came to rest, and tell what it rests on."""
    from interlock.bootstrap.house import open_house
    from interlock.bootstrap.producing import builder_of
    from interlock.products.proof import Prover

    with open_house(home) as house:
        store = house.store
        estate = store.archive.current()
        built = builder_of(store, house.gate).build(PRODUCT)
        proof = Prover(estate=estate, database=store.database, clock=store.clock).prove(PRODUCT)
    return {
        "name": PRODUCT,
        "outcome": str(built.outcome),
        "rows": built.version.rows if built.version else 0,
        "tests": len(built.tests),
        "verdict": str(proof.verdict),
        "why": [*(reason.what for reason in built.reasons), *proof.doubts],
        "figures": [
            {
                **each.sum.by,
                "currency": each.sum.currency,
                "amount": str(each.sum.amount),
                "open": None if each.open is None else str(each.open),
            }
            for each in proof.figures
        ],
    }


def tell_published(found: Mapping[str, Any]) -> None:
    """Show to people what came of it, in one line."""
    amounts = ", ".join(f"{each['amount']} {each['currency']}" for each in found["figures"])
    why = f" ({'; '.join(found['why'])})" if found["why"] else ""
    print(
        f"data product {found['name']}: {found['outcome']}, {found['rows']} rows, "
        f"{amounts or 'no figure'}: {found['verdict']}{why}"
    )
