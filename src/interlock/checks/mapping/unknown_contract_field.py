"""MAP001: a field is bound to a path that the contract does not have.

The vendor ignores it, or refuses the whole object. Either way the value never arrives.

Bad: ``in: {erp: compnayName}`` where the contract says ``companyName``.

Good: the contract's spelling.
"""

from collections.abc import Iterator

from interlock.checks.check import check
from interlock.checks.finding import Complaint, Severity
from interlock.checks.inspection import Inspection
from interlock.checks.mapping.schema import at, bound
from interlock.checks.subject import of
from interlock.expression.errors import did_you_mean


@check("MAP001", severity=Severity.ERROR, title="A field that the contract does not have")
def unknown_contract_field(inspection: Inspection) -> Iterator[Complaint]:
    for one in bound(inspection):
        path = one.binding.path
        if at(one.schema, path) is not None:
            continue
        known = sorted(one.schema.get("properties", {}))
        head = path.split(".")[0]
        close = "" if head in known else did_you_mean(head, known)
        yield Complaint(
            subject=of(one.entity, one.name, one.system),
            what=f"contract `{one.contract.name}` has no `{path}`{close}",
            hint=f"It has: {', '.join(known) or 'nothing here'}.",
            where=one.entity.place_of("spec", "fields", one.name, "in", one.system),
        )
