"""What editors are told must agree with what the reader takes."""

import json
from pathlib import Path

import jsonschema_rs
import pytest

from interlock.estate.editor import editor_schema
from interlock.estate.kinds import KINDS
from interlock.estate.reading.yaml import read_documents

EXAMPLE = Path(__file__).parents[2] / "examples" / "quote-to-cash"
FILES = sorted(EXAMPLE.rglob("*.estate.yaml"))


@pytest.fixture(scope="module")
def validator() -> jsonschema_rs.Validator:
    """What an editor asks, made once."""
    return jsonschema_rs.validator_for(editor_schema())


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_document_of_the_example_has_the_declared_form(
    path: Path, validator: jsonschema_rs.Validator
) -> None:
    documents, problem = read_documents(path.name, path.read_text())
    assert problem is None
    for document in documents:
        found = [f"{e.instance_path}: {e.message}" for e in validator.iter_errors(document.value)]
        assert found == []


def test_a_misspelt_key_and_an_unknown_kind_are_marked(
    validator: jsonschema_rs.Validator,
) -> None:
    good = {
        "apiVersion": "interlock/v1",
        "kind": "Group",
        "metadata": {"name": "ops"},
        "spec": {},
    }
    assert validator.is_valid(good)
    assert not validator.is_valid({**good, "kind": "Grup"})
    assert not validator.is_valid({**good, "metadata": {"nmae": "ops"}})
    assert not validator.is_valid({name: good[name] for name in ("kind", "metadata")})


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_has_a_schema_of_its_own(kind: str) -> None:
    text = json.dumps(editor_schema(kind))
    schema = json.loads(text)
    jsonschema_rs.validator_for(schema)
    named = {name.split('"')[0] for name in text.split('"#/$defs/')[1:]}
    assert named <= schema["$defs"].keys()
