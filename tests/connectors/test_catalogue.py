import subprocess
import sys

import pytest

from interlock.connectors import catalogue
from interlock.estate.capability import Effect, Guarantee
from interlock.foundation.errors import UsageError


def test_every_connector_declares_itself_under_its_own_name() -> None:
    for name, capabilities in catalogue.every().items():
        assert capabilities.connector == name
        assert capabilities.auth_schemes
        for operation, capability in capabilities.operations.items():
            assert capability.operation == operation
            assert capability.source, operation


FORWARD_ONLY = {
    # Voided in the vendor's screens only: its REST API makes no reversal of these.
    "netsuite": frozenset({"customerPayment", "customerRefund", "vendorPayment", "itemReceipt"}),
}


def test_what_is_done_to_a_posted_document_is_undone_by_a_reversal_of_its_own_system() -> None:
    for name, capabilities in catalogue.every().items():
        posting = {
            operation.partition(".")[0]
            for operation, capability in capabilities.operations.items()
            if capability.posts and capability.effect is not Effect.REVERSE
        }
        reversed_ = {capability.reverses for capability in capabilities.operations.values()}
        assert posting - FORWARD_ONLY.get(name, frozenset()) <= reversed_, name


def test_a_window_belongs_to_a_key_only() -> None:
    for capabilities in catalogue.every().values():
        for capability in capabilities.operations.values():
            assert capability.window is None or capability.guarantee is Guarantee.KEY


def test_asking_what_connectors_can_do_imports_no_http_client() -> None:
    script = (
        "import sys; from interlock.connectors import catalogue; catalogue.every();"
        "sys.exit(int(any(name in sys.modules for name in ('httpx2', 'joserfc', 'pydantic'))))"
    )
    done = subprocess.run([sys.executable, "-c", script], check=False, timeout=60)
    assert done.returncode == 0


def test_an_unknown_connector_names_the_known_ones() -> None:
    with pytest.raises(UsageError, match="salesforce"):
        catalogue.capabilities("sapp")
