"""DPR002: nothing in the record tells who may originate a column.

Authority may depend on the legal entity. Where the record does not say whose it is, nobody can
tell an original from a copy, and the product is never published.

Bad: terms are the CRM's for Germany and the books' elsewhere; the entity says no legal entity::

    kind: Entity
    spec: {authority: {default: erp, legalEntities: {de: crm}}, ...}

Good: say which field it is::

    spec: {legalEntity: legal_entity, ...}
"""

from collections.abc import Iterator

from interlock.checks.check import check
from interlock.checks.finding import Complaint, Severity
from interlock.checks.inspection import Inspection
from interlock.checks.product.tables import called, every_origin, listed, tables
from interlock.checks.subject import of
from interlock.estate.origin import existence


@check("DPR002", severity=Severity.UNKNOWN, title="Whose value a column is cannot be told")
def undecided_column(inspection: Inspection) -> Iterator[Complaint]:
    for product, origin in every_origin(inspection):
        taken = origin.taken
        if not origin.decided:
            yield Complaint(
                subject=of(product, "/".join(taken.by[1:]) or taken.field),
                what=f"{called(product, origin)} is {listed(origin.systems)}'s by the "
                f"legal entity, which no `{taken.entity}` says",
                hint=f"Name its field: `legalEntity:` of the entity `{taken.entity}`.",
                where=product.place_of("spec", *taken.by),
            )
    for product, table in tables(inspection):
        if existence(inspection.estate.entities[table.entity]) is None:
            yield Complaint(
                subject=of(product, "rows"),
                what=f"every field of `{table.entity}` has an authority of its own, so nobody is "
                "said to originate its records",
                hint="Let one field be the entity's own authority's.",
                where=product.place_of("spec", "rows", "entity"),
            )
