"""The PyPI client `netsuite`, unmodified: only its environment says where the vendor is."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.sandbox.conftest import Lead, Serve

ACCOUNT = "1234567_SB1"
SECRETS = {
    "consumer_key": "ck",
    "consumer_secret": "cs&with=marks",
    "token_id": "ti",
    "token_secret": "ts",
}
Drive = Callable[..., dict[str, Any]]


@pytest.fixture
def drive(serve: Serve, lead: Lead, tls: tuple[str, str]) -> Drive:
    options = {"tba": {"account": ACCOUNT, **SECRETS}}
    url = serve("netsuite", *tls, "--options", json.dumps(options))
    lead("1234567-sb1.suitetalk.api.netsuite.com", url)

    def run(**changed: str) -> dict[str, Any]:
        script = Path(__file__).with_name("driver.py")
        given = json.dumps([ACCOUNT, {**SECRETS, **changed}])
        done = subprocess.run(
            [sys.executable, script, given],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        found: dict[str, Any] = json.loads(done.stdout)
        return found

    return run


def test_it_takes_a_customer_to_a_credited_invoice(drive: Drive) -> None:
    seen = drive()

    assert seen["total"] == 100
    assert seen["credited"] is None
    assert seen["types"] == ["CustInvc", "CustCred"]
    assert "companyName" in seen["schema"]["properties"]
    status, text = seen["unknown field"]
    assert (status, "INVALID_CONTENT" in text) == (400, True)


@pytest.mark.parametrize("name", ["consumer_secret", "token_secret", "token_id"])
def test_a_signature_with_another_secret_is_refused(drive: Drive, name: str) -> None:
    assert drive(**{name: "other"}) == {"refused": 401}
