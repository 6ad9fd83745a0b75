"""Files to an estate, or to everything that is wrong with them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError

from interlock.estate.capability import Capabilities
from interlock.estate.document import Document
from interlock.estate.estate import EMPTY, FIELDS, Estate
from interlock.estate.kinds import KINDS, Declared, kind_of
from interlock.estate.planning.planner import plan_of
from interlock.estate.problem import Problem
from interlock.estate.reading.contracts import SUFFIX as CONTRACTS
from interlock.estate.reading.contracts import schemas_of
from interlock.estate.reading.entities import entity_problems
from interlock.estate.reading.products import product_problems
from interlock.estate.reading.reconciliations import reconciliation_problems
from interlock.estate.reading.references import reference_problems
from interlock.estate.reading.rules import rule_problems
from interlock.estate.reading.yaml import read_documents
from interlock.estate.transforms import SUFFIX as TRANSFORMS
from interlock.estate.transforms import transform_problems
from interlock.expression.errors import did_you_mean
from interlock.foundation.errors import UsageError
from interlock.foundation.ids import Digested
from interlock.foundation.place import Place

SUFFIX: Final = ".estate.yaml"
ALSO: Final = (CONTRACTS, TRANSFORMS)
"""Files that belong to an estate besides its documents: contracts and transforms."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What was understood, and what was not."""

    estate: Estate
    problems: tuple[Problem, ...]


def read_estate(folder: Path, *, capabilities: Mapping[str, Capabilities] = EMPTY) -> Reading:
    """Read the estate in `folder`.

    Raises:
        UsageError: There is no such folder, or nothing in it.
    """
    if not folder.is_dir():
        raise UsageError(f"`{folder}` is not a folder", hint="Give the folder of an estate.")
    texts: dict[str, str | bytes] = {}
    for path in sorted(_files(folder)):
        try:
            texts[path.relative_to(folder).as_posix()] = path.read_bytes()
        except OSError as error:
            raise UsageError(
                f"`{path}` cannot be read: {error.strerror}", hint="Who owns the file?"
            ) from error
    if not any(name.endswith(SUFFIX) for name in texts):
        raise UsageError(
            f"no `*{SUFFIX}` in `{folder}`", hint="`interlock init DIR` writes an example."
        )
    reading = read_texts(texts, capabilities=capabilities)
    problems = (*reading.problems, *transform_problems(reading.estate))
    estate = replace(reading.estate, folder=folder)
    return Reading(estate=estate, problems=tuple(sorted(problems, key=_in_order)))


def _files(folder: Path) -> Iterable[Path]:
    """Return the files of an estate; hidden folders, such as a virtual environment, are not it."""
    for path in folder.rglob("*"):
        inside = path.relative_to(folder).parts
        hidden = any(part.startswith(".") for part in inside)
        if not hidden and path.name.endswith((SUFFIX, *ALSO)) and path.is_file():
            yield path


def read_texts(
    texts: Mapping[str, str | bytes], *, capabilities: Mapping[str, Capabilities] = EMPTY
) -> Reading:
    """Read an estate from file contents by name. Never raises for what people wrote."""
    problems: list[Problem] = []
    declared: list[Declared] = []
    contents: dict[str, Any] = {}
    for file in sorted(texts):
        if file.endswith(SUFFIX):
            declared.extend(_declared(file, texts[file], contents, problems))
    estate = _collected(declared, problems)
    if not declared and not problems:
        problems.append(_nothing(texts))
    schemas = schemas_of(estate, texts, problems)
    sources = {file: _as_text(text) for file, text in texts.items()}
    estate = replace(
        estate,
        sources=sources,
        capabilities=capabilities,
        schemas=schemas,
        said=_said(contents, schemas, sources),
    )
    problems.extend(reference_problems(estate))
    problems.extend(entity_problems(estate))
    problems.extend(rule_problems(estate))
    problems.extend(reconciliation_problems(estate))
    problems.extend(product_problems(estate))
    plans = {}
    for name in estate.integrations:
        plan, wrong = plan_of(estate, name)
        problems.extend(wrong)
        if plan is not None and not wrong:
            plans[name] = plan
    ordered = tuple(sorted(problems, key=_in_order))
    return Reading(estate=replace(estate, plans=plans), problems=ordered)


def _in_order(problem: Problem) -> tuple[Place, str, str]:
    return problem.where, problem.code, problem.what


def _declared(
    file: str, text: str | bytes, contents: dict[str, Any], problems: list[Problem]
) -> Iterable[Declared]:
    documents, wrong = read_documents(file, text)
    if wrong is not None:
        problems.append(wrong)
    for document in documents:
        found = _validated(document, problems)
        if found is not None:
            contents.setdefault(found.id, document.value)
            yield found


def _validated(document: Document, problems: list[Problem]) -> Declared | None:
    value = document.value
    if not isinstance(value, dict):
        what = "a document is a mapping with apiVersion, kind, metadata and spec"
        problems.append(Problem(code="EST101", what=what, where=document.place()))
        return None
    kind = kind_of(value)
    if kind is None:
        known = ", ".join(sorted(KINDS))
        what = f"unknown kind `{value.get('kind')}`{did_you_mean(str(value.get('kind')), KINDS)}"
        where = document.place("kind")
        problems.append(Problem(code="EST102", what=what, hint=f"Kinds: {known}.", where=where))
        return None
    try:
        return kind.model_validate(value).declared_in(document)
    except ValidationError as error:
        problems.extend(_form_problems(document, kind, error))
        return None


def _form_problems(
    document: Document, kind: type[Declared], error: ValidationError
) -> Iterable[Problem]:
    name = document.value.get("metadata")
    called = name.get("name", "?") if isinstance(name, dict) else "?"
    for found in error.errors(include_url=False, include_context=False, include_input=False):
        path = _known_path(document, found["loc"])
        shown = ".".join(str(part) for part in path) or "the document"
        unknown = found["type"] == "extra_forbidden"
        what = "is not a field here" if unknown else _sentence(found["msg"])
        hint = ""
        if unknown:
            hint = f"Fields: {', '.join(_fields_at(kind, path[:-1]))}."
            what += did_you_mean(str(path[-1]), _fields_at(kind, path[:-1]))
        where = document.place(*path, of_key=unknown)
        yield Problem(
            code="EST103" if unknown else "EST104",
            what=f"{document.value['kind']} `{called}`: `{shown}` {what}",
            hint=hint,
            where=where,
        )


def _sentence(message: str) -> str:
    text = message.removeprefix("Value error, ").removeprefix("Input should be ")
    return "is required" if text == "Field required" else f"must be: {text}"


def _known_path(document: Document, loc: tuple[int | str, ...]) -> tuple[int | str, ...]:
    """Drop what pydantic adds to a location, such as the names of union members."""
    path: list[int | str] = []
    value: Any = document.value
    for index, part in enumerate(loc):
        inside = isinstance(value, dict) and part in value
        inside = inside or (isinstance(value, list) and isinstance(part, int))
        if inside:
            path.append(part)
            value = value[part] if not isinstance(value, list) or part < len(value) else None  # type: ignore[operator]  # a list's part is an int
        elif index == len(loc) - 1:
            path.append(part)
    return tuple(path)


def _fields_at(kind: type[Declared], path: tuple[int | str, ...]) -> list[str]:
    model: Any = kind
    named = False  # inside a mapping, whose keys people choose
    for part in path:
        if named or isinstance(part, int) or not hasattr(model, "model_fields"):
            named = False
            continue
        model, named = _inner(model, str(part))
    fields = getattr(model, "model_fields", {})
    return sorted(str(each.alias or name) for name, each in fields.items())


def _inner(model: Any, name: str) -> tuple[Any, bool]:  # noqa: ANN401 (pydantic's annotations are dynamic)
    """Return the model of field `name`, and whether it stands under keys that people choose."""
    for found, field in model.model_fields.items():
        if name in {found, field.alias}:
            kinds = [field.annotation, *getattr(field.annotation, "__args__", ())]
            kinds += [getattr(each, "__origin__", None) for each in kinds]  # behind Annotated
            inner = next((each for each in kinds if hasattr(each, "model_fields")), None)
            return inner, getattr(field.annotation, "__origin__", None) is dict
    return None, False


def _collected(declared: Iterable[Declared], problems: list[Problem]) -> Estate:
    kinds: dict[str, dict[str, Declared]] = {field: {} for field in FIELDS.values()}
    for each in declared:
        there = kinds[FIELDS[each.kind]]
        if each.name in there:
            what = f"{each.kind} `{each.name}` is declared twice"
            hint = f"It was first declared at {there[each.name].place}. Keep one of them."
            problems.append(Problem(code="EST105", what=what, hint=hint, where=each.place))
        else:
            there[each.name] = each
    return Estate(**kinds)  # type: ignore[arg-type]  # each kind went under its own field


def _nothing(texts: Mapping[str, str | bytes]) -> Problem:
    """Return the problem of an estate without a document: empty must not read as fine."""
    file = next((file for file in sorted(texts) if file.endswith(SUFFIX)), "estate")
    hint = "`interlock init DIR` writes an example."
    return Problem(code="EST101", what="nothing is declared", hint=hint, where=Place(file, 1, 1))


def _as_text(text: str | bytes) -> str:
    return text if isinstance(text, str) else text.decode("utf-8", "replace")


def _said(
    contents: Mapping[str, Any], schemas: Mapping[str, Any], sources: Mapping[str, str]
) -> Digested:
    """Return what was said, not how: neither order, comments nor white space of YAML count."""
    transforms = {file: text for file, text in sources.items() if file.endswith(TRANSFORMS)}
    return Digested({"documents": contents, "schemas": schemas, "transforms": transforms})
