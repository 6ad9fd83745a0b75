"""The company of the cases: what its connectors can do, one operation of every kind."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final, Protocol

import pytest

from interlock.checks.inspection import Inspection
from interlock.estate.capability import Capabilities, Capability, Effect, Guarantee
from interlock.estate.reading.load import Reading, read_texts

NOW: Final = datetime(2026, 6, 15, 12, tzinfo=UTC)
BASE: Final = (Path(__file__).parent / "base.estate.yaml").read_text(encoding="utf-8")
A, B, C = Guarantee.KEY, Guarantee.REFERENCE, Guarantee.NOTHING
DAY: Final = timedelta(days=1)


def able(
    name: str,
    *operations: Capability,
    schemes: frozenset[str],
    closing: dict[str, str] | None = None,
    events: frozenset[str] = frozenset(),
    lines: frozenset[str] = frozenset(),
) -> Capabilities:
    return Capabilities(
        connector=name,
        operations={each.operation: each for each in operations},
        auth_schemes=schemes,
        closing_auth_schemes=closing or {},
        events=events,
        lines=lines,
    )


def operation(name: str, effect: Effect, guarantee: Guarantee, **more: object) -> Capability:
    return Capability(operation=name, effect=effect, guarantee=guarantee, **more)  # type: ignore[arg-type]  # the caller names fields of Capability


CAPABILITIES: Final = {
    "crm-like": able(
        "crm-like",
        operation("Account.upsert", Effect.UPSERT, B),
        operation("Order.update", Effect.UPDATE, B),
        schemes=frozenset({"oauth2"}),
        closing={"oauth2-password": "it ends in 2027"},
        events=frozenset({"Order.changed", "Account.changed"}),
        lines=frozenset({"pubsub"}),
    ),
    "billing-like": able(
        "billing-like",
        operation("customer.upsert", Effect.UPSERT, A, window=DAY),
        operation("subscription.create", Effect.CREATE, A, window=DAY),
        operation("subscription.cancel", Effect.TRANSITION, B),
        operation("charge.create", Effect.CREATE, C),
        operation("quote.estimate", Effect.READ, Guarantee.SAFE),
        schemes=frozenset({"api-key"}),
        events=frozenset({"invoice.paid", "invoice.voided"}),
    ),
    "erp-like": able(
        "erp-like",
        operation("customer.upsert", Effect.UPSERT, B),
        operation("salesOrder.upsert", Effect.UPSERT, B),
        operation("salesOrder.close", Effect.TRANSITION, B),
        operation("invoice.upsert", Effect.UPSERT, B, posts=True),
        operation("invoice.delete", Effect.DELETE, B),
        operation("invoice.cancel", Effect.TRANSITION, B),
        operation("creditMemo.create", Effect.REVERSE, B, reverses="invoice"),
        operation("refund.create", Effect.REVERSE, B, reverses="payment"),
        operation("journal.create", Effect.CREATE, C, strong_lookup=False, posts=True),
        schemes=frozenset({"oauth2"}),
    ),
    "warehouse-like": able(
        "warehouse-like",
        operation("row.upsert", Effect.UPSERT, B),
        schemes=frozenset({"oauth2"}),
    ),
}


def documents(text: str) -> list[str]:
    return [each.strip() for each in text.split("\n---\n") if each.strip()]


def named(document: str) -> tuple[str, str]:
    """Return kind and name of a document, by its first lines."""
    lines = document.splitlines()
    kind = next(line for line in lines if line.startswith("kind:")).split(":")[1].strip()
    name = next(line for line in lines if line.startswith("metadata:"))
    return kind, name.split("name:")[1].strip(" {}").split(",")[0].strip()


def company(text: str = "", **files: str) -> Reading:
    """Read the base, changed by the documents in `text`; each gets its apiVersion."""
    ours = [f"apiVersion: interlock/v1\n{each}" for each in documents(text)]
    replaced = {named(each) for each in ours}
    kept = [each for each in documents(BASE) if named(each) not in replaced]
    texts = {"case.estate.yaml": "\n---\n".join([*kept, *ours]) + "\n", **files}
    return read_texts(texts, capabilities=CAPABILITIES)


class Inspect(Protocol):
    def __call__(self, text: str = "", **files: str) -> Inspection: ...


@pytest.fixture
def inspected() -> Inspect:
    """Return how to put the company under inspection, changed by some documents."""
    return _inspected


def _inspected(text: str = "", **files: str) -> Inspection:
    reading = company(text, **files)
    # A text that is wrong itself would prove nothing.
    assert not reading.problems, "\n".join(f"{p.where}: {p.what}" for p in reading.problems)
    return Inspection(estate=reading.estate, now=NOW)
