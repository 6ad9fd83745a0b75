"""The reader against libyaml's own events: nothing that could hide a meaning gets past it."""

from contextlib import suppress
from decimal import Decimal

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from interlock.estate.reading.yaml import MOST_NODES, read_documents

PIECES = st.sampled_from(
    [
        *"ab:-?&*!{}[],'\"#|>%@` \n~1",
        ": ",
        "- ",
        "&a ",
        "*a",
        "!t ",
        "\n  ",
        "a: ",
        "--- ",
        "<<: *a",
    ]
)
MESSY = st.lists(PIECES, max_size=25).map("".join)


def extras(text: str) -> bool:
    """Tell whether libyaml sees an anchor, alias or tag before the first mistake."""
    try:
        return any(
            isinstance(event, yaml.AliasEvent)
            or getattr(event, "anchor", None) is not None
            or getattr(event, "tag", None) is not None
            for event in yaml.parse(text, Loader=yaml.CSafeLoader)
        )
    except yaml.YAMLError:
        return False


def values(text: str) -> int:
    """Return how many values libyaml composes before the first mistake; keys count too."""
    nodes = (yaml.ScalarEvent, yaml.SequenceStartEvent, yaml.MappingStartEvent)
    found = 0
    with suppress(yaml.YAMLError):
        for event in yaml.parse(text, Loader=yaml.CSafeLoader):
            found += isinstance(event, nodes)
    return found


@given(MESSY)
@example("a: &x 1\nb: *x")
@example("[&a 1,*a]")
@example('{"a":*b}')
@example("! 12")
def test_no_anchor_alias_or_tag_gets_past_the_reader(text: str) -> None:
    _, problem = read_documents("x", text)

    if extras(text):
        assert problem is not None


@given(MESSY)
def test_whatever_is_typed_is_read_or_is_one_problem_with_a_place(text: str) -> None:
    documents, problem = read_documents("x", text)

    assert problem is None or (problem.what and problem.where.file == "x" and problem.where.line)
    assert all(document.place("nothing").line for document in documents)


# PyYAML cannot read back its own U+0085 and U+2028: they are line breaks to it.
PLAIN_TEXT = st.text(
    st.characters(exclude_characters="\x85\u2028\u2029", codec="utf-8"), max_size=12
)
LEAVES = st.none() | st.booleans() | st.integers(-(10**12), 10**12) | PLAIN_TEXT
VALUES = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text("abc1 ", min_size=1), inner)
    ),
    max_leaves=12,
)


@given(VALUES)
def test_what_a_standard_writer_wrote_is_read_back(value: object) -> None:
    text = yaml.safe_dump({"a": value}, allow_unicode=True, default_flow_style=None)

    documents, problem = read_documents("x", text)

    assert problem is None
    assert documents[0].value == {"a": value}


@pytest.mark.parametrize("key", ["1", "0", "true", "on", "1.0", "~", "NO"])
def test_a_key_is_text_as_it_is_written(key: str) -> None:
    documents, problem = read_documents("x", f"{{{key}: us}}")

    assert problem is None
    assert documents[0].value == {key: "us"}


def test_a_number_and_the_same_number_in_quotes_are_one_key() -> None:
    _, problem = read_documents("x", "{1: us, '1': uk}")

    assert problem is not None
    assert problem.what == "`1` is given twice"


def test_decimals_stay_exact() -> None:
    documents, _ = read_documents("x", "rate: 2026.20")

    assert documents[0].value == {"rate": Decimal("2026.20")}
    assert str(documents[0].value["rate"]) == "2026.20"


def test_places_are_those_of_the_text_inside_quotes() -> None:
    documents, _ = read_documents("x", "a:\n  - {b: 'c d', e: [f]}\n")
    (document,) = documents

    assert str(document.place("a", 0, "b")) == "x:2:10"
    assert document.place("a", 0, "b").width == 3
    assert str(document.place("a", 0, "b", of_key=True)) == "x:2:6"
    assert str(document.place("a", 0, "e", 0)) == "x:2:20"
    assert str(document.place("a", 0, "missing", "more")) == "x:2:5"
    assert str(document.place("a", 7)) == "x:2:3"


def test_documents_before_a_mistake_are_kept() -> None:
    documents, problem = read_documents("x", "a: 1\n---\nb: [\n")

    assert [document.value for document in documents] == [{"a": 1}]
    assert problem is not None
    assert problem.where.line == 4


@pytest.mark.parametrize("mistake", ["b: [\n", "b: 1\nb: 2\n", "- " * 40 + "b\n"])
def test_their_places_are_found_though_something_is_wrong_further_down(mistake: str) -> None:
    documents, problem = read_documents("x", f"---\n---\na: 1\n---\nc: [d, e]\n---\n{mistake}")

    assert problem is not None
    assert [str(document.place("a")) for document in documents] == ["x:3:4", "x:5:1"]
    assert str(documents[1].place("c", 1)) == "x:5:8"


@given(MESSY)
@example("?")
@example("{a,b,c}")
@example("?\n?\n?\n")
def test_a_character_is_at_most_two_values_and_one_more(text: str) -> None:
    """Why the values of a short file need not be counted."""
    assert values(text) <= 2 * len(text) + 1


def test_a_file_holds_so_many_values_and_no_more() -> None:
    most = "a," * (MOST_NODES - 1)  # and the list itself

    assert read_documents("x", f"[{most}]")[1] is None
    problem = read_documents("x", f"[{most}a]")[1]
    assert problem is not None
    assert f"more than {MOST_NODES} values" in problem.what
