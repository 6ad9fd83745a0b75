import httpx2
import pytest
from tests.sandbox.netsuite.conftest import RECORDS, Suite, code


def journal(suite: Suite, *lines: dict[str, object], **fields: object) -> httpx2.Response:
    given = {
        "subsidiary": {"id": "1"},
        "tranDate": "2026-01-31",
        "line": {"items": list(lines) or [debit("60", 10), credit("54", 10)]},
        **fields,
    }
    return suite.send("PUT", f"{RECORDS}/journalEntry/eid:J1?replace=line", given)


def debit(account: str, amount: float) -> dict[str, object]:
    return {"account": {"id": account}, "debit": amount}


def credit(account: str, amount: float) -> dict[str, object]:
    return {"account": {"id": account}, "credit": amount}


def test_an_entry_has_both_sides_in_the_currency_of_its_subsidiary(suite: Suite) -> None:
    ref = suite.ref(journal(suite))

    found = suite.read("journalEntry", ref)

    assert found["currency"]["refName"] == "USD"
    assert (found["total"], found["approvalStatus"]["id"]) == (10, "2")
    assert found["postingPeriod"] == {"id": "202601", "refName": "Jan 2026"}
    assert found["line"]["items"][0]["account"]["refName"] == "2400 Deferred revenue"


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ((debit("60", 10), credit("54", 9)), "USER_ERROR"),
        ((debit("60", 10),), "USER_ERROR"),
        (({"account": {"id": "60"}}, credit("54", 10)), "USER_ERROR"),
        ((debit("60", -10), credit("54", -10)), "USER_ERROR"),
        ((debit("999", 10), credit("54", 10)), "INVALID_KEY_OR_REF"),
        ((debit("62", 10), credit("54", 10)), "INVALID_KEY_OR_REF"),
        ((debit("58", 10), credit("54", 10)), "USER_ERROR"),
    ],
)
def test_what_does_not_balance_or_has_no_account_is_no_entry(
    suite: Suite, lines: tuple[dict[str, object], ...], expected: str
) -> None:
    assert code(journal(suite, *lines)) == (400, expected)
    assert not suite.control("ledger").get("journalEntry")


def test_an_entry_waits_for_its_approval_and_may_go_until_then(suite: Suite) -> None:
    ref = suite.ref(journal(suite, approved=False))
    assert suite.read("journalEntry", ref)["approvalStatus"]["refName"] == "Pending Approval"
    assert suite.send("DELETE", f"{RECORDS}/journalEntry/{ref}").status_code == 204

    ref = suite.ref(journal(suite, approved=False))
    suite.ref(suite.send("PATCH", f"{RECORDS}/journalEntry/{ref}", {"approved": True}))

    assert suite.read("journalEntry", ref)["approvalStatus"]["id"] == "2"
    assert code(suite.send("DELETE", f"{RECORDS}/journalEntry/{ref}")) == (400, "USER_ERROR")


def test_a_closed_period_takes_no_entry_and_approves_none(suite: Suite) -> None:
    ref = suite.ref(journal(suite, approved=False))
    suite.control("periods", {"close": [["1", "2026-01"]]})

    approval = suite.send("PATCH", f"{RECORDS}/journalEntry/{ref}", {"approved": True})

    assert code(approval) == (400, "CLOSED_TRAN_PRD")
    assert code(journal(suite)) == (400, "CLOSED_TRAN_PRD")
    assert journal(suite, subsidiary={"id": "2"}, tranDate="2026-02-01").status_code == 400
    assert suite.read("journalEntry", ref)["approvalStatus"]["id"] == "1"


def test_a_date_beyond_the_calendar_is_in_no_period(suite: Suite) -> None:
    assert code(journal(suite, tranDate="2036-01-31")) == (400, "USER_ERROR")
