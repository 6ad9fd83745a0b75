"""What we ask an Odoo database: for every model whether the key's user may read and write it.

Odoo tells without trying (`has_access`, from its access rights). Rules for single records may
still refuse one. It has no quota.
"""

from collections.abc import Collection, Iterator
from typing import Final

from interlock.connectors.kit.checkup import Probe
from interlock.connectors.odoo.models import OBJECTS
from interlock.connectors.odoo.operations import Scope, access

RIGHTS: Final = {"read": "Read", "create": "Create", "write": "Write"}


def probes(objects: Collection[str]) -> Iterator[Probe]:
    """Return what to ask."""
    for obj in sorted(set(objects) & set(OBJECTS)):
        model = OBJECTS[obj].name
        for right, called in RIGHTS.items():
            yield Probe(
                what=f"{right} {obj}",
                call=access(model, right, Scope()),
                grant=f"Make a key for the API, and give its user `{called}` on {model}.",
                granted=lambda answer: answer.document is True,
                writes=right != "read",
            )
