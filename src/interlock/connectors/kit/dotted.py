"""Dotted paths into a vendor's body: the form in which the estate's bindings name fields."""

from collections.abc import Mapping

from interlock.connectors.port import Body


def pick(body: Body, path: str) -> object:
    """Return what stands at `path`, e.g. ``metadata.crm_id``; ``None`` where nothing does."""
    found: object = body
    for name in path.split("."):
        if not isinstance(found, Mapping):
            return None
        found = found.get(name)
    return found


def placed(body: Body, path: str, value: object) -> dict[str, object]:
    """Return a copy of `body` with `value` at `path`; what was beside it stays."""
    name, _, rest = path.partition(".")
    copy = dict(body)
    if not rest:
        copy[name] = value
        return copy
    inner = copy.get(name)
    copy[name] = placed(inner if isinstance(inner, Mapping) else {}, rest, value)
    return copy
