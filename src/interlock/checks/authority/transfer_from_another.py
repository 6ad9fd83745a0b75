"""AUT008: a cutover takes authority from a system that does not have it.

A transfer says: until this moment that system originates the field, from then on this one. If
the first half is not true, the cutover moves nothing, and nobody notices on the weekend of the
cutover.

Bad: `customer` belongs to the CRM, and the cutover moves it from the ERP::

    transfers: [{entity: customer, from: erp, to: billing, at: "2027-01-31T22:00:00Z"}]

Good: ``from: crm``.
"""

from collections.abc import Iterator
from datetime import timedelta

from interlock.checks.check import check
from interlock.checks.finding import Complaint, Severity
from interlock.checks.inspection import Inspection
from interlock.checks.subject import of
from interlock.estate.authority import authority
from interlock.estate.kinds import Cutover
from interlock.estate.kinds.rules import Transfer


@check("AUT008", severity=Severity.ERROR, title="A cutover from a system without authority")
def transfer_from_another(inspection: Inspection) -> Iterator[Complaint]:
    for cutover in inspection.estate.cutovers.values():
        for index, transfer in enumerate(cutover.spec.transfers):
            yield from _transfer(inspection, cutover, index, transfer)


def _transfer(
    inspection: Inspection, cutover: Cutover, index: int, transfer: Transfer
) -> Iterator[Complaint]:
    entity = inspection.estate.entities.get(transfer.entity)
    if entity is None:
        return
    fields = [transfer.field] if transfer.field else list(entity.spec.fields)
    before = transfer.at - timedelta(microseconds=1)
    legal_entity = next(iter(transfer.legalEntities), None)
    owners: set[str] = set()
    for field in fields:
        ruling = authority(
            inspection.estate, entity.name, field, legal_entity=legal_entity, at=before
        )
        owners |= ruling.candidates
    if transfer.from_ in owners:
        return
    named = transfer.entity + (f".{transfer.field}" if transfer.field else "")
    yield Complaint(
        subject=of(cutover, "transfers", str(index)),
        what=f"`{transfer.from_}` is not the authority of `{named}` when the transfer happens",
        hint=f"It is then: {', '.join(sorted(owners))}. Name that one in `from`.",
        where=cutover.place_of("spec", "transfers", index, "from"),
    )
