"""AUT002: a value goes into the very system that originates it.

The authority is where the value is made. Writing somebody else's value there makes two
originators out of one, and the next reconciliation finds the authority at odds with itself.

Bad: the ERP numbers its invoices itself::

    put: {entity: invoice, into: erp, key: order.id, set: {number: order.number}}

Good: leave the field out, and read it from the result; or move the authority in the entity.
"""

from collections.abc import Iterator

from interlock.checks.authority.accusation import accusations, origin, target
from interlock.checks.check import check
from interlock.checks.finding import Complaint, Severity
from interlock.checks.inspection import Inspection
from interlock.checks.lineage.judgement import Judgement, Offence


@check("AUT002", severity=Severity.ERROR, title="The authority is overwritten")
def authority_overwritten(inspection: Inspection) -> Iterator[Complaint]:
    yield from accusations(inspection, Offence.INTO, _words)


def _words(judgement: Judgement) -> tuple[str, str]:
    write = judgement.write
    what = f"{origin(judgement)} overwrites {target(judgement)}, which originates it"
    hint = f"Leave `{write.field}` out, or name another authority for it at {_where(judgement)}."
    return what, hint


def _where(judgement: Judgement) -> str:
    return str(judgement.ruling.place)
