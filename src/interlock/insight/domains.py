"""Which business domain does something belong to? By the entity that it is about."""

from interlock.estate.estate import Estate


def of_integration(estate: Estate, integration: str) -> str:
    """Return the domain of the entity that starts an integration; empty: it is not known."""
    plan = estate.plans.get(integration)
    return "" if plan is None else of_entity(estate, plan.trigger.entity)


def of_reconciliation(estate: Estate, name: str) -> str:
    """Return the domain of what a reconciliation compares; empty: it is not known."""
    declared = estate.reconciliations.get(name)
    return "" if declared is None else of_entity(estate, declared.spec.entity)


def of_system(estate: Estate, name: str) -> str:
    """Return the domain that a system declares; empty: none."""
    declared = estate.systems.get(name)
    return "" if declared is None else str(declared.spec.domain or "")


def of_entity(estate: Estate, name: str) -> str:
    """Return the domain of an entity; empty: it is not known."""
    declared = estate.entities.get(name)
    return "" if declared is None else declared.spec.domain
