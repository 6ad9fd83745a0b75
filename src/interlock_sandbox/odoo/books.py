"""What the rows mean: amounts, states, what is open, and until when the books are closed."""

from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Final

from interlock_sandbox.odoo.errors import USER, OdooError
from interlock_sandbox.odoo.store import Store
from interlock_sandbox.world import Record, World

RECEIVABLE: Final = 7
"""The account of what customers owe."""
QUANTITY: Final = Decimal("0.01")
NUMBERS: Final = {"out_invoice": "INV", "out_refund": "RINV", "entry": "MISC"}


class Books:
    """Computes and books."""

    def __init__(self, world: World, store: Store) -> None:
        self._world = world
        self._store = store
        self._numbers: dict[str, int] = {}

    def lines(self, model: str, parent: str, ref: int) -> list[Record]:
        """Return the lines of a document."""
        return [row for row in self._store.rows(model) if row[parent] == ref]

    def compute_order(self, order: Record) -> None:
        """Compute an order from its lines."""
        if not order["currency_id"]:
            prices = order["pricelist_id"]
            given = self._store.one("product.pricelist", prices) if prices else None
            order["currency_id"] = given["currency_id"] if given else 1
        lines = self.lines("sale.order.line", "order_id", order["id"])
        untaxed, tax = self._sums(lines, "product_uom_qty", self._unit(order))
        order |= {"amount_untaxed": untaxed, "amount_tax": tax, "amount_total": untaxed + tax}
        order["order_line"] = [line["id"] for line in lines]

    def compute_move(self, move: Record) -> None:
        """Compute an invoice's or an entry's amounts, and the lines that Odoo makes itself."""
        if not move["currency_id"]:
            move["currency_id"] = 1
        if move["move_type"] == "entry":
            self._compute_entry(move)
            return
        lines = self._own_lines(move)
        untaxed, tax = self._sums(lines, "quantity", self._unit(move))
        total = untaxed + tax
        move |= {"amount_untaxed": untaxed, "amount_tax": tax, "amount_total": total}
        move["amount_total_in_currency_signed"] = -total if _is_refund(move) else total
        move |= {"amount_residual": total, "date": move["invoice_date"] or self._store.today()}
        move["invoice_date_due"] = move["invoice_date_due"] or self._store.today()
        move["invoice_line_ids"] = [line["id"] for line in lines]
        self._make(move, "payment_term", total)
        if tax:
            self._make(move, "tax", tax)

    def _own_lines(self, move: Record) -> list[Record]:
        lines = []
        for line in self.lines("account.move.line", "move_id", move["id"]):
            if line["display_type"] in {"tax", "payment_term"}:
                self._store.drop("account.move.line", line["id"])
            else:
                line["display_type"] = "product"
                lines.append(line)
        return lines

    def _make(self, move: Record, kind: str, amount: Decimal) -> None:
        owed = kind == "payment_term"
        made = {"move_id": move["id"], "display_type": kind, "name": kind, "quantity": Decimal(0)}
        made |= {"account_type": "asset_receivable" if owed else "liability_current"}
        made |= {"debit" if owed else "credit": amount, "amount_residual": amount}
        self._store.add("account.move.line", made)

    def _compute_entry(self, move: Record) -> None:
        lines = self.lines("account.move.line", "move_id", move["id"])
        debit = sum((line["debit"] or Decimal(0) for line in lines), Decimal(0))
        credit = sum((line["credit"] or Decimal(0) for line in lines), Decimal(0))
        if debit != credit:
            raise OdooError(USER, "The entry is not balanced.")
        move["amount_total"] = debit
        move["date"] = move["date"] or self._store.today()

    def _unit(self, document: Record) -> Decimal:
        places = self._store.one("res.currency", document["currency_id"])["decimal_places"]
        return Decimal(1).scaleb(-places)

    def _sums(self, lines: list[Record], quantity: str, unit: Decimal) -> tuple[Decimal, Decimal]:
        untaxed = tax = Decimal(0)
        for line in lines:
            count = Decimal(line[quantity] or 1).quantize(QUANTITY, ROUND_HALF_UP)
            line[quantity] = count
            amount = (count * Decimal(line["price_unit"] or 0)).quantize(unit, ROUND_HALF_UP)
            line["price_subtotal"] = amount
            untaxed += amount
            for ref in line["tax_ids"]:
                per_unit = Decimal(self._store.one("account.tax", ref)["amount"])
                tax += (count * per_unit).quantize(unit, ROUND_HALF_UP)
        return untaxed, tax

    def post(self, move: Record) -> None:
        """Post a move; out of a closed period its date is moved, and nobody is told."""
        if move["state"] != "draft":
            raise OdooError(USER, f"The entry {move['name']} (id {move['id']}) must be in draft.")
        sold = move["move_type"] != "entry"
        day = (move["invoice_date"] if sold else move["date"]) or self._store.today()
        if sold:
            move["invoice_date"] = day
        booked = self._store.today() if day <= self._closed(sold=sold) else day
        if not move["name"]:
            move["name"] = self._next(NUMBERS[move["move_type"]], booked[:4])
        self._store.touch("account.move", move, {"state": "posted", "date": booked})
        if sold:
            move["payment_state"] = "not_paid"
        if move["reversed_entry_id"] and sold:
            self._settle(move)

    def _settle(self, credit: Record) -> None:
        """Set a credit note off against its invoice."""
        invoice = self._store.one("account.move", credit["reversed_entry_id"])
        amount = min(invoice["amount_residual"], credit["amount_residual"])
        for each, state in ((invoice, "reversed"), (credit, "paid")):
            each["amount_residual"] -= amount
            settled = {"payment_state": "partial" if each["amount_residual"] else state}
            self._store.touch("account.move", each, settled)

    def _closed(self, *, sold: bool) -> str:
        locks = self._world.options.get("locks", {})
        names = ["user_fiscalyear_lock_date", "user_hard_lock_date"]
        names += ["user_sale_lock_date"] if sold else []
        return max((str(locks.get(name, "")) for name in names), default="")

    def company(self) -> Mapping[str, Any]:
        """Return the lock dates as they hold for the user; what is open is locked in year 1."""
        locks = self._world.options.get("locks", {})
        names = ("fiscalyear", "hard", "sale", "tax")
        return {
            f"user_{name}_lock_date": locks.get(f"user_{name}_lock_date", "1-01-01")
            for name in names
        }

    def cancel(self, move: Record) -> None:
        """Cancel a draft."""
        if move["state"] != "draft":
            raise OdooError(USER, "Only draft journal entries can be cancelled.")
        self._store.touch("account.move", move, {"state": "cancel"})

    def pay(self, payment: Record) -> None:
        """Post a payment; a second posting is without effect."""
        if payment["state"] != "draft":
            return
        kept = ("date", "partner_id", "currency_id")
        made = {"move_type": "entry", "state": "posted", "journal_id": payment["journal_id"]}
        made |= {name: payment[name] for name in kept} | {"ref": payment["memo"]}
        made["name"] = self._next("PBNK1", str(payment["date"])[:4])
        made |= {"origin_payment_id": payment["id"], "amount_total": payment["amount"]}
        move = self._store.add("account.move", made)
        line = {
            "move_id": move["id"],
            "account_type": "asset_receivable",
            "account_id": RECEIVABLE,
        }
        line |= {"credit": payment["amount"], "amount_residual": -payment["amount"]}
        self._store.add("account.move.line", {**line, "name": "payment", "display_type": False})
        done = {"state": "in_process", "move_id": move["id"], "name": made["name"]}
        self._store.touch("account.payment", payment, done)

    def match(self, invoice: Record, line: Record) -> None:
        """Match the open part of a payment with what an invoice has open."""
        amount = min(invoice["amount_residual"], -line["amount_residual"])
        if amount <= 0:
            return
        invoice["amount_residual"] -= amount
        state = "partial" if invoice["amount_residual"] else "in_payment"
        self._store.touch("account.move", invoice, {"payment_state": state})
        line["amount_residual"] += amount
        line["reconciled"] = not line["amount_residual"]
        move = self._store.one("account.move", line["move_id"])
        payment = self._store.one("account.payment", move["origin_payment_id"])
        matched = {"is_reconciled": line["reconciled"], "_paid": {str(invoice["id"]): amount}}
        self._store.touch("account.payment", payment, matched)

    def unpay(self, payment: Record) -> None:
        """Cancel a payment; what it paid is open again."""
        if payment["state"] == "canceled":
            raise OdooError(USER, "Only draft journal entries can be cancelled.")
        for ref, amount in payment.pop("_paid", {}).items():
            invoice = self._store.one("account.move", ref)
            invoice["amount_residual"] += amount
            whole = invoice["amount_residual"] == invoice["amount_total"]
            state = "not_paid" if whole else "partial"
            self._store.touch("account.move", invoice, {"payment_state": state})
        undone = {"state": "canceled", "is_reconciled": False}
        self._store.touch("account.payment", payment, undone)

    def confirm(self, order: Record) -> None:
        """Confirm an order."""
        if order["state"] != "draft":
            raise OdooError(USER, "Some orders are not in a state requiring confirmation.")
        lines = self.lines("sale.order.line", "order_id", order["id"])
        if not all(line["product_id"] for line in lines):
            words = "Some order lines are missing a product"
            raise OdooError(USER, f"{words}, you need to correct them before going further.")
        now = self._store.now()
        done = {"state": "sale", "date_order": now, "invoice_status": "to invoice"}
        self._store.touch("sale.order", order, done)

    def number_order(self) -> str:
        """Return the next number of an order."""
        self._numbers["S"] = self._numbers.get("S", 0) + 1
        return f"S{self._numbers['S']:05d}"

    def _next(self, prefix: str, year: str) -> str:
        place = f"{prefix}/{year}"
        self._numbers[place] = self._numbers.get(place, 0) + 1
        return f"{place}/{self._numbers[place]:05d}"


def _is_refund(move: Record) -> bool:
    return bool(move["move_type"] == "out_refund")
