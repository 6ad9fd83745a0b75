"""Real processes in a storm: nothing is lost, nothing is there twice, and nobody has to help."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from interlock.foundation.errors import UnavailableError
from interlock.testing.environments import CHECKOUT
from interlock.testing.postgres_server import programs_for

STORM = [sys.executable, "-m", "interlock.testing.storm"]


def _play(home: Path, *arguments: str, timeout: float) -> dict[str, object]:
    try:
        programs_for(os.environ, home)
    except UnavailableError as none:
        pytest.skip(f"no PostgreSQL: {none}")
    command = [*STORM, *arguments, "--home", str(home / "storm")]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True) as played:
        try:
            out, err = played.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            played.terminate()  # not killed: it has workers and a database to take along
            out, err = played.communicate()
    sys.stderr.write(err)  # the seed, and how it went
    assert played.returncode == 0, out + err[-3000:]
    report: dict[str, object] = json.loads(out)
    return report


@pytest.mark.postgres
@pytest.mark.timeout(1500)
def test_every_deal_of_a_storm_is_accounted_for(tmp_path: Path) -> None:
    how = ["--sagas", "40", "--kills", "6", "--terminations", "2", "--pause", "0.4"]
    report = _play(tmp_path, *how, timeout=1400)

    assert report["violations"] == []
    assert (report["duplicates"], report["lost"], report["sagas"]) == (0, 0, 40)
    assert report["missing"] == []
    if report["skipped"]:
        pytest.skip(f"it held, but without {report['skipped']}")


@pytest.mark.nightly
@pytest.mark.postgres
@pytest.mark.timeout(8 * 3600)
def test_runs_of_dead_workers_are_taken_over_within_half_a_minute(tmp_path: Path) -> None:
    how = ["--sagas", "400", "--kills", "60", "--crashes", "8", "--failovers", "3"]
    report = _play(tmp_path, *how, "--zombies", "4", timeout=7 * 3600)

    p99 = report["takeover_p99_seconds"]
    assert isinstance(p99, float)
    assert p99 < 30.0


@pytest.mark.nightly
@pytest.mark.postgres
@pytest.mark.timeout(3600)
def test_two_releases_work_side_by_side_in_a_storm(tmp_path: Path) -> None:
    tag = ["git", "-C", str(CHECKOUT), "describe", "--tags", "--abbrev=0", "HEAD^"]
    found = subprocess.run(tag, capture_output=True, text=True, check=False).stdout.strip()
    older = found or "HEAD~15"  # before the first release: what was there some changes ago
    report = _play(tmp_path, "--sagas", "60", "--kills", "9", "--older", older, timeout=3000)

    assert report["older_workers"]
    assert (report["duplicates"], report["lost"]) == (0, 0)
