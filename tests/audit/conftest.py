from collections.abc import Iterator

import pytest

from interlock.audit import tables
from interlock.foundation.database import Database, open_database


@pytest.fixture
def database() -> Iterator[Database]:
    opened = open_database("sqlite::memory:")
    tables.create(opened)
    yield opened
    opened.close()
