"""What became of every deal: asked of the vendors' ledgers and by our public commands only."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final, Protocol

from interlock.testing.storm.story import BOOKED_IN_ERP, Deal

COMPLETED: Final = "com.example.quote-to-cash.completed.v1"
UNPROVEN: Final = "proof"
LIVE: Final = frozenset({"posted", "paid"})

Rows = Iterable[Mapping[str, Any]]


class Asked(Protocol):
    """Who can be asked: the vendors' ledgers, and our own commands."""

    def tell(self, system: str, path: str, body: object = None) -> Any:  # noqa: ANN401 (JSON)
        """Return what a vendor's control API says."""
        ...

    def command(self, *arguments: str, codes: Sequence[int] = (0,)) -> Any:  # noqa: ANN401 (JSON)
        """Return what a command prints."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Invoice:
    """One invoice that is in force in some books."""

    number: str
    entity: str
    currency: str
    net: Decimal
    customer: str | None = None
    """Our reference of the customer, where the books name one."""


@dataclass(slots=True)
class Verdict:
    """How many deals ended how, and everything that should not be."""

    completed: int = 0
    compensated: int = 0
    cases: int = 0
    duplicates: int = 0
    lost: int = 0
    unproven: int = 0
    """Deals that are a case because a system does not show what its answer had said."""
    violations: list[str] = field(default_factory=list)


def judge(town: Asked, deals: Sequence[Deal]) -> Verdict:
    """Compare what was sold with what the systems hold now."""
    found = Verdict()
    live = invoices(town)
    subscriptions = Counter(
        str(row["metadata"].get("opportunity_id"))
        for row in town.tell("billing", "ledger").get("subscription", [])
        if row["status"] != "canceled"
    )
    announced = announcements(town)
    crm = {str(row["Id"]): row for row in town.tell("crm", "ledger")["Opportunity"]}
    listed = town.command("cases", "list", "--limit", "100000")["cases"]
    asked = Counter(str(case["key"]) for case in listed)
    unproven = {str(case["key"]) for case in listed if case["cause"] == UNPROVEN}
    known = {deal.ref for deal in deals}
    for what, held in (("invoice", live), ("subscription", subscriptions)):
        found.violations += [f"{ref}: an {what} that nobody sold" for ref in set(held) - known]
    for deal in deals:
        counts = (len(live[deal.ref]), subscriptions[deal.ref])
        found.duplicates += sum(max(0, count - 1) for count in counts)
        end = _end(deal, announced[deal.ref], asked[deal.ref], crm[deal.ref], sum(counts))
        setattr(found, end, getattr(found, end) + 1)
        said = _unfit(deal, end, counts, live[deal.ref], crm[deal.ref])
        if end == "cases" and deal.ref in unproven:
            found.unproven += 1
            said = [each for each in said if "it ended as" not in each]
        found.violations += [f"{deal.ref}: {each}" for each in said]
        if announced[deal.ref] > 1 or asked[deal.ref] > 1:
            found.violations.append(
                f"{deal.ref}: announced {announced[deal.ref]} times, asked {asked[deal.ref]} times"
            )
    return found


def announcements(town: Asked) -> Counter[str]:
    """Return how many different completions were announced of each deal."""
    return Counter(
        str(event["data"]["opportunity"])
        for event in town.tell("warehouse", "ledger").get("event", [])
        if event["type"] == COMPLETED
    )


def invoices(town: Asked) -> dict[str, list[Invoice]]:
    """Return what is in force in both books, by deal."""
    books = town.tell("erp", "ledger")
    undone = {memo["createdFrom"]["id"] for memo in books.get("creditMemo", [])}
    entities = {number: name for name, number in BOOKED_IN_ERP.items()}
    customers = {row["id"]: str(row.get("externalId")) for row in books.get("customer", [])}
    found: dict[str, list[Invoice]] = defaultdict(list)
    for row in books.get("invoice", []):
        if row["id"] not in undone:
            found[str(row["externalId"])].append(
                Invoice(
                    number=str(row["tranId"]),
                    entity=entities[row["subsidiary"]["id"]],
                    currency=str(row["currency"]["refName"]),
                    net=Decimal(str(row["subtotal"])),
                    customer=customers[row["entity"]["id"]],
                )
            )
    for row in town.tell("legacy", "ledger").get("account.invoice", []):
        # A draft in force would be a second document for a person to stumble upon: it counts.
        if row["state"] != "cancelled":
            found[str(row["reference"])].append(
                Invoice(
                    number=str(row["number"]) if row["state"] in LIVE else "a draft",
                    entity="de",
                    currency="EUR",
                    net=Decimal(str(row["untaxed_amount"])),
                )
            )
    return found


def _end(deal: Deal, announced: int, asked: int, row: Mapping[str, Any], held: int) -> str:
    if asked:
        return "cases"
    if announced:
        return "completed"
    off = deal.withdrawn and row["StageName"] == "Closed Lost" and not held
    return "compensated" if off else "lost"


def _unfit(
    deal: Deal,
    end: str,
    counts: tuple[int, int],
    live: Sequence[Invoice],
    row: Mapping[str, Any],
) -> list[str]:
    """Return what does not fit to how the deal ended."""
    wanted = "cases" if deal.incomplete else "compensated" if deal.withdrawn else "completed"
    said = [f"it ended as {end}, not as {wanted}"] if end != wanted else []
    if max(counts) > 1:
        said.append(f"{counts[0]} invoices and {counts[1]} subscriptions are in force")
    if end == "completed":
        if counts != (1, 1):
            return [*said, f"completed with {counts[0]} invoices, {counts[1]} subscriptions"]
        invoice = live[0]
        buyer = deal.row["AccountId"]
        shown = (invoice.entity, invoice.customer or buyer, invoice.currency, invoice.net)
        if shown != (deal.entity, buyer, deal.currency, deal.net):
            said.append(f"{shown} is posted; sold was {deal.net} {deal.currency} to {buyer}")
        if row.get("Invoice_Number__c") != invoice.number:
            said.append(f"the CRM shows {row.get('Invoice_Number__c')}, not {invoice.number}")
        if row.get("Payment_Status__c") != "paid":
            said.append(f"the CRM shows as payment status {row.get('Payment_Status__c')}")
    return said
