"""How the books of every legal entity read once the curtain is down."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from interlock.cli.demonstration.account import Account
from interlock.cli.demonstration.accounts import account, accounts
from interlock.cli.demonstration.acts.act import Tied
from interlock.cli.demonstration.playing import TAKEN_BACK
from interlock.cli.demonstration.scenario import SUBSIDIARIES
from interlock.cli.demonstration.scene import Scene
from interlock.cli.demonstration.tying import Posted, Tie, tie

SELLING: Final = "quote-to-cash"
UNDONE: Final = "-undo"
"""How the reference of a document ends that takes a deal back; others give money back."""
BILLED: Final = "in_"
"""How the reference of a later period's invoice begins: billing's own id."""
STANDING: Final = {"completed": "completed", "parked": "case"} | dict.fromkeys(
    TAKEN_BACK, "compensated"
)


def settled(scene: Scene) -> Tie:
    """Compare every deal, and every other process, with what the vendors hold."""
    runs = scene.states(SELLING)
    deals = [str(row["Id"]) for row in scene.cast.story.opportunities]
    states = {ref: STANDING.get(runs.get(ref, ""), "lost") for ref in deals}
    crm = {table: scene.rows("crm", table) for table in ("Opportunity", "OpportunityLineItem")}
    posted = [*_in_erp(scene), *_in_legacy(scene)]
    found = tie(crm, posted, scene.rows("billing", "subscription"), states)
    found.accounts = [_selling(scene, found), *accounts(scene)]
    found.complaints += [said for account in found.accounts for said in account.complaints]
    return found


def _selling(scene: Scene, found: Tie) -> Account:
    """Return the account of the process that everything begins with."""
    sums = [
        Tied(process=SELLING, what=f"{entity} {currency} sold", here=sold, there=posted)
        for (entity, currency), (posted, sold, _) in found.sums.items()
    ]
    return account(scene, SELLING, tuple(sums))


def _in_erp(scene: Scene) -> Iterator[Posted]:
    reversed_ = {
        memo["createdFrom"]["id"]
        for memo in scene.rows("erp", "creditMemo")
        if str(memo.get("externalId")).endswith(UNDONE)
    }
    entities = {number: name for name, number in SUBSIDIARIES.items()}
    for row in scene.rows("erp", "invoice"):
        if str(row["externalId"]).startswith(BILLED):
            continue
        yield Posted(
            opportunity=str(row["externalId"]),
            legal_entity=entities[row["subsidiary"]["id"]],
            currency=str(row["currency"]["refName"]),
            net=Decimal(str(row["subtotal"])),
            total=Decimal(str(row["total"])),
            reversed=row["id"] in reversed_,
        )


def _in_legacy(scene: Scene) -> Iterator[Posted]:
    for row in scene.german_invoices():
        reference = str(row.get("reference") or BILLED)
        if row.get("state") in {"posted", "paid"} and not reference.startswith(BILLED):
            net = Decimal(str(row["untaxed_amount"]))
            yield Posted(
                opportunity=reference,
                legal_entity="de",
                currency="EUR",
                net=net,
                total=Decimal(str(row["total_amount"])),
                reversed=net < 0,
            )
