"""Whatever people write, they get clear problems with a place; nothing raises, nothing hangs."""

import time

import pytest

from interlock.estate.reading.load import read_texts
from interlock.estate.reading.yaml import read_documents, resolved

HEAD = "apiVersion: interlock/v1\nkind: Group\nmetadata: {name: ops}\n"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("a: &x 1\nb: *x", "anchors are refused"),
        ("b: *x", "aliases are refused"),
        ("a: 1\na: 2", "`a` is given twice"),
        ("\ta: 1", "spaces, never with tabs"),
        ("a: " + "[" * 1000 + "]" * 1000, "nested deeper"),
        ("x: !!python/object:os.system 1", "is refused"),
        ("a: 'x" * 10, "while scanning"),
        ("[a: 1, {", "while parsing"),
        ("x" * 10_000_000, "bytes"),
        (b"a: \xff\xfe", "not UTF-8"),
        ("? [a, b]\n: 1", "plain text"),
    ],
)
def test_yaml_that_cannot_be_read_is_one_problem_with_a_place(
    text: str | bytes, says: str
) -> None:
    began = time.process_time()

    reading = read_texts({"e.estate.yaml": text})

    assert time.process_time() - began < 2.0
    assert len(reading.problems) == 1
    problem = reading.problems[0]
    shown = f"{problem.what} {problem.hint}"
    assert says in shown or says.startswith("while")
    assert problem.where.file == "e.estate.yaml"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("NO", "NO"),
        ("on", "on"),
        ("0123", "0123"),
        ("22:00", "22:00"),
        ("2027-03-06", "2027-03-06"),
        ("true", True),
        ("~", None),
        ("42", 42),
    ],
)
def test_scalars_stay_what_they_look_like(text: str, value: object) -> None:
    found = resolved(text)

    assert found == value
    assert type(found) is type(value)


def test_a_byte_order_mark_is_no_mistake() -> None:
    documents, problem = read_documents("x", b"\xef\xbb\xbfa: 1")

    assert problem is None
    assert documents[0].value == {"a": 1}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (HEAD.replace("Group", "Groop"), "unknown kind `Groop`; did you mean `Group`?"),
        (HEAD + "spec: {}\nextra: 1", "`extra` is not a field here"),
        (HEAD + "spec: {contcat: x}", "did you mean `contact`?"),
        (HEAD, "`spec` is required"),
        ("- 1\n- 2", "a document is a mapping"),
        (HEAD + "spec: {}\n---\n" + HEAD + "spec: {}", "is declared twice"),
        (
            HEAD.replace("{name: ops}", "{name: ops, owner: group:nobody}") + "spec: {}",
            "unknown owner `group:nobody`",
        ),
    ],
)
def test_wrong_declarations_say_what_is_meant(text: str, says: str) -> None:
    reading = read_texts({"e.estate.yaml": text})

    assert [p for p in reading.problems if says in p.what], reading.problems


def test_the_digest_is_of_what_is_said_not_of_how() -> None:
    one = read_texts({"a.estate.yaml": HEAD + "spec: {contact: x}"}).estate.digest
    same = read_texts({"b.estate.yaml": "# hello\n" + HEAD + "spec:\n  contact: x\n"}).estate
    other = read_texts({"a.estate.yaml": HEAD + "spec: {contact: y}"}).estate.digest

    assert one == same.digest
    assert one != other
