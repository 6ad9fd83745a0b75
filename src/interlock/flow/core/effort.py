"""How one effect is tried, doubted, probed and given up. The heart of "nothing twice".

The rules, by what the target guarantees (reliability.md section 0, F1-F6, F16):

* **A** (idempotency key): in doubt, send again under the same key while the target remembers it.
* **B** (unique reference): in doubt, look it up; send again if absent: the reference protects.
* **C** (neither): in doubt, wait until the vendor's bound has passed, look up strongly, and only
  if it is surely absent send again. What cannot be found out becomes a person's question.
* **S** (safe): send again.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from interlock.connectors.port import Kind, Verdict
from interlock.estate.capability import Capability, Effect, Guarantee
from interlock.estate.plan import Retry
from interlock.flow.core.facts import Ended
from interlock.foundation.altered import altered

MARGIN: Final = timedelta(milliseconds=250)
"""Added to a vendor's bound: the request left a little after its intent was written."""

WINDOW_MARGIN: Final = 0.9
"""An idempotency key is trusted for this share of the vendor's stated window (F4)."""

PROBE_LIMIT: Final = 12
"""How many look-ups may fail before a person is asked; no write happens meanwhile."""


@dataclass(frozen=True, kw_only=True)
class Effort:
    """What has been tried for one effect so far."""

    sent: int = 0
    first_sent: datetime | None = None
    last_sent: datetime | None = None
    in_flight: bool = False
    """An intent without an end: this worker is sending, or a worker died while sending (F23)."""
    doubt: bool = False
    """Some attempt may have been applied, and nothing has disproved it yet."""
    failures: int = 0
    probes: int = 0
    done: bool = False
    final: Ended | None = None
    """The end that settled it: done or rejected."""
    last: Ended | None = None
    not_before: datetime | None = None
    missed: datetime | None = None
    """When the last attempt left that a look-up did not find: it may still be applied (F3)."""
    looked: datetime | None = None
    """When that was last looked up."""
    supposed: bool = False
    """Nobody knows that the last attempt left; what it would have made can be looked up."""

    def sending(self, at: datetime) -> "Effort":
        """Return the effort after one more attempt left at `at`."""
        return altered(
            self,
            sent=self.sent + 1,
            first_sent=self.first_sent or at,
            last_sent=at,
            in_flight=True,
            supposed=False,
            not_before=None,
        )

    def supposing(self, since: datetime, until: datetime, *, shows: bool) -> "Effort":
        """Return the effort when an attempt may have left at any moment between the two.

        `shows`: what it would have made can be looked up.
        """
        first = min(self.first_sent or since, since)
        sent = self.sending(until)
        return altered(sent, first_sent=first, supposed=shows, final=None)

    def ended(self, end: Ended, retry: Retry) -> "Effort":
        """Return the effort after an attempt or a probe came back."""
        if end.probe:
            return self._probed(end, retry)
        if end.verdict is Verdict.REJECTED:
            return altered(_rejected(self, end, retry), in_flight=False, last=end)
        return altered(self, **_changes(self, end, retry), in_flight=False, last=end)

    def _probed(self, end: Ended, retry: Retry) -> "Effort":
        if end.verdict is Verdict.DONE:
            return altered(self, in_flight=False, done=True, doubt=False, final=end, last=end)
        if end.verdict is Verdict.REJECTED and end.kind is Kind.NOT_FOUND:
            return altered(
                self,
                in_flight=False,
                doubt=False,
                probes=0,
                not_before=None,
                missed=self.last_sent if self.doubt or self.in_flight else self.missed,
                looked=end.at,
            )
        if end.verdict is Verdict.REJECTED:
            return altered(self, in_flight=False, final=end, last=end)
        probes = self.probes + (end.verdict is not Verdict.BLOCKED)
        return altered(
            self,
            in_flight=False,
            doubt=True,
            probes=probes,
            last=end,
            not_before=end.retry_at or end.at + retry.wait(max(probes, 1)),
        )

    def afresh(self) -> "Effort":
        """Return the effort with its counters reset by a person's answer; doubt stays doubt."""
        return altered(self, failures=0, probes=0, final=None, not_before=None)


def _changes(effort: Effort, end: Ended, retry: Retry) -> dict[str, Any]:
    """Return what an attempt that was not refused changes about its effort."""
    match end.verdict:
        case Verdict.DONE:
            return {"done": True, "doubt": False, "final": end}
        case Verdict.BLOCKED:
            return {"not_before": end.retry_at or end.at + retry.wait(1)}
        case _:
            failures = effort.failures + 1
            return {
                "failures": failures,
                "doubt": effort.doubt or end.verdict is Verdict.UNCERTAIN,
                "not_before": end.retry_at or end.at + retry.wait(failures),
            }


def _rejected(effort: Effort, end: Ended, retry: Retry) -> Effort:
    """Return the effort after a refusal; a duplicate may be our own earlier success (F16)."""
    may_be_ours = end.kind is Kind.DUPLICATE and (effort.doubt or effort.missed is not None)
    if not may_be_ours:
        return altered(effort, final=end)
    if effort.doubt:
        return altered(effort, not_before=None)
    # The look-up that did not find it was stale (F10): look once more, a little later.
    failures = effort.failures + 1
    again = end.at + retry.wait(failures)
    return altered(effort, doubt=True, probes=0, failures=failures, not_before=again)


@dataclass(frozen=True, slots=True)
class Send:
    """Send it now."""


@dataclass(frozen=True, slots=True)
class Probe:
    """Look up whether it is there."""


@dataclass(frozen=True, slots=True)
class Hold:
    """Do nothing until then."""

    until: datetime


@dataclass(frozen=True, slots=True)
class GiveUp:
    """A person, or the handlers of the integration, must decide."""

    kind: str
    message: str


Move = Send | Probe | Hold | GiveUp


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What the target guarantees and how patient the integration is."""

    capability: Capability
    retry: Retry
    bound: timedelta
    """After this long a request can no longer be applied by the vendor (F3)."""


def next_move(effort: Effort, terms: Terms, now: datetime) -> Move:
    """Return what to do next about an effect that is not settled yet."""
    if effort.final is not None:
        return GiveUp(effort.final.kind or "rejected", effort.final.message)
    doubtful = effort.doubt or effort.in_flight
    if effort.not_before is not None and now < effort.not_before:
        return Hold(effort.not_before)
    if doubtful:
        return _in_doubt(effort, terms, now)
    if effort.failures >= terms.retry.limit:
        return _exhausted(effort)
    return Send()


def _in_doubt(effort: Effort, terms: Terms, now: datetime) -> Move:
    tired = effort.failures >= terms.retry.limit
    if effort.last is not None and effort.last.kind is Kind.DUPLICATE and not effort.probes:
        return Probe()
    if not tired and _may_send_again(effort, terms, now):
        return Send()
    if effort.probes >= PROBE_LIMIT:
        return GiveUp("uncertain", "it may have been applied, and looking it up keeps failing")
    if terms.capability.guarantee is Guarantee.SAFE:
        return _exhausted(effort)
    protected = terms.capability.guarantee is Guarantee.REFERENCE and not tired
    return Probe() if protected else probe_after_bound(effort, terms, now)


def may_come_late(effort: Effort, bound: timedelta) -> bool:
    """Whether an attempt was looked up too early to know that it will not be applied (F3).

    To send again one need not know, where the target refuses a second one; to say that there is
    nothing to take back, one must.
    """
    missed, looked = effort.missed, effort.looked
    return missed is not None and looked is not None and looked < missed + bound


def probe_after_bound(effort: Effort, terms: Terms, now: datetime) -> Move:
    """Return a probe once a late application has become impossible (F3), a hold before that."""
    settled = (effort.last_sent or now) + terms.bound + MARGIN
    return Hold(settled) if now < settled else Probe()


def _may_send_again(effort: Effort, terms: Terms, now: datetime) -> bool:
    capability = terms.capability
    if effort.supposed and capability.guarantee is not Guarantee.SAFE:
        return False  # what it would say now may differ from what was said then: look first
    match capability.guarantee:
        case Guarantee.SAFE:
            return True
        case Guarantee.KEY:
            window = capability.window
            first = effort.first_sent or now
            return window is None or now - first < window * WINDOW_MARGIN
        case Guarantee.REFERENCE:
            return capability.effect in {Effect.UPSERT, Effect.UPDATE, Effect.TRANSITION}
        case Guarantee.NOTHING:
            return False


def _exhausted(effort: Effort) -> GiveUp:
    last = effort.last
    if last is None:
        return GiveUp("exhausted", "every attempt failed")
    return GiveUp(last.kind or "exhausted", last.message or "every attempt failed")
