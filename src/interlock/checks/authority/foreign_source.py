"""AUT003: a value comes from a system that may not originate it.

Every field names one authority. Data of another system may only flow into it when the field
declares so, because then the value is worked out and the authority knows of it.

Bad: the tax of an invoice is the tax engine's, but this takes the CRM's estimate::

    set: {tax: opportunity.estimated_tax}

Good: take it from the authority, or declare what it is worked out from::

    tax: {authority: tax, derivedFrom: [crm], ...}
"""

from collections.abc import Iterator

from interlock.checks.authority.accusation import accusations, origin, target
from interlock.checks.check import check
from interlock.checks.finding import Complaint, Severity
from interlock.checks.inspection import Inspection
from interlock.checks.lineage.judgement import Judgement, Offence


@check("AUT003", severity=Severity.ERROR, title="A value from a system without authority")
def foreign_source(inspection: Inspection) -> Iterator[Complaint]:
    yield from accusations(inspection, Offence.FOREIGN, _words)


def _words(judgement: Judgement) -> tuple[str, str]:
    write, source = judgement.write, judgement.source
    owner = judgement.ruling.system
    what = f"{origin(judgement)} flows into {target(judgement)}, whose authority is `{owner}`"
    system = source.system if source else ""
    hint = (
        f"Take the value from `{owner}`, or let `{write.entity}.{write.field}` declare "
        f"`derivedFrom: [{system}]`."
    )
    return what, hint
