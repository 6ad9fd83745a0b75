"""Usage to billing: every record of the product once, billed in arrears."""

from datetime import UTC, datetime, timedelta

from tests.processes.company import Company

SOLD = [("SAAS-SEAT", "Recurring", 7, "333.33"), ("API-USAGE", "Usage", 1000, "0.02")]


def counted(company: Company, record: str) -> list[str]:
    """Return the values under which billing counted a record."""
    rows = company.rows("billing", "billing.meter_event")
    return [row["payload"]["value"] for row in rows if row["identifier"] == record]


def test_what_was_used_is_counted_once_and_billed_in_arrears(company: Company) -> None:
    deal = company.sell(lines=SOLD)
    account, now = company.deal(deal)["AccountId"], datetime.now(UTC)

    company.use("use-1", account, "700", now - timedelta(hours=3))
    company.use("use-2", account, "50", now - timedelta(minutes=2))
    company.settle()

    assert (counted(company, "use-1"), counted(company, "use-2")) == (["700"], ["50"])
    assert company.states("usage")["use-1"] == "completed"
    billed = company.do("cycle", subscription=company.subscription(deal)["id"])
    (line,) = [each for each in billed["lines"]["data"] if each["description"] == "API-USAGE"]
    assert (line["quantity"], line["amount"]) == (750, 1_500)


def test_usage_of_nobody_is_a_question(company: Company) -> None:
    company.use("use-3", "001000000000999AAA", "5", datetime.now(UTC))

    assert company.states("usage")["use-3"] == "parked"
    assert counted(company, "use-3") == []


def test_usage_that_billing_no_longer_takes_is_a_question(company: Company) -> None:
    deal = company.sell(lines=SOLD)
    account = company.deal(deal)["AccountId"]

    company.use("use-4", account, "5", datetime.now(UTC) - timedelta(days=36))

    assert company.states("usage")["use-4"] == "parked"
    assert counted(company, "use-4") == []
