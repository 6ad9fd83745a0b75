"""Hostile universes leave every law standing, and the laws are able to fail."""

import os
import random
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from interlock.audit import Entry, trail
from interlock.connectors.port import Request
from interlock.flow.store import QUERIES
from interlock.proving.campaign import FOREVER, Report, campaign, canary, told_of
from interlock.proving.creation import universe
from interlock.proving.faults import FAULTS
from interlock.proving.invariants import INVARIANTS
from interlock.proving.ledger import Applied, Row
from interlock.proving.universe import Universe
from interlock.proving.vendor import SECRET

SHARES = 4
SAGAS = 5_000
"""Of one run of the tests; `make simulate` plays 100,000."""
REGRESSIONS = [
    int(line.split()[0])
    for line in (Path(__file__).parent / "regressions.txt").read_text().splitlines()
    if line and not line.startswith("#")
]


@pytest.mark.parametrize("share", range(SHARES))
def test_universes_with_a_fresh_seed_break_no_law(share: int) -> None:
    seed = random.SystemRandom().randrange(1_000_000_000)
    again = f"share {share}: interlock simulate --sagas {SAGAS // SHARES} --seed {seed}"
    sys.stderr.write(f"{again}\n")
    report = campaign(SAGAS // SHARES, seed, processes=1)
    assert report.violations == [], again
    assert report.doubts() == [], again


@pytest.mark.parametrize("seed", REGRESSIONS)
def test_what_once_broke_a_law_breaks_none_any_more(seed: int) -> None:
    assert told_of(seed).violations == ()


def test_the_same_seed_tells_the_same_story_in_every_process() -> None:
    script = "from interlock.proving.campaign import told_of; print(told_of(11).digest)"
    digests = {
        subprocess.run(
            [sys.executable, "-c", script],
            capture_output=True,
            text=True,
            check=True,
            env={**os.environ, "PYTHONHASHSEED": hash_seed},
        ).stdout
        for hash_seed in ("0", "1", "77")
    }
    assert len(digests) == 1
    assert told_of(12).digest not in digests.pop()


def test_a_planted_second_invoice_is_reported() -> None:
    assert canary(5)


def test_a_campaign_in_which_nothing_happened_proves_nothing() -> None:
    told = told_of(3)
    report = Report(canary_reported=True)
    report.add(replace(told, sagas=6_000))
    doubts = " ".join(report.doubts())
    assert "completed" in doubts
    assert "never struck" in doubts
    assert "planted" in " ".join(Report().doubts())


def test_every_fault_has_a_name_a_meaning_and_strikes_somewhere() -> None:
    assert len(FAULTS) >= 26
    report = campaign(600, 2, processes=1)
    struck = {fault for fault in FAULTS if report.faults[fault]}
    assert len(struck) >= 26, sorted(set(FAULTS) - struck)


@pytest.fixture(scope="module")
def settled() -> Iterator[Callable[..., Universe]]:
    """Give universes that have come to rest: small ones, in which nothing is wrong."""
    opened = []

    def make(seed: int = 21, deals: int = 12) -> Universe:
        context = universe(seed, deals=deals)
        here = context.__enter__()
        opened.append(context)
        here.go_on(here.clock.now() + FOREVER)
        assert [s for law in INVARIANTS.values() for s in law(here)] == []
        return here

    yield make
    for context in opened:
        context.__exit__(None, None, None)


def _invoice(here: Universe) -> Row:
    done = {key for key, state in here.states("quote-to-cash") if state == "completed"}
    rows = [row for name in ("erp", "legacy") for row in here.systems[name].ledger.of("invoice")]
    return next(row for row in rows if row.live and row.key in done)


def _second_document(here: Universe) -> None:
    row = _invoice(here)
    ledger = here.systems["billing"].ledger
    (known,) = ledger.live("subscription", row.key)
    ledger.add("subscription", "again", row.key, known.body, here.clock.now())


def _unbalanced(here: Universe) -> None:
    _invoice(here).body["total"] = "0.01"


def _lost(here: Universe) -> None:
    deal = next(iter(here.story.deals.values()))
    here.story.deals["deal-999"] = replace(deal, key="deal-999", withdrawn=False)


def _beyond_authority(here: Universe) -> None:
    erp = here.systems["erp"].ledger
    done = next(each for each in erp.applied if each.request.operation == "customer.upsert")
    body = {**done.request.body, "terms": "net 30"}
    erp.applied.append(replace(done, request=replace(done.request, body=body)))


def _unintended(here: Universe) -> None:
    request = Request(operation="invoice.create", body={}, key="x", idempotency_key="nobody's")
    here.systems["erp"].ledger.applied.append(
        Applied(request=request, ref="x", at=here.clock.now())
    )


def _billed_too_little(here: Universe) -> None:
    row = _invoice(here)
    (billed,) = here.systems["billing"].ledger.live("subscription", row.key)
    billed.body["amount"] = "0.01"


def _hanging(here: Universe) -> None:
    with here.database.transaction() as connection:
        (row, *_) = connection.rows(QUERIES["runs_in"], {"state": "completed", "limit": 1})
        connection.execute(QUERIES["again"], _again(dict(row)))
        connection.execute(QUERIES["claim"], _claim(here, dict(row)))


def _again(row: dict[str, object]) -> dict[str, object]:
    now = "2026-10-01T00:00:00.000000Z"
    return {
        "id": row["id"],
        "now": now,
        "position": row["head_position"],
        "hash": row["head_hash"],
    }


def _claim(here: Universe, row: dict[str, object]) -> dict[str, object]:
    now = "2027-10-01T00:00:00.000000Z"
    claim = {"id": row["id"], "segment": row["segment"], "worker": "w", "now": now, "lease": now}
    assert here.clock.now().year < 2027
    return claim


def _wrong_books(here: Universe) -> None:
    _invoice(here).body["currency"] = "CHF"


def _for_nobody(here: Universe) -> None:
    _invoice(here).body["customer"] = "nobody"


def _unreported(here: Universe) -> None:
    here.systems["crm"].ledger.rows["deal", _invoice(here).key].body["invoice_number"] = "X"


def _impatient(here: Universe) -> None:
    here.systems["erp"].calls_while_told_to_wait = 1_000


def _bothered(here: Universe) -> None:
    here.people.bothered.append("deal-1 invoice: outage")


def _told(action: str, **data: object) -> Callable[[Universe], None]:
    def plant(here: Universe) -> None:
        entry = Entry(action=action, at=here.clock.now(), actor="x", data=data)
        with here.database.transaction() as connection:
            trail.append(connection, "planted", trail.head(connection, "planted"), [entry])

    return plant


PLANTED = {
    "I1 one document": _second_document,
    "I2 balanced": _unbalanced,
    "I3 accounted for": _lost,
    "I4 authority kept": _beyond_authority,
    "I5 recorded before": _unintended,
    "I7 sums tie": _billed_too_little,
    "I9 at rest": _hanging,
    "I10 right books": _wrong_books,
    "I11 buyer known": _for_nobody,
    "I12 reported back": _unreported,
    "I14 polite": _impatient,
    "I15 nobody bothered": _bothered,
    "I17 no secret told": _told("run.noted", message=f"key {SECRET}"),
    "I18 approved": _told("estate.applied", author="ana", approver="ana", digest="x"),
}


@pytest.mark.parametrize("law", PLANTED)
def test_a_law_reports_what_is_planted_against_it(
    law: str, settled: Callable[..., Universe]
) -> None:
    here = settled()
    PLANTED[law](here)
    assert list(INVARIANTS[law](here))


def test_a_good_deal_that_was_taken_back_is_reported(settled: Callable[..., Universe]) -> None:
    law = INVARIANTS["I13 no good deal lost"]
    for seed in range(8):
        here = settled(seed=seed, deals=30)
        for deal in here.story.deals.values():
            deal.withdrawn = False
        for system in here.systems.values():
            system.good_refused.clear()
        if list(law(here)):
            return
    raise AssertionError("no universe took a deal back")


def test_a_replay_that_writes_again_is_reported(
    settled: Callable[..., Universe], monkeypatch: pytest.MonkeyPatch
) -> None:
    here = settled()

    def forgetful(_: object, run: str) -> None:
        here.systems["erp"].ledger.add("invoice", f"re-{run}", run, {}, here.clock.now())

    monkeypatch.setattr(Universe, "replay", forgetful)
    assert list(INVARIANTS["I6 replays change nothing"](here))
