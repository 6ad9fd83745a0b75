"""What makes a write done: the object itself, as it is now (F9)."""

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from interlock.connectors.kit.channel import Channel
from interlock.connectors.kit.evidence import by_key, by_ref
from interlock.connectors.kit.exchange import Answer, Call
from interlock.connectors.port import CallFailed, Kind, Outcome, Record, Request, Verdict
from interlock.connectors.stripe.answers import record_of
from interlock.connectors.stripe.lookup import Lookup
from interlock.foundation.errors import UsageError

REPLAYED: Final = "idempotent-replayed"

Writer = Callable[[Request], Outcome]


class Desk:
    """Sends writes and shows what they came to."""

    def __init__(self, channel: Channel, lookup: Lookup) -> None:
        self.channel = channel
        self.lookup = lookup

    def done(
        self, obj: str, call: Call, *, ref: str | None = None, made: Request | None = None
    ) -> Outcome:
        """Send a write and return the object that it changed (`ref`) or made (for `made`).

        Raises:
            CallFailed: It was refused, or nobody knows.
        """
        answer = self.channel.ask(call)
        record = record_of(obj, answer, answer.mapping())
        if record and ref is not None:
            by_ref(answer, record, ref)
        if record and made is not None:
            by_key(answer, record, made.key_field, made.key)
        if record and answer.headers.get(REPLAYED, "") == "true":
            return self._as_it_is_now(obj, record.ref, answer)
        if record is None:
            raise answer.malformed("it says that the object is deleted")
        return Outcome(verdict=Verdict.DONE, record=record, status=answer.status)

    def _as_it_is_now(self, obj: str, ref: str, answer: Answer) -> Outcome:
        """Return the object read again: a replayed answer shows it as it was then."""
        try:
            record = self.lookup.read(obj, ref)
        except CallFailed as failure:
            return answer.unproven(failure.outcome.message)
        if record is None:
            return answer.unproven("it is not there any more")
        return Outcome(verdict=Verdict.DONE, record=record, existing=True, status=answer.status)


def there_already(record: Record, refused: Outcome) -> Outcome:
    """Return that the object is as it should be, though this call was refused (F16)."""
    return Outcome(
        verdict=Verdict.DONE, record=record, existing=True, code=refused.code, status=200
    )


def unproven(outcome: Outcome, why: str) -> Outcome:
    """Return what a write came to that was accepted and does not show."""
    return Outcome(
        verdict=Verdict.UNCERTAIN,
        kind=Kind.CONFLICT,
        message=f"accepted, but {why}",
        status=outcome.status,
    )


def nothing_sent(failure: CallFailed) -> CallFailed:
    """Return what a doubt about a preparation means for the write itself: it was never sent."""
    if failure.outcome.verdict is not Verdict.UNCERTAIN:
        return failure
    return CallFailed(replace(failure.outcome, verdict=Verdict.RETRYABLE))


def ref_of(request: Request) -> str:
    """Return the vendor's id of the object that a request is about.

    Raises:
        UsageError: It names none.
    """
    if not request.ref:
        raise UsageError(
            f"`{request.operation}` needs Stripe's id of the object", hint="Give it as `ref`."
        )
    return request.ref
