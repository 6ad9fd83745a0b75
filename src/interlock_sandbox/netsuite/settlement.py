"""What settles an invoice: credit memos and customer payments, by !transform or by POST."""

from decimal import Decimal

from interlock_sandbox.netsuite.catalogue import external_id
from interlock_sandbox.netsuite.errors import NetSuiteError, wanting
from interlock_sandbox.netsuite.records import Books
from interlock_sandbox.netsuite.selling import PAID
from interlock_sandbox.world import Record, World


class Settlement:
    """Makes documents that take something off an invoice."""

    def __init__(self, world: World, books: Books) -> None:
        self._world, self._books = world, books

    def transform(self, ref: str, to: str, given: Record) -> Record:
        """Make one transaction out of an invoice."""
        invoice = self._books.existing("invoice", ref)
        return self.credit(invoice, given) if to == "creditMemo" else self.pay(invoice, given)

    def credit(self, invoice: Record, given: Record) -> Record:
        """Reverse an invoice: a credit memo over its whole total, applied to what is open.

        Nothing but the external id keeps it from being made twice, as with the real vendor.
        """
        total, applied = invoice["total"], invoice["amountRemaining"]
        memo = self._document("creditMemo", invoice, given, "CM")
        memo |= {"createdFrom": {"id": invoice["id"]}, "entity": invoice["entity"]}
        memo |= {"total": total, "amountRemaining": total - applied, "item": invoice["item"]}
        status = "Fully Applied" if applied == total else "Open"
        memo["status"] = {"id": status, "refName": status}
        return self._settled("creditMemo", memo, invoice, applied)

    def pay(self, invoice: Record, given: Record) -> Record:
        """Pay an invoice, wholly unless ``payment`` says less."""
        amount = Decimal(str(given.get("payment", invoice["amountRemaining"])))
        if not 0 < amount <= invoice["amountRemaining"]:
            raise NetSuiteError(400, "USER_ERROR", "The payment exceeds what is open.", "payment")
        payment = self._document("customerPayment", invoice, given, "PY")
        line = {"doc": {"id": invoice["id"]}, "amount": amount, "apply": True, "line": 1}
        payment |= {"payment": amount, "customer": invoice["entity"], "apply": {"items": [line]}}
        payment |= {"status": {"id": "Deposited", "refName": "Deposited"}}
        return self._settled("customerPayment", payment, invoice, amount)

    def applied(self, given: Record) -> Record:
        """Make a payment from its own body: one ``apply`` line per invoice."""
        lines = [line for line in (given.get("apply") or {}).get("items", []) if line.get("apply")]
        if len(lines) != 1:
            raise wanting("Apply")
        invoice = self._books.existing("invoice", str(lines[0]["doc"]["id"]))
        amount = given.get("payment", lines[0].get("amount", invoice["amountRemaining"]))
        return self.pay(invoice, {**given, "payment": amount})

    def _document(self, obj: str, invoice: Record, given: Record, prefix: str) -> Record:
        key = given.get("externalId")
        if key is not None:
            self._books.unused(obj, external_id(str(key)))
        ref = str(self._world.number() + 1000)
        shared = {name: invoice[name] for name in ("subsidiary", "currency")}
        made = {
            "id": ref,
            "tranDate": self._books.today(),
            **given,
            **shared,
            "tranId": f"{prefix}{ref}",
        }
        self._books.open_period(obj, made)
        return made

    def _settled(self, obj: str, made: Record, invoice: Record, amount: Decimal) -> Record:
        invoice["amountRemaining"] -= amount
        if not invoice["amountRemaining"]:
            invoice["status"] = PAID
        self._books.touch(invoice)
        return self._books.keep(obj, made)
