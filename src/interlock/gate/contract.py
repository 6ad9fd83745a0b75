"""Does a payload keep the contract of the system that it goes to?"""

import threading
from collections.abc import Mapping
from typing import Any

import jsonschema_rs

from interlock.estate.capability import Effect
from interlock.estate.estate import Estate

Validator = Any


class Contracts:
    """Compiled validators of one process, by estate, system and object."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str, str], Validator | None] = {}
        self._lock = threading.Lock()

    def complaint(
        self, estate: Estate, place: tuple[str, str], effect: Effect, body: Mapping[str, object]
    ) -> str | None:
        """Return what is wrong with `body`; ``None`` when it keeps the contract, or has none.

        `place` is the system and its object. Only what makes an object must be complete: an
        update, and an upsert of what is there already, carry the fields that they are about.
        The key is the connector's to add.
        """
        system, obj = place
        validator = self._validator(estate, system, obj)
        if validator is None or validator.is_valid(body):
            return None
        errors = (e for e in validator.iter_errors(body) if not _partial(e, effect))
        first = next(errors, None)
        if first is None:
            return None
        path = ".".join(str(part) for part in first.instance_path) or obj
        return f"{path}: {first.message}"

    def _validator(self, estate: Estate, system: str, obj: str) -> Validator | None:
        key = (estate.digest, system, obj)
        if key not in self._known:
            schema = next(
                (
                    estate.schemas[name][obj]
                    for name, contract in estate.contracts.items()
                    if contract.spec.system == system and obj in estate.schemas.get(name, {})
                ),
                None,
            )
            made = None if schema is None else jsonschema_rs.Draft202012Validator(dict(schema))
            with self._lock:
                self._known[key] = made
        return self._known[key]


def _partial(error: Any, effect: Effect) -> bool:  # noqa: ANN401 (the validator's own type)
    return (
        effect is not Effect.CREATE
        and error.kind.name == "required"
        and not list(error.instance_path)
    )
