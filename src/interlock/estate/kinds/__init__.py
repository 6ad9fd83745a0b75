"""Every kind that people declare, one file each: frozen, spelled exactly, with its place.

`declared` is the base. Expressions stay text here; `planning` compiles them where they are used.
"""

from collections.abc import Mapping
from typing import Any, Final

from interlock.estate.kinds.api import Api
from interlock.estate.kinds.declared import Declared
from interlock.estate.kinds.entity import Entity
from interlock.estate.kinds.events import Channel, Subscription
from interlock.estate.kinds.integration import Integration
from interlock.estate.kinds.organisation import Group, LegalEntity, Waiver
from interlock.estate.kinds.product import DataProduct
from interlock.estate.kinds.reconciliation import Reconciliation
from interlock.estate.kinds.rest import RestSystem
from interlock.estate.kinds.rules import (
    Contract,
    Cutover,
    Policy,
    Release,
)
from interlock.estate.kinds.sql import SqlSystem
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
        Api,
        Waiver,
    )
}

DECLARED: Final[dict[str, type[System]]] = {"rest": RestSystem, "sql": SqlSystem}
"""Connector -> the kind of a system that declares its own API."""


def kind_of(value: Mapping[str, Any]) -> type[Declared] | None:
    """Return the kind that a document says it is: a system by its connector."""
    kind = KINDS.get(str(value.get("kind")))
    spec = value.get("spec")
    if kind is System and isinstance(spec, Mapping):
        return DECLARED.get(str(spec.get("connector")), System)
    return kind


__all__ = [
    "DECLARED",
    "KINDS",
    "Api",
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
    "kind_of",
]
