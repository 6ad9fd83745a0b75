"""A JSON Schema of everything that may be declared, for completion and red lines in editors.

It tells the form only; `interlock check` tells the meaning. JSON Schema draft 2020-12.
"""

from collections.abc import Mapping
from typing import Final, cast

from interlock.estate.kinds import DECLARED, KINDS, Declared

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
FILE: Final = "interlock.schema.json"

Schema = dict[str, object]


def editor_schema(kind: str | None = None) -> Schema:
    """Return the schema of a document: of `kind`, or of whatever its `kind:` says.

    Raises:
        KeyError: There is no such kind.
    """
    chosen = [kind] if kind is not None else list(KINDS)
    definitions: Schema = {}
    rules: list[Schema] = []
    for name in chosen:
        says: Schema = {"properties": {"kind": {"const": name}}, "required": ["kind"]}
        if name == "System":
            for connector, model in DECLARED.items():
                under = f"{name}.{connector}"
                definitions.update(_of(under, model))
                own = _with_connector(connector)
                rules.append({"if": {"allOf": [says, own]}, "then": {"$ref": f"#/$defs/{under}"}})
            says = {"allOf": [says, {"not": {"anyOf": [_with_connector(c) for c in DECLARED]}}]}
        definitions.update(_of(name, KINDS[name]))
        rules.append({"if": says, "then": {"$ref": f"#/$defs/{name}"}})
    return {
        "$schema": DIALECT,
        "title": f"Interlock {kind}" if kind else "Interlock estate",
        "type": "object",
        "required": ["apiVersion", "kind", "metadata", "spec"],
        "properties": {
            "apiVersion": {"const": "interlock/v1"},
            "kind": {"enum": chosen, "description": "What is declared."},
        },
        "allOf": rules,
        "$defs": definitions,
    }


def _with_connector(connector: str) -> Schema:
    spec = {"properties": {"connector": {"const": connector}}, "required": ["connector"]}
    return {"properties": {"spec": spec}, "required": ["spec"]}


def _of(name: str, model: type[Declared]) -> Schema:
    """Return the schema of one kind, and its parts under names of their own."""
    template = f"#/$defs/{name}.{{model}}"
    made = model.model_json_schema(by_alias=True, ref_template=template)
    parts = cast("Mapping[str, Schema]", made.pop("$defs", {}))
    return {**{f"{name}.{part}": schema for part, schema in parts.items()}, name: made}
