"""What a build read and wrote, as OpenLineage run events: one JSON object a line in a file.

OpenLineage 2-0-2. There is no convention for records of business systems: a dataset is named
``CONNECTOR://SYSTEM`` and the system's own name of the object.
"""

import json
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from interlock import __version__
from interlock.estate.binding import identity
from interlock.estate.origin import origins
from interlock.estate.table import Taken
from interlock.foundation.clock import iso
from interlock.products.definition import Definition
from interlock.products.testing import Tested

FILE: Final = "lineage.ndjson"
PRODUCER: Final = f"https://github.com/interlock/interlock/tree/v{__version__}"
_SPEC: Final = "https://openlineage.io/spec"
_RUN: Final = f"{_SPEC}/2-0-2/OpenLineage.json#/$defs/RunEvent"
NAMESPACE: Final = "interlock"


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One build, as lineage tells of it."""

    definition: Definition
    build: str
    """Its id."""
    at: datetime

    def started(self) -> dict[str, Any]:
        """Return that it began."""
        return self._event("START", self.at, outputs=[])

    def completed(self, at: datetime, tests: Sequence[Tested]) -> dict[str, Any]:
        """Return that it published."""
        table = self.definition.table
        output = {
            "namespace": f"{NAMESPACE}://products",
            "name": table.name,
            "facets": {
                "schema": _facet(
                    "SchemaDatasetFacet",
                    "1-2-0",
                    fields=[{"name": c.name, "type": c.logical} for c in table.columns],
                ),
                "columnLineage": _facet(
                    "ColumnLineageDatasetFacet", "1-2-0", fields=dict(self._columns())
                ),
                "ownership": _facet(
                    "OwnershipDatasetFacet",
                    "1-0-1",
                    owners=[{"name": self.definition.product.metadata.owner or "nobody"}],
                ),
            },
        }
        return self._event("COMPLETE", at, outputs=[output], run=_tests(tests))

    def failed(self, at: datetime, why: str, tests: Sequence[Tested] = ()) -> dict[str, Any]:
        """Return that it published nothing, and why."""
        error = _facet("ErrorMessageRunFacet", "1-0-1", message=why, programmingLanguage="YAML")
        return self._event("FAIL", at, outputs=[], run={**_tests(tests), "errorMessage": error})

    def _event(
        self,
        kind: str,
        at: datetime,
        outputs: Sequence[dict[str, Any]],
        run: dict[str, Any] | None = None,
    ) -> dict[str, Any]:
        return {
            "eventType": kind,
            "eventTime": iso(at),
            "producer": PRODUCER,
            "schemaURL": _RUN,
            "run": {"runId": self._run_id(), "facets": run or {}},
            "job": {
                "namespace": NAMESPACE,
                "name": f"product.{self.definition.name}",
                "facets": {
                    "jobType": _facet(
                        "JobTypeJobFacet",
                        "2-0-4",
                        processingType="BATCH",
                        integration="INTERLOCK",
                        jobType="DATA_PRODUCT",
                    )
                },
            },
            "inputs": [
                dict(zip(("namespace", "name"), each, strict=True)) for each in self._read()
            ],
            "outputs": list(outputs),
        }

    def _run_id(self) -> str:
        return str(uuid.uuid5(uuid.NAMESPACE_URL, f"{NAMESPACE}:{self.build}"))

    def _read(self) -> list[tuple[str, str]]:
        return sorted({self._dataset(*source) for source in self.definition.sources})

    def _dataset(self, entity: str, system: str) -> tuple[str, str]:
        estate = self.definition.estate
        connector = estate.systems[system].spec.connector
        return f"{connector}://{system}", identity(estate, entity, system).obj

    def _columns(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Yield every column with what it is made of, and what decides which rows there are."""
        found: dict[str, list[dict[str, Any]]] = {
            c.name: [] for c in self.definition.table.columns
        }
        for origin in origins(self.definition.estate, self.definition.table, self.at):
            inputs = [self._input(origin.taken, system) for system in sorted(origin.systems)]
            named = [origin.taken.column] if origin.taken.column is not None else list(found)
            for column in named:
                found[column] += [each for each in inputs if each not in found[column]]
        for column, fields in found.items():
            yield column, {"inputFields": fields}

    def _input(self, taken: Taken, system: str) -> dict[str, Any]:
        estate = self.definition.estate
        holder = self.definition.table.entity if taken.within else taken.entity
        namespace, name = self._dataset(holder, system)
        bound = estate.entities[taken.entity].binding(taken.field, system)
        path = taken.field if bound is None else bound.reads[0]
        outer = f"{taken.within}[]." if taken.within else ""
        return {
            "namespace": namespace,
            "name": name,
            "field": f"{outer}{path}",
            "transformations": [_transformation(taken)],
        }


def _tests(found: Sequence[Tested]) -> dict[str, Any]:
    """Return what came of the tests of the contract; nothing, if none was asked."""
    told = [
        {
            "name": f"{each.column}: {each.name}" if each.column else each.name,
            "status": "pass" if each.passed else "fail",
            "severity": "error",
            "type": each.name,
            "expected": each.bounds,
            "actual": str(each.found),
        }
        for each in found
    ]
    return {"test": _facet("TestRunFacet", "1-0-1", tests=told)} if told else {}


def _transformation(taken: Taken) -> dict[str, Any]:
    if taken.column is None:
        return {"type": "INDIRECT", "subtype": "JOIN" if "lookups" in taken.by else "FILTER"}
    return {"type": "DIRECT", "subtype": "IDENTITY" if taken.whole else "TRANSFORMATION"}


def _facet(name: str, version: str, **said: object) -> dict[str, Any]:
    return {
        "_producer": PRODUCER,
        "_schemaURL": f"{_SPEC}/facets/{version}/{name}.json#/$defs/{name}",
        **said,
    }


def tell(folder: Path, *events: dict[str, Any]) -> None:
    """Add events to the file."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / FILE).open("a", encoding="utf-8") as out:
        out.writelines(json.dumps(event, ensure_ascii=False) + "\n" for event in events)
