"""Why a call is not taken, or came to nothing: problem details (RFC 9457).

Nothing that a vendor or a person wrote stands in them: a caller is told what it can do, and no
more than it may know.
"""

import json
from dataclasses import dataclass
from typing import Final

MEDIA_TYPE: Final = "application/problem+json"
_TYPE: Final = "urn:interlock:problem:"


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One kind of refusal, as one caller meets it."""

    name: str
    """Of the kind: the same words mean the same for programs."""
    status: int
    title: str
    detail: str = ""
    retry_after: int | None = None
    """Seconds, where repeating the call helps."""

    def document(self, instance: str = "") -> dict[str, object]:
        """Return it as RFC 9457 has it; `instance` is what it is about."""
        found: dict[str, object] = {
            "type": _TYPE + self.name,
            "title": self.title,
            "status": self.status,
        }
        if self.detail:
            found["detail"] = self.detail
        if instance:
            found["instance"] = instance
        return found

    def text(self) -> str:
        """Return it as one line of text, to be kept."""
        return json.dumps(self.document(), ensure_ascii=False)


def unknown_operation() -> Problem:
    return Problem(name="unknown-operation", status=404, title="There is no such operation")


def unknown_call() -> Problem:
    return Problem(name="unknown-call", status=404, title="There is no such call of yours")


def unauthorised() -> Problem:
    return Problem(
        name="unauthorised",
        status=401,
        title="No bearer token of a caller of this API",
        detail="Send `Authorization: Bearer TOKEN`.",
    )


def unusable() -> Problem:
    return Problem(
        name="not-set-up",
        status=503,
        title="This API has no usable tokens yet",
        detail="Its owner has to set the secret that `callers` names.",
        retry_after=60,
    )


def too_large(most: int) -> Problem:
    return Problem(
        name="too-large",
        status=413,
        title="The body is too large",
        detail=f"At most {most} bytes.",
    )


def wrong_type() -> Problem:
    return Problem(
        name="wrong-type",
        status=415,
        title="The body is not JSON",
        detail="Send application/json.",
    )


def malformed(detail: str) -> Problem:
    return Problem(
        name="malformed", status=400, title="The body is not what is asked for", detail=detail
    )


def key_needed(detail: str) -> Problem:
    return Problem(
        name="idempotency-key", status=400, title="Idempotency-Key is missing", detail=detail
    )


def still_answering() -> Problem:
    return Problem(
        name="idempotency-key-in-use",
        status=409,
        title="The first call with this Idempotency-Key has not been answered yet",
        detail="Repeat this one; it will be given the same answer.",
        retry_after=1,
    )


def key_reused() -> Problem:
    return Problem(
        name="idempotency-key-reused",
        status=422,
        title="This Idempotency-Key was used for another call",
        detail="A new call needs a new key; a repetition needs the same content.",
    )


def too_often(seconds: int) -> Problem:
    return Problem(
        name="quota-exceeded",
        status=429,
        title="Too many calls",
        detail="Nothing is lost: repeat the same call with the same key when the window ends.",
        retry_after=seconds,
    )


def busy(seconds: int) -> Problem:
    return Problem(
        name="temporary-reduced-capacity",
        status=503,
        title="Not now",
        detail="Nothing is lost: repeat the same call with the same key.",
        retry_after=seconds,
    )


def not_there(entity: str, system: str) -> Problem:
    return Problem(
        name="no-such-record", status=404, title=f"There is no such {entity} in {system}"
    )


def not_called_for(condition: str) -> Problem:
    return Problem(
        name="not-called-for",
        status=409,
        title="The record does not call for it",
        detail=f"It would have to be: {condition}",
    )


def withdrawn() -> Problem:
    return Problem(
        name="no-longer-offered",
        status=410,
        title="This is not offered any more",
        detail="It was taken out of the estate before the call was looked into.",
    )


def taken_back() -> Problem:
    return Problem(
        name="taken-back", status=409, title="It could not be done; what was done was taken back"
    )
