"""A look at what changed comes to what a look at everything comes to."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from interlock.connectors.port import Changes, Event
from interlock.estate.estate import Estate
from interlock.foundation.clock import VirtualClock
from interlock.foundation.database import Database
from interlock.foundation.ids import Digested
from interlock.reconciliation.examining import Examination, Examiner
from interlock.reconciliation.examining import Verdict as Answer
from interlock.reconciliation.keeping import LONGEST, Keeping
from tests.reconciliation.company import NOW, billed, posted


@dataclass
class Vendors:
    """Two systems that list what they have, and tell what changed: each change once, in order."""

    there: dict[str, dict[str, Event]] = field(
        default_factory=lambda: {"billing": {}, "erp": {}, "books": {}}
    )
    told: dict[str, list[Event]] = field(
        default_factory=lambda: {"billing": [], "erp": [], "books": []}
    )
    gap: str = ""
    listed: int = 0
    """How often all records of a system were asked for."""

    def say(self, system: str, event: Event) -> None:
        self.there[system][event.ref] = event
        self.told[system].append(event)

    def delete(self, system: str, ref: str) -> None:
        gone = self.there[system].pop(ref)
        self.told[system].append(replace(gone, type=f"{gone.object}.deleted"))

    def census(self, system: str, obj: str, page: str | None, criticality: str) -> Changes:
        assert (obj, page, criticality) == ("invoice", None, "low")
        self.listed += 1
        return Changes(events=list(self.there[system].values()), cursor="")

    def changes(self, system: str, obj: str, cursor: str | None, criticality: str) -> Changes:
        assert (obj, criticality) == ("invoice", "low")
        after = len(self.told[system]) if cursor is None else int(cursor)
        page = self.told[system][after : after + 3]
        end = after + len(page)
        more = end < len(self.told[system])
        return Changes(events=page, cursor=str(end), more=more, gap=self.gap if cursor else "")


@dataclass
class Bench:
    estate: Estate
    database: Database
    folder: Path
    vendors: Vendors = field(default_factory=Vendors)
    clock: VirtualClock = field(default_factory=lambda: VirtualClock(NOW))

    def look(self, name: str, as_of: date | None = None, *, changes: bool = True) -> Examination:
        keeping = Keeping(folder=self.folder, feed=self.vendors, whole=False)
        examiner = Examiner(
            estate=self.estate,
            source=self.vendors,
            database=self.database,
            clock=self.clock,
            keeping=keeping if changes else None,
        )
        return examiner.examine(name, as_of)

    def agrees_with_the_whole(self, name: str, as_of: date | None = None) -> Examination:
        before = self.vendors.listed
        found = self.look(name, as_of)
        assert self.vendors.listed == before, found.notes
        whole = self.look(name, as_of, changes=False)
        assert told(found) == told(whole)
        return found


def told(found: Examination) -> Sequence[object]:
    assert found.report is not None, found.troubles
    report = found.report
    return [
        found.sides,
        found.left_out,
        found.shape,
        report.totals,
        report.breaks,
        report.outside,
        report.suggestions,
    ]


@pytest.fixture
def bench(estate: Estate, database: Database, tmp_path: Path) -> Bench:
    return Bench(estate, database, tmp_path / "rows")


def anything(dice: random.Random, bench: Bench) -> None:
    """Let something happen in one of the systems."""
    system = dice.choice(["billing", "erp"])
    vendors, key = bench.vendors, dice.choice("ABCDEFGH")
    there = sorted(vendors.there[system])
    if there and dice.random() < 0.25:
        vendors.delete(system, dice.choice(there))
        return
    at = bench.clock.now() - timedelta(hours=dice.choice([0, 5]))
    day, cents = dice.choice(["2026-10-30", "2026-11-01"]), dice.choice([100, 250])
    ref = f"{key}{dice.randrange(2)}"
    if system == "billing":
        currency = dice.choice(["usd", "usd", "eur"])
        made = billed(key, cents, ref=ref, at=at, day=day, memo=day, currency=currency)
    else:
        made = posted(key, f"{cents / 100:.2f}", ref=ref, at=at, tranDate=day, memo=day)
    vendors.say(system, made)


@pytest.mark.parametrize("name", ["noted", "moments", "totalled"])
@pytest.mark.parametrize("seed", range(2))
def test_whatever_happens_changes_come_to_what_the_whole_comes_to(
    bench: Bench, name: str, seed: int
) -> None:
    dice = random.Random(seed)
    for _ in range(10):
        anything(dice, bench)
    bench.look(name)
    for _ in range(3):
        for _ in range(dice.randrange(6)):
            anything(dice, bench)
        bench.clock.sleep(timedelta(hours=dice.choice([0, 3])))
        bench.agrees_with_the_whole(name, dice.choice([None, date(2026, 10, 31)]))


def test_only_what_changed_is_asked_for_and_the_look_says_so(bench: Bench) -> None:
    bench.vendors.say("billing", billed("A", 100))
    bench.vendors.say("erp", posted("A", "1.00"))
    assert bench.look("moments").verdict is Answer.AGREES
    bench.vendors.say("erp", posted("A", "2.00"))
    found = bench.agrees_with_the_whole("moments")
    assert found.verdict is Answer.BREAKS
    assert found.notes == [
        "read were the changes since the whole was read, 2026-11-02T12:00:00.000000Z"
    ]


def test_after_a_gap_everything_is_read_again(bench: Bench) -> None:
    bench.vendors.say("billing", billed("A", 100))
    bench.look("moments")
    bench.vendors.gap = "events of four days are forgotten"
    before = bench.vendors.listed
    found = bench.look("moments")
    assert bench.vendors.listed == before + 2
    assert "everything was read: events of four days are forgotten" in found.notes


def test_a_change_that_does_not_show_the_record_is_no_deletion(bench: Bench) -> None:
    bench.vendors.say("billing", billed("A", 100))
    bench.vendors.say("erp", posted("A", "1.00"))
    bench.look("moments")
    bench.vendors.told["erp"].append(replace(posted("A", "1.00"), body={}))
    found = bench.look("moments")
    assert found.verdict is Answer.AGREES
    assert any("tells nothing more" in note for note in found.notes)


def test_what_cannot_be_read_is_not_forgotten_by_the_next_look(bench: Bench) -> None:
    bench.vendors.say("billing", billed("A", 100))
    bench.vendors.say("erp", posted("A", "1,00"))
    assert bench.look("moments").verdict is Answer.UNKNOWN
    assert bench.look("moments").verdict is Answer.UNKNOWN


def test_rows_of_another_estate_too_old_or_spoilt_are_not_used(
    bench: Bench, estate: Estate
) -> None:
    bench.vendors.say("billing", billed("A", 100))
    bench.look("moments")

    def listed() -> int:
        before = bench.vendors.listed
        bench.look("moments")
        return bench.vendors.listed - before

    assert listed() == 0
    bench.estate = replace(estate, said=Digested("another"))
    assert listed() == 2
    assert listed() == 0
    bench.clock.sleep(LONGEST + timedelta(seconds=1))
    assert listed() == 2
    (bench.folder / "moments.duckdb").write_bytes(b"no database")
    assert listed() == 2


def test_where_keys_of_other_records_are_compared_everything_is_read(bench: Bench) -> None:
    for _ in range(2):
        before = bench.vendors.listed
        found = bench.look("invoices")
        assert bench.vendors.listed == before + 2
        assert found.notes[-1] == "everything was read: it compares the keys of other records"
