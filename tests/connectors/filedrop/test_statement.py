"""camt.053: what a bank wrote is what we read, and what is not proven is not read at all."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.connectors.filedrop.bank import Entry, Sheet, Transaction, camt

from interlock.connectors.filedrop.answers import UnfinishedError, UnreadableFileError
from interlock.connectors.filedrop.statement import statements

CENTS = st.integers(1, 10**12).map(lambda cents: Decimal(cents).scaleb(-2))
WORDS = st.text("abcÄß&<>-0123456789", min_size=1, max_size=20)
TRANSACTIONS = st.builds(Transaction, amount=CENTS, end_to_end=WORDS, debtor=WORDS)
ENTRIES = st.builds(
    Entry,
    transactions=st.lists(TRANSACTIONS, min_size=1, max_size=4),
    side=st.sampled_from(["CRDT", "DBIT"]),
    status=st.sampled_from(["BOOK", "BOOK", "PDNG", "INFO"]),
)
SHEETS = st.builds(
    Sheet,
    entries=st.lists(ENTRIES, max_size=5),
    version=st.sampled_from(["02", "04", "08", "10", "13"]),
    opening=st.integers(-(10**10), 10**10).map(lambda cents: Decimal(cents).scaleb(-2)),
    codes=st.sampled_from([("OPBD", "CLBD"), ("PRCD", "CLBD"), ("ITBD", "ITBD")]),
)
PAID = Transaction(amount=Decimal("37.49"), end_to_end="R-000001", remittance="invoice R-000001")


@given(SHEETS)
def test_every_booked_payment_is_read_to_the_cent(sheet: Sheet) -> None:
    (found,) = statements(camt(sheet))
    expected = [
        (str(one.amount), {"CRDT": "credit", "DBIT": "debit"}[entry.side], one.end_to_end)
        for entry in sheet.entries
        if entry.status == "BOOK"
        for one in entry.transactions
    ]
    read = [
        (each.body["amount"], each.body["side"], each.body["endToEndId"])
        for each in found.payments
    ]
    assert read == expected
    assert [each.body["debtor"] for each in found.payments] == [
        one.debtor
        for entry in sheet.entries
        if entry.status == "BOOK"
        for one in entry.transactions
    ]
    assert len({each.ref for each in found.payments}) == len(found.payments)


@given(SHEETS, st.integers(1, 10**6))
def test_a_statement_that_is_off_by_a_cent_or_more_is_refused(sheet: Sheet, cents: int) -> None:
    total = sheet.opening + sum((entry.counted for entry in sheet.entries), Decimal(0))
    wrong = Sheet(
        entries=sheet.entries,
        version=sheet.version,
        opening=sheet.opening,
        closing=total + Decimal(cents).scaleb(-2),
        codes=sheet.codes,
    )
    with pytest.raises(UnreadableFileError, match="closing balance"):
        statements(camt(wrong))


@given(SHEETS, st.data())
def test_a_statement_that_is_still_being_written_is_never_read(
    sheet: Sheet, data: st.DataObject
) -> None:
    content = camt(sheet)
    cut = data.draw(st.integers(0, len(content) - 1))
    with pytest.raises(UnfinishedError):
        statements(content[:cut])


def test_a_payment_carries_what_it_is_matched_by() -> None:
    (found,) = statements(camt(Sheet(entries=[Entry(transactions=[PAID])])))
    (payment,) = found.payments
    assert payment.ref == "DE89370400440532013000/S-2026-01-15/15/1/1/1"
    assert payment.body == payment.body | {
        "account": "DE89370400440532013000",
        "amount": "37.49",
        "side": "credit",
        "currency": "EUR",
        "booked": "2026-01-15",
        "value": "2026-01-16",
        "endToEndId": "R-000001",
        "remittance": "invoice R-000001",
        "debtor": "Acme",
        "bankReference": "B-1",
        "reversal": False,
    }
    assert found.body["closing"] == "137.49"


def test_a_batch_booking_that_is_not_itemised_stays_one_payment() -> None:
    entry = Entry(transactions=[PAID, PAID], amount=Decimal("75.00"))
    (found,) = statements(camt(Sheet(entries=[entry])))
    (payment,) = found.payments
    assert payment.body["amount"] == "75.00"
    assert payment.body["batch"] == 2


def document(inside: str, version: str = "08") -> bytes:
    space = f"urn:iso:std:iso:20022:tech:xsd:camt.053.001.{version}"
    return f'<Document xmlns="{space}"><BkToCstmrStmt>{inside}</BkToCstmrStmt></Document>'.encode()


ONE_PAID = camt(Sheet(entries=[Entry(transactions=[PAID])]))
BOMB = b'<!DOCTYPE Document [<!ENTITY a "aaaaaaaaaa">]><Document>&a;</Document>'
OUTSIDE = b'<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]><Document>&x;</Document>'


@pytest.mark.parametrize(
    "content",
    [
        BOMB,
        OUTSIDE,
        b"<Document/>",
        document(""),
        document("", version="01"),
        document("", version="99"),
        document("<Stmt><Id>1</Id></Stmt>"),
        camt(Sheet(entries=[])).replace(b"OPBD", b"XPCD"),
        camt(Sheet(entries=[Entry(transactions=[PAID], status="LATR")])),
        camt(Sheet(entries=[Entry(transactions=[PAID])])).replace(
            b'<Amt Ccy="EUR">37.49', b"<Amt>"
        ),
        camt(Sheet(entries=[Entry(transactions=[PAID])])).replace(b">37.49", b">1e2"),
        camt(Sheet(entries=[Entry(transactions=[PAID])])).replace(
            b"CRDT</CdtDbtInd><Sts>", b"X</CdtDbtInd><Sts>"
        ),
        camt(Sheet(entries=[])).replace(b"2026-01-15T20:00:00+01:00", b"today"),
        b"<Document><a></Document>",
    ],
)
def test_what_is_hostile_or_not_proven_is_refused_whole(content: bytes) -> None:
    with pytest.raises(UnreadableFileError):
        statements(content)
