"""Policies of the company, asked before every write."""

import threading
from collections.abc import Mapping

from interlock.estate.kinds import Policy
from interlock.expression import Expression, ExpressionError, compile_expression
from interlock.gate.effect import Asker, Effect

ROOTS = frozenset({"request", "classification"})


class Policies:
    """Compiled run-time policies of one process, by estate."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[tuple[Policy, Expression], ...]] = {}
        self._lock = threading.Lock()

    def refuses(self, effect: Effect, asker: Asker) -> str | None:
        """Return the message of the first policy that forbids `effect`.

        A policy that cannot be worked out forbids: unknown is never fine.
        """
        policies = self._of(asker)
        if not policies:
            return None
        scope = _scope(effect, asker)
        for policy, expression in policies:
            try:
                allowed = expression(scope) is True
            except ExpressionError as error:
                return f"policy `{policy.name}` cannot be worked out: {error.reason}"
            if not allowed:
                return f"policy `{policy.name}`: {policy.spec.message}"
        return None

    def _of(self, asker: Asker) -> tuple[tuple[Policy, Expression], ...]:
        found = self._known.get(asker.estate.digest)
        if found is None:
            found = tuple(
                (policy, compile_expression(policy.spec.expression, roots=ROOTS))
                for policy in asker.estate.policies.values()
                if policy.spec.phase == "runtime" and policy.spec.action == "deny"
            )
            with self._lock:
                self._known[asker.estate.digest] = found
        return found


def _scope(effect: Effect, asker: Asker) -> Mapping[str, object]:
    integration = asker.estate.integrations[asker.plan.integration]
    facts = integration.spec.classification
    return {
        "request": {
            "system": effect.system,
            "operation": effect.operation,
            "entity": effect.entity,
            "values": effect.values,
            "legal_entity": asker.legal_entity,
            "integration": asker.plan.integration,
            "undoing": effect.undoing,
        },
        "classification": {} if facts is None else facts.model_dump(mode="json"),
    }
