"""The product and its contract in the words of others: Bitol ODPS 1.0.0 and ODCS 3.1.0.

Both refuse keys that are not theirs: what is ours goes into `customProperties`.
"""

from collections.abc import Iterator
from typing import Any, Final

from interlock.estate.kinds.product import Quality
from interlock.estate.table import Column
from interlock.products.definition import Definition

ODPS: Final = "v1.0.0"
ODCS: Final = "v3.1.0"
_SIDES: Final = ("mustBe", "mustBeGreaterOrEqualTo", "mustBeLessOrEqualTo")


def odps(definition: Definition) -> dict[str, Any]:
    """Return the product."""
    product, spec = definition.product, definition.product.spec
    port = spec.port
    return {
        "apiVersion": ODPS,
        "kind": "DataProduct",
        "id": product.name,
        "name": product.metadata.title or product.name,
        "version": port.version,
        "status": spec.status,
        "domain": spec.domain,
        "inputPorts": [
            {"name": each.name, "version": each.version, "contractId": each.contractId}
            for each in spec.inputPorts
        ],
        "outputPorts": [
            {
                "name": port.name,
                "version": port.version,
                "contractId": port.contractId,
                "type": port.type,
                "description": port.description,
            }
        ],
        "customProperties": list(_own(definition)),
    }


def _own(definition: Definition) -> Iterator[dict[str, Any]]:
    spec = definition.product.spec
    yield {"property": "owner", "value": definition.product.metadata.owner or ""}
    yield {"property": "rowsOf", "value": spec.rows.entity}
    yield {"property": "reconciledBy", "value": list(spec.reconciledBy)}
    if spec.freshness is not None:
        yield {"property": "freshnessSeconds", "value": int(spec.freshness.total_seconds())}


def odcs(definition: Definition) -> dict[str, Any]:
    """Return the contract of its table."""
    product, spec, table = definition.product, definition.product.spec, definition.table
    port = spec.port
    found: dict[str, Any] = {
        "apiVersion": ODCS,
        "kind": "DataContract",
        "id": port.contractId,
        "name": product.metadata.title or product.name,
        "version": port.version,
        "status": spec.status,
        "domain": spec.domain,
        "description": {"purpose": port.description},
        "schema": [
            {
                "name": table.name,
                "physicalName": table.name,
                "logicalType": "object",
                "physicalType": "table",
                "description": port.description,
                "properties": [_property(definition, column) for column in table.columns],
                "quality": [_quality(test) for test in spec.quality],
            }
        ],
        "customProperties": list(_own(definition)),
    }
    if spec.freshness is not None:
        hours = spec.freshness.total_seconds() / 3600
        found["slaProperties"] = [{"property": "latency", "value": f"{hours:g}", "unit": "h"}]
    return found


def _property(definition: Definition, column: Column) -> dict[str, Any]:
    taken = [each for each in definition.table.taken() if each.column == column.name]
    found: dict[str, Any] = {
        "name": column.name,
        "logicalType": column.logical,
        "required": column.required,
        "classification": column.spec.classification,
        "transformLogic": column.spec.value,
        "transformSourceObjects": sorted({f"{each.entity}.{each.field}" for each in taken}),
        "quality": [_quality(test) for test in column.spec.quality],
    }
    if column.spec.description:
        found["description"] = column.spec.description
    if column.spec.primaryKey:
        found |= {"primaryKey": True, "primaryKeyPosition": definition.table.key.index(column) + 1}
    return found


def _quality(test: Quality) -> dict[str, Any]:
    said = {side: getattr(test, side) for side in _SIDES}
    bounds = {side: _plain(value) for side, value in said.items() if value is not None}
    if test.implementation is not None:
        # ODCS knows no bounds of a custom test: they stand with what is ours.
        found: dict[str, Any] = {
            "type": "custom",
            "engine": "interlock",
            "implementation": test.implementation,
            "customProperties": [
                {"property": side, "value": value} for side, value in bounds.items()
            ],
        }
    else:
        found = {"type": "library", "metric": test.metric}
        found |= bounds or ({} if test.metric == "rowCount" else {"mustBe": 0})
        if test.arguments:
            found["arguments"] = test.arguments
    if test.description:
        found["description"] = test.description
    return found


def _plain(value: object) -> int | float:
    text = str(value)
    return int(text) if text.lstrip("-").isdigit() else float(text)
