"""What is wrong with a declaration, before any check is asked: form, spelling, references."""

from dataclasses import dataclass
from typing import Final

from interlock.foundation.place import Place

CODES: Final = {
    "EST001": "The file is not YAML, or nests too deeply, or uses aliases, tags or keys twice.",
    "EST002": "The file is not UTF-8, or too large.",
    "EST101": "A document is not a mapping with `apiVersion`, `kind`, `metadata` and `spec`.",
    "EST102": "There is no such kind.",
    "EST103": "There is no such key here; a similar one is suggested.",
    "EST104": "A value does not have the form that its key needs, or a required key is missing.",
    "EST105": "The same kind and name is declared twice.",
    "EST106": "A contract's file holds no JSON Schema per object.",
    "EST107": "A contract's schema refers to something outside of its file.",
    "EST201": "Something that is named is not declared: a system, an entity, a group, a file.",
    "EST202": "An entity has no such field, or the system does not hold it.",
    "EST203": "A system's connector has no such operation, or cannot put such an object.",
    "EST204": "A proof is about something that no step writes.",
    "EST205": "An entity has no `identity` in the system that it is read from or written to.",
    "EST206": "A put has neither `key` nor `from`.",
    "EST207": "An integration has no step, or an arm of a branch no condition.",
    "EST208": "A name is taken already: `id` and `ref` of a record, or a name of every run.",
    "EST209": "The spelling of a field in a system (`as`) does not fit its type or its values.",
    "EST211": "Two fields are bound to paths of which one lies inside the other.",
    "EST301": "An expression cannot be understood.",
    "EST302": "A condition is not true or false, or a value is not what its place needs.",
    "EST303": "A field is set to a value of another type.",
    "EST304": "A transform is not written as `module:function`.",
    "EST305": "A transform's result has a type that there is not.",
    "EST306": "A transform's file, function or arguments are missing, or it is not Python.",
    "EST307": "Two steps have the same `id`.",
    "EST308": "Two fields of one write go to the same path.",
    "EST309": "Money is written in minor units, and there is no field that tells its currency.",
}
"""Every code of what cannot be read, and what it means."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing that keeps an estate from being understood."""

    code: str
    """EST0xx YAML, EST1xx form, EST2xx unknown references, EST3xx expressions and plans."""
    what: str
    hint: str = ""
    where: Place
