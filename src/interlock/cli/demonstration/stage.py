"""The demo's processes: vendors, an installation in a folder, a worker that is killed once."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import httpx2
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from interlock.cli.demonstration.product import APPLICATION, usage_records
from interlock.cli.sandbox import Vendor
from interlock.foundation.errors import UnavailableError
from interlock.foundation.ports import free_port

FAULTS: Final[Mapping[str, float]] = {
    "response_lost": 0.05,
    "late_apply": 0.03,
    "html_error": 0.02,
    "truncated": 0.02,
    "gateway_timeout_applied": 0.02,
    "salesforce_quota": 0.02,
    "record_lock": 0.05,
    "token_expired": 0.003,
    "netsuite_429": 0.01,
    "netsuite_400_quota": 0.01,
    "netsuite_401_quota": 0.005,
    "netsuite_record_changed": 0.02,
    "stripe_rate_limit": 0.02,
    "stripe_lock_timeout": 0.01,
    "tax_failure": 0.05,
    "tryton_lock": 0.03,
    "webhook_lost": 0.1,
    "webhook_duplicate": 0.1,
    "webhook_reordered": 0.1,
}
"""How often each fault strikes a request that it can strike."""
PATIENCE: Final = 120
"""Seconds that the first polls may take, under faults."""
FAREWELL: Final = 60
"""Seconds that a worker may take to end what it has in hand."""
BOUND_SECONDS: Final = 0.8
PORTAL_TOKEN: Final = "portal-of-the-demo-0123456789"  # noqa: S105 (opens loopback only)
WEBHOOK_SECRET: Final = "whsec_demo_of_the_simulated_billing"  # noqa: S105 (signs loopback only)
HOOK_SECRET: Final = "whsec_ZGVtbyBvZiB0aGUgd2FyZWhvdXNlIGhvb2s="  # noqa: S105 (signs loopback only)
PATH_SECRET: Final = "path_demo_of_the_simulated_crm"  # noqa: S105 (opens loopback only)
ORGANIZATION: Final = "00D000000000001"


class RealTryton:
    """A real Tryton 8.2 server (GPL: a process of its own, from an environment of its own)."""

    def __init__(self) -> None:
        books = ["SAAS-SEAT,API-USAGE,ONBOARDING", "4000,4100,4200"]
        command = [sys.executable, "-m", "interlock.testing.tryton_server", *books]
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        line = self.process.stdout.readline() if self.process.stdout else ""
        if not line:
            raise UnavailableError(
                "the real Tryton did not start",
                hint="Leave out --with-tryton to go on without it.",
            )
        told = json.loads(line)
        self.url, self.key = str(told["url"]), str(told["key"])

    def invoices(self) -> list[dict[str, Any]]:
        """Return the ledger's customer invoices, amounts as text."""
        fields = ("reference", "state", "untaxed_amount", "total_amount")
        query: list[tuple[str, str | int | float | bool | None]] = [("f", name) for name in fields]
        headers = {"Authorization": f"Bearer {self.key}"}
        url = f"{self.url}/rest/model/account.invoice"
        rows = httpx2.get(url, params=query, headers=headers, timeout=60.0).json()
        return [{name: _amount(value) for name, value in row.items()} for row in rows]

    def close(self) -> None:
        """Stop it, and its database with it."""
        if self.process.stdin:
            self.process.stdin.close()
        self.process.wait(30)
        if self.process.stdout:
            self.process.stdout.close()


def _amount(value: object) -> object:
    return value["decimal"] if isinstance(value, dict) and "decimal" in value else value


class Stage:
    """Where the demo plays."""

    def __init__(self, home: Path, seed: int, *, faults: bool) -> None:
        self.home = home
        self._seed = seed
        self._faults = dict(FAULTS) if faults else {}
        self.vendors: dict[str, Vendor] = {}
        self._worker: subprocess.Popen[str] | None = None
        self.tryton: RealTryton | None = None
        self.product_url = ""
        self._client = httpx2.Client(timeout=30.0)

    def open(self, vendors: Mapping[str, str], *, real_tryton: bool) -> None:
        """Start the vendors and write the installation's settings and secrets."""
        self.tryton = RealTryton() if real_tryton else None
        arguments = ["--seed", str(self._seed), "--bound-seconds", str(BOUND_SECONDS)]
        arguments += ["--faults", json.dumps(self._faults)]
        for system, vendor in vendors.items():
            if system != "legacy" or self.tryton is None:
                self.vendors[system] = Vendor(vendor, arguments)
        self.vendors["warehouse"] = Vendor("subscriber", arguments)
        self._write()

    def _write(self) -> None:
        port = free_port()
        settings: dict[str, str] = {"threads": "12", "listen": str(port), "sandbox": "yes"}
        settings |= self._heard(port)
        for system in ("crm", "billing", "erp", "legacy", "tax"):
            found = self.vendors.get(system) or self.tryton
            settings[f"{system}_url"] = found.url if found else "http://127.0.0.1:9"
            settings[f"{system}_request_bound"] = f"{int(BOUND_SECONDS * 1000)}ms"
            settings[f"{system}_timeout"] = "5s"
        settings["billing_options"] = json.dumps({"search_lag": "1"})
        if self.tryton is not None:
            settings["legacy_request_bound"], settings["legacy_timeout"] = "3s", "15s"
        settings["tax_options"] = json.dumps({"company_code": "DEMO"})
        self.product_url = usage_records(self.home / "usage.db")
        settings["product_url"] = self.product_url
        secrets = self.home / "secrets"
        secrets.mkdir(parents=True, exist_ok=True)
        secrets.chmod(0o700)
        (self.home / "settings.json").write_text(json.dumps(settings), encoding="utf-8")
        credentials = _credentials()
        if self.tryton is not None:
            credentials["legacy"] = {"api_key": self.tryton.key}
        self.tell("erp", "options", {"m2m": _certificate(credentials["erp"])})
        for name, value in credentials.items():
            _keep(secrets / f"{name}.json", value)

    def _heard(self, port: int) -> dict[str, str]:
        """Tell those who push where we listen; return what the installation must know of it."""
        target = {"url": f"http://127.0.0.1:{port}/webhooks/billing", "secret": WEBHOOK_SECRET}
        self.tell("billing", "webhooks", target)
        target = {"url": f"http://127.0.0.1:{port}/webhooks/crm", "secret": PATH_SECRET}
        self.tell("crm", "webhooks", target)
        self.tell("warehouse", "options", {"secret": HOOK_SECRET})
        return {
            "crm_options": json.dumps({"organization_id": ORGANIZATION}),
            "warehouse_hook": f"{self.vendors['warehouse'].url}/events",
            "outbound_allow": "127.0.0.0/8",
        }

    def start_worker(self) -> None:
        """Start the worker and wait until it is at work."""
        command = [sys.executable, "-m", "interlock.cli", "worker", "--home", str(self.home)]
        with (self.home / "worker.log").open("a") as log:
            self._worker = subprocess.Popen(
                command, stdout=subprocess.PIPE, stderr=log, text=True, env=dict(os.environ)
            )
        line = self._worker.stdout.readline() if self._worker.stdout else ""
        if line.strip() != "ready":
            raise UnavailableError(
                "the worker did not start", hint=f"See {self.home / 'worker.log'}."
            )

    def until_watching(self) -> None:
        """Wait until every source has been polled once: what is sold from now on is seen."""
        from interlock.bootstrap.house import open_store
        from interlock.intake.poller import unbegun

        with open_store(self.home) as store:
            until = time.monotonic() + PATIENCE
            while missing := unbegun(store.database, store.archive.current()):
                if time.monotonic() > until:
                    raise UnavailableError(
                        f"{missing} could not be polled once in {PATIENCE} s",
                        hint=f"See {self.home / 'worker.log'}.",
                    )
                time.sleep(0.1)

    def kill_worker(self) -> None:
        """SIGKILL: no farewell, no clean-up."""
        if self._worker is not None:
            self._worker.send_signal(signal.SIGKILL)
            self._worker.wait()
            if self._worker.stdout is not None:
                self._worker.stdout.close()

    def stop_worker(self) -> None:
        """Let the worker end what it has in hand, seal the trail and go."""
        if self._worker is not None and self._worker.poll() is None:
            self._worker.terminate()
            try:
                self._worker.wait(FAREWELL)
            except subprocess.TimeoutExpired:
                self._worker.kill()
                self._worker.wait()
        if self._worker is not None and self._worker.stdout is not None:
            self._worker.stdout.close()

    def stop(self) -> None:
        """Stop everything that was started."""
        self.stop_worker()
        for vendor in self.vendors.values():
            vendor.close()
        if self.tryton is not None:
            self.tryton.close()
        self._client.close()

    def tell(self, system: str, path: str, body: Any = None) -> Any:  # noqa: ANN401 (the control API's JSON)
        """Use a vendor's control API."""
        url = f"{self.vendors[system].url}/_sandbox/{path}"
        if body is None:
            return self._client.get(url).json()
        return self._client.post(url, json=body).json()

    def told(self) -> int:
        """Return of how many events the warehouse was told; one that came twice is one."""
        return len(self.tell("warehouse", "ledger").get("event", []))

    def fired(self) -> dict[str, int]:
        """Return how often each fault really struck."""
        found: dict[str, int] = {}
        for system in self.vendors:
            for kind, count in self.tell(system, "faults")["fired"].items():
                found[kind] = found.get(kind, 0) + count
        return found


def _keep(file: Path, value: Mapping[str, str]) -> None:
    """Write a secret for our own eyes from the first moment."""
    file.touch(0o600)
    file.write_text(json.dumps(value), encoding="utf-8")


def _certificate(credential: Mapping[str, str]) -> dict[str, str]:
    """Return what somebody uploads to the ERP, so that it can verify our signatures."""
    key = serialization.load_pem_private_key(credential["private_key"].encode(), password=None)
    public = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    known = {name: credential[name] for name in ("client_id", "certificate_id")}
    return {**known, "certificate": public.decode()}


def _credentials() -> dict[str, Mapping[str, str]]:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()
    return {
        "crm": {"client_id": "demo", "client_secret": "demo-secret"},
        "billing": {"api_key": "sk_test_demo"},
        "billing_webhook": {"value": WEBHOOK_SECRET},
        "crm_webhook": {"value": PATH_SECRET},
        "erp": {"client_id": "demo", "certificate_id": "demo", "private_key": pem},
        "legacy": {"api_key": "d" * 128},
        "product": {"application_id": str(APPLICATION)},
        "tax": {"account_id": "demo", "license_key": "demo"},
        "warehouse_hook": {"value": HOOK_SECRET},
        "deals_api": {"portal": PORTAL_TOKEN},
    }
