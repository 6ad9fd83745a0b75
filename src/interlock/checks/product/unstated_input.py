"""DPR004: a product relies on an interface that it does not name, or on another version of it.

The contract of a source is what its owner keeps. A product that does not name it is broken by a
change that nobody had to tell it.

Bad: rows come from the ERP, and `inputPorts` names nobody, or `version: "2025.2"` of a contract
that is at ``2026.1``.

Good::

    inputPorts: [{name: erp, contractId: erp-records, version: "2026.1"}]
"""

from collections.abc import Iterator

from interlock.checks.check import check
from interlock.checks.finding import Complaint, Severity
from interlock.checks.inspection import Inspection
from interlock.checks.product.tables import tables
from interlock.checks.subject import of
from interlock.estate.kinds import DataProduct
from interlock.estate.origin import sources


@check("DPR004", severity=Severity.ERROR, title="A product's input is not under contract")
def unstated_input(inspection: Inspection) -> Iterator[Complaint]:
    for product, table in tables(inspection):
        named = {port.name for port in product.spec.inputPorts}
        read = {system for _, system in sources(inspection.estate, table, inspection.now)}
        for system in sorted(read - named):
            yield Complaint(
                subject=of(product, system),
                what=f"`{product.name}` reads `{system}`, and no input port names its contract",
                hint=f"Add `{{name: {system}, contractId: ..., version: ...}}` to `inputPorts`.",
                where=product.place,
            )
        yield from _other_versions(inspection, product)


def _other_versions(inspection: Inspection, product: DataProduct) -> Iterator[Complaint]:
    for index, port in enumerate(product.spec.inputPorts):
        contract = inspection.estate.contracts.get(port.contractId)
        if contract is None:
            continue
        if (contract.spec.system, contract.spec.version) != (port.name, port.version):
            yield Complaint(
                subject=of(product, port.name),
                what=f"`{product.name}` relies on `{port.contractId}` {port.version} of "
                f"`{port.name}`, which is {contract.spec.version} of `{contract.spec.system}`",
                hint="Look at what changed, then name that version.",
                where=product.place_of("spec", "inputPorts", index, "version"),
            )
