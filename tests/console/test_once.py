"""A call that broke off may have been carried out, and is not carried out again under its key."""

from collections.abc import Callable

import pytest

from interlock.access.answered import Asked
from interlock.console.door import Json, RefusalError
from interlock.console.once import done_once
from interlock.foundation.errors import InvariantError, UnavailableError, UsageError
from tests.console.world import World

ASKED = Asked(account="operator", key="k1", fingerprint="f" * 64)


def failing(error: Exception, times: list[str]) -> Callable[[], Json]:
    def work() -> Json:
        times.append("done")
        raise error

    return work


@pytest.mark.parametrize("error", [KeyError("x"), InvariantError("no tie"), OSError("disk full")])
def test_what_broke_off_is_not_done_again_under_its_key(here: World, error: Exception) -> None:
    times: list[str] = []
    with pytest.raises(type(error)):
        done_once(here.desk, ASKED, failing(error, times))
    with pytest.raises(RefusalError) as refused:
        done_once(here.desk, ASKED, failing(error, times))
    assert times == ["done"]
    assert refused.value.problem.status == 500
    assert "may have been carried out" in refused.value.problem.title


@pytest.mark.parametrize("error", [UsageError("no reason"), UnavailableError("busy")])
def test_what_was_refused_may_be_tried_again(here: World, error: Exception) -> None:
    times: list[str] = []
    for _ in range(2):
        with pytest.raises(type(error)):
            done_once(here.desk, ASKED, failing(error, times))
    assert times == ["done", "done"]
