"""What is looked at beside the work is looked at again, whatever a look met."""

import logging
import threading
from datetime import timedelta

import pytest

from interlock.bootstrap.beside import beside
from interlock.foundation.errors import InterlockError, UnavailableError

SOON = timedelta(milliseconds=1)
PATIENCE = 60.0


@pytest.mark.parametrize(
    ("error", "level"),
    [
        (UnavailableError("away"), logging.INFO),
        (KeyError("a defect"), logging.ERROR),
    ],
)
def test_a_look_that_fails_is_told_and_is_not_the_last(
    caplog: pytest.LogCaptureFixture, error: Exception, level: int
) -> None:
    looked: list[str] = []
    third = threading.Event()

    def look() -> None:
        looked.append("looked")
        if len(looked) == 3:
            third.set()
        raise error

    with caplog.at_level(logging.INFO), beside("the books", look, SOON):
        assert third.wait(PATIENCE)

    told = [record for record in caplog.records if "the books" in record.getMessage()]
    assert {record.levelno for record in told} == {level}


def test_the_first_look_is_at_once_and_none_comes_after_the_end() -> None:
    looked = threading.Event()
    with beside("once", looked.set, timedelta(hours=1)):
        assert looked.wait(PATIENCE)
    assert "once" not in {thread.name for thread in threading.enumerate()}


def test_what_the_block_raises_ends_the_looking() -> None:
    with pytest.raises(InterlockError), beside("x", lambda: None, timedelta(hours=1)):
        raise InterlockError("over")
    assert "x" not in {thread.name for thread in threading.enumerate()}
