"""AUT001: a copy is passed on as if it came from the authority.

A field is read from a system that only holds a copy of it, and the copy is written into
another system. Whatever went wrong on the way to the copy travels on, and nobody can say
which system is right.

Bad: ``payment_terms`` belong to the ERP, but this copies what the CRM believes them to be::

    put: {entity: customer, from: customer_in_crm, into: billing, fields: [payment_terms]}

Good: read the record from the field's authority, and copy it from there::

    get: {entity: customer, from: erp, key: customer.id}
"""

from collections.abc import Iterator

from interlock.checks.authority.accusation import accusations, origin, target
from interlock.checks.check import check
from interlock.checks.finding import Complaint, Severity
from interlock.checks.inspection import Inspection
from interlock.checks.lineage.judgement import Judgement, Offence


@check("AUT001", severity=Severity.ERROR, title="A copy is passed on")
def stale_copy(inspection: Inspection) -> Iterator[Complaint]:
    yield from accusations(inspection, Offence.STALE, _words)


def _words(judgement: Judgement) -> tuple[str, str]:
    source, ruling = judgement.source, judgement.origin
    owner = ruling.system if ruling else "its authority"
    what = f"{origin(judgement)} is only a copy, and flows into {target(judgement)}"
    return what, f"Read `{source}` from `{owner}`: {ruling.because if ruling else ''}."
