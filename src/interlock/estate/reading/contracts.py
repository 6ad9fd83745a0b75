"""Contract files: one JSON Schema per object, proven to be schemas before the gate asks them."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from interlock.estate.document import Document
from interlock.estate.estate import Estate
from interlock.estate.kinds import Contract
from interlock.estate.problem import Problem
from interlock.estate.reading.yaml import read_documents
from interlock.expression.errors import did_you_mean
from interlock.foundation.place import Place

SUFFIX: Final = ".schema.yaml"
Schemas = dict[str, Mapping[str, Any]]
Path = tuple[str | int, ...]


def schemas_of(
    estate: Estate, texts: Mapping[str, str | bytes], problems: list[Problem]
) -> Schemas:
    """Return the JSON Schemas of every contract, by object; what is wrong goes to `problems`."""
    found: Schemas = {}
    for name, contract in estate.contracts.items():
        file = contract.spec.definition
        if file not in texts or not file.endswith(SUFFIX):
            problems.append(_missing(contract, texts))
            continue
        objects = _objects(file, texts[file], problems)
        if objects is not None:
            found[name] = objects
    return found


def _missing(contract: Contract, texts: Mapping[str, str | bytes]) -> Problem:
    file = contract.spec.definition
    known = [each for each in texts if each.endswith(SUFFIX)]
    return Problem(
        code="EST201",
        what=f"no file `{file}` beside the estate{did_you_mean(file, known)}",
        hint=f"Contracts are read from files that end in {SUFFIX}.",
        where=contract.place_of("spec", "definition"),
    )


def _objects(
    file: str, text: str | bytes, problems: list[Problem]
) -> Mapping[str, Mapping[str, Any]] | None:
    documents, wrong = read_documents(file, text)
    if wrong is not None:
        problems.append(wrong)
        return None
    value = documents[0].value if documents else None
    objects = value.get("objects") if isinstance(value, dict) else None
    if not isinstance(objects, dict):
        what = f"`{file}` has no `objects`"
        hint = "Give one JSON Schema per object of the system."
        problems.append(Problem(code="EST106", what=what, hint=hint, where=Place(file, 1, 1)))
        return None
    mistakes = [
        mistake
        for name, schema in objects.items()
        for mistake in _mistakes(documents[0], name, schema)
    ]
    problems.extend(mistakes)
    return None if mistakes else objects


def _mistakes(document: Document, name: str, schema: object) -> Iterator[Problem]:
    path: Path = ("objects", name)
    for where, target in _references(schema, path):
        if not target.startswith("#"):
            what = f"`{name}` refers to `{target}`, outside of the file"
            hint = "A contract is whole by itself: write the part out, under `$defs`."
            yield Problem(code="EST107", what=what, hint=hint, where=document.place(*where))
            return
    # Only estates with contracts pay for the validator's import.
    import jsonschema_rs

    if not isinstance(schema, dict):
        what = f"the schema of `{name}` must be a mapping"
        yield Problem(code="EST106", what=what, where=document.place(*path))
        return
    try:
        jsonschema_rs.Draft202012Validator(schema)
    except jsonschema_rs.ValidationError as error:
        place = document.place(*path, *error.instance_path)
        what = f"the schema of `{name}` is no JSON Schema: {error.message}"
        yield Problem(code="EST106", what=what, where=place)
    except ValueError as error:
        what = f"the schema of `{name}` is no JSON Schema: {error}"
        yield Problem(code="EST106", what=what, where=document.place(*path))


def _references(schema: object, path: Path) -> Iterator[tuple[Path, str]]:
    """Yield every ``$ref`` with its path; the reader has bounded how deep it is."""
    if isinstance(schema, dict):
        for key, each in schema.items():
            if key in {"$ref", "$dynamicRef"} and isinstance(each, str):
                yield (*path, key), each
            else:
                yield from _references(each, (*path, key))
    elif isinstance(schema, list):
        for index, each in enumerate(schema):
            yield from _references(each, (*path, index))
