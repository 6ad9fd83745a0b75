"""AvaTax's errors, by code: https://developer.avalara.com/avatax/errors/.

An error answer means that no transaction was recorded, except where a server of the vendor's
failed on the way: then nobody knows.
"""

from collections.abc import Mapping
from typing import Final

from interlock.connectors.kit.classify import Fault, Row
from interlock.connectors.kit.exchange import Answer
from interlock.connectors.port import Kind, Verdict

ALREADY_VOID: Final = "TransactionAlreadyCancelled"


def _rows(verdict: Verdict, kind: Kind, *codes: str) -> tuple[Row, ...]:
    return tuple(Row(verdict=verdict, kind=kind, code=code) for code in codes)


ROWS: Final = (
    *_rows(
        Verdict.BLOCKED,
        Kind.AUTH,
        "AuthenticationException",
        "AuthenticationIncomplete",
        "AuthorizationException",
        "BasicAuthIncorrect",
        "BearerTokenInvalid",
        "AccountExpiredException",
        "InactiveAccount",
        "InactiveUserError",
        "PermissionRequired",
        "SubscriptionRequired",
    ),
    Row(
        verdict=Verdict.REJECTED,
        kind=Kind.DUPLICATE,
        code="GetTaxError",
        pattern=r"DocStatus",
        source="https://developer.avalara.com/blog/2017/03/03/whats-a-doc-status-error/",
    ),
    *_rows(
        Verdict.REJECTED,
        Kind.DUPLICATE,
        "DocumentCodeConflict",
        "DuplicateEntry",
        "DocumentCommitted",  # assumed: other spellings of the same refusal
        "TransactionAlreadyExists",
        ALREADY_VOID,
    ),
    # Reported to the authority: only a reversing document in an open period can correct it.
    *_rows(Verdict.REJECTED, Kind.PERIOD_CLOSED, "CannotModifyLockedTransaction"),
    *_rows(
        Verdict.UNCERTAIN,
        Kind.TAX_FAILED,
        "ServerConfiguration",
        "ServerUnreachable",
        "RemoteServerError",
        "InternalServerError",
        "IdentityServerError",
        "UnhandledException",
        "TimeoutRequested",
    ),
    *_rows(
        Verdict.REJECTED,
        Kind.TAX_FAILED,
        "GetTaxError",
        "InvalidAddress",
        "InvalidCountry",
        "InvalidCountryRegion",
        "InvalidPostalCode",
        "MissingAddress",
        "NotEnoughAddressesInfo",
        "AddressConflictException",
        "AddressLocationNotFound",
        "JurisdictionNotFoundError",
    ),
    *_rows(
        Verdict.REJECTED,
        Kind.MISSING_FIELD,
        "ValueRequiredError",
        "ModelRequiredException",
        "MissingLine",
    ),
    *_rows(Verdict.REJECTED, Kind.UNKNOWN_VALUE, "InvalidEnumValue"),
    *_rows(Verdict.REJECTED, Kind.NOT_FOUND, "EntityNotFoundError", "CompanyInvalidException"),
    Row(verdict=Verdict.REJECTED, kind=Kind.REJECTED, status=400),
    # The tax engine itself says that it failed; a web page in between is an outage.
    Row(verdict=Verdict.UNCERTAIN, kind=Kind.TAX_FAILED, status=500),
    Row(verdict=Verdict.UNCERTAIN, kind=Kind.TAX_FAILED, status=503),
)


def fault_of(answer: Answer) -> Fault | None:
    """Read an answer: errors stand under ``error``, whatever the status (F9)."""
    error = answer.document.get("error") if isinstance(answer.document, dict) else None
    if not isinstance(error, Mapping):
        return None
    details = error.get("details")
    listed = details if isinstance(details, list) else []
    parts = [part for part in listed if isinstance(part, Mapping)]
    said = [str(error.get("message") or "")]
    for part in parts:
        said += [str(part.get(name) or "") for name in ("message", "description")]
    return Fault(
        status=answer.status,
        code=str(error.get("code") or "unnamed"),
        message="; ".join(dict.fromkeys(text for text in said if text)),
    )
