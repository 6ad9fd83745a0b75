"""The installation that is stormed at: the vendors, the rough way to them, settings, the estate.

Everything is set up by the commands that a stranger would use: `interlock sandbox` and `apply`.
"""

import json
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final, Self

import httpx2

from interlock.foundation.errors import UnavailableError
from interlock.testing.environments import CHECKOUT
from interlock.testing.storm.story import BOOKED_IN_ERP, CLOSED_MONTH, Deal

EXAMPLE: Final = CHECKOUT / "examples" / "quote-to-cash"
COMMAND: Final = (sys.executable, "-m", "interlock.cli")
SYSTEMS: Final = ("crm", "billing", "erp", "legacy", "tax")
BOUND: Final = "8s"
"""How long a request can still be applied: the proxy is at most 2 s late, machines are slow."""
ROUGH: Final[Mapping[str, float]] = {
    "dropped": 0.03,
    "late": 0.03,
    "repeated": 0.03,
    "swapped": 0.08,
    "cut": 0.02,
    "page": 0.02,
    "elsewhere": 0.02,
    "bomb": 0.02,
    "reset": 0.02,
}
"""How often each harm befalls an exchange on the way (`interlock_sandbox.proxy`)."""
MOODS: Final[Mapping[str, float]] = {
    "record_lock": 0.03,
    "token_expired": 0.003,
    "netsuite_429": 0.01,
    "netsuite_401_quota": 0.005,
    "netsuite_record_changed": 0.01,
    "stripe_rate_limit": 0.01,
    "stripe_lock_timeout": 0.01,
    "tryton_lock": 0.03,
    "webhook_lost": 0.1,
    "webhook_duplicate": 0.1,
    "webhook_reordered": 0.1,
}
"""What the vendors themselves do now and then."""
SPARED: Final = {
    "billing": ["swapped"],
    "erp": ["swapped"],
    "legacy": ["swapped", "repeated"],
    "tax": ["swapped", "repeated"],
}
"""Harms that do not happen on a way.

A way that sends twice what a target of class C takes twice cannot be protected from here. An
answer that was confused with another one is told apart where a proof reads back what it said:
that is declared here for the CRM.
"""
PROOFS: Final = """\
    - {that: report-invoice, is: seen.invoice_number == invoice.number, within: 1m}
    - {that: report-payment, is: seen.payment_status == paid.status, within: 1m}
"""
LEFT_OUT: Final = (
    "apis.estate.yaml",
    "data-products.estate.yaml",
    "releases.estate.yaml",
    "reconciliations.estate.yaml",
)
RECONCILIATION: Final = """apiVersion: interlock/v1
kind: Reconciliation
metadata: {name: invoices, owner: group:general-ledger}
spec:
  covers: [quote-to-cash]
  entity: invoice
  systems: [erp, legacy]
  schedule: {cron: "0 6 * * *", timezone: UTC, settle: 2h}
  route: group:general-ledger
"""


class Town:
    """The vendors, the proxy before them, and a home for the workers."""

    def __init__(self, home: Path, seed: int) -> None:
        self.home = home
        self._client = httpx2.Client(timeout=60.0)
        self._children: list[subprocess.Popen[str]] = []
        self.vendors = self._sandbox()
        self._proxy = self._rough_way(seed)
        self._settle()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for child in reversed(self._children):
            child.terminate()
            child.wait(60)
            for pipe in (child.stdin, child.stdout):
                if pipe is not None:
                    pipe.close()
        self._client.close()

    def _child(self, *command: str) -> subprocess.Popen[str]:
        child = subprocess.Popen(
            [sys.executable, "-m", *command],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._children.append(child)
        return child

    def _sandbox(self) -> dict[str, str]:
        child = self._child("interlock.cli", "sandbox", "--home", str(self.home), "--json")
        found: dict[str, str] = {}
        while len(found) < len(SYSTEMS) + 1:
            found |= json.loads(_line(child, "the simulated vendors"))
        return found

    def _rough_way(self, seed: int) -> dict[str, str]:
        ways = [f"--to={name}={self.vendors[name]}" for name in SYSTEMS]
        told = ["--seed", str(seed), "--spare", json.dumps(SPARED), "--until-eof"]
        child = self._child("interlock_sandbox.proxy", *ways, *told)
        found: dict[str, str] = json.loads(_line(child, "the proxy"))
        return found

    def _settle(self) -> None:
        file = self.home / "settings.json"
        settings = json.loads(file.read_text(encoding="utf-8"))
        for name in SYSTEMS:
            settings[f"{name}_url"] = self._proxy[name]
            settings[f"{name}_request_bound"] = BOUND
        settings["threads"] = "8"
        file.write_text(json.dumps(settings), encoding="utf-8")

    def apply(self, database: str) -> None:
        """Deploy the example's sale, from opportunity to paid invoice, and nothing else."""
        estate = self.home / "estate"
        shutil.copytree(EXAMPLE, estate)
        for file in estate.glob("integrations/*.yaml"):
            if file.stem != "quote-to-cash.estate":
                file.unlink()
        sale = estate / "integrations" / "quote-to-cash.estate.yaml"
        text = sale.read_text(encoding="utf-8")
        sale.write_text(text.replace("  onError:\n", f"{PROOFS}  onError:\n", 1), "utf-8")
        for name in LEFT_OUT:
            (estate / name).unlink()
        (estate / "reconciliation.estate.yaml").write_text(RECONCILIATION, encoding="utf-8")
        (self.home / "settings.json").write_text(
            json.dumps(self._settings() | {"database": database}), encoding="utf-8"
        )
        self.command("apply", str(estate), "--author", "ana", "--approver", "bao")

    def _settings(self) -> dict[str, str]:
        found: dict[str, str] = json.loads((self.home / "settings.json").read_text("utf-8"))
        return found

    def command(self, *arguments: str, codes: Sequence[int] = (0,)) -> Any:  # noqa: ANN401 (a command's JSON)
        """Run a command of ours on the installation; return what it prints.

        Raises:
            UnavailableError: It ended with none of `codes`.
        """
        told = [*COMMAND, *arguments, "--home", str(self.home), "--json"]
        done = subprocess.run(told, capture_output=True, text=True, check=False, timeout=3600)
        if done.returncode not in codes:
            raise UnavailableError(
                f"`interlock {arguments[0]}` ended with {done.returncode}",
                hint=(done.stdout + done.stderr)[-1000:],
            )
        return json.loads(done.stdout)

    def tell(self, system: str, path: str, body: object = None) -> Any:  # noqa: ANN401 (the control API's JSON)
        """Use a vendor's control API, past the proxy."""
        url = f"{self.vendors[system]}/_sandbox/{path}"
        answer = self._client.get(url) if body is None else self._client.post(url, json=body)
        return answer.json()

    def storm(self, *, blow: bool) -> None:
        """Begin to harm what is carried and to misbehave, or leave it."""
        self._client.post(self._proxy["control"], json={"rates": ROUGH if blow else {}})
        for name in SYSTEMS:
            self.tell(name, "faults", {"rates": MOODS if blow else {}})

    def harmed(self) -> tuple[dict[str, int], int]:
        """Return how often each fault struck, and how many requests followed a redirect."""
        told = self._client.get(self._proxy["control"]).json()
        found: dict[str, int] = dict(told["fired"])
        for name in SYSTEMS:
            for kind, count in self.tell(name, "faults")["fired"].items():
                found[kind] = found.get(kind, 0) + count
        return found, int(told["trespassed"])

    def prepare(self, customers: Sequence[Mapping[str, Any]]) -> None:
        """Put into the systems what stands there before anything is sold."""
        closed = [[subsidiary, CLOSED_MONTH] for subsidiary in BOOKED_IN_ERP.values()]
        self.tell("erp", "periods", {"close": closed})
        self.tell("crm", "seed", {"Account": list(customers)})

    def sell(self, deals: Sequence[Deal]) -> None:
        """Close `deals` in the CRM."""
        self.tell("crm", "seed", {"OpportunityLineItem": [row for d in deals for row in d.lines]})
        self.tell("crm", "seed", {"Opportunity": [deal.row for deal in deals]})

    def call_off(self, deal: Deal) -> None:
        """Let the customer of `deal` call it off."""
        change = {"object": "Opportunity", "id": deal.ref, "set": {"StageName": "Closed Lost"}}
        self.tell("crm", "change", change)


def _line(child: subprocess.Popen[str], what: str) -> str:
    line = child.stdout.readline() if child.stdout else ""
    if not line:
        raise UnavailableError(f"{what} did not start", hint="See what it says above.")
    return line
