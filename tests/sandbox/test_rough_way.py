"""Every harm on the way does to client and ledger what its name says."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from typing import Any

import httpx2
import pytest

from tests.sandbox.serving import Stand, stand

HEADERS = {"Authorization": "Bearer sk_test_x"}


@contextmanager
def _way(vendor: str, kind: str) -> Iterator[dict[str, str]]:
    command = [sys.executable, "-m", "interlock_sandbox.proxy", f"--to=billing={vendor}"]
    command += ["--faults", json.dumps({kind: 1.0}), "--late-seconds", "0.2", "--until-eof"]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout is not None
            yield json.loads(process.stdout.readline())
        finally:
            process.terminate()


@pytest.fixture(scope="module")
def served() -> Iterator[Stand]:
    with stand() as found:
        yield found


@pytest.fixture
def vendor(served: Stand) -> str:
    """Return a vendor without customers."""
    served.fresh("stripe")
    return served.url


def _customers(vendor: str) -> int:
    return len(httpx2.get(f"{vendor}/_sandbox/ledger").json().get("customer", []))


def _told(way: dict[str, str]) -> Any:
    return httpx2.get(way["control"]).json()


def _create(way: dict[str, str], name: str = "A") -> httpx2.Response:
    url = f"{way['billing']}/v1/customers"
    return httpx2.post(url, data={"name": name}, headers=HEADERS, follow_redirects=False)


@pytest.mark.parametrize(("kind", "applied"), [("dropped", 1), ("late", 1), ("reset", 0)], ids=str)
def test_who_is_cut_off_does_not_know_whether_it_was_done(
    vendor: str, kind: str, applied: int
) -> None:
    with _way(vendor, kind) as way:
        with pytest.raises(httpx2.TransportError):
            _create(way)
        until = time.monotonic() + 30
        while _customers(vendor) != applied and time.monotonic() < until:
            time.sleep(0.02)
        assert _customers(vendor) == applied
        assert _told(way)["fired"][kind] == 1


def test_what_is_repeated_arrives_twice(vendor: str) -> None:
    with _way(vendor, "repeated") as way:
        assert _create(way).status_code == 200
        assert _customers(vendor) == 2


def test_a_page_is_no_answer_though_it_was_done(vendor: str) -> None:
    with _way(vendor, "page") as way:
        answer = _create(way)
        assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html")
        assert _customers(vendor) == 1


def test_a_cut_answer_is_half_of_a_document(vendor: str) -> None:
    with _way(vendor, "cut") as way:
        with pytest.raises(ValueError, match=r"."):
            _create(way).json()
        assert _customers(vendor) == 1


def test_a_bomb_is_small_on_the_wire(vendor: str) -> None:
    with _way(vendor, "bomb") as way:
        answer = _create(way)
        assert int(answer.headers["content-length"]) < 1_000_000
        assert len(answer.content) > 100_000_000


def test_who_follows_to_the_other_host_is_counted(vendor: str) -> None:
    with _way(vendor, "elsewhere") as way:
        answer = _create(way)
        assert (answer.status_code, _told(way)["trespassed"]) == (308, 0)
        httpx2.post(answer.headers["location"], data={"name": "A"})
        assert _told(way)["trespassed"] == 1
        assert _customers(vendor) == 0


def test_two_swapped_answers_are_each_others(vendor: str) -> None:
    with _way(vendor, "swapped") as way:
        names: list[str] = []
        swapped: list[str] = []
        for turn in range(20):  # two requests at once do not always meet
            names = [f"A{turn}", f"B{turn}"]
            with ThreadPoolExecutor(2) as pool:
                answers = list(pool.map(partial(_create, way), names))
            if (swapped := [each.json()["name"] for each in answers]) != names:
                break
        assert swapped == names[::-1]


def test_calm_weather_carries_everything_unharmed(vendor: str) -> None:
    with _way(vendor, "dropped") as way:
        httpx2.post(way["control"], json={"rates": {}})
        assert _create(way).json()["name"] == "A"
        assert sum(_told(way)["fired"].values()) == 0
