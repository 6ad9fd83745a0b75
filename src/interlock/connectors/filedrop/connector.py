"""The window to an ERP that only reads and writes files."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import timedelta
from typing import Final

from interlock.connectors.checkup import Checkup
from interlock.connectors.filedrop.answers import OBJECTS
from interlock.connectors.filedrop.arrivals import Arrivals
from interlock.connectors.filedrop.batch import UnknownFieldError
from interlock.connectors.filedrop.capability import CAPABILITIES, FOLDER
from interlock.connectors.filedrop.errors import kind_of
from interlock.connectors.filedrop.journal import Entry, Journal, Pages, State
from interlock.connectors.filedrop.mailbox import Folder, Mailbox, away
from interlock.connectors.filedrop.outbox import Outbox
from interlock.connectors.filedrop.outcomes import clash, lost, twice
from interlock.connectors.filedrop.requests import entry_of, is_new
from interlock.connectors.filedrop.sheet import SheetError
from interlock.connectors.filedrop.standing import Standing, is_duplicate, is_overdue, standing
from interlock.connectors.filedrop.terms import Terms, terms_of
from interlock.connectors.kit.auth import credential, unknown_scheme
from interlock.connectors.kit.checkup import asked_for_nobody
from interlock.connectors.port import (
    CallFailed,
    Changes,
    Connection,
    DeliveryRefused,
    Event,
    Kind,
    Outcome,
    Record,
    Request,
    Verdict,
)
from interlock.estate.capability import Capabilities
from interlock.foundation.clock import Clock
from interlock.foundation.errors import UsageError
from interlock.foundation.ids import Ids

LOOK: Final = timedelta(milliseconds=25)
"""Between two looks for an acknowledgement, while a write waits for it."""
PAGE: Final = 200
FIRST: Final = "0"
"""The cursor before everything that was ever told."""
TOLD: Final = OBJECTS | {"payment", "statement", "file"}
"""The objects whose changes can be asked for."""
KEYS: Final = frozenset({"reference", "number"})


def open_connector(
    connection: Connection, clock: Clock, ids: Ids, *, transport: object = None
) -> "FileDrop":
    """Open a connection; no file is touched yet. `transport` replaces the folder (a `Mailbox`).

    Raises:
        UsageError: The URL, the scheme, an option or the credential does not do.
    """
    _ = ids  # names are derived from what is in a file
    if connection.scheme != FOLDER:
        raise unknown_scheme(connection, CAPABILITIES.auth_schemes)
    credential(connection, "folder_id")
    terms = terms_of(connection)
    mailbox: Mailbox = transport or Folder(terms.root)  # type: ignore[assignment]  # the opener's type fits all transports
    return FileDrop(mailbox, Journal(terms.state), terms, clock)


class FileDrop:
    """Customers, invoices and credit memos of one exchange folder; payments from the bank."""

    def __init__(self, mailbox: Mailbox, journal: Journal, terms: Terms, clock: Clock) -> None:
        self._mailbox = mailbox
        self._journal = journal
        self._terms = terms
        self._clock = clock
        self._outbox = Outbox(mailbox, journal, terms, clock)
        self._arrivals = Arrivals(mailbox, journal, terms, clock)

    @property
    def capabilities(self) -> Capabilities:
        return CAPABILITIES

    def checkup(self, objects: Collection[str]) -> Checkup:  # noqa: ARG002 (one folder for all)
        """Look whether the folder is the exchange that we were told; nothing is left there."""
        grant = "Let our user read and write the folder, and check the credential's `folder_id`."
        return Checkup(permissions=[asked_for_nobody("use the folder", grant, self._look)])

    def _look(self) -> None:
        try:
            self._mailbox.check(self._terms.folder_id)
        except OSError as error:
            raise away(error) from None

    def read(self, obj: str, ref: str) -> Record | None:
        """Return the object as the ERP showed it last; `ref` is the ERP's number."""
        _known(obj, OBJECTS)
        self._turn()
        with self._pages() as pages:
            record = pages.record(obj, ref)
        if record is None:
            self._prove_absence()
        return record

    def find(self, obj: str, field: str, value: str) -> Record | None:
        """Return the object by our reference; while it is on its way this cannot be said."""
        _known(obj, OBJECTS)
        if field not in KEYS:
            raise UsageError(
                f"the file-drop ERP cannot find a {obj} by `{field}`",
                hint=f"Bind the entity's identity to one of: {', '.join(sorted(KEYS))}.",
            )
        if field == "number":
            return self.read(obj, value)
        self._turn()
        found = self._standing(obj, value)
        if found.twice:
            raise CallFailed(twice(found.twice))
        if found.pending is not None:
            raise CallFailed(self._explained(found.pending))
        if found.record is None:
            self._prove_absence()
        return found.record

    def _prove_absence(self) -> None:
        """Raise unless every file could be read: an unread one may be the one that names it."""
        obstacle = self._arrivals.obstacle()
        if obstacle:
            raise CallFailed(
                Outcome(verdict=Verdict.RETRYABLE, kind=Kind.MALFORMED, message=obstacle)
            )

    def _turn(self) -> None:
        """Do what is due: leave what must leave, take in what came.

        Raises:
            CallFailed: The folder is away, not ours, or full.
        """
        try:
            self._mailbox.check(self._terms.folder_id)
            self._outbox.recover()
            self._outbox.close_cuts()
            self._arrivals.take_in()
        except OSError as error:
            raise away(error) from None

    @contextmanager
    def _pages(self) -> Iterator[Pages]:
        """Open the journal for a question; one that is away is the folder's trouble."""
        try:
            with self._journal.turn() as pages:
                yield pages
        except OSError as error:
            raise away(error) from None

    def _standing(self, obj: str, key: str) -> Standing:
        with self._pages() as pages:
            return standing(pages, (obj, key), self._terms, self._clock.now())

    def write(self, request: Request) -> Outcome:
        if request.operation not in CAPABILITIES.operations:
            raise UsageError(
                f"the file-drop ERP has no operation `{request.operation}`",
                hint=f"It has: {', '.join(CAPABILITIES.operations)}.",
            )
        try:
            entry = entry_of(request)
            self._turn()
            return self._written(entry)
        except CallFailed as failure:
            return failure.outcome
        except OSError as error:  # it may have left, and nobody wrote it down
            return replace(away(error).outcome, verdict=Verdict.UNCERTAIN)
        except (SheetError, UnknownFieldError) as error:
            unknown = isinstance(error, UnknownFieldError)
            kind = Kind.UNKNOWN_FIELD if unknown else Kind.UNKNOWN_VALUE
            return Outcome(verdict=Verdict.REJECTED, kind=kind, message=f"{error}; nothing left")

    def _written(self, entry: Entry) -> Outcome:
        with self._journal.turn() as pages:
            found = standing(pages, (entry.object, entry.key), self._terms, self._clock.now())
            if not is_new(entry, found, overdue=self._may_repeat(found)):
                return self._told(pages, entry, found)
            entry, name = self._submitted(pages, entry, found.entry)
        if name:
            self._outbox.send_off(name, entry, found.entry)
        return self._awaited(entry)

    def _may_repeat(self, found: Standing) -> bool:
        if found.entry is None or not self._terms.refuses_repeats:
            return False
        return is_overdue(found.entry, self._terms, self._clock.now())

    def _submitted(self, pages: Pages, entry: Entry, before: Entry | None) -> tuple[Entry, str]:
        if before is not None:
            unheard = before.state in {State.ABSENT, State.SENT}
            again = unheard and before.fingerprint == entry.fingerprint
            attempt = before.attempt + (not again)
            entry = replace(entry, attempt=attempt, drops=before.drops if again else 0)
        try:
            return entry, self._outbox.submit(pages, entry)
        except OSError as error:
            raise away(error) from None

    def _awaited(self, entry: Entry) -> Outcome:
        """Wait for the acknowledgement as long as was agreed, and say what is known then."""
        until = self._clock.now() + self._terms.wait
        while True:
            with suppress(OSError):  # it left: a folder that is away now tells nothing about it
                self._arrivals.take_in()
            with self._journal.turn() as pages:
                found = standing(pages, (entry.object, entry.key), self._terms, self._clock.now())
                if found.pending is None or self._clock.now() >= until:
                    return self._told(pages, entry, found)
            self._clock.sleep(LOOK)

    def _told(self, pages: Pages, entry: Entry, found: Standing) -> Outcome:
        """Return what became of the document; a rejection is told once, then it may be retried."""
        if found.twice:
            return twice(found.twice)
        known = found.entry
        if known is None or known.fingerprint != entry.fingerprint:
            return clash(found)
        refused = known.state in {State.REJECTED, State.TOLD}
        own = is_duplicate(known) and known.drops > 1  # refused because we were here before (F16)
        if found.record is not None and (own or not refused):
            return Outcome(verdict=Verdict.DONE, record=found.record, existing=True)
        if refused and not own:
            if not is_duplicate(known):
                pages.put(replace(known, state=State.TOLD))
            kind = kind_of(known.code, known.message)
            return Outcome(
                verdict=Verdict.REJECTED, kind=kind, code=known.code, message=known.message
            )
        return self._explained(found.pending or lost(known))

    def _explained(self, pending: Outcome) -> Outcome:
        """Say that a file that cannot be read may hold the answer."""
        with suppress(OSError):
            obstacle = self._arrivals.obstacle()
            if obstacle:
                message = f"{pending.message}; {obstacle}"
                return replace(pending, kind=Kind.MALFORMED, message=message)
        return pending

    def changes(self, obj: str, cursor: str | None) -> Changes:
        _known(obj, TOLD)
        after = None if cursor is None else _position(cursor)
        self._turn()
        with self._pages() as pages:
            if after is None:
                return Changes(events=(), cursor=str(pages.last()))
            found = pages.told(obj, after, PAGE)
        position = found[-1][0] if found else after
        events = [event for _, event in found]
        return Changes(events=events, cursor=str(position), more=len(found) == PAGE)

    def census(self, obj: str, page: str | None) -> Changes:
        return self.changes(obj, FIRST if page is None else page)

    def event(
        self,
        headers: Mapping[str, str],  # noqa: ARG002 (port)
        body: bytes,  # noqa: ARG002 (port)
        secrets: Sequence[str],  # noqa: ARG002 (port)
    ) -> Iterator[Event]:
        raise DeliveryRefused("a file-drop ERP delivers no events; poll it", status=404)

    def close(self) -> None:
        """Close the journal."""
        self._journal.close()


def _known(obj: str, among: frozenset[str]) -> None:
    if obj not in among:
        raise UsageError(
            f"the file-drop ERP has no `{obj}`", hint=f"It has: {', '.join(sorted(among))}."
        )


def _position(cursor: str) -> int:
    if not cursor.isascii() or not cursor.isdigit():
        raise UsageError(
            "this is not a cursor of the file-drop connector",
            hint="Give back the cursor of the last page unchanged, or none to begin now.",
        )
    return int(cursor)
