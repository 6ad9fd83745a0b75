"""AUT005: it cannot be decided who may originate a written value.

Authority may depend on the legal entity, on the state of the record or on a date. Unless the
plan says which of them it has before it, the write is right for some records and wrong for others,
and the gate will refuse the wrong ones one by one.

Bad: German credit terms belong to the CRM, all others to the ERP; this copies all of them::

    trigger: {system: erp, entity: customer}
    steps: [{id: terms, put: {entity: customer, from: customer, into: crm, fields: [terms]}}]

Good: say which records are meant, in `trigger.when`, `require` or a branch::

    trigger: {system: erp, entity: customer, when: customer.legal_entity != "de"}
"""

from collections.abc import Iterator

from interlock.checks.authority.accusation import accusations, origin, target
from interlock.checks.check import check
from interlock.checks.finding import Complaint, Severity
from interlock.checks.inspection import Inspection
from interlock.checks.lineage.judgement import Judgement, Offence


@check("AUT005", severity=Severity.UNKNOWN, title="Authority cannot be decided")
def undecided_authority(inspection: Inspection) -> Iterator[Complaint]:
    yield from accusations(inspection, Offence.UNDECIDED, _words)


def _words(judgement: Judgement) -> tuple[str, str]:
    what = f"whether {origin(judgement)} may flow into {target(judgement)} {_because(judgement)}"
    guard = " and ".join(f"{spot[0]}.{spot[1]}" for spot in judgement.world)
    hint = f"Say which records are meant: a condition on {guard or 'the record'} in "
    return what, f"{hint}`trigger.when`, `require` or a branch."


def _because(judgement: Judgement) -> str:
    if judgement.world:
        said = " and ".join(
            f"`{spot[0]}.{spot[1]}` is `{value}`" for spot, value in judgement.world.items()
        )
        return f"is not decided: it may not when {said}"
    for ruling in (judgement.ruling, judgement.origin):
        if ruling is not None and not ruling.certain:
            return f"is not decided: {ruling.because}"
    return "is not decided: there are too many cases to try"
