"""What settles an invoice, by !transform or by POST: credit memos, payments, refunds."""

from decimal import Decimal

from interlock_sandbox.netsuite.catalogue import external_id
from interlock_sandbox.netsuite.errors import NetSuiteError, wanting
from interlock_sandbox.netsuite.records import Books
from interlock_sandbox.netsuite.selling import PAID, with_lines
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
        memo = self._document("creditMemo", invoice, given, "CM")
        memo |= {"createdFrom": {"id": invoice["id"]}, "entity": invoice["entity"]}
        if "item" in given:
            with_lines(self._books, memo, "Customer")
        else:
            memo |= {name: invoice[name] for name in ("item", "subtotal", "taxTotal", "total")}
        applied = min(memo["total"], invoice["amountRemaining"])
        memo["amountRemaining"] = memo["total"] - applied
        memo["status"] = _used_up(memo)
        return self._settled("creditMemo", memo, invoice, applied)

    def pay(self, invoice: Record, given: Record) -> Record:
        """Pay an invoice, wholly unless ``payment`` says less; what is not applied stays open.

        ``disc`` of an apply line is a discount that the customer is granted on top.
        """
        open_ = invoice["amountRemaining"]
        amount = Decimal(str(given.get("payment", open_)))
        asked = _applied(given)
        applied = Decimal(str(asked.get("amount", amount)))
        discount = Decimal(str(asked.get("disc", 0)))
        if not 0 < applied <= amount or applied + discount > open_:
            raise NetSuiteError(400, "USER_ERROR", "The payment exceeds what is open.", "payment")
        payment = self._document("customerPayment", invoice, given, "PY")
        line = {"doc": {"id": invoice["id"]}, "amount": applied, "apply": True, "line": 1}
        line |= {"disc": discount} if discount else {}
        payment |= {"payment": amount, "customer": invoice["entity"], "apply": {"items": [line]}}
        payment |= {"applied": applied, "unapplied": amount - applied}
        payment |= {"status": {"id": "Deposited", "refName": "Deposited"}}
        return self._settled("customerPayment", payment, invoice, applied + discount)

    def refunded(self, given: Record) -> Record:
        """Give a customer money back, out of one credit memo that is not used up."""
        line = _applied(given)
        if not line:
            raise wanting("Apply")
        memo = self._books.existing("creditMemo", str(line["doc"]["id"]))
        amount = Decimal(str(line.get("amount", memo["amountRemaining"])))
        if not 0 < amount <= memo["amountRemaining"]:
            detail = "The refund exceeds what is left of the credit memo."
            raise NetSuiteError(400, "USER_ERROR", detail, "apply")
        made = self._document("customerRefund", memo, given, "RF")
        shown = {"doc": {"id": memo["id"]}, "amount": amount, "apply": True, "line": 1}
        made |= {"total": amount, "customer": memo["entity"], "apply": {"items": [shown]}}
        memo["amountRemaining"] -= amount
        memo["status"] = _used_up(memo)
        self._books.touch(memo)
        return self._books.keep("customerRefund", made)

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


def _applied(given: Record) -> Record:
    """Return the line that says what is settled, if there is one."""
    lines = (given.get("apply") or {}).get("items", [])
    return next((dict(line) for line in lines if line.get("apply")), {})


def _used_up(memo: Record) -> Record:
    status = "Open" if memo["amountRemaining"] else "Fully Applied"
    return {"id": status, "refName": status}


def same_refund(_: Books, found: Record) -> None:
    """Let a refund be put again as it is: it was paid out, and is not changed."""
    line = _applied(found)
    if Decimal(str(line.get("amount", found["total"]))) != found["total"]:
        raise NetSuiteError(400, "USER_ERROR", "A refund cannot be changed.", "apply")
    found["apply"] = {"items": [{**line, "amount": found["total"], "line": 1}]}
