"""How one document stands: found, refused, on its way, or surely nowhere.

*Found* needs the ERP's own word: an acknowledgement or a ledger that names our reference.
*Nowhere* needs a proof as well: it never left, or it left so long ago that it would have been
imported, and a whole ledger written later does not have it. All else is *on its way*. Where the
ERP refuses a repeated reference, an overdue document may be dropped again without that proof: it
does no harm. It proves no absence either, so nobody is told that there is nothing to take back.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from interlock.connectors.filedrop.arrivals import UPSERTED
from interlock.connectors.filedrop.errors import kind_of
from interlock.connectors.filedrop.journal import OPEN, Entry, Pages, State
from interlock.connectors.filedrop.terms import Terms
from interlock.connectors.port import Kind, Outcome, Record, Verdict
from interlock.foundation.clock import from_iso

SKEW: Final = timedelta(minutes=10)
"""By how much the ERP's clock may be ahead of ours when its ledger proves an absence."""
DOUBLINGS: Final = 10
"""The time to the next look doubles so often until the bound; the engine looks twelve times."""
SOON: Final = timedelta(seconds=2)
"""A moment longer than needed, so that what is due is there."""
_UNTOLD: Final = frozenset({State.REJECTED, State.ABSENT})
_WORDS: Final = {
    State.STAGED: "it waits for the cut of {cut}",
    State.SENT: "batch {batch} left at {sent_at}; the ERP has not acknowledged it yet",
    State.APPROVAL: "batch {batch} awaits approval in the ERP (dual control)",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What is known of one document."""

    entry: Entry | None
    record: Record | None = None
    twice: str = ""
    """Both numbers, when the ERP has imported one reference twice."""
    pending: Outcome | None = None
    """Why nothing can be said yet."""


def standing(pages: Pages, about: tuple[str, str], terms: Terms, now: datetime) -> Standing:
    """Return how the document (object, our reference) stands, and note an absence once proven."""
    entry = pages.entry(*about)
    records = pages.by_reference(*about)
    if len(records) > 1:
        return Standing(entry=entry, twice=" and ".join(record.ref for record in records))
    own = entry is not None and (entry.state in OPEN or entry.state in _UNTOLD)
    if records and not (own and about[0] == UPSERTED):
        return Standing(entry=entry, record=records[0])
    if entry is None or entry.state not in OPEN:
        return Standing(entry=entry, pending=_unnamed(entry))
    if _is_absent(pages, entry, terms):
        gone = replace(entry, state=State.ABSENT)
        pages.put(gone)
        return Standing(entry=gone)
    return Standing(entry=entry, pending=_on_its_way(entry, terms, now))


def is_overdue(entry: Entry, terms: Terms, now: datetime) -> bool:
    """Tell whether an ERP that works would have imported it by now."""
    return entry.state is State.SENT and now >= from_iso(entry.sent_at) + terms.bound


def _is_absent(pages: Pages, entry: Entry, terms: Terms) -> bool:
    if entry.state is not State.SENT:
        return False
    settled = from_iso(entry.sent_at) + terms.bound
    shown = pages.shown_until(entry.object)
    return shown is not None and shown >= settled + SKEW


def _unnamed(entry: Entry | None) -> Outcome | None:
    """Return the doubt about a duplicate that the ERP refused without saying of what (F16)."""
    if entry is None or not is_duplicate(entry):
        return None
    message = "the ERP says that it has this reference, and shows no document of it yet"
    return Outcome(verdict=Verdict.UNCERTAIN, kind=Kind.DUPLICATE, message=message)


def is_duplicate(entry: Entry) -> bool:
    """Tell whether the ERP refused the reference because it has it."""
    refused = entry.state in {State.REJECTED, State.TOLD}
    return refused and kind_of(entry.code, entry.message) is Kind.DUPLICATE


def _on_its_way(entry: Entry, terms: Terms, now: datetime) -> Outcome:
    """Return the outcome of a document that nothing is known of; look again as it ages."""
    if entry.state is State.STAGED:
        wait = max(from_iso(entry.cut) - now, timedelta()) + SOON
    else:
        wait = _patience(now - from_iso(entry.sent_at), terms.bound)
    words = _WORDS[entry.state].format(cut=entry.cut, batch=entry.batch, sent_at=entry.sent_at)
    return Outcome(
        verdict=Verdict.UNCERTAIN, code=str(entry.state), message=words, retry_after=wait
    )


def _patience(age: timedelta, bound: timedelta) -> timedelta:
    wait = max(SOON, bound / 2**DOUBLINGS, age)
    left = bound - age
    return min(wait, left + SOON) if left > timedelta() else wait
