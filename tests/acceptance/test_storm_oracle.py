"""The storm's oracle is not blind: whatever is wrong in a ledger is said."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from interlock.testing.storm.oracle import COMPLETED, judge
from interlock.testing.storm.report import missing
from interlock.testing.storm.story import Deal, deals
from interlock.testing.storm.town import ROUGH
from interlock.testing.storm.weather import Forecast

GOOD = next(deal for deal in deals(1, 4) if not deal.incomplete and not deal.withdrawn)
ASKED, OFF = (
    next(deal for deal in deals(1, 40) if deal.incomplete),
    next(deal for deal in deals(1, 80) if deal.withdrawn),
)


@dataclass
class Ledgers:
    """What the systems hold after everything went well."""

    of: dict[str, dict[str, list[dict[str, Any]]]] = field(default_factory=dict)
    cases: list[dict[str, str]] = field(default_factory=list)

    def tell(self, system: str, path: str, body: object = None) -> Any:
        assert (path, body) == ("ledger", None)
        return self.of[system]

    def command(self, *arguments: str, codes: Sequence[int] = (0,)) -> Any:
        assert arguments[:2] == ("cases", "list")
        return {"cases": self.cases}


def _ledgers() -> Ledgers:
    rows = [GOOD.row | {"Invoice_Number__c": "INV1", "Payment_Status__c": "paid"}]
    rows += [ASKED.row, OFF.row | {"StageName": "Closed Lost"}]
    sold = {"metadata": {"opportunity_id": GOOD.ref}, "status": "active"}
    off = {"metadata": {"opportunity_id": OFF.ref}, "status": "canceled"}
    invoice = {
        "id": "7",
        "externalId": GOOD.ref,
        "tranId": "INV1",
        "subsidiary": {"id": "1"},
        "entity": {"id": "3"},
        "currency": {"refName": GOOD.currency},
        "subtotal": str(GOOD.net),
    }
    event = {"type": COMPLETED, "data": {"opportunity": GOOD.ref}}
    return Ledgers(
        of={
            "crm": {"Opportunity": rows},
            "billing": {"subscription": [sold, off]},
            "erp": {
                "invoice": [invoice],
                "customer": [
                    {"id": "3", "externalId": GOOD.row["AccountId"]},
                    {"id": "4", "externalId": "somebody"},
                ],
            },
            "legacy": {"account.invoice": []},
            "warehouse": {"event": [event]},
        },
        cases=[{"key": ASKED.ref, "cause": "requirement"}],
    )


def _said(ledgers: Ledgers, *which: Deal) -> str:
    return " ".join(judge(ledgers, which or (GOOD, ASKED, OFF)).violations)


def test_a_story_that_ended_well_is_believed() -> None:
    found = judge(_ledgers(), (GOOD, ASKED, OFF))

    assert found.violations == []
    assert (found.completed, found.cases, found.compensated) == (1, 1, 1)
    assert (found.duplicates, found.lost) == (0, 0)


def test_a_second_invoice_is_said() -> None:
    ledgers = _ledgers()
    ledgers.of["erp"]["invoice"] *= 2
    assert "2 invoices and 1 subscriptions are in force" in _said(ledgers)
    assert judge(ledgers, (GOOD, ASKED, OFF)).duplicates == 1


def test_a_draft_beside_an_invoice_is_said() -> None:
    ledgers = _ledgers()
    draft = {"state": "draft", "reference": GOOD.ref, "number": None, "untaxed_amount": "1"}
    ledgers.of["legacy"]["account.invoice"].append(draft)
    assert "2 invoices" in _said(ledgers)


@pytest.mark.parametrize(
    ("system", "table", "said"),
    [
        ("erp", "invoice", "completed with 0 invoices"),
        ("billing", "subscription", "completed with 1 invoices, 0 subscriptions"),
        ("warehouse", "event", "it ended as lost"),
    ],
)
def test_what_is_missing_is_said(system: str, table: str, said: str) -> None:
    ledgers = _ledgers()
    ledgers.of[system][table] = []
    assert said in _said(ledgers)


def test_a_cent_is_said() -> None:
    ledgers = _ledgers()
    ledgers.of["erp"]["invoice"][0]["subtotal"] = str(GOOD.net + 1)
    assert "is posted; sold was" in _said(ledgers)


def test_an_invoice_to_somebody_else_is_said() -> None:
    ledgers = _ledgers()
    ledgers.of["erp"]["invoice"][0]["entity"] = {"id": "4"}
    assert "'somebody'" in _said(ledgers)


def test_an_invoice_that_nobody_sold_is_said() -> None:
    ledgers = _ledgers()
    invoice = ledgers.of["erp"]["invoice"][0] | {"externalId": "elsewhere", "id": "8"}
    ledgers.of["erp"]["invoice"].append(invoice)
    assert "elsewhere: an invoice that nobody sold" in _said(ledgers)


def test_a_deal_that_was_called_off_and_still_has_an_invoice_is_lost() -> None:
    ledgers = _ledgers()
    invoice = ledgers.of["erp"]["invoice"][0] | {"externalId": OFF.ref, "id": "8"}
    ledgers.of["erp"]["invoice"].append(invoice)
    assert "it ended as lost, not as compensated" in _said(ledgers)


def test_a_good_deal_that_became_a_case_is_said_unless_a_proof_found_it_out() -> None:
    ledgers = _ledgers()  # what completes is announced before it is proven
    ledgers.cases.append({"key": GOOD.ref, "cause": "not-found"})
    assert "it ended as cases, not as completed" in _said(ledgers)
    ledgers.cases[-1]["cause"] = "proof"
    found = judge(ledgers, (GOOD, ASKED, OFF))
    assert (found.violations, found.unproven) == ([], 1)


def test_two_cases_of_one_deal_are_said() -> None:
    ledgers = _ledgers()
    ledgers.cases *= 2
    assert "asked 2 times" in _said(ledgers)


def test_a_storm_in_which_something_never_struck_says_so() -> None:
    wanted = Forecast(
        sagas=40, kills=2, crashes=1, failovers=1, zombies=1, terminations=1, full_disks=1
    )
    all_ = {"kill": 2, "crash": 1, "fail_over": 1, "freeze": 1, "terminate": 1, "fill": 0}
    harms = dict.fromkeys(ROUGH, 1)
    assert missing(wanted, all_, harms, mounted=False) == []
    assert missing(wanted, all_, harms, mounted=True) == ["fill: 0 of 1"]
    assert missing(wanted, all_ | {"kill": 1}, harms, mounted=False) == ["kill: 1 of 2"]
    assert missing(wanted, all_, harms | {"late": 0}, mounted=False) == ["late: 0 of 1"]
