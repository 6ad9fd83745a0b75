"""The estate: everything that was declared, as one immutable value with a digest."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from interlock.estate.capability import Capabilities
from interlock.estate.kinds import (
    Api,
    Channel,
    Contract,
    Cutover,
    DataProduct,
    Declared,
    Entity,
    Group,
    Integration,
    LegalEntity,
    Policy,
    Reconciliation,
    Release,
    Subscription,
    System,
    Waiver,
)
from interlock.estate.plan import Plan
from interlock.expression import Type
from interlock.foundation.ids import Digested

EMPTY: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class Estate:
    """Everything declared, by kind and name."""

    groups: Mapping[str, Group] = field(default_factory=dict)
    legal_entities: Mapping[str, LegalEntity] = field(default_factory=dict)
    systems: Mapping[str, System] = field(default_factory=dict)
    entities: Mapping[str, Entity] = field(default_factory=dict)
    contracts: Mapping[str, Contract] = field(default_factory=dict)
    integrations: Mapping[str, Integration] = field(default_factory=dict)
    policies: Mapping[str, Policy] = field(default_factory=dict)
    reconciliations: Mapping[str, Reconciliation] = field(default_factory=dict)
    releases: Mapping[str, Release] = field(default_factory=dict)
    cutovers: Mapping[str, Cutover] = field(default_factory=dict)
    data_products: Mapping[str, DataProduct] = field(default_factory=dict)
    subscriptions: Mapping[str, Subscription] = field(default_factory=dict)
    channels: Mapping[str, Channel] = field(default_factory=dict)
    apis: Mapping[str, Api] = field(default_factory=dict)
    waivers: Mapping[str, Waiver] = field(default_factory=dict)
    plans: Mapping[str, Plan] = field(default_factory=dict)
    """Integrations compiled for running; those with problems are missing."""
    capabilities: Mapping[str, Capabilities] = field(default_factory=dict)
    """By connector."""
    schemas: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """Contract -> object -> JSON Schema."""
    said: Digested | None = field(default=None, repr=False, compare=False)
    """What people said, without how they wrote it; ``None`` where nobody said anything."""
    sources: Mapping[str, str] = field(default_factory=dict)
    """File -> text, for snippets and for pinning runs."""
    folder: Path | None = None
    record_types: dict[str, Type] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )
    """Entity -> the type of its records, as far as somebody asked (`planning.scope`)."""
    _able: dict[str, Capabilities | None] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )
    """System -> what it can do, as far as somebody asked."""

    @property
    def digest(self) -> str:
        """Return what tells it apart from what was declared before; empty where nothing was."""
        return "" if self.said is None else self.said.digest

    def declared(self) -> tuple[Declared, ...]:
        """Return everything declared, in a stable order."""
        kinds: tuple[Mapping[str, Declared], ...] = (
            self.groups,
            self.legal_entities,
            self.systems,
            self.entities,
            self.contracts,
            self.integrations,
            self.policies,
            self.reconciliations,
            self.releases,
            self.cutovers,
            self.data_products,
            self.subscriptions,
            self.channels,
            self.apis,
            self.waivers,
        )
        return tuple(each for kind in kinds for each in kind.values())

    def capability_of(self, system: str) -> Capabilities | None:
        """Return what the connector of `system` can do, if both are known.

        What the system declares itself is added to it.
        """
        if system not in self._able:
            self._able[system] = self._capability_of(system)
        return self._able[system]

    def _capability_of(self, system: str) -> Capabilities | None:
        found = self.systems.get(system)
        able = self.capabilities.get(found.spec.connector) if found else None
        if found is None or able is None:
            return able
        operations, told = found.spec.operations(), found.spec.told()
        if not operations and not told:
            return able
        return replace(
            able, operations={**able.operations, **operations}, events=able.events | told
        )


FIELDS: Mapping[str, str] = MappingProxyType(
    {
        "Group": "groups",
        "LegalEntity": "legal_entities",
        "System": "systems",
        "Entity": "entities",
        "Contract": "contracts",
        "Integration": "integrations",
        "Policy": "policies",
        "Reconciliation": "reconciliations",
        "Release": "releases",
        "Cutover": "cutovers",
        "DataProduct": "data_products",
        "Subscription": "subscriptions",
        "Channel": "channels",
        "Api": "apis",
        "Waiver": "waivers",
    }
)
"""Kind -> where the estate keeps it."""
