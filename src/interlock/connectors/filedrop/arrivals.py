"""Take in what the ERP wrote: whole files, each once, in one transaction each, or not at all.

A file that is being written is left alone. One that is wrong goes to quarantine with its reason
and an event `file.quarantined`; until a person takes it away, nothing is called absent, for the
file may be the one that names it.
"""

import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

from interlock.connectors.filedrop.answers import (
    OBJECTS,
    Answer,
    Line,
    Result,
    UnfinishedError,
    UnreadableFileError,
    answer_of,
)
from interlock.connectors.filedrop.journal import Entry, Journal, Pages, Shown, State
from interlock.connectors.filedrop.mailbox import Mailbox, TooLargeError
from interlock.connectors.filedrop.statement import Statement, statements
from interlock.connectors.filedrop.terms import Terms
from interlock.connectors.kit.document import render
from interlock.connectors.kit.masking import masked
from interlock.connectors.port import Body, Event
from interlock.foundation.clock import Clock, iso

ACKNOWLEDGEMENT: Final = ".ack.csv"
LEDGER: Final = "ledger-"
STATEMENT: Final = ".xml"
UPSERTED: Final = "customer"
"""It may be in the ledger before our version of it is."""
_SETTLED: Final = frozenset({State.DONE, State.STAGED})
_WAITING: Final = frozenset({State.SENT, State.APPROVAL})
Apply = Callable[[Pages], None]


class Arrivals:
    """Everything that arrives in one mailbox."""

    def __init__(self, mailbox: Mailbox, journal: Journal, terms: Terms, clock: Clock) -> None:
        self._mailbox = mailbox
        self._journal = journal
        self._terms = terms
        self._clock = clock

    def take_in(self) -> None:
        """Take in every file that is whole."""
        for name in self._mailbox.arrivals():
            try:
                taken = self._mailbox.take(name)
            except TooLargeError as error:
                self._put_aside(name, name.encode(), str(error))
                continue
            if taken is not None:
                self._take(name, *taken)

    def obstacle(self) -> str:
        """Return why nothing may be called absent; empty when all could be read."""
        aside = [name for name in self._mailbox.quarantined() if not _is_statement(name)]
        return f"{aside[0]} is in quarantine and may name it" if aside else ""

    def _take(self, name: str, content: bytes, written: float) -> None:
        try:
            apply = self._reading(name, content)
            self._apply(name, content, apply)
        except UnfinishedError as error:
            age = self._clock.now() - datetime.fromtimestamp(written, UTC)
            if age >= self._terms.stale:
                self._put_aside(name, content, f"it was never finished: {error}")
        except UnreadableFileError as error:
            self._put_aside(name, content, str(error))
        else:
            self._mailbox.archive(name)

    def _reading(self, name: str, content: bytes) -> Apply:
        """Return what the file says, as a change of the journal."""
        if _is_statement(name):
            found = statements(content)
            return lambda pages: _book(pages, found)
        if name.endswith(ACKNOWLEDGEMENT):
            answer = answer_of(content, self._terms)
            _check(answer)
            batch = name.removesuffix(ACKNOWLEDGEMENT)
            if answer.name != batch:
                raise UnreadableFileError(f"it is called {batch} and acknowledges {answer.name}")
            return lambda pages: self._acknowledge(pages, answer)
        if name.startswith(LEDGER):
            ledger = answer_of(content, self._terms)
            if ledger.name not in OBJECTS:
                raise UnreadableFileError(f"nobody knows the object {ledger.name}")
            return lambda pages: self._show(pages, ledger)
        raise UnreadableFileError("its name says neither .ack.csv, ledger-… nor .xml")

    def _apply(self, name: str, content: bytes, apply: Apply) -> None:
        digest = hashlib.sha256(name.encode() + b"\n" + content).hexdigest()
        with self._journal.turn() as pages:
            if not pages.has_arrived(digest):
                apply(pages)
                pages.arrived(digest, name, self._clock.now())

    def _put_aside(self, name: str, content: bytes, reason: str) -> None:
        """Quarantine a file; the event first, so that no crash between loses it."""
        now = self._clock.now()
        digest = hashlib.sha256(name.encode() + b"\n" + content).hexdigest()[:32]
        shown = masked(reason, (self._terms.folder_id,))
        body: dict[str, object] = {"name": name, "reason": shown, "at": iso(now)}
        with self._journal.turn() as pages:
            pages.tell(_event("file", "quarantined", (f"file:{digest}", name), body, now))
        self._mailbox.quarantine(name, shown)

    def _acknowledge(self, pages: Pages, answer: Answer) -> None:
        if answer.file is not None and answer.file.result != Result.ACCEPTED:
            for each in pages.of_batch(answer.name):
                self._settle(pages, each, answer.file, "")
        for line in answer.lines:
            known = pages.record(line.obj, line.number)
            if line.result == Result.ACCEPTED or (line.number and known is None):
                self._keep(pages, line, answer.as_of)
            entry = pages.entry(line.obj, line.reference)
            if entry is not None and entry.batch == answer.name:
                self._settle(pages, entry, line, line.number)

    def _settle(self, pages: Pages, entry: Entry, line: Line, number: str) -> None:
        """Note what the ERP said; what is done stays done, whatever is said later."""
        if entry.state in _SETTLED:
            return
        state = {
            Result.ACCEPTED: State.DONE if number else entry.state,
            Result.APPROVAL: State.APPROVAL,
            Result.REJECTED: State.REJECTED,
        }[Result(line.result)]
        words = masked(line.reason, (self._terms.folder_id,))
        pages.put(replace(entry, state=state, code=masked(line.code), message=words))

    def _keep(self, pages: Pages, line: Line, as_of: datetime) -> None:
        """Keep a document that the ERP named, and tell if that is news."""
        shown = Shown(
            object=line.obj,
            ref=line.number,
            reference=line.reference,
            body=line.body,
            as_of=as_of,
        )
        if pages.shows(shown):
            mark = hashlib.sha256(render(line.body)).hexdigest()[:16]
            name = f"{line.obj}:{line.number}:{iso(as_of)}:{mark}"
            about = (name, line.number)
            pages.tell(_event(line.obj, "changed", about, line.body, as_of))

    def _show(self, pages: Pages, ledger: Answer) -> None:
        """Take in everything that the ERP has of one object."""
        for line in ledger.lines:
            if not line.number or line.obj != ledger.name:
                raise UnreadableFileError("a line has no number, or is of another object")
            self._keep(pages, line, ledger.as_of)
            entry = pages.entry(line.obj, line.reference)
            if entry is not None and entry.state in _WAITING and _shows(line, entry):
                pages.put(replace(entry, state=State.DONE))
        pages.showed_all(ledger.name, ledger.as_of)


def _shows(line: Line, entry: Entry) -> bool:
    """Tell whether a ledger's line proves the document: of a customer, that our version is in."""
    if line.obj != UPSERTED:
        return True
    asked = json.loads(entry.body)
    return all(line.body.get(name, value) == value for name, value in asked.items())


def _check(answer: Answer) -> None:
    """Raise unless every line says something that is known (F19)."""
    for line in [*answer.lines, *([answer.file] if answer.file else [])]:
        if line.result not in set(Result):
            raise UnreadableFileError(f"nobody knows the result {line.result[:40]}")
        needs_number = line.result == Result.ACCEPTED and line is not answer.file
        if needs_number and not line.number:
            raise UnreadableFileError("an accepted line has no number")


def _book(pages: Pages, found: list[Statement]) -> None:
    for statement in found:
        digest = hashlib.sha256(
            render([statement.body, *(payment.body for payment in statement.payments)])
        ).hexdigest()
        known = pages.statement(statement.id)
        if known == digest:
            continue
        if known is not None:
            raise UnreadableFileError(f"statement {statement.id} came before with other content")
        pages.keep_statement(statement.id, digest)
        about = (f"statement:{statement.id}", statement.id)
        pages.tell(_event("statement", "received", about, statement.body, statement.at))
        for payment in statement.payments:
            named = (f"payment:{payment.ref}", payment.ref)
            pages.tell(_event("payment", "booked", named, payment.body, statement.at))


def _event(obj: str, verb: str, about: tuple[str, str], body: Body, at: datetime) -> Event:
    id_, ref = about
    return Event(id=id_, type=f"{obj}.{verb}", object=obj, ref=ref, body=body, at=at)


def _is_statement(name: str) -> bool:
    return name.lower().endswith(STATEMENT)
