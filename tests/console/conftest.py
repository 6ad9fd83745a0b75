"""One installation for each test that changes something; browsers that are closed afterwards."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.console.browser import Browser
from tests.console.world import World, world

Opened = Callable[[str], Browser]


@pytest.fixture
def here(tmp_path: Path) -> Iterator[World]:
    with world(tmp_path) as made:
        yield made


@pytest.fixture
def browser(here: World) -> Iterator[Browser]:
    opened = Browser(here.desk)
    yield opened
    opened.close()


@pytest.fixture
def logged_in(here: World) -> Iterator[Opened]:
    """Return a browser in which somebody is logged in."""
    opened: list[Browser] = []

    def open_as(name: str) -> Browser:
        found = Browser(here.desk)
        opened.append(found)
        assert found.log_in(name).status == 303
        return found

    yield open_as
    for each in opened:
        each.close()
