"""What is wrong with a declaration, before any check is asked: form, spelling, references."""

from dataclasses import dataclass

from interlock.foundation.place import Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing that keeps an estate from being understood."""

    code: str
    """EST0xx YAML, EST1xx form, EST2xx unknown references, EST3xx expressions and plans."""
    what: str
    hint: str = ""
    where: Place
