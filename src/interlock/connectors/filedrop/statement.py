"""Bank statements: ISO 20022 camt.053, versions 02 to 13, proven before anything of them counts.

What differs between the versions and is read here: the status of an entry (text in 02, a code
since 04), a party's name (directly in 02, inside ``Pty`` since 08), a transaction's amount (inside
``AmtDtls`` in 02). A statement whose opening balance and booked entries do not make its closing
balance is refused whole. Amounts leave as text with every digit the bank wrote.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from interlock.connectors.filedrop.answers import UnfinishedError, UnreadableFileError
from interlock.connectors.kit.document import MAX_NUMBER_CHARACTERS, plain
from interlock.foundation.clock import from_iso, iso

VERSIONS: Final = re.compile(r"\{urn:iso:std:iso:20022:tech:xsd:camt\.053\.001\.(\d\d)\}Document")
OLDEST, NEWEST = 2, 13
MAX_ENTRIES: Final = 100_000
OPENING: Final = ("OPBD", "PRCD")
CLOSING: Final = ("CLBD",)
INTERIM: Final = "ITBD"
_AMOUNT: Final = re.compile(r"[0-9]{1,18}(?:\.[0-9]{1,5})?|\.[0-9]{1,5}")
_CURRENCY: Final = re.compile(r"[A-Z]{3}")
_SIGN: Final = {"CRDT": 1, "DBIT": -1}


@dataclass(frozen=True, slots=True, kw_only=True)
class Payment:
    """One payment on the account: an entry, or one transaction of a batch booking."""

    ref: str
    """Account, statement, entry and transaction: the same payment always has the same."""
    body: dict[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """One statement, or one page of one."""

    id: str
    """Account, identification, sequence and page: the bank's name for it."""
    at: datetime
    body: dict[str, object]
    payments: tuple[Payment, ...]


def statements(content: bytes) -> list[Statement]:
    """Return every statement of a file.

    Raises:
        UnfinishedError: The document has no end yet.
        UnreadableFileError: It is no camt.053, or its balances are not proven.
    """
    try:
        root = fromstring(content, forbid_dtd=True)
    except ParseError as error:
        whole = content.rstrip().endswith(b"Document>")
        problem = UnreadableFileError if whole else UnfinishedError
        raise problem(f"it is not XML: line {error.position[0]}") from None
    except (DefusedXmlException, ValueError, LookupError):
        raise UnreadableFileError("it has a DTD, an entity or an unknown encoding") from None
    version = VERSIONS.fullmatch(root.tag)
    if version is None or not OLDEST <= int(version[1]) <= NEWEST:
        raise UnreadableFileError("it is not camt.053.001.02 to .13")
    for element in root.iter():
        element.tag = element.tag.rpartition("}")[2]
    made = _text(root, "BkToCstmrStmt/GrpHdr/CreDtTm")
    found = [_statement(each, made) for each in root.findall("BkToCstmrStmt/Stmt")]
    if not found:
        raise UnreadableFileError("it has no statement")
    return found


def _statement(element: Element, made: str) -> Statement:
    account = _text(element, "Acct/Id/IBAN") or _text(element, "Acct/Id/Othr/Id")
    name = _text(element, "Id")
    if not account or not name:
        raise UnreadableFileError("a statement has no account or no identification")
    sequence = _text(element, "ElctrncSeqNb") or _text(element, "LglSeqNb")
    page = _text(element, "StmtPgntn/PgNb") or "1"
    id_ = f"{account}/{name}/{sequence}/{page}"
    opening, closing = _balances(element)
    entries = element.findall("Ntry")
    if len(entries) > MAX_ENTRIES:
        raise UnreadableFileError(f"a statement has more than {MAX_ENTRIES} entries")
    _prove(id_, opening, closing, entries)
    at = _moment(_text(element, "CreDtTm") or made)
    body: dict[str, object] = {
        "id": name,
        "account": account,
        "sequence": sequence,
        "page": page,
        "created": iso(at),
        "currency": closing.currency,
        "opening": plain(opening.signed),
        "closing": plain(closing.signed),
        "entries": len(entries),
    }
    payments = tuple(_payments(entries, id_, body))
    return Statement(id=id_, at=at, body=body, payments=payments)


@dataclass(frozen=True, slots=True, kw_only=True)
class Amount:
    """Money with its side of the account."""

    signed: Decimal
    currency: str


def _amount(element: Element, path: str = "Amt") -> Amount | None:
    """Return the amount at `path` of `element` with its sign; ``None`` if there is none."""
    found = element.find(path)
    if found is None:
        return None
    text, currency = (found.text or "").strip(), found.get("Ccy", "")
    fits = _AMOUNT.fullmatch(text) and len(text) <= MAX_NUMBER_CHARACTERS
    if not fits or not _CURRENCY.fullmatch(currency):
        raise UnreadableFileError("an amount is none, or has no currency")
    sign = _SIGN.get(_text(element, "CdtDbtInd"))
    if sign is None:
        raise UnreadableFileError("an amount is neither CRDT nor DBIT")
    return Amount(signed=sign * Decimal(text) + 0, currency=currency)


def _balances(element: Element) -> tuple[Amount, Amount]:
    """Return what the statement opened and closed with; interim balances bound a page."""
    found: dict[str, list[Amount]] = {}
    for balance in element.findall("Bal"):
        amount = _amount(balance)
        if amount is not None:
            found.setdefault(_text(balance, "Tp/CdOrPrtry/Cd"), []).append(amount)
    interim = found.get(INTERIM, [])
    opening = [each[0] for code in OPENING if (each := found.get(code))] + interim[:1]
    closing = [each[-1] for code in CLOSING if (each := found.get(code))] + interim[-1:]
    if not opening or not closing:
        raise UnreadableFileError("a statement has no opening or no closing balance")
    return opening[0], closing[0]


def _prove(id_: str, opening: Amount, closing: Amount, entries: list[Element]) -> None:
    total = opening.signed
    for entry in filter(_is_booked, entries):
        amount = _amount(entry)
        if amount is None or {amount.currency, opening.currency} != {closing.currency}:
            raise UnreadableFileError(f"statement {id_}: an entry is not in its currency")
        total += amount.signed
    if total != closing.signed:
        raise UnreadableFileError(
            f"statement {id_}: opening and entries make {plain(total)}, "
            f"and its closing balance is {plain(closing.signed)}"
        )


def _is_booked(entry: Element) -> bool:
    """Tell whether an entry counts; what is pending or for information is not in the balance."""
    status = _text(entry, "Sts/Cd") or _text(entry, "Sts/Prtry") or _text(entry, "Sts")
    if status not in {"BOOK", "PDNG", "INFO", "FUTR"}:
        raise UnreadableFileError("an entry has a status that nobody knows")
    return status == "BOOK"


def _payments(entries: list[Element], id_: str, about: dict[str, object]) -> Iterator[Payment]:
    for number, entry in enumerate(entries, start=1):
        if not _is_booked(entry):
            continue
        amount = _amount(entry)
        if amount is None:
            continue
        details = entry.findall("NtryDtls/TxDtls")
        common = {
            "account": about["account"],
            "statement": about["id"],
            "entry": number,
            **_booking(entry),
        }
        amounts = [_detail_amount(detail, entry) for detail in details]
        if not _itemised(amount, amounts):
            merged = _remittance(details[0]) if len(details) == 1 else {"batch": len(details)}
            yield Payment(ref=f"{id_}/{number}", body={**common, **_money(amount), **merged})
            continue
        for index, (detail, each) in enumerate(zip(details, amounts, strict=True), start=1):
            body = {**common, **_money(each or amount), **_remittance(detail)}
            yield Payment(ref=f"{id_}/{number}/{index}", body={**body, "batch": len(details)})


def _itemised(whole: Amount, parts: list[Amount | None]) -> bool:
    """Tell whether the transactions say where every cent of a batch booking comes from."""
    known = [part for part in parts if part is not None and part.currency == whole.currency]
    if not parts or len(known) != len(parts):
        return False
    return sum((part.signed for part in known), Decimal(0)) == whole.signed


def _detail_amount(detail: Element, entry: Element) -> Amount | None:
    """Return the amount of a transaction; without a side of its own it has its entry's."""
    side = _text(detail, "CdtDbtInd") or _text(entry, "CdtDbtInd")
    for path in ("Amt", "AmtDtls/TxAmt/Amt"):
        found = detail.find(path)
        if found is not None:
            bare = Element("Bare")
            bare.append(found)
            indicator = Element("CdtDbtInd")
            indicator.text = side
            bare.append(indicator)
            return _amount(bare)
    return None


def _money(amount: Amount) -> dict[str, object]:
    side = "credit" if amount.signed >= 0 else "debit"
    return {"amount": plain(abs(amount.signed)), "side": side, "currency": amount.currency}


def _booking(entry: Element) -> dict[str, object]:
    return {
        "booked": (_text(entry, "BookgDt/Dt") or _text(entry, "BookgDt/DtTm"))[:10],
        "value": (_text(entry, "ValDt/Dt") or _text(entry, "ValDt/DtTm"))[:10],
        "reversal": _text(entry, "RvslInd") in {"true", "1"},
        "bankReference": _text(entry, "AcctSvcrRef"),
    }


def _remittance(detail: Element) -> dict[str, object]:
    free = [(each.text or "").strip() for each in detail.findall("RmtInf/Ustrd")]
    structured = [each.text or "" for each in detail.findall("RmtInf/Strd/CdtrRefInf/Ref")]
    return {
        "endToEndId": _text(detail, "Refs/EndToEndId"),
        "transactionId": _text(detail, "Refs/TxId"),
        "uetr": _text(detail, "Refs/UETR"),
        "remittance": " ".join(free),
        "creditorReference": " ".join(structured),
        "debtor": _party(detail, "Dbtr"),
        "debtorAccount": _text(detail, "RltdPties/DbtrAcct/Id/IBAN"),
        "creditor": _party(detail, "Cdtr"),
        "creditorAccount": _text(detail, "RltdPties/CdtrAcct/Id/IBAN"),
    }


def _party(detail: Element, role: str) -> str:
    path = f"RltdPties/{role}"
    return _text(detail, f"{path}/Pty/Nm") or _text(detail, f"{path}/Nm")


def _text(element: Element, path: str) -> str:
    return (element.findtext(path) or "").strip()


def _moment(text: str) -> datetime:
    try:
        return from_iso(text)
    except ValueError:
        raise UnreadableFileError("a statement does not say when it was made") from None
