"""The defects: each breaks one defence on purpose, in the code that is really run.

A patch replaces one attribute of one module or class. Where two defences stand in each other's
way (what one lets through the other catches), a defect breaks both, and says so.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

Replacement = Callable[[Any], Any]
"""Given the original, returns what stands in its place."""


@dataclass(frozen=True, slots=True)
class Patch:
    """One attribute, and what it is replaced by."""

    target: str
    """``package.module:attribute`` or ``package.module:Class.attribute``."""
    replacement: Replacement


@dataclass(frozen=True, slots=True, kw_only=True)
class Defect:
    """One thing that somebody could have written."""

    name: str
    what: str
    patches: Sequence[Patch]
    mix: Mapping[str, float] = field(default_factory=dict)
    """The faults that bring it out, where those that a seed draws seldom do."""
    why_it_lives: str = ""
    """For one that no law can see: which other defence hides it, or why it is no defect here."""


@contextmanager
def broken_by(defect: Defect) -> Iterator[None]:
    """Run with the defect in place, and mend everything afterwards."""
    with ExitStack() as stack:
        for each in defect.patches:
            module, _, path = each.target.partition(":")
            owner: Any = import_module(module)
            *above, name = path.split(".")
            for part in above:
                owner = getattr(owner, part)
            original = owner.__dict__[name]
            stack.callback(setattr, owner, name, original)
            setattr(owner, name, each.replacement(getattr(owner, name)))
        yield


def constant(value: object) -> Replacement:
    """Replace by a value."""
    return lambda _: value


def returning(value: object) -> Replacement:
    """Replace a function by one that always returns `value`."""
    return lambda _: lambda *_args, **_named: value
