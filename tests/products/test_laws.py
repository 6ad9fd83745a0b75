"""Whatever happens, and whenever is built: the rows are those of one full reading."""

import tempfile
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from interlock.bootstrap.house import create_tables
from interlock.foundation.database import SqliteDatabase
from interlock.products.built import Built, Outcome
from tests.products.company import TEXT, Office, Vendors, german, invoice
from tests.products.conftest import read

ESTATE: Final = read(TEXT)
REFS: Final = st.sampled_from(["1", "2", "3"])
TOTALS: Final = st.decimals(min_value=-1, max_value=500, places=2)
STATES: Final = st.sampled_from(["posted", "posted", "draft"])
ENTITIES: Final = st.sampled_from(["us", "us", "us", "us", "de", None])


@dataclass(frozen=True)
class Step:
    """Something that happens at the systems."""

    system: str
    obj: str
    ref: str
    body: dict[str, object] | None
    build: bool

    def happen(self, vendors: Vendors) -> None:
        if self.body is None:
            vendors.drop(self.system, self.obj, self.ref)
        else:
            vendors.put(self.system, self.obj, self.ref, self.body)


ALWAYS: Final = (
    Step("crm", "Account", "1", {"Id": "1", "Name": "Ada", "Entity__c": "us"}, build=False),
    Step("erp", "customer", "7", {"externalId": "1"}, build=False),
    Step("erp", "invoice", "1", dict(invoice("A", Decimal(1))), build=False),
)
"""Where every history begins: an invoice of a customer whose name is looked up."""


@st.composite
def steps(draw: st.DrawFn) -> Step:
    ref, build = draw(REFS), draw(st.booleans())
    what = draw(st.sampled_from(["invoice", "invoice", "german", "account", "customer", "gone"]))
    total, state = draw(TOTALS), draw(STATES)
    entity = {"id": draw(st.sampled_from(["7", "8"]))}
    if what == "invoice":
        body = invoice(draw(REFS), total, status=state, subsidiary=draw(ENTITIES), entity=entity)
        return Step("erp", "invoice", ref, dict(body), build)
    if what == "german":
        return Step("books", "invoice", ref, dict(german(ref, total, state=state)), build)
    if what == "account":
        name = draw(st.sampled_from(["Ada", "Bo"]))
        return Step("crm", "Account", ref, {"Id": ref, "Name": name, "Entity__c": "us"}, build)
    if what == "customer":
        return Step("erp", "customer", entity["id"], {"externalId": ref}, build)
    system, obj = draw(
        st.sampled_from([("erp", "invoice"), ("books", "invoice"), ("crm", "Account")])
    )
    return Step(system, obj, ref, None, build)


def built(happened: list[Step], listers: set[str], home: Path) -> tuple[Built, bytes]:
    """Build after every step that says so, and at the end; return what came of it, as a file."""
    database = SqliteDatabase(None)
    create_tables(database)
    office = Office(ESTATE, database, home, Vendors(listers=listers))
    for step in ALWAYS:
        step.happen(office.vendors)
    for step in happened:
        step.happen(office.vendors)
        if step.build:
            office.build()
    found = office.build()
    database.close()
    file = home / "products" / "billings" / "current" / "billings.parquet"
    return found, file.read_bytes() if file.is_file() else b""


def law(happened: list[Step], listers: set[str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        piecemeal, rows = built(happened, listers, Path(folder) / "a")
        at_once = [Step(s.system, s.obj, s.ref, s.body, build=False) for s in happened]
        whole, wanted = built(at_once, listers, Path(folder) / "b")
    assert piecemeal.reasons == whole.reasons
    if whole.outcome is Outcome.PUBLISHED:
        assert rows == wanted
        assert piecemeal.version is not None
        assert whole.version is not None
        assert piecemeal.version.sums == whole.version.sums


@settings(max_examples=6)
@given(st.lists(steps(), min_size=2, max_size=8), st.sets(st.sampled_from(["erp", "books"])))
def test_reading_what_changed_gives_byte_for_byte_what_reading_everything_gives(
    happened: list[Step], listers: set[str]
) -> None:
    law(happened, listers)


@pytest.mark.nightly
@settings(max_examples=60)
@given(st.lists(steps(), min_size=4, max_size=16), st.sets(st.sampled_from(["erp", "books"])))
def test_it_does_for_long_histories(happened: list[Step], listers: set[str]) -> None:
    law(happened, listers)
