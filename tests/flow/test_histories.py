"""What every earlier release did, this one would do as well: recorded histories, replayed."""

import gzip
from pathlib import Path
from typing import Any

import pytest

from interlock.foundation.values import dump, load
from interlock.testing.histories import MOST, differences

RECORDED = sorted((Path(__file__).parent / "histories").glob("*.json.gz"))


@pytest.mark.parametrize("file", RECORDED, ids=lambda file: file.name)
def test_every_write_of_a_recorded_history_would_be_the_same_today(file: Path) -> None:
    compared, said = differences(file)

    assert said == []
    assert compared >= MOST


def test_there_are_histories_of_every_way_to_end_and_enough_of_them() -> None:
    ends: set[str] = set()
    for file in RECORDED:
        runs = _read(file)["runs"]
        ends |= {str(run["state"]) for run in runs}
        assert sum(1 for run in runs if run["integration"] == "quote-to-cash") >= 50
    assert ends >= {"completed", "compensated", "parked"}


def test_a_release_that_would_send_something_else_is_told_so(tmp_path: Path) -> None:
    found = _read(RECORDED[-1])
    (digest,) = found["estates"]
    sources = found["estates"][digest]
    name = "integrations/quote-to-cash.estate.yaml"
    assert sources[name].count('days_until_due: "30"') == 1
    sources[name] = sources[name].replace('days_until_due: "30"', 'days_until_due: "31"')
    changed = tmp_path / "changed.json.gz"
    changed.write_bytes(gzip.compress(dump(found).encode()))

    _, said = differences(changed)

    assert said
    assert all(": subscription: " in each for each in said)


def _read(file: Path) -> Any:
    return load(gzip.decompress(file.read_bytes()).decode())
