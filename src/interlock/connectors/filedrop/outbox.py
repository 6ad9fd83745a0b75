"""What leaves: documents wait for their cut, a batch leaves once, a crash leaves no doubt.

A batch is prepared under a temporary name inside the transaction that says so, and leaves by a
rename in the next one. If we die between the two, the next call finds the name in the journal and
the temporary file in the folder, and lets it leave; if the file is gone, it has left.
"""

import json
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from itertools import groupby

from interlock.connectors.filedrop.batch import Document, batch_file, batch_name
from interlock.connectors.filedrop.journal import Entry, Journal, Pages, State
from interlock.connectors.filedrop.mailbox import Mailbox, away
from interlock.connectors.filedrop.terms import Terms
from interlock.connectors.port import Body
from interlock.foundation.clock import Clock, from_iso, iso

ENDING = ".csv"


class Outbox:
    """Our side of the folder."""

    def __init__(self, mailbox: Mailbox, journal: Journal, terms: Terms, clock: Clock) -> None:
        self._mailbox = mailbox
        self._journal = journal
        self._terms = terms
        self._clock = clock

    def recover(self) -> None:
        """Finish what a crash left between preparing and leaving."""
        with self._journal.turn() as pages:
            waiting = pages.leaving()
        for name in waiting:
            self._leave(name)

    def close_cuts(self) -> None:
        """Let every batch leave whose cut has come."""
        if self._terms.cut is None:
            return
        with self._journal.turn() as pages:
            due = pages.staged(self._clock.now())
            found = [
                self._prepare(pages, list(entries), from_iso(cut))
                for (_, cut), entries in groupby(due, key=lambda each: (each.object, each.cut))
            ]
        for name in found:
            self._leave(name)

    def submit(self, pages: Pages, entry: Entry) -> str:
        """Stage a document, or prepare its own file if there are no cuts; returns the file.

        Raises:
            SheetError: It cannot be written as agreed.
            UnknownFieldError: It has a value for which there is no column.
        """
        now = self._clock.now()
        staged = replace(entry, state=State.STAGED, cut=iso(self._terms.next_cut(now)))
        if self._terms.cut is None:
            return self._prepare(pages, [staged], None)
        self._content("trial", [staged])
        pages.put(staged)
        return ""

    def _prepare(self, pages: Pages, entries: Sequence[Entry], cut: datetime | None) -> str:
        name = batch_name(entries[0].object, [_document(entry) for entry in entries], cut)
        self._mailbox.prepare(f"{name}{ENDING}", self._content(name, entries))
        pages.leave(f"{name}{ENDING}")
        for entry in entries:
            sent = replace(entry, state=State.SENT, batch=name, drops=entry.drops + 1)
            pages.put(replace(sent, sent_at=iso(self._clock.now())))
        return f"{name}{ENDING}"

    def _content(self, name: str, entries: Sequence[Entry]) -> bytes:
        columns = self._terms.columns[entries[0].object]
        documents = [_document(entry) for entry in entries]
        return batch_file(name, documents, columns, self._terms.dialect)

    def _leave(self, name: str) -> None:
        """Let a prepared file leave, unless another worker has."""
        with self._journal.turn() as pages:
            if name not in pages.leaving():
                return
            now = iso(self._clock.now())  # the bound counts from when it left, not from a crash
            for entry in pages.of_batch(name.removesuffix(ENDING)):
                pages.put(replace(entry, sent_at=now))
            pages.left(name)
            if self._mailbox.is_prepared(name):
                self._mailbox.release(name)

    def send_off(self, name: str, entry: Entry, before: Entry | None) -> None:
        """Let the file of one document leave; if it surely did not, forget the attempt.

        Raises:
            CallFailed: It did not leave, and never will by itself.
            OSError: Nobody knows whether it left.
        """
        try:
            self._leave(name)
        except OSError as error:
            if self._take_back(name, entry, before):
                raise away(error) from None
            raise

    def _take_back(self, name: str, entry: Entry, before: Entry | None) -> bool:
        with self._journal.turn() as pages:
            if name not in pages.leaving() or not self._mailbox.is_prepared(name):
                return False
            pages.left(name)
            pages.forget(entry)
            if before is not None:
                pages.put(before)
        with suppress(OSError):  # a prepared file that nobody knows is written over, never sent
            self._mailbox.withdraw(name)
        return True


def _document(entry: Entry) -> Document:
    body: Body = json.loads(entry.body, parse_float=Decimal)
    return Document(key=entry.key, body=body, fingerprint=entry.fingerprint, attempt=entry.attempt)
