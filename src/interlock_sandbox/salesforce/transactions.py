"""What was done is undone when another part of it failed."""

import copy
from collections.abc import Callable

from interlock_sandbox.world import World


def undo_of(world: World) -> Callable[[], None]:
    """Return what puts every record back as it is now."""
    before = {name: dict(rows) for name, rows in world.tables.items()}
    values = {id(row): copy.copy(row) for rows in before.values() for row in rows.values()}

    def undo() -> None:
        for name, rows in world.tables.items():
            kept = before.get(name, {})
            rows.clear()
            rows.update(kept)
            for row in kept.values():
                row.clear()
                row.update(values[id(row)])

    return undo
