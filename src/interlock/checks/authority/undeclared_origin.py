"""AUT004: an integration originates a value, and nothing declares that it may.

A constant, or a value that is worked out, has no authority behind it: the integration itself
becomes a master that no table names. `derivedFrom` says that this is meant, and from whose data.

Bad: who decided that every invoice is due in thirty days?::

    set: {days_until_due: "30"}

Good: the field declares it::

    days_until_due: {type: int, derivedFrom: [crm], in: {billing: days_until_due}}
"""

from collections.abc import Iterator

from interlock.checks.authority.accusation import accusations, origin, target
from interlock.checks.check import check
from interlock.checks.finding import Complaint, Severity
from interlock.checks.inspection import Inspection
from interlock.checks.lineage.judgement import Judgement, Offence


@check("AUT004", severity=Severity.ERROR, title="An integration originates a value")
def undeclared_origin(inspection: Inspection) -> Iterator[Complaint]:
    yield from accusations(inspection, Offence.ORIGINATED, _words)


def _words(judgement: Judgement) -> tuple[str, str]:
    write, owner = judgement.write, judgement.ruling.system
    name = f"`{write.entity}.{write.field}`"
    if judgement.source is None:
        what = f"{origin(judgement)} originates {target(judgement)}"
    else:
        what = f"what is worked out from {origin(judgement)} stands for {target(judgement)}"
    copy = f"Copy {name} as `{owner}` has it" if judgement.source else f"Take it from `{owner}`"
    return what, f"{copy}, or let {name} declare `derivedFrom`."
