"""Writes: put under our reference, made of another record, or moved to another state."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Final

from interlock.connectors.kit.channel import Channel
from interlock.connectors.kit.exchange import Answer, Call
from interlock.connectors.netsuite import operations
from interlock.connectors.netsuite.capability import (
    CAPABILITIES,
    JOURNAL_APPROVE,
    JOURNAL_REJECT,
    JOURNAL_REVERSE,
    ORDER_CLOSE,
    UPSERTED,
)
from interlock.connectors.netsuite.jobs import Jobs
from interlock.connectors.netsuite.journals import (
    APPROVED,
    REJECTED,
    closed,
    drafted,
    is_posted,
    reversal,
)
from interlock.connectors.netsuite.records import Records
from interlock.connectors.netsuite.references import References
from interlock.connectors.netsuite.transforms import TRANSFORMS, Transform
from interlock.connectors.port import Body, CallFailed, Kind, Outcome, Record, Request, Verdict
from interlock.foundation.errors import UsageError

JOURNAL: Final = "journalEntry"
ORDER: Final = "purchaseOrder"
Write = Callable[[Request], Outcome]


class Way:
    """How writes leave: at once, or as jobs where the connection's option ``async`` names them."""

    def __init__(self, channel: Channel, options: Mapping[str, str]) -> None:
        self._channel = channel
        self._jobs = Jobs(channel)
        self._later = frozenset(options.get("async", "").replace(",", " ").split())
        unknown = self._later - CAPABILITIES.operations.keys()
        if unknown:
            raise UsageError(
                f"the option `async` names `{min(unknown)}`, which is no operation of NetSuite",
                hint=f"It has: {', '.join(CAPABILITIES.operations)}.",
            )

    def send(self, call: Call, request: Request) -> Answer:
        """Send `call`, which does what `request` asks for, and return its answer.

        Raises:
            CallFailed: It was refused, or nobody knows.
        """
        if request.operation in self._later:
            return self._jobs.send(call, request.idempotency_key)
        return self._channel.ask(call)


class Writer:
    """Does one write and reads back what came of it."""

    def __init__(self, records: Records, references: References, way: Way) -> None:
        self._records = records
        self._references = references
        self._way = way
        self._writes: Mapping[str, Write] = {
            **{f"{obj}.upsert": partial(self._upsert, obj) for obj in UPSERTED},
            **{name: partial(self._transform, each) for name, each in TRANSFORMS.items()},
            f"{JOURNAL}.upsert": self._draft,
            JOURNAL_APPROVE: partial(self._update, JOURNAL, APPROVED),
            JOURNAL_REJECT: partial(self._update, JOURNAL, REJECTED),
            JOURNAL_REVERSE: self._reverse,
            ORDER_CLOSE: self._close,
        }

    def write(self, request: Request) -> Outcome:
        """Do what the request asks for.

        Raises:
            CallFailed: It was refused, or nobody knows.
        """
        return self._writes[request.operation](request)

    def _upsert(self, obj: str, request: Request) -> Outcome:
        return self._put(obj, request, request.body)

    def _put(self, obj: str, request: Request, body: Body) -> Outcome:
        key = operations.external(request.key, request.operation)
        resolved = self._references.resolved(body)
        call = operations.upsert(obj, key, resolved, request.traceparent)
        return self._records.written(obj, key, self._way.send(call, request))

    def _update(self, obj: str, change: Body, request: Request) -> Outcome:
        ref = operations.reference_of(request)
        call = operations.update(obj, ref, change, request.traceparent)
        return self._records.written(obj, request.key or "", self._way.send(call, request), ref)

    def _close(self, request: Request) -> Outcome:
        order = self._existing(ORDER, operations.reference_of(request))
        return self._update(ORDER, closed(order.body), request)

    def _draft(self, request: Request) -> Outcome:
        """Put an entry that waits for its approval; one that was posted is not touched again."""
        key = operations.external(request.key, request.operation)
        known = self._records.find(JOURNAL, key)
        if known is not None and is_posted(known.body):
            raise CallFailed(_posted(known))
        return self._put(JOURNAL, request, drafted(request.body))

    def _reverse(self, request: Request) -> Outcome:
        """Make the entry that takes a posted one back, under a reference of its own."""
        original = self._existing(JOURNAL, operations.reference_of(request))
        if not is_posted(original.body):
            words = f"journal entry {original.ref} was never posted; reject it instead"
            raise CallFailed(_refused("JOURNAL_NOT_POSTED", words))
        return self._put(JOURNAL, request, reversal(original.body, request.body))

    def _existing(self, obj: str, ref: str) -> Record:
        found = self._records.read(obj, ref)
        if found is None:
            missing = _refused("NONEXISTENT_ID", f"there is no {obj} {ref}", Kind.NOT_FOUND)
            raise CallFailed(missing)
        return found

    def _transform(self, made: Transform, request: Request) -> Outcome:
        """Make one transaction of another; a reversal without a reference takes its source's.

        One invoice has one reversal then, whoever asks for it.
        """
        ref = operations.reference_of(request)
        default = f"credit-{ref}" if made.reverses else None
        key = operations.external(request.key or default, request.operation)
        body = self._references.resolved(request.body)
        path = (made.source, ref, made.target)
        call = operations.transform(path, key, body, request.traceparent)
        try:
            return self._records.written(made.target, key, self._way.send(call, request))
        except CallFailed as failure:
            if failure.outcome.verdict is not Verdict.REJECTED:
                raise
            return self._made_already(made, (ref, key), failure.outcome)

    def _made_already(self, made: Transform, named: tuple[str, str], refused: Outcome) -> Outcome:
        """Return what has our reference, if it was made of this very record (F16).

        The refusal need not say that it is a duplicate: a bill that is paid has nothing open.
        """
        ref, key = named
        record = self._records.find(made.target, key)
        if record is None or made.origins(record.body) != {ref}:
            return refused
        return Outcome(
            verdict=Verdict.DONE, record=record, existing=True, code=refused.code, status=200
        )


def _posted(known: Record) -> Outcome:
    words = f"journal entry {known.ref} is posted; it is corrected by reversal, not put again"
    return _refused("JOURNAL_POSTED", words, Kind.CONFLICT)


def _refused(code: str, words: str, kind: Kind = Kind.REJECTED) -> Outcome:
    return Outcome(verdict=Verdict.REJECTED, kind=kind, code=code, message=words)
