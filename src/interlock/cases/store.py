"""Cases in the database: a row each, with the head of the case's own audit stream beside it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final, cast

from interlock.audit.chain import GENESIS, Head
from interlock.cases.case import EVERYTHING, Answer, Case, CaseKind, State, Which
from interlock.foundation import values
from interlock.foundation.clock import from_iso, iso
from interlock.foundation.database import Connection, Database, Row, one
from interlock.foundation.errors import UsageError
from interlock.foundation.money import Money
from interlock.foundation.queries import load_queries, load_schema

_QUERIES: Final = load_queries("interlock.cases")
_BODY: Final = (
    "message",
    "remedy",
    "step",
    "operation",
    "answered_by",
    "reason",
    "closed_why",
    "times",
    "position",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Filed:
    """A case, and where its own audit stream ends."""

    case: Case
    head: Head


def create(database: Database) -> None:
    """Create the tables of this room that do not exist yet."""
    database.create(load_schema("interlock.cases"))


def live(connection: Connection, stream: str) -> Filed | None:
    """Return the live case of `stream`."""
    row = one(connection.rows(_QUERIES["live_of"], {"stream": stream}))
    return _filed(row) if row else None


def of_stream(connection: Connection, stream: str) -> list[Case]:
    """Return all cases that `stream` ever had, the oldest first."""
    return [_filed(row).case for row in connection.rows(_QUERIES["of_stream"], {"stream": stream})]


def get(connection: Connection, case: str) -> Filed:
    """Return the case whose id begins with `case`.

    Raises:
        UsageError: No case has that id, or several begin so.
    """
    found = connection.rows(_QUERIES["by_id"], {"id": case})
    if not found and case:
        begins = {"id": case, "length": len(case)}
        found = connection.rows(_QUERIES["by_beginning"], begins)
    if not found:
        raise UsageError(f"there is no case `{case}`", hint="`interlock cases list` shows them.")
    if len(found) > 1:
        raise UsageError(f"several cases begin with `{case}`", hint="Give more of the id.")
    return _filed(found[0])


def queue(connection: Connection, which: Which = EVERYTHING, limit: int = 50) -> list[Case]:
    """Return live cases, the most pressing first."""
    return _listed(connection, "queue", which, limit)


def closed(connection: Connection, which: Which = EVERYTHING, limit: int = 50) -> list[Case]:
    """Return closed cases, the latest first."""
    return _listed(connection, "closed", which, limit)


def _listed(connection: Connection, query: str, which: Which, limit: int) -> list[Case]:
    wanted = {**names_of(which), "limit": limit}
    return [case_of(row) for row in connection.rows(_QUERIES[query], wanted)]


def names_of(which: Which) -> dict[str, object]:
    """Return which cases are meant, as the statements have it."""
    return {
        "integration": which.integration,
        "cause": which.cause,
        "kind": which.kind,
        "owner": which.owner,
        "business_key": which.key,
        "legal_entity": which.legal_entity,
    }


def case_of(row: Row) -> Case:
    """Return the case that a row holds."""
    return _filed(row).case


def heads(connection: Connection) -> dict[str, Head]:
    """Return where the audit stream of every case ends: what `audit verify` compares with."""
    return {
        stream_of(str(row["id"])): Head(cast("int", row["head_position"]), str(row["head_hash"]))
        for row in connection.rows(_QUERIES["heads"], {})
    }


def at_risk(connection: Connection) -> Iterator[tuple[CaseKind, str, Money | None]]:
    """Yield kind, cause and money of every live case."""
    for row in connection.rows(_QUERIES["at_risk"], {}):
        yield CaseKind(str(row["kind"])), str(row["cause"]), _money(row)


def stream_of(case: str) -> str:
    """Return the audit stream of a case."""
    return f"case:{case}"


def insert(connection: Connection, case: Case, head: Head) -> None:
    """File a new case."""
    connection.execute(_QUERIES["insert"], _row(case, head))


def update(connection: Connection, case: Case, head: Head, was: Head) -> bool:
    """File what became of a case; False when someone else changed it since `was`."""
    row = {**_row(case, head), "was_position": was.position}
    return connection.execute(_QUERIES["update"], row) == 1


def _row(case: Case, head: Head) -> dict[str, object]:
    body: dict[str, object] = {name: getattr(case, name) for name in _BODY}
    body["answer"] = case.answer.value if case.answer else ""
    return {
        "id": case.id,
        "stream": case.stream,
        "kind": case.kind.value,
        "state": case.state.value,
        "cause": case.cause,
        "integration": case.integration,
        "business_key": case.key,
        "system": case.system,
        "owner": case.owner,
        "assignee": case.assignee,
        "legal_entity": case.legal_entity,
        "currency": case.money.currency if case.money else "",
        "amount": str(case.money.amount) if case.money else "",
        "opened_at": iso(case.opened_at),
        "due_at": iso(case.due_at),
        "closed_at": iso(case.closed_at) if case.closed_at else "",
        "weight": case.weight,
        "body": values.dump(body),
        "head_position": head.position,
        "head_hash": head.hash,
    }


def _filed(row: Row) -> Filed:
    body = cast("Mapping[str, object]", values.load(str(row["body"])))
    case = Case(
        id=str(row["id"]),
        stream=str(row["stream"]),
        kind=CaseKind(str(row["kind"])),
        state=State(str(row["state"])),
        opened_at=from_iso(str(row["opened_at"])),
        due_at=from_iso(str(row["due_at"])),
        cause=str(row["cause"]),
        message=str(body["message"]),
        remedy=str(body["remedy"]),
        owner=str(row["owner"]),
        weight=cast("int", row["weight"]),
        integration=str(row["integration"]),
        key=str(row["business_key"]),
        step=str(body["step"]),
        system=str(row["system"]),
        operation=str(body["operation"]),
        money=_money(row),
        legal_entity=str(row["legal_entity"]),
        assignee=str(row["assignee"]),
        answer=Answer(str(body["answer"])) if body["answer"] else None,
        answered_by=str(body["answered_by"]),
        reason=str(body["reason"]),
        closed_at=_moment(row["closed_at"]),
        closed_why=str(body["closed_why"]),
        times=cast("int", body["times"]),
        position=cast("int", body["position"]),
    )
    return Filed(case=case, head=Head(cast("int", row["head_position"]), str(row["head_hash"])))


def _moment(text: object) -> datetime | None:
    return from_iso(str(text)) if text else None


def _money(row: Row) -> Money | None:
    if not row["currency"]:
        return None
    return Money(Decimal(str(row["amount"])), str(row["currency"]))


UNFILED: Final = GENESIS
"""The head of a case that is about to be filed."""
