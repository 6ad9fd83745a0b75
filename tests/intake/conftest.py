"""The small estate of the flow's tests, with what arrives in it."""

from tests.flow.conftest import open_empty, world

__all__ = ["open_empty", "world"]
