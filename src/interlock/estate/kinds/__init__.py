"""Every kind that people declare, one file each: frozen, spelled exactly, with its place.

`declared` is the base. Expressions stay text here; `planning` compiles them where they are used.
"""

from typing import Final

from interlock.estate.kinds.declared import Declared
from interlock.estate.kinds.entity import Entity
from interlock.estate.kinds.events import Channel, Subscription
from interlock.estate.kinds.integration import Integration
from interlock.estate.kinds.organisation import Group, LegalEntity, Waiver
from interlock.estate.kinds.rules import (
    Contract,
    Cutover,
    DataProduct,
    Policy,
    Reconciliation,
    Release,
)
from interlock.estate.kinds.system import System

KINDS: Final[dict[str, type[Declared]]] = {
    kind.__name__: kind
    for kind in (
        Group,
        LegalEntity,
        System,
        Entity,
        Contract,
        Integration,
        Policy,
        Reconciliation,
        Release,
        Cutover,
        DataProduct,
        Subscription,
        Channel,
        Waiver,
    )
}

__all__ = [
    "KINDS",
    "Channel",
    "Contract",
    "Cutover",
    "DataProduct",
    "Declared",
    "Entity",
    "Group",
    "Integration",
    "LegalEntity",
    "Policy",
    "Reconciliation",
    "Release",
    "Subscription",
    "System",
    "Waiver",
]
