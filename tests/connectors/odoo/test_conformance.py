"""The shared conformance suite, against the simulated Odoo.

`tests/counterparty` runs the same suite against the real one.
"""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from interlock.connectors.port import Connection
from interlock.testing.bench import Bench
from interlock.testing.conformance import Conformance
from interlock.testing.hostile import HostileAnswers
from interlock.testing.odoo_bench import odoo_bench
from interlock.testing.vendors import running


@pytest.fixture(scope="module")
def books() -> Iterator[Connection]:
    with running("odoo", "--latency-ms", "0") as url:
        yield Connection(
            system="books",
            url=url,
            credential={"api_key": "0123456789abcdef0123456789abcdef01234567"},
            scheme="api-key",
            timeout=timedelta(seconds=60),
            options={"database": "erp", "overlap": "5"},
        )


class TestSimulatedOdoo(HostileAnswers, Conformance):
    @pytest.fixture
    def bench(self, books: Connection) -> Iterator[Bench]:
        with odoo_bench(books) as bench:
            yield bench
