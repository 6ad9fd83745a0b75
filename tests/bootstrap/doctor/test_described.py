"""The doctor asks what an object is made of; not to know is never to find it fitting."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from interlock.bootstrap.doctor.item import Examined, State
from interlock.bootstrap.house import compiled
from interlock.connectors.checkup import Checkup
from interlock.connectors.description import FieldShape, Kind, Shape
from interlock.connectors.port import CallFailed, Outcome, Verdict
from interlock.connectors.port import Kind as Why
from tests.bootstrap.doctor.test_examination import ESTATE, YES, Examinable, doctor, items

ENTITY = """
---
apiVersion: interlock/v1
kind: Entity
metadata: {name: invoice, owner: group:ops}
spec:
  domain: invoice
  authority: billing
  identity: {billing: invoice.id}
  fields:
    paid: {type: boolean, in: {billing: paid}}
"""
FITTING = {"id": FieldShape(kind=Kind.TEXT), "paid": FieldShape(kind=Kind.BOOLEAN)}


@dataclass
class Describable(Examinable):
    """A connector whose system describes its objects, or does not answer."""

    shapes: Mapping[str, Shape | None] = field(default_factory=dict)

    def shape(self, obj: str) -> Shape | None:
        if obj not in self.shapes:
            outcome = Outcome(verdict=Verdict.RETRYABLE, kind=Why.OUTAGE, message="503")
            raise CallFailed(outcome)
        return self.shapes[obj]


def examined(tmp_path: Path, shapes: Mapping[str, Shape | None], more: str = ENTITY) -> Examined:
    connector = Describable(Checkup(permissions=[YES]), shapes=shapes)
    estate = compiled({"e.estate.yaml": ESTATE % "" + more})
    asking = replace(doctor(tmp_path, connector), estate=estate)
    return asking.system(estate.systems["billing"])


def test_an_estate_that_fits_is_told_with_how_much_was_compared(tmp_path: Path) -> None:
    (item,) = items(examined(tmp_path, {"invoice": Shape(fields=FITTING)}), "fits")
    assert (item.state, item.said) == (
        State.FINE,
        "1 bindings of 1 objects are as it describes them",
    )


def test_a_misfit_is_a_problem_with_file_line_and_column(tmp_path: Path) -> None:
    found = examined(tmp_path, {"invoice": Shape(fields={"id": FITTING["id"]})})
    (item,) = items(found, "fits")
    assert found.state is State.PROBLEM
    assert item.said.startswith("e.estate.yaml:36:41: ")
    assert "`billing` has no `paid`" in item.said
    assert item.next


def test_a_system_that_does_not_answer_is_unknown_and_not_fitting(tmp_path: Path) -> None:
    found = examined(tmp_path, {})
    (item,) = items(found, "fits")
    assert found.state is State.UNKNOWN
    assert "503" in item.said


def test_where_nothing_is_bound_nothing_is_called_fitting(tmp_path: Path) -> None:
    (item,) = items(examined(tmp_path, {}, more=""), "fits")
    assert item.state is State.UNTOLD
