"""The shapes of AvaTax requests and answers.

A request and its answer name two things differently: a line's number (``number`` asked,
``lineNumber`` answered) and a single address (an object asked, a list answered). Bodies here
always have the answered line name and the asked address form, so that what was written and what
is read back compare.
"""

from collections.abc import Mapping
from typing import Final

from interlock.connectors.kit.exchange import (
    Call,
    Intent,
    segment,
    trace_header,
    with_json,
)
from interlock.connectors.port import Body, Request

INCLUDE: Final = (("$include", "Lines,Summary,Addresses"),)
INVOICE: Final = "SalesInvoice"
ORDER: Final = "SalesOrder"
_CLIENT: Final = {"X-Avalara-Client": "Interlock; 0.1; REST; 2"}
_RESERVED: Final = (
    ("%", "_-ava25-_"),
    ("/", "_-ava2f-_"),
    ("+", "_-ava2b-_"),
    ("?", "_-ava3f-_"),
    ("#", "_-ava23-_"),
)
"""How the vendor wants these characters of a code written in a path."""


def estimate(company: str, request: Request) -> Call:
    """Return the call that computes tax and records nothing."""
    return _create(Intent.READ, company, request, {"type": ORDER})


def record(company: str, request: Request) -> Call:
    """Return the call that records the transaction, committed, under our reference as its code."""
    return _create(Intent.WRITE, company, request, {"type": INVOICE, "commit": True})


def _create(intent: Intent, company: str, request: Request, extra: Body) -> Call:
    body = {**asked(request.body), "companyCode": company, **extra}
    if request.key:
        body["code"] = request.key
    headers, content = with_json(body)
    return Call(
        intent=intent,
        method="POST",
        path="/api/v2/transactions/create",
        query=INCLUDE,
        headers={**headers, **_CLIENT, **trace_header(request.traceparent)},
        content=content,
    )


def retrieve(company: str, code: str) -> Call:
    """Return the call that reads a recorded transaction by its code."""
    return Call(
        intent=Intent.READ,
        method="GET",
        path=_path(company, code),
        query=(("documentType", INVOICE), *INCLUDE),
        headers=_CLIENT,
    )


def void(company: str, code: str, request: Request) -> Call:
    """Return the call that voids a recorded transaction."""
    headers, content = with_json({"code": "DocVoided"})
    return Call(
        intent=Intent.WRITE,
        method="POST",
        path=f"{_path(company, code)}/void",
        query=(("documentType", INVOICE), *INCLUDE),
        headers={**headers, **_CLIENT, **trace_header(request.traceparent)},
        content=content,
    )


def _path(company: str, code: str) -> str:
    return f"/api/v2/companies/{_encoded(company)}/transactions/{_encoded(code)}"


def _encoded(code: str) -> str:
    for character, instead in _RESERVED:
        code = code.replace(character, instead)
    return segment(code)


def asked(body: Body) -> dict[str, object]:
    """Return `body` as a request wants it."""
    lines = body.get("lines")
    if not isinstance(lines, list | tuple):
        return dict(body)
    renamed = [_renamed(line, "lineNumber", "number") for line in lines]
    return {**body, "lines": renamed}


def shown(body: Body) -> dict[str, object]:
    """Return an answer in the form that bindings speak of."""
    addresses = body.get("addresses")
    if isinstance(addresses, list) and len(addresses) == 1:
        return {**body, "addresses": {"singleLocation": addresses[0]}}
    return dict(body)


def _renamed(line: object, old: str, new: str) -> object:
    if not isinstance(line, Mapping) or old not in line:
        return line
    return {(new if name == old else name): value for name, value in line.items()}
