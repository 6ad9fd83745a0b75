"""Two estates are told apart by what is written in them: which documents, and which values."""

import json
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from interlock.estate.differences import Change, differences

STEPS: list[dict[str, Any]] = [
    {"id": "tax", "call": "tax.estimate"},
    {"id": "bill", "put": {"into": "billing"}},
]


def files(**documents: Any) -> dict[str, str]:
    """Return one file with an integration for each name, of this ``spec``."""
    written = [
        {"kind": "Integration", "metadata": {"name": name}, "spec": spec}
        for name, spec in documents.items()
    ]
    return {"flows.estate.yaml": yaml.safe_dump_all(written, sort_keys=False)}


def told(was: Any, now: Any) -> list[tuple[str, str | None, str | None]]:
    """Return what differs in the spec of one document."""
    found = differences(files(sell=was), files(sell=now))
    return [(d.path, d.before, d.after) for change in found for d in change.differences]


def test_documents_come_and_go_and_a_file_is_only_where_they_are_kept() -> None:
    before, after = files(sell={"key": "a"}, old={}), files(sell={"key": "a"}, new={})
    moved = {"elsewhere.estate.yaml": after["flows.estate.yaml"]}
    assert differences(before, moved) == [
        Change(subject="integration:new", what="added"),
        Change(subject="integration:old", what="removed"),
    ]


@pytest.mark.parametrize(
    ("was", "now", "expected"),
    [
        ({"key": "a"}, {"key": "b"}, [("spec.key", '"a"', '"b"')]),
        ({"timeout": "1d"}, {}, [("spec.timeout", '"1d"', None)]),
        ({}, {"retry": {"limit": 3}}, [("spec.retry", None, '{"limit": 3}')]),
        ({"limit": 1}, {"limit": "1"}, [("spec.limit", "1", '"1"')]),
        ({"on": True}, {"on": 1}, [("spec.on", "true", "1")]),
        ({"a": {"b": 1}}, {"a": [1]}, [("spec.a", '{"b": 1}', "[1]")]),
        ({"l": [1, 2]}, {"l": [1, 3]}, [("spec.l[1]", "2", "3")]),
        ({"l": [1, 2]}, {"l": [1]}, [("spec.l[1]", "2", None)]),
    ],
    ids=["value", "gone", "new", "another type", "yes is not one", "form", "element", "shorter"],
)
def test_the_smallest_value_that_differs_is_told(was: Any, now: Any, expected: Any) -> None:
    assert told(was, now) == expected


def test_a_step_is_known_by_its_id_wherever_it_stands() -> None:
    moved = [STEPS[1], {"id": "ship", "call": "x"}, {**STEPS[0], "call": "tax.commit"}]
    assert told({"steps": STEPS}, {"steps": moved}) == [
        ("spec.steps[ship]", None, '{"id": "ship", "call": "x"}'),
        ("spec.steps[tax].call", '"tax.estimate"', '"tax.commit"'),
        ("spec.steps (order)", '["tax", "bill"]', '["bill", "ship", "tax"]'),
    ]


def test_a_transform_is_told_line_by_line() -> None:
    before, after = {"t.py": "a = 1\nb = 2\n"}, {"t.py": "a = 1\nb = 3\n"}
    (change,) = differences(before, after)
    assert (change.subject, change.what) == ("file:t.py", "changed")
    assert change.lines == ("@@ -1,2 +1,2 @@", " a = 1", "-b = 2", "+b = 3")
    assert differences({}, before) == [Change(subject="file:t.py", what="added")]
    assert differences(before, {}) == [Change(subject="file:t.py", what="removed")]


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.characters(codec="ascii"), max_size=5),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3)
    ),
    max_leaves=12,
)


@given(was=VALUES, now=VALUES)
def test_nothing_differs_exactly_where_the_same_is_written(was: Any, now: Any) -> None:
    same = json.dumps({"spec": was}, sort_keys=True) == json.dumps({"spec": now}, sort_keys=True)
    assert (not told({"v": was}, {"v": now})) == same
    assert told({"v": was}, {"v": was}) == []
