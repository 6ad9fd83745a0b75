"""The demo's own arithmetic: it must notice what is missing, before it says that all is well."""

from decimal import Decimal

import pytest

from interlock.cli.demonstration.account import Account
from interlock.cli.demonstration.acts.act import Tied, per_currency
from interlock.cli.demonstration.cast import IN_TURN, cast, ends
from interlock.cli.demonstration.scenario import ENTITIES, scenario


def account(tied: tuple[Tied, ...] = (), **counts: int) -> Account:
    known = {"begun": 4, "completed": 1, "compensated": 1, "withdrawn": 1, "cases": 1} | counts
    return Account(process="payment", tied=tied, **known)


def test_a_process_whose_runs_all_have_an_end_is_accounted_for() -> None:
    assert list(account().complaints) == []


def test_a_run_without_an_end_is_a_complaint() -> None:
    assert list(account(begun=5).complaints) == [
        "payment: 5 begun, and 4 have an end or a case",
    ]


def test_a_cent_that_is_missing_in_one_ledger_is_a_complaint() -> None:
    pairs = [("USD", Decimal("10.00"), Decimal("10.0")), ("USD", Decimal("0.01"), Decimal(0))]

    (said,) = account(tuple(per_currency("payment", "received", pairs))).complaints

    assert said == "payment: USD received: 10.01 is not 10.0"


@pytest.mark.parametrize("many", [1, 5, 12, 30, 60, 200])
def test_whoever_plays_a_part_plays_no_other_and_there_are_as_many_deals_as_before(
    many: int,
) -> None:
    story = scenario(7, many, list(ENTITIES))

    found = cast(story)

    assert len(found.story.opportunities) == many
    refs = [row["Id"] for row in found.story.opportunities]
    assert refs == [row["Id"] for row in story.opportunities]
    played = [deal for part in set(IN_TURN) for deal in found.of(part)]
    assert len(played) == len(set(played))
    assert not set(played) & set(found.story.flaws)
    renewals = [row for row in found.story.opportunities if row.get("Renews__c")]
    assert {row["Renews__c"] for row in renewals} == set(found.of("renewed"))
    for row in renewals:
        assert row["Contract_Start__c"] == ends(found.deal(row["Renews__c"])).isoformat()
        assert len(found.lines(row["Id"])) == len(found.lines(row["Renews__c"]))


def test_a_long_story_has_every_part() -> None:
    found = cast(scenario(7, 30, list(ENTITIES)))

    assert [part for part in {*IN_TURN, "recognised", "using"} if not found.of(part)] == []
