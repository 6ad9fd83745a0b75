"""A thin vendor for any system of any estate: it keeps records, and its classes' promises.

What it can do is what the system's connector declares; what its records look like follows from
the entity table. What a vendor works out by itself (a number, a total, a state) is given to it.
"""

from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Final

from interlock.connectors.port import (
    Changes,
    DeliveryRefused,
    Event,
    Kind,
    Outcome,
    Record,
    Request,
    Verdict,
)
from interlock.estate.binding import at_path, identity, to_vendor
from interlock.estate.capability import Capabilities, Effect, Guarantee
from interlock.estate.estate import Estate
from interlock.foundation.clock import Clock
from interlock.proving.ledger import Applied, Body

IDS: Final = ("id", "Id")
"""Fields in which vendors show their own id."""


@dataclass(slots=True, kw_only=True)
class Shelf:
    """One system."""

    name: str
    estate: Estate
    capabilities: Capabilities
    clock: Clock
    adds: Mapping[str, Mapping[str, Mapping[str, object]]]
    """Operation -> entity -> what the vendor itself says of the record after it."""
    moves: Mapping[str, Mapping[str, Mapping[str, Mapping[str, object]]]]
    """Operation -> entity -> key -> what becomes of that other record of the system by it."""
    rows: dict[tuple[str, str], Body] = field(default_factory=dict)
    applied: list[Applied] = field(default_factory=list)
    _keys: dict[str, tuple[str, str]] = field(default_factory=dict)

    def hold(self, entity: str, key: str, record: Mapping[str, object]) -> Event:
        """Let the system hold a record, in its own form; return the event that tells of it."""
        known = identity(self.estate, entity, self.name)
        own = key if known.field in IDS else next(self._under(known.obj, known.field, key), None)
        ref = str(record.get("ref") or own or f"{self.name}-{len(self.rows) + 1}")
        body = self.rows.setdefault((known.obj, ref), {})
        told = {name: value for name, value in record.items() if name != "ref"}
        _merge(body, to_vendor(self.estate, entity, self.name, told))
        _place(body, known.field, key)
        self._complete(known.obj, ref, body)
        return self.event_of(known.obj, ref, f"{known.obj}.changed")

    def event_of(self, obj: str, ref: str, kind: str) -> Event:
        """Return the event that shows a record as it is."""
        return Event(
            id=f"{kind}:{ref}:{len(self.applied)}",
            type=kind,
            object=obj,
            ref=ref,
            body=deepcopy(self.rows[obj, ref]),
            at=self.clock.now(),
        )

    def write(self, request: Request) -> Outcome:
        """Carry out a write as the class of the operation promises."""
        able = self.capabilities.operations[request.operation]
        obj = request.operation.rpartition(".")[0]
        if able.effect is Effect.READ:
            return self._answered(request.idempotency_key, self._told(request, {}))
        if able.guarantee is Guarantee.KEY and request.idempotency_key in self._keys:
            known = self._keys[request.idempotency_key]
            return self._answered(known[1], self.rows[known])
        found = self._meant(obj, request)
        makes = able.effect in {Effect.CREATE, Effect.REVERSE}
        if makes and found is not None and able.guarantee is Guarantee.REFERENCE:
            return Outcome(verdict=Verdict.REJECTED, kind=Kind.DUPLICATE, message="known here")
        if found is None and not makes and able.effect is not Effect.UPSERT:
            return Outcome(verdict=Verdict.REJECTED, kind=Kind.NOT_FOUND, message="unknown here")
        ref = self._new(obj, request) if makes or found is None else found
        self.rows[obj, ref] = self._told(request, self.rows.get((obj, ref), {}))
        self._complete(obj, ref, self.rows[obj, ref])
        self._keys[request.idempotency_key] = (obj, ref)
        self.applied.append(Applied(request=request, ref=ref, at=self.clock.now()))
        for entity, records in self.moves.get(f"{self.name}.{request.operation}", {}).items():
            for key, record in records.items():
                self.hold(entity, key, record)
        return self._answered(ref, self.rows[obj, ref])

    def _meant(self, obj: str, request: Request) -> str | None:
        """Return the id of the record that a write is about, if it is there."""
        if request.ref is not None and (obj, request.ref) in self.rows:
            return request.ref
        if request.key is None or request.key_field is None:
            return None
        return next(self._under(obj, request.key_field, request.key), None)

    def _new(self, obj: str, request: Request) -> str:
        if request.key_field in IDS and request.key is not None:
            return request.key
        return f"{self.name}-{obj}-{sum(1 for kind, _ in self.rows if kind == obj) + 1}"

    def _told(self, request: Request, before: Body) -> Body:
        body = deepcopy(before)
        _merge(body, request.body)
        if request.key_field is not None and request.key is not None:
            _place(body, request.key_field, request.key)
        for entity, record in self.adds.get(f"{self.name}.{request.operation}", {}).items():
            _merge(body, to_vendor(self.estate, entity, self.name, record))
        return body

    def _complete(self, obj: str, ref: str, body: Body) -> None:
        """Show the id, and what is read elsewhere than where it is written."""
        body.update(dict.fromkeys(IDS, ref))
        for entity, declared in self.estate.entities.items():
            named = declared.spec.identity.get(self.name)
            if named is not None and named.obj == obj:
                self._mirror(entity, body)

    def _mirror(self, entity: str, body: Body) -> None:
        for each in self.estate.entities[entity].spec.fields.values():
            bound = each.in_.get(self.name)
            value = None if bound is None else at_path(body, bound.path)
            if bound is None or value is None:
                continue
            if each.list is not None and isinstance(value, list):
                for element in value:
                    self._mirror(each.list, element)
            elif all(at_path(body, path) is None for path in bound.reads):
                body.pop(bound.reads[0].partition(".")[0], None)
                _place(body, bound.reads[0], value)

    @staticmethod
    def _answered(ref: str, body: Body) -> Outcome:
        return Outcome(verdict=Verdict.DONE, record=Record(ref=ref, body=deepcopy(body)))

    def read(self, obj: str, ref: str) -> Record | None:
        """Return a record by the system's own id."""
        body = self.rows.get((obj, ref))
        return None if body is None else Record(ref=ref, body=deepcopy(body))

    def find(self, obj: str, field: str, value: str) -> Record | None:
        """Return the record under our reference."""
        ref = next(self._under(obj, field, value), None)
        return None if ref is None else self.read(obj, ref)

    def _under(self, obj: str, field: str, value: str) -> Iterator[str]:
        for (kind, ref), body in self.rows.items():
            if kind == obj and str(at_path(body, field)) == value:
                yield ref

    def changes(self, obj: str, cursor: str | None) -> Changes:  # noqa: ARG002 (port)
        """Tell nothing: what happens is handed over."""
        return Changes(events=(), cursor="0")

    def event(
        self,
        headers: Mapping[str, str],  # noqa: ARG002 (port)
        body: bytes,  # noqa: ARG002 (port)
        secrets: Sequence[str],  # noqa: ARG002 (port)
    ) -> Iterator[Event]:
        """Refuse: nothing is delivered over HTTP here."""
        raise DeliveryRefused("nothing is delivered over HTTP here", status=401)


def _merge(body: Body, more: Mapping[str, object]) -> None:
    for name, value in more.items():
        known = body.get(name)
        if isinstance(known, dict) and isinstance(value, Mapping):
            _merge(known, value)
        else:
            body[name] = deepcopy(value)


def _place(body: Body, path: str, value: object) -> None:
    *outer, last = path.split(".")
    for name in outer:
        inner = body.setdefault(name, {})
        if not isinstance(inner, dict):
            inner = body[name] = {}
        body = inner
    body[last] = value
