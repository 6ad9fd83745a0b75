"""A baseline sets old findings aside, and may only shrink."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interlock.checks.baseline import STALE, Baseline, baseline_of, from_text, to_text
from interlock.checks.finding import Finding, Severity
from interlock.foundation.errors import DeclarationError
from interlock.foundation.place import Place


def finding(subject: str, *, code: str = "AUT001", line: int = 1) -> Finding:
    return Finding(
        code=code,
        severity=Severity.ERROR,
        subject=subject,
        what=f"on line {line}",
        hint="",
        where=Place("a", line, 1),
    )


findings = st.lists(st.builds(finding, st.sampled_from(["entity:a", "entity:b", "entity:c/x"])))


def test_an_old_finding_is_set_aside_even_when_its_line_moved() -> None:
    known = baseline_of([finding("entity:a", line=3)])

    new, aside = known.split([finding("entity:a", line=99), finding("entity:b")])

    assert [one.subject for one in new] == ["entity:b"]
    assert [one.subject for one in aside] == ["entity:a"]


def test_one_more_of_the_same_counts() -> None:
    new, aside = baseline_of([finding("entity:a")]).split([finding("entity:a")] * 2)

    assert (len(new), len(aside)) == (1, 1)


def test_an_entry_whose_finding_is_gone_is_a_finding() -> None:
    known = baseline_of([finding("entity:a"), finding("entity:b")])

    (stale,) = known.stale([finding("entity:a")], "base.json")

    assert (stale.code, stale.severity) == (STALE, Severity.ERROR)
    assert "AUT001 entity:b" in stale.what
    assert stale.where == Place("base.json")


@given(before=findings, after=findings)
def test_a_baseline_never_grows_and_never_hides_what_is_new(
    before: list[Finding], after: list[Finding]
) -> None:
    known = baseline_of(before)
    shrunk = known.shrunk(after)

    assert all(shrunk.counts[name] <= known.counts.get(name, 0) for name in shrunk.counts)
    assert shrunk.stale(after, "f") == []
    new, aside = shrunk.split(after)
    assert len(new) + len(aside) == len(after)
    assert sorted(map(str, known.split(after)[0])) == sorted(map(str, new))


@given(before=findings)
def test_a_written_baseline_is_read_back(before: list[Finding]) -> None:
    known = baseline_of(before)

    assert from_text(to_text(known), "f") == known


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{}", '{"version": 2, "findings": {}}', '{"version": 1, "findings": {"a": 0}}'],
)
def test_a_file_that_is_no_baseline_is_refused(text: str) -> None:
    with pytest.raises(DeclarationError) as caught:
        from_text(text, "base.json")

    assert caught.value.where == Place("base.json")


def test_entries_are_sorted_so_that_a_diff_shows_what_went() -> None:
    text = to_text(Baseline(counts={"B x": 1, "A x": 2}))

    assert list(json.loads(text)["findings"]) == ["A x", "B x"]
