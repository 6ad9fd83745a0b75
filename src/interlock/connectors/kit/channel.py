"""Client, credentials and error table in one: what a connector asks its questions through."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Final

from interlock.connectors.kit import classify
from interlock.connectors.kit.auth import Auth
from interlock.connectors.kit.classify import Fault, Row
from interlock.connectors.kit.exchange import Answer, Call
from interlock.connectors.kit.http import Wire
from interlock.connectors.kit.masking import masked
from interlock.connectors.port import CallFailed

LONGEST_CODE: Final = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """How one vendor says that something went wrong."""

    rows: Sequence[Row]
    fault_of: Callable[[Answer], Fault | None]
    """Reads an answer in the vendor's form; ``None`` where it reports no fault. A 200 may carry
    one (F9). What is not 2xx, or cannot be read, is a fault even when this says ``None``."""
    expired: Callable[[Fault], bool] = lambda _: False
    """Whether the fault says that the session ended, so that surely nothing was applied."""


def fault_in(dialect: Dialect, answer: Answer) -> Fault | None:
    """Return what `answer` says went wrong; ``None`` only for a readable 2xx without a fault."""
    fault = dialect.fault_of(answer)
    if fault is not None:
        return fault
    if answer.unreadable:
        return Fault(status=answer.status, message=answer.unreadable, readable=False)
    if not HTTPStatus.OK <= answer.status < HTTPStatus.MULTIPLE_CHOICES:
        return Fault(status=answer.status, message="no reason was given", readable=False)
    return None


class Channel:
    """The one way from a connector to its vendor."""

    def __init__(self, wire: Wire, auth: Auth, dialect: Dialect) -> None:
        self._wire = wire
        self._auth = auth
        self._dialect = dialect

    @property
    def wire(self) -> Wire:
        """The wire below."""
        return self._wire

    def ask(self, call: Call) -> Answer:
        """Send `call` and return its answer: 2xx, readable, and reporting no fault.

        When the vendor says that the session expired and there are other credentials to be had,
        the call is sent once more; that is the only repetition in any connector, and it needs
        the vendor's word, not just a 401 (F14).

        Raises:
            CallFailed: Everything else; the outcome is classified by the vendor's table.
        """
        return self._asked(call, "")

    def ask_text(self, call: Call, kind: str) -> Answer:
        """Send `call` as `ask` does; its answer is text of the content type `kind`, in `content`.

        Raises:
            CallFailed: As for `ask`, or it is of another type: kind ``malformed``.
        """
        answer = self._asked(call, kind)
        if not _is_text(answer, kind):
            raise answer.malformed(f"{kind} was expected")
        return answer

    def _asked(self, call: Call, kind: str) -> Answer:
        used = self._auth.headers(call, self._wire.origin)
        answer = self._wire.exchange(call, used)
        fault = self._fault(answer, kind)
        if fault and self._dialect.expired(fault) and self._auth.renew(used):
            answer = self._wire.exchange(call, self._auth.headers(call, self._wire.origin))
            fault = self._fault(answer, kind)
        if fault:
            raise self.failed(fault, answer)
        return answer

    def _fault(self, answer: Answer, kind: str) -> Fault | None:
        return None if _is_text(answer, kind) else fault_in(self._dialect, answer)

    def failed(self, fault: Fault, answer: Answer) -> CallFailed:
        """Return `fault` as a classified failure, its words masked and bounded."""
        secrets = (*self._wire.secrets(), *self._auth.secrets())
        shown = replace(
            fault,
            code=masked(fault.code, secrets)[:LONGEST_CODE],
            retry_after=fault.retry_after or answer.retry_after(self._wire.now()),
        )
        message = masked(fault.message, secrets)
        return CallFailed(classify.outcome(self._dialect.rows, shown, answer.intent, message))

    def close(self) -> None:
        """Close the connections."""
        self._wire.close()


def _is_text(answer: Answer, kind: str) -> bool:
    """Tell whether it is the text that was asked for; an error is told in another type."""
    fine = HTTPStatus.OK <= answer.status < HTTPStatus.MULTIPLE_CHOICES
    found = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
    return bool(kind) and fine and found == kind
