"""The example estate at work: real connectors, vendors as processes, time that can be let pass."""

import itertools
import json
import random
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final
from zoneinfo import ZoneInfo

import httpx2

from interlock.audit import trail
from interlock.bootstrap.house import Transforms, create_tables
from interlock.cli.demonstration.product import APPLICATION, usage_records, use
from interlock.connectors import catalogue
from interlock.connectors.port import CallFailed, Connection
from interlock.estate.estate import Estate
from interlock.estate.reading.load import read_estate
from interlock.flow import commands
from interlock.flow.archive import EstateArchive
from interlock.flow.core.facts import Answer
from interlock.flow.desk import Workshop
from interlock.flow.restoration import Restorations
from interlock.flow.simulator import play
from interlock.flow.store import RunStore
from interlock.foundation.clock import SystemClock, VirtualClock
from interlock.foundation.database import Database, SqliteDatabase
from interlock.foundation.ids import RandomIds
from interlock.foundation.telemetry import SILENT
from interlock.gate.door import Gate
from interlock.gate.window import Window
from interlock.intake.inbox import Inbox
from interlock.intake.poller import Poller, watched
from interlock.testing.vendors import LOOPBACK, running

EXAMPLE: Final = Path(__file__).parents[2] / "examples" / "quote-to-cash"
VENDORS: Final = {
    "crm": "salesforce",
    "billing": "stripe",
    "erp": "netsuite",
    "legacy": "tryton",
    "tax": "avalara",
}
CURRENCIES: Final = {"us": "USD", "uk": "GBP", "jp": "JPY", "kw": "KWD", "de": "EUR"}
BOUND: Final = timedelta(milliseconds=800)
QUIET: Final = 2
"""Rounds without anything new after which everything is at rest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Company:
    """One installation of the example estate."""

    urls: Mapping[str, str]
    estate: Estate
    shop: Workshop
    clock: VirtualClock
    database: Database
    poller: Poller
    client: httpx2.Client
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def tell(self, system: str, path: str, body: object = None) -> Any:
        """Use a vendor's control API."""
        url = f"{self.urls[system]}/_sandbox/{path}"
        found = self.client.get(url) if body is None else self.client.post(url, json=body)
        return json.loads(found.content, parse_float=Decimal)

    def rows(self, system: str, table: str) -> list[dict[str, Any]]:
        """Return what a vendor's ledger holds."""
        found: list[dict[str, Any]] = self.tell(system, "ledger").get(table, [])
        return found

    def settle(self, patience: timedelta = timedelta(minutes=30), *, tries: int = 1) -> None:
        """Let everything happen that is due within `patience`: polls, runs, what follows.

        A poll that fails is repeated at once, up to `tries` polls in all.
        """
        quiet = 0
        while quiet < QUIET:
            news = 0
            for source, criticality in sorted(watched(self.estate).items()):
                news += self._polled(source, criticality, tries)
            until = self.clock.now() + patience
            played = play([self.shop], self.clock, random.Random(0), until=until)
            quiet = 0 if news or played.segments else quiet + 1

    def _polled(self, source: tuple[str, str], criticality: str, tries: int) -> int:
        """Read a source to its end, or fail: what is not read now would pass for rest."""
        found, trouble = 0, ""
        for left in reversed(range(tries)):
            try:
                polled = self.poller.poll(*source, criticality)
            except CallFailed:
                if not left:
                    raise
                continue
            found += polled.found
            trouble = polled.trouble
            if not trouble:
                return found
        raise AssertionError(f"{source} was not read to its end: {trouble}")

    def later(self, **time: float) -> None:
        """Let time pass, and then everything happen that is due."""
        self.clock.sleep(timedelta(**time))
        self.settle()

    def today(self, entity: str = "us") -> date:
        """Return which day it is where a legal entity keeps its books: runs go by that."""
        zone = ZoneInfo(self.estate.legal_entities[entity].spec.timezone)
        return self.clock.now().astimezone(zone).date()

    def account(self, entity: str = "us") -> str:
        """Let the CRM have a customer."""
        number = next(self.numbers)
        ref = f"001{number:012d}AAA"
        row = {
            "Id": ref,
            "Name": f"Customer {number}",
            "BillingCountry": {"us": "US", "uk": "GB"}.get(entity, entity.upper()),
            "BillingState": "CA" if entity == "us" else None,
            "BillingCity": "Town",
            "BillingPostalCode": "94105",
            "Billing_Email__c": f"billing-{number}@customer.example",
            "CurrencyIsoCode": CURRENCIES[entity],
            "Legal_Entity__c": entity,
        }
        self.tell("crm", "seed", {"Account": [row]})
        return ref

    def sell(self, entity: str = "us", *, lines: object = None, **fields: object) -> str:
        """Close a deal in the CRM, and let it become a subscription and a posted invoice."""
        account = str(fields.pop("AccountId", "") or self.account(entity))
        ref = f"006{next(self.numbers):012d}AAA"
        sold = lines if isinstance(lines, list) else [("SAAS-SEAT", "Recurring", 10, "123.45")]
        rows = [
            {
                "Id": f"00k{next(self.numbers):012d}AAA",
                "OpportunityId": ref,
                "ProductCode": product,
                "Description": f"{charge} charge",
                "Quantity": quantity,
                "UnitPrice": price,
                "TotalPrice": str(Decimal(price) * quantity),
                "Charge_Type__c": charge,
            }
            for product, charge, quantity, price in sold
        ]
        deal = {
            "Id": ref,
            "Name": f"Deal {ref}",
            "AccountId": account,
            "StageName": "Closed Won",
            "Amount": str(sum(Decimal(str(row["TotalPrice"])) for row in rows)),
            "CloseDate": "2026-11-02",
            "CurrencyIsoCode": CURRENCIES[entity],
            "Contract_Start__c": "2026-11-10",
            "Contract_Term_Months__c": 12,
            "Billing_Frequency__c": "Monthly",
            "Revenue_Treatment__c": "Ratable",
            "Legal_Entity__c": entity,
        }
        self.tell("crm", "seed", {"OpportunityLineItem": rows})
        self.tell("crm", "seed", {"Opportunity": [deal | fields]})
        self.settle()
        return ref

    def use(self, record: str, customer: str, quantity: str, at: datetime) -> None:
        """Let the product record what a customer used."""
        use(self.urls["product"], record, customer, quantity, at)
        self.settle()

    def subscription(self, deal: str) -> dict[str, Any]:
        """Return the living subscription of a deal."""
        (found,) = [
            row
            for row in self.rows("billing", "subscription")
            if row["metadata"].get("opportunity_id") == deal and row["status"] != "canceled"
        ]
        return found

    def bill(self, deal: str) -> dict[str, Any]:
        """Return the latest invoice of a deal in billing."""
        rows = [row for row in self.rows("billing", "invoice") if _deal(row) == deal]
        return rows[-1]

    def posted(self, deal: str) -> dict[str, Any]:
        """Return the invoice of a deal in the books."""
        (found,) = [row for row in self.rows("erp", "invoice") if row["externalId"] == deal]
        return found

    def deal(self, ref: str) -> dict[str, Any]:
        """Return a deal as sales sees it."""
        (found,) = [row for row in self.rows("crm", "Opportunity") if row["Id"] == ref]
        return found

    def do(self, deed: str, **given: object) -> Any:
        """Let customers, banks and time do their part in billing."""
        found = self.tell("billing", f"do/{deed}", given)
        assert "error" not in found, found
        self.settle()
        return found

    def pay(self, deal: str) -> None:
        """Let a customer pay what is still open of a deal."""
        bill = self.bill(deal)
        self.do("receive", invoice=bill["id"], amount=bill["amount_remaining"])

    def states(self, integration: str) -> dict[str, str]:
        """Return the state of the latest run per business key."""
        return dict(self.shop.store.of_integration(integration))

    def why(self, integration: str, key: str) -> str:
        """Return what the trail says about the last question of a business key."""
        said = [
            str(stored.data.get("message"))
            for run in trail.find(self.database, key)
            for stored in trail.read(self.database, run)
            if stored.action == "run.parked" and stored.data.get("integration") == integration
        ]
        return said[-1] if said else ""

    def answer(self, integration: str, key: str, answer: Answer) -> None:
        """Let a person decide."""
        with self.database.transaction() as connection:
            run = commands.latest(connection, integration, key)
        assert run is not None
        commands.answer(
            self.database,
            run.id,
            answer=answer,
            by="ana",
            reason="so decided",
            correction=None,
            clock=self.clock,
        )
        self.settle()


def _deal(invoice: Mapping[str, Any]) -> str | None:
    details = (invoice.get("parent") or {}).get("subscription_details") or invoice
    found: str | None = details.get("metadata", {}).get("opportunity_id")
    return found


def credentials(key: str) -> dict[str, dict[str, str]]:
    """Return what every simulated vendor lets in."""
    return {
        "crm": {"client_id": "demo", "client_secret": "demo-secret"},
        "billing": {"api_key": "sk_test_demo"},
        "erp": {"client_id": "demo", "certificate_id": "demo", "private_key": key},
        "legacy": {"api_key": "d" * 128},
        "tax": {"account_id": "demo", "license_key": "demo"},
        "product": {"application_id": str(APPLICATION)},
    }


def window(estate: Estate, system: str, url: str, credential: Mapping[str, str]) -> Window:
    """Open a system. It lives in real time: what a login says of its time must be true there."""
    declared = estate.systems[system].spec
    connection = Connection(
        system=system,
        url=url,
        credential=credential,
        scheme=declared.auth.scheme,
        timeout=timedelta(seconds=10),
        options={"company_code": "DEMO"} if system == "tax" else {"search_lag": "1"},
        outbound=LOOPBACK,
        declared=getattr(declared, "options", None),
    )
    connector = catalogue.open_connector(
        connection, SystemClock(), RandomIds(), name=declared.connector
    )
    return Window(connector=connector, bound=BOUND)


@contextmanager
def open_company(key: str) -> Iterator[Company]:
    """Start the vendors and everything that works between them."""
    reading = read_estate(EXAMPLE, capabilities=catalogue.every())
    assert reading.problems == ()
    estate, clock = reading.estate, VirtualClock(datetime.now(UTC))
    secrets = credentials(key)
    with ExitStack() as stack:
        urls = {
            system: stack.enter_context(running(vendor, "--latency-ms", "0"))
            for system, vendor in VENDORS.items()
        }
        folder = Path(stack.enter_context(TemporaryDirectory()))
        urls["product"] = usage_records(folder / "usage.db")
        windows = {
            system: window(estate, system, url, secrets[system]) for system, url in urls.items()
        }
        for each in windows.values():
            stack.callback(each.connector.close)  # type: ignore[attr-defined]  # every one has it
        database = SqliteDatabase(None)
        stack.callback(database.close)
        create_tables(database)
        archive = EstateArchive(database, lambda _: estate)
        archive.apply(estate, author="ana", approver="bao", at=clock.now())
        gate = Gate(windows, clock, limits={}, report=lambda _system, _turn: None)
        store = RunStore(database)
        inbox = Inbox(store, archive, clock)
        company = Company(
            urls=urls,
            estate=estate,
            shop=Workshop(
                store=store,
                archive=archive,
                gate=gate,
                clock=clock,
                telemetry=SILENT,
                transform_of=Transforms().of,
                restorations=Restorations(database, clock),
                worker="worker-1",
            ),
            clock=clock,
            database=database,
            poller=Poller(database, inbox, gate, clock),
            client=stack.enter_context(httpx2.Client(timeout=30.0, trust_env=False)),
        )
        meters = [{"event_name": "usage", "display_name": "Usage"}]
        company.tell("billing", "seed", {"meters": meters})
        company.settle()  # the first polls say "from now on"
        yield company
