"""The production driver: the engine may forget nothing, and must not remember too much."""

import threading
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from interlock.estate.capability import Guarantee
from interlock.flow.engine import Engine, EngineSettings
from interlock.foundation.clock import VirtualClock
from tests.flow.conftest import MakeWorld, World


def finished(here: World, key: str) -> bool:
    return here.states().get(key) == "completed"


def test_a_run_that_was_not_to_be_had_at_first_is_worked_on_later(
    world: MakeWorld, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """An engine that recorded the vain attempt under the segment's id never tried again."""
    here = world(Guarantee.REFERENCE)
    assert isinstance(here.clock, VirtualClock)
    here.sell("order-1")
    (run, segment) = here.shop.store.due(here.clock.now(), 1)[0]
    settings = EngineSettings(url=f"sqlite:///{tmp_path}/engine.db", executor="test", threads=2)
    engine = Engine(here.shop, settings)
    here.shop.store.wake(run, here.clock.now() + timedelta(minutes=4))

    engine.start()
    try:
        engine._busy.acquire()
        engine._take_up(run, segment)
        here.clock.sleep(timedelta(minutes=5))
        pause = threading.Event()
        for _ in range(1_200):
            if finished(here, "order-1"):
                break
            pause.wait(0.05)
    finally:
        engine.stop(timedelta(seconds=2))

    assert finished(here, "order-1")
    assert [record for record in caplog.records if record.name.startswith("interlock")] == []


def test_a_defect_in_a_segment_is_said_and_does_not_stop_the_engine(
    world: MakeWorld, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    here = world(Guarantee.REFERENCE)
    here.sell("order-1")
    (run, segment) = here.shop.store.due(here.clock.now(), 1)[0]
    settings = EngineSettings(url=f"sqlite:///{tmp_path}/engine.db", executor="test", threads=2)
    engine = Engine(replace(here.shop, archive=None), settings)  # type: ignore[arg-type]  # the defect

    engine.start()
    try:
        engine._busy.acquire()
        engine._take_up(run, segment)
        pause = threading.Event()
        for _ in range(1_200):
            if said_of(run, caplog):
                break
            pause.wait(0.05)
    finally:
        engine.stop(timedelta(seconds=2))

    assert said_of(run, caplog)


def said_of(run: str, caplog: pytest.LogCaptureFixture) -> list[str]:
    ours = [each.getMessage() for each in caplog.records if each.name.startswith("interlock")]
    return [message for message in ours if run in message]
