"""Every line of the error table, from bodies that were recorded on Odoo 19.0."""

from typing import Any

import httpx2
import pytest

from interlock.connectors.odoo.errors import ROWS
from interlock.connectors.port import CallFailed, Kind, Request, Verdict

NO_DATABASE = """<!DOCTYPE html>
<title>404 Not Found</title>
<h1>Not Found</h1>
<p>No database is selected and the requested URL was not found in the server-wide controllers.</p>
"""
USER = "odoo.exceptions.UserError"
VALID = "odoo.exceptions.ValidationError"
REJECTED, RETRYABLE = Verdict.REJECTED, Verdict.RETRYABLE

IN_WORDS = [
    ("could not serialize access due to concurrent update\n", (RETRYABLE, Kind.LOCKED)),
    (
        'could not obtain lock on row in relation "ir_sequence"',
        (RETRYABLE, Kind.LOCKED),
    ),
    ("deadlock detected", (RETRYABLE, Kind.LOCKED)),
    (
        "You cannot modify the following readonly fields on a posted move: date, line_ids",
        (REJECTED, Kind.CONFLICT),
    ),
    ("The entry INV/2026/00001 (id 1) must be in draft.", (REJECTED, Kind.CONFLICT)),
    ("Some orders are not in a state requiring confirmation.", (REJECTED, Kind.CONFLICT)),
    ("Only draft journal entries can be cancelled.", (REJECTED, Kind.CONFLICT)),
    (
        "You cannot add/modify entries prior to and inclusive of: Tax Return Lock Date (...).",
        (REJECTED, Kind.PERIOD_CLOSED),
    ),
    (
        "Account codes must be unique. You can't create accounts with these duplicate codes: 4",
        (REJECTED, Kind.DUPLICATE),
    ),
    (
        'duplicate key value violates unique constraint "ir_model_data_module_name_uniq_index"',
        (REJECTED, Kind.DUPLICATE),
    ),
    ("You are not allowed to create 'Contact' (res.partner) records.", (REJECTED, Kind.AUTH)),
    (
        "No matching record found for database id '999999' in field 'Country'",
        (REJECTED, Kind.UNKNOWN_VALUE),
    ),
    ("Value 'xx' not found in selection field 'Language'", (REJECTED, Kind.UNKNOWN_VALUE)),
    ("Unknown database identifier '99999'", (REJECTED, Kind.UNKNOWN_VALUE)),
    ("Invalid database id 'abc' for the field 'Related Company'", (REJECTED, Kind.UNKNOWN_VALUE)),
    (
        "'abc' does not seem to be a number for field 'Invoice lines/Quantity'",
        (REJECTED, Kind.UNKNOWN_VALUE),
    ),
    ("Unknown value 'maybe' for boolean field 'Is a Company'", (REJECTED, Kind.UNKNOWN_VALUE)),
    ("Contacts require a name", (REJECTED, Kind.MISSING_FIELD)),
    (
        "Missing required value for the field 'Journal' (journal_id).",
        (REJECTED, Kind.MISSING_FIELD),
    ),
    ("You cannot create recursive Partner hierarchies.", (REJECTED, Kind.REJECTED)),
    ("The entry is not balanced.", (REJECTED, Kind.REJECTED)),
]
BY_NAME = [
    ("odoo.exceptions.AccessError", "You are not allowed to access", 403, (REJECTED, Kind.AUTH)),
    ("odoo.exceptions.AccessDenied", "Access Denied", 403, (Verdict.BLOCKED, Kind.AUTH)),
    ("odoo.http.SessionExpiredException", "Session expired", 403, (Verdict.BLOCKED, Kind.AUTH)),
    ("werkzeug.exceptions.Unauthorized", "Invalid apikey", 401, (Verdict.BLOCKED, Kind.AUTH)),
    ("werkzeug.exceptions.TooManyRequests", "slowly", 429, (Verdict.BLOCKED, Kind.QUOTA)),
    (
        "odoo.exceptions.MissingError",
        "Record does not exist or has been deleted.\n(Record: res.partner(9,), User: 2)",
        404,
        (REJECTED, Kind.NOT_FOUND),
    ),
    ("odoo.exceptions.LockError", "Cannot grab a lock", 409, (RETRYABLE, Kind.LOCKED)),
    ("odoo.exceptions.ConcurrencyError", "again", 500, (RETRYABLE, Kind.LOCKED)),
    ("psycopg2.errors.SerializationFailure", "could not", 500, (RETRYABLE, Kind.LOCKED)),
    ("psycopg2.errors.LockNotAvailable", "could not", 500, (RETRYABLE, Kind.LOCKED)),
    ("psycopg2.errors.DeadlockDetected", "deadlock", 500, (RETRYABLE, Kind.LOCKED)),
    ("psycopg2.errors.TransactionRollbackError", "rollback", 500, (RETRYABLE, Kind.LOCKED)),
    ("odoo.exceptions.RedirectWarning", "Configure a journal", 500, (REJECTED, Kind.REJECTED)),
    (
        "werkzeug.exceptions.NotFound",
        "The method 'res.partner.nope' does not exist",
        404,
        (REJECTED, Kind.UNKNOWN_FIELD),
    ),
    (
        "werkzeug.exceptions.UnprocessableEntity",
        "missing a required argument: 'fields'",
        422,
        (REJECTED, Kind.UNKNOWN_FIELD),
    ),
    (
        "builtins.TypeError",
        "BaseModel._read_format() got an unexpected keyword argument 'foo'",
        500,
        (REJECTED, Kind.UNKNOWN_FIELD),
    ),
    ("builtins.ValueError", "Invalid field name 'nope'", 500, (REJECTED, Kind.UNKNOWN_FIELD)),
    (
        "builtins.ValueError",
        "Invalid field res.partner.nope in condition ('nope', '=', 1)",
        500,
        (REJECTED, Kind.UNKNOWN_FIELD),
    ),
    (
        "builtins.ValueError",
        "Wrong value for account.move.state: 'nope'",
        500,
        (REJECTED, Kind.UNKNOWN_VALUE),
    ),
    (
        "werkzeug.exceptions.BadRequest",
        "could not parse the body as json",
        400,
        (REJECTED, Kind.MALFORMED),
    ),
]


def upsert() -> Request:
    return Request(
        operation="partner.upsert",
        body={"name": "Acme"},
        key_field="ref",
        key="001A",
        idempotency_key="run-1",
    )


def written(server: Any, vendor: Any, answer: httpx2.Response) -> Any:
    server.on("res.partner/search_read", vendor["rows"]())
    server.on("res.partner/load", answer)
    return server.open().write(upsert())


@pytest.mark.parametrize(("message", "expected"), IN_WORDS)
def test_a_refusal_by_load_is_told_by_its_words_though_it_answers_200(
    server: Any, vendor: Any, message: str, expected: tuple[Verdict, Kind]
) -> None:
    outcome = written(server, vendor, vendor["refused"](message))
    assert (outcome.verdict, outcome.kind) == expected
    assert (outcome.code, outcome.status) == ("load", 200)


@pytest.mark.parametrize("name", [USER, VALID])
@pytest.mark.parametrize(("message", "expected"), IN_WORDS)
def test_an_error_of_the_business_is_told_by_its_words(
    server: Any, vendor: Any, name: str, message: str, expected: tuple[Verdict, Kind]
) -> None:
    outcome = written(server, vendor, vendor["raised"](name, message, 422))
    assert (outcome.verdict, outcome.kind) == expected
    assert outcome.code == name


@pytest.mark.parametrize(("name", "message", "status", "expected"), BY_NAME)
def test_an_exception_is_told_by_its_name(
    server: Any,
    vendor: Any,
    name: str,
    message: str,
    status: int,
    expected: tuple[Verdict, Kind],
) -> None:
    outcome = written(server, vendor, vendor["raised"](name, message, status))
    assert (outcome.verdict, outcome.kind) == expected
    assert outcome.status == status


def test_no_line_of_the_table_is_without_its_recorded_body(server: Any) -> None:
    shown = {(name, message) for name, message, _, _ in BY_NAME}
    shown |= {(code, message) for code in (USER, VALID, "load") for message, _ in IN_WORDS}
    shown.add(("no-database", "the database is not there"))
    from interlock.connectors.kit.classify import Fault

    used = {
        next(row for row in ROWS if row.matches(Fault(status=0, code=code, message=message)))
        for code, message in shown
    }
    assert used == set(ROWS)
    assert not server.requests


def test_a_database_that_is_not_there_blocks_and_is_never_a_record_that_is_not_there(
    server: Any,
) -> None:
    server.on("res.partner/search_read", httpx2.Response(404, html=NO_DATABASE))
    outcome = server.open().write(upsert())
    assert (outcome.verdict, outcome.kind) == (Verdict.BLOCKED, Kind.AUTH)
    with pytest.raises(CallFailed):
        server.open().read("partner", "7")


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (httpx2.Response(404, html="<h1>Not Found</h1>"), (Verdict.UNCERTAIN, Kind.MALFORMED)),
        (httpx2.Response(502, html="<h1>Bad Gateway</h1>"), (Verdict.UNCERTAIN, Kind.OUTAGE)),
        (httpx2.Response(503, html="<h1>busy</h1>"), (Verdict.UNCERTAIN, Kind.OUTAGE)),
        (httpx2.Response(429, html="<h1>slowly</h1>"), (Verdict.BLOCKED, Kind.QUOTA)),
        (httpx2.Response(200, html="<h1>Sign in</h1>"), (Verdict.UNCERTAIN, Kind.MALFORMED)),
        (httpx2.Response(200, json={"ids": []}), (Verdict.UNCERTAIN, Kind.MALFORMED)),
        (httpx2.Response(200, json={"ids": [7, 8]}), (Verdict.UNCERTAIN, Kind.MALFORMED)),
        (httpx2.Response(200, json={"ids": False}), (Verdict.UNCERTAIN, Kind.MALFORMED)),
        (
            httpx2.Response(200, json={"ids": [7], "messages": [{"type": "error"}]}),
            (Verdict.UNCERTAIN, Kind.MALFORMED),
        ),
        (
            httpx2.Response(
                200,
                json={
                    "jsonrpc": "2.0",
                    "error": {
                        "code": 200,
                        "message": "Odoo Server Error",
                        "data": {"name": USER, "message": "The entry is not balanced."},
                    },
                },
            ),
            (REJECTED, Kind.REJECTED),
        ),
        (
            httpx2.Response(500, json={"name": "builtins.KeyError", "message": "x", "debug": "y"}),
            (Verdict.UNCERTAIN, Kind.OUTAGE),
        ),
        (
            httpx2.Response(500, json={"name": "builtins.ValueError", "message": "x"}),
            (Verdict.UNCERTAIN, Kind.OUTAGE),
        ),
    ],
)
def test_what_the_table_does_not_know_is_never_a_refusal(
    server: Any, vendor: Any, answer: httpx2.Response, expected: tuple[Verdict, Kind]
) -> None:
    outcome = written(server, vendor, answer)
    assert (outcome.verdict, outcome.kind) == expected


def test_neither_the_traceback_nor_the_row_of_the_database_is_told(
    server: Any, vendor: Any
) -> None:
    words = 'violates check constraint "x"\nDETAIL:  Failing row contains (42, Ana, Bonn).'
    for answer in (vendor["refused"](words), vendor["raised"](USER, words, 422)):
        told = repr(written(server, vendor, answer))
        assert "violates check constraint" in told
        assert "Bonn" not in told
        assert "/usr/lib" not in told


def test_how_long_to_wait_is_read_from_the_proxy(server: Any, vendor: Any) -> None:
    page = httpx2.Response(429, html="<h1>429</h1>", headers={"Retry-After": "3"})
    assert written(server, vendor, page).retry_after.total_seconds() == 3
