"""Bodies as `load` takes them: columns of text, other records by their ids."""

from collections.abc import Mapping

from interlock.connectors.odoo import wire
from interlock.connectors.odoo.codes import Codes
from interlock.connectors.odoo.models import Field, Form
from interlock.connectors.odoo.operations import Scope
from interlock.connectors.port import Body, CallFailed, Kind, Outcome, Verdict

PLAIN = Field()


class Cells:
    """Turns values into cells."""

    def __init__(self, codes: Codes) -> None:
        self._codes = codes

    def of(self, body: Body, fields: Mapping[str, Field], scope: Scope) -> dict[str, str]:
        """Return the columns of `body`; a field that we do not know goes as it is.

        Raises:
            CallFailed: A code is nobody's, or a value has no form there; nothing was sent.
        """
        found = {}
        for name, value in body.items():
            field = fields.get(name, PLAIN)
            related = field.form in {Form.REF, Form.REFS, Form.CODE}
            found[f"{name}/.id" if related else name] = self._cell(name, value, field, scope)
        return found

    def _cell(self, name: str, value: object, field: Field, scope: Scope) -> str:
        if field.form is Form.CODE and value not in {None, ""}:
            return str(self._codes.ref(field, str(value), scope))
        if isinstance(value, (list, tuple, Mapping)):
            raise CallFailed(refused(f"`{name}` is a list or an object"))
        try:
            return wire.cell(value, field)
        except ValueError as error:
            raise CallFailed(refused(f"`{name}`: {error}")) from None


def refused(why: str) -> Outcome:
    """Return the outcome of a body that cannot be said in Odoo's words."""
    return Outcome(
        verdict=Verdict.REJECTED,
        kind=Kind.UNKNOWN_VALUE,
        code="NOT_EXPRESSIBLE",
        message=f"{why}; nothing was sent",
    )
