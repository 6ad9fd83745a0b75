"""One transaction, over all systems: what happened, on whose authority, and what proves it."""

import json
from collections.abc import Mapping
from typing import Final

from interlock.console.door import Ask, Page, not_there, page
from interlock.console.timeline import followed_by, timeline
from interlock.foundation.plain import plain
from interlock.insight.story import Transaction
from interlock.insight.trace import trace

_SHOWN: Final = 200
"""Attempts and moments of a page; the API has all."""


def transaction_of(ask: Ask, run: str) -> Transaction:
    """Return a transaction that may be seen.

    Raises:
        RefusalError: There is none, or it may not be seen.
    """
    told = next(
        (each for each in trace(ask.desk.database, run).transactions if each.run == run), None
    )
    if told is None or not ask.viewer.sees(
        ask.desk.scope_of_run(told.integration, told.legal_entity)
    ):
        raise not_there("transaction")
    return told


def transaction(ask: Ask) -> Page:
    """Show a transaction; it refreshes itself while it runs."""
    told = transaction_of(ask, ask.path["run"])
    declared = ask.desk.estate().plans.get(told.integration)
    values = {
        "told": told,
        "attempts": told.attempts[-_SHOWN:],
        "moments": told.moments[-_SHOWN:],
        "followed": [told.attempts[index] for index in followed_by(told.attempts)],
        "ids": _known_as(told),
        "rulings": rulings_of(told),
        "expected": [
            f"{proof.entity} in {proof.system or proof.step}"
            for proof in (declared.proofs if declared else ())
        ],
        "picture": timeline(told, ask.now),
        "pretty": pretty,
    }
    return Page(template="transaction.html", values=values)


def _known_as(told: Transaction) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for what, value in told.ids:
        if what != "idempotency_key":
            found.setdefault(what, []).append(value)
    return found


def rulings_of(told: Transaction) -> list[tuple[str, str, str, list[str]]]:
    """Return on whose authority each step wrote: step, system, why, and the fields."""
    found: dict[tuple[str, str, str], list[str]] = {}
    for each in told.attempts:
        for ruling in each.authority:
            fields = found.setdefault((each.step, ruling.system, ruling.because), [])
            if ruling.field not in fields:
                fields.append(ruling.field)
    return [(*whose, fields) for whose, fields in found.items()]


def pretty(payload: Mapping[str, object]) -> str:
    """Return what was sent, masked as the record has it, as people read JSON."""
    return json.dumps(plain(payload), indent=2, ensure_ascii=False)


DOORS: Final = (
    page("transaction", "/transactions/{run}", transaction, "Everything about one transaction."),
)
