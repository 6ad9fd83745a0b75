"""Records between our words and a system's words, both ways, from the entity table alone."""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from interlock.estate.codec import Codec, CodecError, Spelling, codec_of, shown
from interlock.estate.estate import Estate
from interlock.estate.kinds.entity import Field, Identity
from interlock.foundation.errors import UsageError

References = Callable[[str, str, str], str | None]
"""(entity, key, system) -> the vendor's id of that record, if it is known."""


class BindingError(Exception):
    """A value that cannot cross; names the field. `kind` is from the connectors' vocabulary."""

    def __init__(self, field: str, what: str, kind: str = "malformed") -> None:
        super().__init__(f"{field}: {what}")
        self.field = field
        self.what = what
        self.kind = kind


@dataclass(frozen=True, slots=True)
class _Bound:
    """One field in one system, ready to be used."""

    name: str
    write: tuple[str, ...]
    read: tuple[tuple[str, ...], ...]
    """Where it is read: the first path that leads to something."""
    codec: Codec
    elements: str | None
    """The entity of a list's elements."""
    refers_to: str | None
    """The entity that a reference points to, when the vendor's id must be known."""


def nothing_known(_entity: str, _key: str, _system: str) -> str | None:
    """Know no references: what reading without a run does."""
    return None


@lru_cache(maxsize=4096)
def _bound(spec: "_Key") -> tuple[_Bound, ...]:
    """Return the bindings; the currency comes first, because amounts in minor units need it."""
    declared = spec.estate.entities[spec.entity]
    system = spec.estate.systems.get(spec.system)
    connector = system.spec.connector if system else ""
    found = [
        _bind(name, field, spec.system, connector)
        for name, field in declared.spec.fields.items()
        if spec.system in field.in_
    ]
    return tuple(sorted(found, key=lambda each: each.name != "currency"))


@dataclass(frozen=True, slots=True)
class _Key:
    """What a table of bindings depends on; the estate is compared by its digest."""

    estate: Estate
    entity: str
    system: str

    def __hash__(self) -> int:
        return hash((self.estate.digest, self.entity, self.system))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, _Key):
            return NotImplemented
        same = (self.entity, self.system) == (other.entity, other.system)
        return same and self.estate is other.estate


def _bind(name: str, field: Field, system: str, connector: str) -> _Bound:
    binding = field.in_[system]
    type_ = "string" if field.refers_to else field.type or "list"
    refers_to = field.refers_to if binding.as_ == "reference" else None
    return _Bound(
        name=name,
        write=tuple(binding.path.split(".")),
        read=tuple(tuple(path.split(".")) for path in binding.reads),
        codec=codec_of(
            Spelling(as_=binding.as_, type_=type_, values=field.values, connector=connector)
        ),
        elements=field.list,
        refers_to=refers_to,
    )


def bound_fields(estate: Estate, entity: str, system: str) -> frozenset[str]:
    """Return the fields of `entity` that `system` holds."""
    fields = estate.entities[entity].spec.fields
    return frozenset(name for name, field in fields.items() if system in field.in_)


def identity(estate: Estate, entity: str, system: str) -> Identity:
    """Return which object and field of `system` carry our key of `entity`.

    Raises:
        UsageError: The system does not hold the entity.
    """
    found = estate.entities[entity].spec.identity.get(system)
    if found is None:
        known = ", ".join(sorted(estate.entities[entity].spec.identity))
        raise UsageError(
            f"`{entity}` is not known in `{system}`", hint=f"Its identity names: {known}."
        )
    return found


def to_vendor(
    estate: Estate,
    entity: str,
    system: str,
    record: Mapping[str, object],
    *,
    refs: References = nothing_known,
) -> dict[str, object]:
    """Return `record` as the object of `system`; only fields that are there and bound.

    Raises:
        BindingError: A value has no spelling there, or a reference is not known there.
    """
    body: dict[str, object] = {}
    currency = _currency(record.get("currency"))
    for bound in _bound(_Key(estate, entity, system)):
        value = record.get(bound.name)
        if value is None:
            continue
        if bound.elements is not None:
            spelled: object = list(_elements_out(estate, bound, system, (value, currency), refs))
        elif bound.refers_to is not None:
            spelled = refs(bound.refers_to, str(value), system)
            if spelled is None:
                what = f"{bound.refers_to} `{value}` is not known in `{system}` yet"
                raise BindingError(bound.name, what, "not-found")
        else:
            spelled = _out(bound, value, currency)
        _place(body, bound.write, spelled)
    return body


def _elements_out(
    estate: Estate,
    bound: _Bound,
    system: str,
    given: tuple[object, str | None],
    refs: References,
) -> Iterator[dict[str, object]]:
    values, currency = given
    for index, element in enumerate(_elements(bound, values)):
        known = {**element, "currency": element.get("currency") or currency}
        try:
            yield to_vendor(estate, bound.elements or "", system, known, refs=refs)
        except BindingError as error:
            field = f"{bound.name}[{index}].{error.field}"
            raise BindingError(field, error.what, error.kind) from error


def _elements(bound: _Bound, values: object) -> Iterator[Mapping[str, object]]:
    """Yield the records of a list; anything else in its place is never taken for an empty one."""
    if not isinstance(values, list | tuple):
        raise BindingError(bound.name, f"{shown(values)} is not a list")
    for index, element in enumerate(values):
        if not isinstance(element, Mapping):
            raise BindingError(f"{bound.name}[{index}]", f"{shown(element)} is not a record")
        yield element


def _out(bound: _Bound, value: object, currency: str | None) -> object:
    try:
        return bound.codec.out(value, currency)
    except CodecError as error:
        raise BindingError(bound.name, str(error), error.kind) from error
    except (ValueError, TypeError, ArithmeticError) as error:
        raise BindingError(bound.name, f"{shown(value)} cannot be written there") from error


def _place(body: dict[str, object], path: tuple[str, ...], value: object) -> None:
    for name in path[:-1]:
        inner = body.setdefault(name, {})
        if not isinstance(inner, dict):
            raise BindingError(".".join(path), f"`{name}` is a value and a record at once")
        body = inner
    body[path[-1]] = value


def from_vendor(
    estate: Estate,
    entity: str,
    system: str,
    body: Mapping[str, object],
    *,
    keys: References = nothing_known,
    only: Collection[str] | None = None,
) -> dict[str, object]:
    """Return the object of `system` as a record; fields that it lacks are null.

    `keys` gives our key for a vendor's id: (entity, vendor's id, system). With `only`, what the
    other fields hold is not looked at, and they are null as well.

    Raises:
        BindingError: A value was never declared, or does not have its type (F19).
    """
    return _back_to_record(_Key(estate, entity, system), body, None, keys, only)


def some_from_vendor(
    estate: Estate, entity: str, system: str, body: Mapping[str, object], names: Collection[str]
) -> dict[str, object]:
    """Return those fields of a record that stand for themselves; all others are null.

    So a record of which something else cannot be understood still says this much.

    Raises:
        BindingError: One of them was never declared, or does not have its type (F19).
    """
    record: dict[str, object] = dict.fromkeys(estate.entities[entity].spec.fields)
    for bound in _bound(_Key(estate, entity, system)):
        value = _first(body, bound.read) if bound.name in names else None
        if value is not None and bound.elements is None and bound.refers_to is None:
            record[bound.name] = _back(bound, value, _currency(record.get("currency")))
    return record


def _back_to_record(
    spec: "_Key",
    body: Mapping[str, object],
    currency: str | None,
    keys: References,
    only: Collection[str] | None = None,
) -> dict[str, object]:
    """Return the record; `currency` is that of the record around it, if it is in a list."""
    record: dict[str, object] = dict.fromkeys(spec.estate.entities[spec.entity].spec.fields)
    for bound in _bound(spec):
        value = _first(body, bound.read) if only is None or bound.name in only else None
        if value is None:
            continue
        counted_in = _currency(record.get("currency")) or currency
        if bound.elements is not None:
            inner = _Key(spec.estate, bound.elements, spec.system)
            record[bound.name] = list(_elements_back(inner, bound, value, counted_in, keys))
        elif bound.refers_to is not None:
            key = keys(bound.refers_to, str(value), spec.system)
            if key is not None:
                record[bound.name] = key
        else:
            record[bound.name] = _back(bound, value, counted_in)
    return record


def _elements_back(
    spec: "_Key", bound: _Bound, values: object, currency: str | None, keys: References
) -> Iterator[dict[str, object]]:
    for index, element in enumerate(_elements(bound, values)):
        try:
            record = _back_to_record(spec, element, currency, keys)
        except BindingError as error:
            field = f"{bound.name}[{index}].{error.field}"
            raise BindingError(field, error.what, error.kind) from error
        if currency is not None and record.get("currency") is None:
            record["currency"] = currency
        yield record


def _back(bound: _Bound, value: object, currency: str | None) -> object:
    try:
        return bound.codec.back(value, currency)
    except CodecError as error:
        raise BindingError(bound.name, str(error), error.kind) from error
    except (ValueError, TypeError, ArithmeticError) as error:
        raise BindingError(bound.name, f"{shown(value)} cannot be read") from error


def _found(body: object, path: tuple[str, ...]) -> object:
    for name in path:
        if not isinstance(body, Mapping):
            return None
        body = body.get(name)
    return body


def _first(body: object, paths: tuple[tuple[str, ...], ...]) -> object:
    found = (_found(body, path) for path in paths)
    return next((value for value in found if value is not None), None)


def at_path(body: Mapping[str, object], path: str) -> object:
    """Return the value at a dotted path of a vendor's object, or ``None``."""
    return _found(body, tuple(path.split(".")))


def _currency(value: object) -> str | None:
    return value.upper() if isinstance(value, str) else None
