"""What a system calls the thing that an effect is about."""

from interlock.estate.binding import identity
from interlock.estate.estate import Estate
from interlock.gate.effect import Effect


def object_of(effect: Effect, estate: Estate) -> tuple[str, str | None]:
    """Return the vendor's object and the field of it that carries our key."""
    if effect.entity is not None:
        found = identity(estate, effect.entity, effect.system)
        return found.obj, found.field
    obj = effect.operation.rpartition(".")[0]
    for entity in estate.entities.values():
        named = entity.spec.identity.get(effect.system)
        if named is not None and named.obj == obj:
            return obj, named.field
    return obj, None
