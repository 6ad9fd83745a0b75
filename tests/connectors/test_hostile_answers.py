"""Every connector that speaks HTTP has recorded answers, and each says what it must come to."""

from pathlib import Path

import pytest

from interlock.connectors.catalogue import NAMES
from interlock.connectors.port import Verdict
from interlock.foundation.errors import UsageError
from interlock.testing.recorded import GENERAL, Recording, recordings

HERE = Path(__file__).parent
NO_HTTP = {"filedrop", "sql"}
"""They read files and rows; their own suites spoil those."""
FORMS = ("failure-as-200", "permanent-as-500", "unexpected-500", "throttled-as-")
SPEAKERS = sorted(set(NAMES) - NO_HTTP)


@pytest.mark.parametrize("name", SPEAKERS)
def test_every_connector_has_the_forms_in_which_vendors_mislead(name: str) -> None:
    found = [each.name for each in recordings(HERE / name / "answers")]
    lacking = [form for form in FORMS if not any(each.startswith(form) for each in found)]
    assert not lacking, f"record in tests/connectors/{name}/answers: {lacking}"


@pytest.mark.parametrize("name", SPEAKERS)
def test_every_connectors_suite_holds_it_to_the_law_of_hostile_answers(name: str) -> None:
    assert "HostileAnswers" in (HERE / name / "test_conformance.py").read_text("utf-8")


def test_no_recorded_answer_is_believed_to_be_done() -> None:
    every = [*recordings(GENERAL), *(each for name in SPEAKERS for each in _of(name))]
    assert len(every) > 150
    assert not [each.name for each in every if each.verdict == Verdict.DONE]


@pytest.mark.parametrize(
    "text",
    [
        "HTTP/1.1 200 OK\n\n",
        "# expect: fine none\n# why: x\nHTTP/1.1 200 OK\n\n",
        "# expect: uncertain odd\n# why: x\nHTTP/1.1 200 OK\n\n",
        "# expect: uncertain malformed\nHTTP/1.1 200 OK\n\n",
    ],
)
def test_a_recording_says_what_it_must_come_to_and_why(tmp_path: Path, text: str) -> None:
    (tmp_path / "odd.http").write_text(text)
    with pytest.raises(UsageError, match=r"odd\.http"):
        recordings(tmp_path)


def _of(name: str) -> list[Recording]:
    return recordings(HERE / name / "answers")
