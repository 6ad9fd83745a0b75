"""A deal that was taken back stays so until it asks for something else."""

from tests.processes.company import Company


def touch(company: Company, deal: str, **fields: object) -> None:
    """Let somebody in sales write to a deal."""
    company.tell("crm", "change", {"object": "Opportunity", "id": deal, "set": fields})
    company.settle()


def live(company: Company, deal: str) -> list[str]:
    """Return what a deal has in billing that is not cancelled."""
    return [
        row["id"]
        for row in company.rows("billing", "subscription")
        if row["metadata"].get("opportunity_id") == deal and row["status"] != "canceled"
    ]


def test_a_deal_that_was_taken_back_is_sold_again_when_it_is_mended_and_not_by_a_note(
    company: Company,
) -> None:
    company.tell("erp", "periods", {"close": [["1", "2026-04"]]})
    deal = company.sell(CloseDate="2026-04-15")
    assert company.states("quote-to-cash")[deal] == "parked"
    company.answer("quote-to-cash", deal, "compensate")
    assert company.states("quote-to-cash")[deal] == "compensated"
    company.tell("erp", "periods", {"open": [["1", "2026-04"]]})

    touch(company, deal, Name="Renamed")
    assert company.states("quote-to-cash")[deal] == "cancelled"
    account = company.deal(deal)["AccountId"]
    company.tell("crm", "merge", {"winner": company.account(), "loser": account})
    touch(company, deal, Name="Renamed once more")

    assert company.states("quote-to-cash")[deal] == "cancelled"
    assert company.deal(deal)["AccountId"] != account
    assert live(company, deal) == []

    touch(company, deal, CloseDate="2026-11-03")
    assert company.states("quote-to-cash")[deal] == "listening"
    assert len(live(company, deal)) == 1
    assert company.posted(deal)["tranDate"] == "2026-11-03"
