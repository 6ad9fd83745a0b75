"""Why the ERP refused a line: its codes and words, as data; the first match wins.

A rejection line is the ERP's word that the document was not imported, so what no row knows is
rejected as well; only the kind is less exact.
"""

from typing import Final

from interlock.connectors.kit.classify import Fault, Row
from interlock.connectors.port import Kind, Verdict


def _row(kind: Kind, pattern: str) -> Row:
    return Row(verdict=Verdict.REJECTED, kind=kind, pattern=pattern, source="agreed with the ERP")


ROWS: Final = (
    _row(Kind.DUPLICATE, r"(?i)\bduplicate\b|\balready (?:exists|imported|posted)\b"),
    _row(Kind.PERIOD_CLOSED, r"(?i)\bperiod\b.*\b(?:closed|locked|not open)\b|^PERIOD"),
    _row(Kind.MISSING_FIELD, r"(?i)\b(?:missing|required|mandatory)\b|^MISSING"),
    _row(Kind.UNKNOWN_VALUE, r"(?i)\b(?:unknown|invalid|not found|does not exist)\b|^UNKNOWN"),
    _row(Kind.REJECTED, r""),
)


def kind_of(code: str, reason: str) -> Kind:
    """Return what a rejection is about."""
    fault = Fault(status=0, code=code, message=f"{code} {reason}")
    return next((row.kind for row in ROWS if row.matches(fault)), Kind.REJECTED)
