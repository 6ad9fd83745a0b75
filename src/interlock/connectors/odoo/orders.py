"""Sale orders: made as quotations, confirmed, cancelled."""

from typing import Final

from interlock.connectors.odoo.cells import refused
from interlock.connectors.odoo.documents import together
from interlock.connectors.odoo.loading import already, key_of, ref_of
from interlock.connectors.odoo.models import ORDER
from interlock.connectors.odoo.operations import Scope
from interlock.connectors.odoo.postings import Desk, Postings
from interlock.connectors.port import CallFailed, Outcome, Request

CONFIRMED: Final = frozenset({"sale", "done"})
CANCELLED: Final = frozenset({"cancel"})


class Orders:
    """Writes `sale.order`."""

    def __init__(self, desk: Desk, postings: Postings) -> None:
        self._desk = desk
        self._postings = postings

    def create(self, request: Request, scope: Scope) -> Outcome:
        """Make a quotation; its currency is that of a price list.

        Raises:
            CallFailed: It was refused, or nobody knows.
        """
        key = key_of(request)
        there = self._desk.records.keyed(ORDER, ORDER.key, key, scope)
        if there is not None:
            return already(there)
        if request.body.get("amount_tax"):
            raise CallFailed(
                refused("an order carries no tax of another engine's; its invoice does")
            )
        lines = self._desk.composer.sold(ORDER, request.body, key, scope)
        body = {name: value for name, value in request.body.items() if name != "currency_id"}
        head = self._desk.composer.head(ORDER, body, key, scope)
        prices = self._desk.codes.pricelist(str(request.body["currency_id"]), scope)
        if prices is not None:
            head["pricelist_id/.id"] = str(prices)
        return self._desk.loading.put(ORDER, together(head, lines), key, scope)

    def confirm(self, request: Request, scope: Scope) -> Outcome:
        """Confirm an order.

        Raises:
            CallFailed: It was refused, or nobody knows.
        """
        how = ("action_confirm", CONFIRMED)
        return self._postings.pressed(ORDER, ref_of(request), how, scope)

    def cancel(self, request: Request, scope: Scope) -> Outcome:
        """Cancel an order; its invoices stay.

        Raises:
            CallFailed: It was refused, or nobody knows.
        """
        how = ("action_cancel", CANCELLED)
        return self._postings.pressed(ORDER, ref_of(request), how, scope)
