from dataclasses import replace
from decimal import Decimal

import pytest

from interlock.audit import Entry, trail
from interlock.audit.chain import GENESIS
from interlock.estate.estate import Estate
from interlock.flow.store import RunStore
from interlock.foundation.clock import iso
from interlock.foundation.database import Database
from interlock.foundation.queries import query
from interlock.reconciliation import Cause, Column, Comparison, Role, Row
from interlock.reconciliation.definition import Definition, definition_of
from interlock.reconciliation.finding import Break, Part
from interlock.reconciliation.reconciling import Known, reconcile
from interlock.reconciliation.running import at_work, linked
from tests.reconciliation.company import NOW

RUN = query(
    "run",
    "INSERT INTO run (id, integration, key, generation, state, estate, criticality, segment, "
    "length, head_position, head_hash, signals, started_at, updated_at) VALUES (:id, 'flow', "
    ":key, 1, :state, 'e1', 0, 1, 0, :position, :hash, 0, :now, :now)",
)


@pytest.fixture
def definition(estate: Estate) -> Definition:
    return replace(definition_of(estate, "invoices"), covers=("flow",))


def a_run(database: Database, key: str, state: str, *actions: str, **ids: str) -> str:
    run = f"run_{key}"
    entries = [Entry(action=each, at=NOW, actor="worker", mentions=ids) for each in actions]
    with database.transaction() as connection:
        head = trail.append(connection, run, GENESIS, entries)
        row = {"id": run, "key": key, "state": state, "now": iso(NOW)}
        connection.execute(RUN, {**row, "position": head.position, "hash": head.hash})
    return run


def test_a_run_that_has_not_ended_is_at_work_on_its_key_and_its_documents(
    database: Database, definition: Definition
) -> None:
    a_run(database, "A", "ready", "run.started", "step.done", invoice="INV1", customer="C1")
    a_run(database, "B", "completed", "run.started", "step.done")
    assert set(at_work(database, definition)) == {("A", False, True), ("INV1", False, True)}


def test_a_run_that_only_listens_has_written_what_it_will(
    database: Database, definition: Definition
) -> None:
    a_run(database, "A", "listening", "step.intended", "step.done")
    assert list(at_work(database, definition)) == [("A", False, False)]


@pytest.mark.parametrize("last", ["step.intended", "step.uncertain"])
def test_what_was_sent_and_never_answered_is_in_doubt(
    database: Database, definition: Definition, last: str
) -> None:
    a_run(database, "A", "parked", "step.intended", last, "run.parked")
    assert list(at_work(database, definition)) == [("A", True, True)]


def test_a_break_is_linked_to_the_run_that_its_records_came_from(
    database: Database, definition: Definition, estate: Estate
) -> None:
    run = a_run(database, "A", "completed", "run.started", invoice="INV1")
    part = Part(side="erp", system="erp", ref="INV1")
    found = Break(id="B1", cause=Cause.AMOUNT, key="other", parts=[part])
    unknown = Break(id="B2", cause=Cause.AMOUNT, key="X", parts=[replace(part, ref="Y")])
    links = linked(database, estate, definition, [found, unknown])
    assert set(links) == {"B1"}
    assert (links["B1"].run, links["B1"].state, links["B1"].estate) == (run, "completed", "e1")
    assert RunStore(database).find(run) is not None


def test_a_record_may_be_about_a_run_of_another_key() -> None:
    sides = ("billing", "erp")
    comparison = Comparison(
        name="payments",
        sides=sides,
        columns=(Column(name="amount", role=Role.AMOUNT, sides=sides),),
    )
    row = Row(ref="p", key="P1", about="INVOICE1", currency="EUR", amount=Decimal(5))
    known = Known(runs=[("INVOICE1", False, True)])
    other = replace(row, amount=Decimal(6))
    alone = reconcile(comparison, {"billing": [row], "erp": []}, known)
    differing = reconcile(comparison, {"billing": [row], "erp": [other]}, known)
    unknown = reconcile(comparison, {"billing": [row], "erp": []})
    assert [each.cause for each in alone.breaks] == [Cause.IN_FLIGHT]
    assert [each.cause for each in differing.breaks] == [Cause.IN_FLIGHT]
    assert [each.cause for each in unknown.breaks] == [Cause.MISSING_DOWNSTREAM]
