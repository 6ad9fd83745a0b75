"""Reconciliations of the example estate over its processes."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from interlock.reconciliation import Break, Cause
from interlock.reconciliation.examining import Examination, Examiner
from interlock.reconciliation.examining import Verdict as Answer
from tests.processes.company import Company

SOLD = [("SAAS-SEAT", "Recurring", 7, "333.33"), ("API-USAGE", "Usage", 1000, "0.02")]


def look(company: Company, name: str, as_of: date) -> Examination:
    examiner = Examiner(
        estate=company.estate,
        source=company.shop.gate,
        database=company.database,
        clock=company.clock,
    )
    return examiner.examine(name, as_of, timedelta())


def quantities(found: Break) -> dict[str, Decimal | None]:
    return {part.side: part.amount for part in found.parts}


def test_usage_that_nobody_asked_money_for_is_found(company: Company) -> None:
    deal = company.sell(lines=SOLD)
    account, now = company.deal(deal)["AccountId"], datetime.now(UTC)
    company.use("use-leak-1", account, "700", now - timedelta(hours=3))
    company.settle()
    later = (now + timedelta(days=400)).date()

    unbilled = look(company, "usage-billed", later)
    assert unbilled.report is not None, unbilled.troubles
    (found,) = [each for each in unbilled.report.breaks if each.key == account]
    assert found.cause is Cause.AMOUNT
    assert quantities(found) == {"used": Decimal(700), "billed": Decimal(0)}

    draft = company.do("cycle", subscription=company.subscription(deal)["id"])
    company.do("hour", invoice=draft["id"])
    billed = look(company, "usage-billed", later)
    assert billed.report is not None, billed.troubles
    assert account not in {each.key for each in billed.report.breaks}
    assert billed.report.ties

    company.use("use-leak-2", account, "50", now - timedelta(minutes=2))
    company.settle()
    more = look(company, "usage-billed", later)
    assert more.verdict is Answer.BREAKS
    assert more.report is not None
    (found,) = [each for each in more.report.breaks if each.key == account]
    assert found.cause is Cause.AMOUNT
    assert quantities(found) == {"used": Decimal(750), "billed": Decimal(700)}
