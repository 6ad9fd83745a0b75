"""The reference of the estate as a page in Markdown, written from the kinds themselves.

One section per kind: what it is, the shortest example of the estate at hand, and every key with
its form, its default and its meaning. The page cannot promise a key that is not read.
"""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Final, cast

from interlock.estate.editor import Schema, editor_schema
from interlock.estate.estate import Estate
from interlock.estate.kinds import KINDS
from interlock.estate.kinds.declared import LASTING

NOTES: Final[Mapping[str, str]] = {
    "Integration": (
        "`sla` and `escalation` are checked and kept; nothing measures or notifies by them yet."
    ),
    "System": (
        "Systems of the connectors `rest` and `sql` have more keys: [REST](connectors/rest.md), "
        "[SQL](connectors/sql.md)."
    ),
    "Policy": (
        "The gate asks `runtime` policies with `deny` before every write; `static` ones, `warn` "
        "and `match` are checked for form only today."
    ),
    "Release": "The freeze is kept; windows, changes and regression are checked for form only.",
    "Reconciliation": (
        "Carried out by workers when `schedule.cron` says so, and by `interlock reconcile NAME` "
        "([how](reconciliation.md))."
    ),
    "DataProduct": "Built by `interlock product build NAME` ([how](data-products.md)).",
}
"""Kind -> where there is more, and what is not done yet, so that nobody relies on it."""

_HEAD: Final = """\
# The estate

<!-- Written by `make pages` from src/interlock/estate/kinds; a test compares them. -->

An estate is a folder. Every `*.estate.yaml` in it holds documents, separated by `---`, in any order
and in as many files as you like; names are unique per kind. `interlock check` reads them all.
YAML is 1.2 core schema: `NO` is text, and so is `2026.20.1`; aliases and duplicate keys are refused.

Every document has the same four keys:

| key | meaning |
|---|---|
| `apiVersion` | `interlock/v1`: the version of this spelling. |
| `kind` | One of the kinds below. |
| `metadata` | `name` (lower case, digits, dashes), `title`, `owner` (`group:NAME`), `labels`, `annotations`. |
| `spec` | By kind: everything below. |

A **duration** is a number and a unit (`ms`, `s`, `m`, `h`, `d`, `w`), an **expression** is written in
[the expression language](expressions.md), a **path** is names with dots between them. What differs
from one installation to the next is `setting:NAME`; a credential is always `secret:NAME`
([operations](operations.md)). `interlock schema` prints the same as JSON Schema for editors.

"""  # noqa: E501 (a row of a table)


def reference(estate: Estate) -> str:
    """Return the page; its examples are the shortest documents of `estate`."""
    index = "".join(f"* [{kind}](#{kind.lower()}): {_said(KINDS[kind])}\n" for kind in KINDS)
    return "\n".join([_HEAD + index, *(section(kind, estate) for kind in KINDS)])


def section(kind: str, estate: Estate) -> str:
    """Return what the page says of one kind."""
    return "\n".join(_kind(kind, estate))


def _said(kind: type) -> str:
    return " ".join((kind.__doc__ or "").split())


def _kind(kind: str, estate: Estate) -> Iterator[str]:
    yield f"## {kind}\n"
    yield _said(KINDS[kind]) + "\n"
    if kind in NOTES:
        yield f"*{NOTES[kind]}*\n"
    example = _example(kind, estate)
    if example:
        yield f"```yaml\n{example}\n```\n"
    parts = cast("Mapping[str, Schema]", editor_schema(kind)["$defs"])
    section = _Section(kind, parts)
    yield from section.part(f"{kind}Spec", parts[f"{kind}.{kind}Spec"], title="spec")


def _example(kind: str, estate: Estate) -> str:
    """Return the text of the shortest document of `kind`, without the comments around it."""
    found = [
        document.strip()
        for text in estate.sources.values()
        for document in text.split("\n---\n")
        if f"\nkind: {kind}\n" in f"\n{document}"
    ]
    shortest = min(found, key=len, default="")
    return shortest[max(shortest.find("apiVersion:"), 0) :]


class _Section:
    """The parts of one kind: each is told once, in the order in which it is met."""

    def __init__(self, kind: str, parts: Mapping[str, Schema]) -> None:
        self._kind = kind
        self._parts = parts
        self._told: set[str] = set()
        self._next: list[tuple[str, Schema]] = []

    def part(self, name: str, schema: Schema, *, title: str = "") -> Iterator[str]:
        """Yield the table of one part, and then those of the parts that it is made of."""
        self._told.add(name)
        if not title:
            yield f"### {self._heading(name)}\n"
            yield f"{schema.get('description', '')}\n"
        yield f"| key of `{title or self._short(name)}` | form | default | meaning |"
        yield "|---|---|---|---|"
        required = cast("list[str]", schema.get("required", []))
        for key, value in cast("Mapping[str, Schema]", schema["properties"]).items():
            default = "required" if key in required else _default(value)
            told = _cell(_meaning(value))
            yield f"| `{key}` | {_cell(self._form(value))} | {default} | {told} |"
        yield ""
        while self._next:
            yield from self.part(*self._next.pop(0))

    def _heading(self, name: str) -> str:
        return f"{self._kind}: {self._short(name)}"

    def _short(self, name: str) -> str:
        bare = name.removesuffix("Spec")
        return bare[:1].lower() + bare[1:]

    def _link(self, name: str, schema: Schema) -> str:
        if name not in self._told and all(name != waiting for waiting, _ in self._next):
            self._next.append((name, schema))
        short = self._short(name)
        return f"[{short}](#{self._kind.lower()}-{short.lower()})"

    def _form(self, schema: Schema) -> str:
        if "$comment" in schema:
            return str(schema["$comment"])
        if "$ref" in schema:
            name = str(schema["$ref"]).rpartition(".")[2]
            return self._link(name, self._whole(name))
        if "anyOf" in schema:
            return self._either(cast("list[Schema]", schema["anyOf"]))
        if "enum" in schema:
            return "one of " + ", ".join(f"`{each}`" for each in cast("list[str]", schema["enum"]))
        if "const" in schema:
            return f"`{json.dumps(schema['const'])}`"
        return self._compound(schema)

    def _whole(self, name: str) -> Schema:
        """Return a part as it is written in full: where one string will do, that is said."""
        schema = self._parts[f"{self._kind}.{name}"]
        return _in_full(schema) or schema

    def _either(self, forms: list[Schema]) -> str:
        words = [self._form(each) for each in forms if each.get("type") != "null"]
        found = list(dict.fromkeys(words))
        return "number" if found == ["number", "text"] else " or ".join(found)

    def _compound(self, schema: Schema) -> str:
        kind = schema.get("type")
        if kind == "array":
            items = schema.get("items")
            return f"list of {self._form(cast('Schema', items))}" if items else "list"
        if "properties" in schema:
            return self._link(str(schema["title"]), schema)
        if kind == "object":
            values = next(iter(_patterns(schema)), schema.get("additionalProperties"))
            if not isinstance(values, Mapping):
                return "free form"
            return f"name to {self._form(cast('Schema', values))}"
        return _PLAIN.get(str(schema.get("format", kind)), "text")


_PLAIN: Final = {
    "boolean": "true or false",
    "integer": "whole number",
    "number": "number",
    "date": "date",
    "date-time": "moment",
}
_SPAN: Final = re.compile(r"P(?:T([0-9]+)([HMS])|([0-9]+)(D))")
"""ISO 8601, as far as the defaults go."""


def _patterns(schema: Schema) -> list[Schema]:
    return list(cast("Mapping[str, Schema]", schema.get("patternProperties", {})).values())


def _meaning(schema: Schema) -> str:
    told = str(schema.get("description", ""))
    return "" if told == LASTING["description"] else told


def _in_full(schema: Schema) -> Schema | None:
    forms = cast("list[Schema]", schema.get("anyOf", []))
    return next((each for each in forms if "properties" in each), None)


def _default(schema: Schema) -> str:
    value = _spelled(schema.get("default"))
    return "" if value in (None, "", "[]", "{}") else f"`{value}`"


def _spelled(value: object) -> str | None:
    """Return a default as one would write it; what says nothing is left out."""
    if isinstance(value, Mapping):
        inner = {name: _spelled(each) for name, each in value.items()}
        told = [
            f"{name}: {each}" for name, each in inner.items() if each not in (None, "{}", "[]")
        ]
        return "{" + ", ".join(told) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(str(_spelled(each)) for each in value) + "]"
    if isinstance(value, bool):
        return str(value).lower()
    span = _SPAN.fullmatch(str(value))
    if span:
        return f"{span[1] or span[3]}{str(span[2] or span[4]).lower()}"
    return None if value is None else str(value)


def _cell(text: str) -> str:
    return text.replace("``", "`").replace("|", r"\|")
