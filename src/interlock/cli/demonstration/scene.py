"""The stage as those see it who play on it: ledgers and runs, read once a round."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from interlock.cli.demonstration.cast import Cast
from interlock.cli.demonstration.scenario import Row
from interlock.cli.demonstration.stage import Stage
from interlock.flow import commands
from interlock.flow.core.facts import Answer
from interlock.flow.store import RunStore
from interlock.foundation.clock import SystemClock
from interlock.foundation.database import Database

ASKS: Final = frozenset({"parked", "asking"})
ENDED: Final = ASKS | {"completed", "compensated", "cancelled"}


class Scene:
    """What everybody outside sees and does; only how the runs stand is Interlock's."""

    def __init__(self, stage: Stage, database: Database, cast: Cast) -> None:
        self.stage = stage
        self.cast = cast
        self.clock = SystemClock()
        self.unpaid = cast.late
        """Deals whose customers do not pay yet."""
        self._database = database
        self._runs = RunStore(database)
        self._ledgers: dict[str, dict[str, list[Row]]] = {}
        self._known: dict[str, dict[str, str]] = {}

    def look(self) -> None:
        """Begin a round: forget what was seen."""
        self._ledgers.clear()
        self._known.clear()

    def tell(self, system: str, path: str, body: object) -> Any:  # noqa: ANN401 (the control API's JSON)
        """Do something in a system, as people and banks do; what is seen there is seen anew."""
        self._ledgers.pop(system, None)
        return self.stage.tell(system, path, body)

    def rows(self, system: str, table: str) -> list[Row]:
        """Return what a system's ledger holds."""
        if system not in self._ledgers:
            self._ledgers[system] = self.stage.tell(system, "ledger")
        return self._ledgers[system].get(table, [])

    def by(self, system: str, table: str, field: str) -> dict[str, Row]:
        """Return what a ledger holds, by a field; rows without it are left out."""
        return {str(row[field]): row for row in self.rows(system, table) if row.get(field)}

    def deal(self, ref: str) -> Row:
        """Return a deal as sales has it now: its customer may have been merged away."""
        return self.by("crm", "Opportunity", "Id").get(ref, {})

    def bill(self, deal: str) -> Row:
        """Return what billing asks for a deal, once it shows its number in the books."""
        for row in self.rows("billing", "invoice"):
            if sold_as(row).get("opportunity_id") == deal and row["metadata"].get("posted_as"):
                return row
        return {}

    def booked(self, deal: str) -> Row:
        """Return the invoice of a deal in the books."""
        return self.by("erp", "invoice", "externalId").get(deal, {})

    def german_invoices(self) -> list[Mapping[str, Any]]:
        """Return the customer invoices in the German books, a real Tryton's or the simulated."""
        real = self.stage.tryton
        return (
            [*real.invoices()] if real is not None else [*self.rows("legacy", "account.invoice")]
        )

    def sold_deals(self) -> set[str]:
        """Return the deals that were sold to their end."""
        states = self.states("quote-to-cash").items()
        return {deal for deal, state in states if state == "completed"}

    def states(self, integration: str) -> dict[str, str]:
        """Return how every business key stands: what did nothing does not count."""
        if integration not in self._known:
            found: dict[str, str] = {}
            for key, state in self._runs.of_integration(integration):
                if state != "cancelled" or key not in found:
                    found[key] = state
            self._known[integration] = found
        return self._known[integration]

    def counts(self) -> list[dict[str, object]]:
        """Return how many runs stand where, now."""
        return self._runs.counts()

    def ended(self, integration: str, key: str) -> bool:
        """Tell whether a run came to an end, or to a person."""
        return self.states(integration).get(key) in ENDED

    def asks(self, integration: str, key: str) -> bool:
        """Tell whether a person must decide."""
        return self.states(integration).get(key) in ASKS

    def answer(self, integration: str, key: str, answer: Answer, by: str) -> None:
        """Let a person decide."""
        with self._database.transaction() as connection:
            run = commands.latest(connection, integration, key)
        if run is not None:
            commands.answer(
                self._database,
                run.id,
                answer=answer,
                by=by,
                reason="so decided in the demo",
                correction=None,
                clock=self.clock,
            )

    def sold(self, deal: str) -> Iterator[None]:
        """Wait for the end of a deal."""
        yield from until(lambda: self.ended("quote-to-cash", deal))

    def settled(self, deal: str) -> Iterator[None]:
        """Wait for the end of a deal, and until its money is in the books."""
        yield from self.sold(deal)
        yield from until(
            lambda: (
                self.booked(deal).get("status", {}).get("id") == "Paid In Full"
                or self.ended("payment", self.bill(deal).get("id", ""))
                or self.states("quote-to-cash")[deal] != "completed"
            )
        )


def sold_as(invoice: Row) -> dict[str, str]:
    """Return what billing notes about the contract of an invoice, of a subscription or not."""
    details = (invoice.get("parent") or {}).get("subscription_details") or invoice
    found: dict[str, str] = details.get("metadata", {})
    return found


def until(holds: Callable[[], bool]) -> Iterator[None]:
    """Wait, round by round."""
    while not holds():
        yield
