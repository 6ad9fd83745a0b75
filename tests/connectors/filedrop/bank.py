"""A bank that writes camt.053 in the versions it is asked for."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from xml.sax.saxutils import escape

EARLY = "02"


@dataclass(frozen=True, slots=True, kw_only=True)
class Transaction:
    amount: Decimal
    end_to_end: str = "NOTPROVIDED"
    remittance: str = ""
    debtor: str = "Acme"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    transactions: Sequence[Transaction] = ()
    side: str = "CRDT"
    status: str = "BOOK"
    amount: Decimal | None = None

    @property
    def total(self) -> Decimal:
        if self.amount is not None:
            return self.amount
        return sum((each.amount for each in self.transactions), Decimal(0))

    @property
    def counted(self) -> Decimal:
        if self.status != "BOOK":
            return Decimal(0)
        return self.total if self.side == "CRDT" else -self.total


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    entries: Sequence[Entry]
    version: str = "08"
    id: str = "S-2026-01-15"
    sequence: str = "15"
    opening: Decimal = Decimal("100.00")
    closing: Decimal | None = None
    currency: str = "EUR"
    codes: tuple[str, str] = field(default=("OPBD", "CLBD"))


def camt(*sheets: Sheet) -> bytes:
    version = sheets[0].version
    inside = "".join(_statement(sheet) for sheet in sheets)
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>'
        f'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.{version}">'
        f"<BkToCstmrStmt><GrpHdr><MsgId>M</MsgId><CreDtTm>2026-01-15T20:00:00+01:00</CreDtTm>"
        f"</GrpHdr>{inside}</BkToCstmrStmt></Document>"
    ).encode()


def _statement(sheet: Sheet) -> str:
    closing = sheet.opening + sum((each.counted for each in sheet.entries), Decimal(0))
    closing = closing if sheet.closing is None else sheet.closing
    first, last = sheet.codes
    return (
        f"<Stmt><Id>{sheet.id}</Id><ElctrncSeqNb>{sheet.sequence}</ElctrncSeqNb>"
        f"<Acct><Id><IBAN>DE89370400440532013000</IBAN></Id></Acct>"
        f"{_balance(sheet, first, sheet.opening)}{_balance(sheet, last, closing)}"
        f"{''.join(_entry(sheet, each) for each in sheet.entries)}</Stmt>"
    )


def _balance(sheet: Sheet, code: str, amount: Decimal) -> str:
    side = "CRDT" if amount >= 0 else "DBIT"
    return (
        f"<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp>"
        f"{_money(sheet, abs(amount))}<CdtDbtInd>{side}</CdtDbtInd></Bal>"
    )


def _money(sheet: Sheet, amount: Decimal) -> str:
    return f'<Amt Ccy="{sheet.currency}">{amount:f}</Amt>'


def _entry(sheet: Sheet, entry: Entry) -> str:
    early = sheet.version == EARLY
    status = entry.status if early else f"<Cd>{entry.status}</Cd>"
    details = "".join(_details(sheet, entry, each) for each in entry.transactions)
    return (
        f"<Ntry>{_money(sheet, entry.total)}<CdtDbtInd>{entry.side}</CdtDbtInd>"
        f"<Sts>{status}</Sts><BookgDt><Dt>2026-01-15</Dt></BookgDt>"
        f"<ValDt><Dt>2026-01-16</Dt></ValDt><AcctSvcrRef>B-1</AcctSvcrRef>"
        f"<NtryDtls>{details}</NtryDtls></Ntry>"
    )


def _details(sheet: Sheet, entry: Entry, one: Transaction) -> str:
    amount = _money(sheet, one.amount)
    if sheet.version == EARLY:
        amount = f"<AmtDtls><TxAmt>{amount}</TxAmt></AmtDtls>"
        party = f"<Nm>{escape(one.debtor)}</Nm>"
    else:
        amount += f"<CdtDbtInd>{entry.side}</CdtDbtInd>"
        party = f"<Pty><Nm>{escape(one.debtor)}</Nm></Pty>"
    return (
        f"<TxDtls><Refs><EndToEndId>{escape(one.end_to_end)}</EndToEndId></Refs>{amount}"
        f"<RltdPties><Dbtr>{party}</Dbtr></RltdPties>"
        f"<RmtInf><Ustrd>{escape(one.remittance)}</Ustrd></RmtInf></TxDtls>"
    )
