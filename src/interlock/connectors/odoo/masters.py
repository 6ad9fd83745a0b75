"""Customers and products: found by our reference, else made under an external id."""

from interlock.connectors.odoo.cells import Cells
from interlock.connectors.odoo.loading import Loading, external_id, key_of
from interlock.connectors.odoo.models import PARTNER, PRODUCT, Model
from interlock.connectors.odoo.operations import Scope
from interlock.connectors.odoo.records import Records
from interlock.connectors.port import Outcome, Request


class Masters:
    """Makes masters and sets their fields."""

    def __init__(self, records: Records, loading: Loading, cells: Cells) -> None:
        self._records = records
        self._loading = loading
        self._cells = cells

    def partner(self, request: Request, scope: Scope) -> Outcome:
        """Set the fields of the partner with our reference; make it first if there is none.

        Raises:
            CallFailed: It was refused, or nobody knows.
        """
        return self._upserted(PARTNER, request, scope)

    def product(self, request: Request, scope: Scope) -> Outcome:
        """Set the fields of the product with our code; make it first if there is none.

        Raises:
            CallFailed: It was refused, or nobody knows.
        """
        return self._upserted(PRODUCT, request, scope)

    def _upserted(self, model: Model, request: Request, scope: Scope) -> Outcome:
        key = key_of(request)
        body = {name: value for name, value in request.body.items() if name != "id"}
        # Somebody may have entered it by hand before we came: that one is meant, not a second.
        found = self._records.keyed(model, model.key, key, scope)
        if found is not None:
            target, body = {".id": found.ref}, {**body, model.key: key}
        else:
            target = {"id": external_id(model, key)}
            body = {**model.defaults, **body, model.key: key}
        row = {**target, **self._cells.of(body, model.fields, scope)}
        return self._loading.put(model, [row], key, scope)
