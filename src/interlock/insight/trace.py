"""Any id of the chain leads to the whole transaction: opportunity, invoice, payment (R47, R69).

The ids are those that the entries mention; one index finds the streams, so the answer costs the
same in a store of a million runs. Everything told comes from the trail, which can be verified.
"""

from dataclasses import replace
from typing import Final

from interlock.audit import trail
from interlock.audit.entry import Stored
from interlock.cases import store as cases
from interlock.cases.case import Case
from interlock.foundation.database import Database
from interlock.insight.reading import text
from interlock.insight.story import Estate, Story, Transaction, told

SHOWN: Final = 20
"""Transactions of one id that are told; a customer may have thousands."""
_PAGE: Final = 1_000
_ESTATE: Final = "estate"
_OWN: Final = ("case:", "call:")
"""Streams of what belongs to a run and mentions it."""


def trace(database: Database, any_id: str, *, limit: int = SHOWN) -> Story:
    """Return the story of every transaction that `any_id` belongs to, the latest first."""
    asked = any_id.strip()
    streams = trail.find(database, asked, limit=limit + 1) if asked else []
    found: dict[str, Transaction] = {}
    for stream in dict.fromkeys(_runs(database, [asked, *streams])):
        transaction = told(_entries(database, stream))
        if transaction is not None:
            found[stream] = _completed(database, transaction)
    latest = sorted(found.values(), key=lambda each: (each.started_at, each.run), reverse=True)
    return Story(asked=asked, transactions=tuple(latest[:limit]), more=len(streams) > limit)


def _runs(database: Database, streams: list[str]) -> list[str]:
    """Return `streams`; in place of a case's or a call's own stream the run that it is about."""
    found = []
    for stream in streams:
        if stream.startswith(_OWN):
            mentioned = dict(trail.mentions_of(database, stream))
            found.append(mentioned.get("run", stream))
        else:
            found.append(stream)
    return found


def _entries(database: Database, stream: str) -> list[Stored]:
    found: list[Stored] = []
    while True:
        after = found[-1].position if found else 0
        page = trail.read(database, stream, after=after, limit=_PAGE)
        found += page
        if len(page) < _PAGE:
            return found


def _completed(database: Database, transaction: Transaction) -> Transaction:
    return replace(
        transaction,
        estate=_estate(database, transaction.estate),
        cases=_cases(database, transaction.run),
    )


def _cases(database: Database, run: str) -> tuple[Case, ...]:
    with database.transaction() as connection:
        return tuple(cases.of_stream(connection, run))


def _estate(database: Database, pinned: Estate) -> Estate:
    """Return who applied the pinned estate, and when first."""
    for entry in _entries(database, _ESTATE):
        if entry.action == "estate.applied" and entry.data.get("digest") == pinned.digest:
            return Estate(
                digest=pinned.digest,
                applied_at=entry.at,
                author=text(entry.data, "author"),
                approver=text(entry.data, "approver"),
            )
    return pinned
