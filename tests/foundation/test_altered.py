"""A changed copy is what `dataclasses.replace` makes, and a misspelt field is never lost."""

from dataclasses import dataclass, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interlock.foundation.altered import altered

FIELDS = ("sent", "doubt", "last")


@dataclass(frozen=True, kw_only=True)
class Tried:
    sent: int = 0
    doubt: bool = False
    last: str | None = None


@given(st.dictionaries(st.sampled_from(FIELDS), st.integers() | st.none()))
def test_it_is_what_replace_makes_and_leaves_the_first_as_it_was(
    changes: dict[str, object],
) -> None:
    before = Tried(sent=3, last="a")
    assert altered(before, **changes) == replace(before, **changes)  # type: ignore[arg-type]  # any value
    assert before == Tried(sent=3, last="a")


def test_a_field_that_there_is_not_is_refused() -> None:
    with pytest.raises(TypeError, match="no field sentt"):
        altered(Tried(), sentt=1)
