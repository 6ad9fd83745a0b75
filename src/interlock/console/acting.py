"""Everything that the console changes: it asks who may, then calls the command of the room below.

Pages and API both come by here, so neither can do what the other may not.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from interlock.access import Act
from interlock.cases import Answer, Case, commands
from interlock.cases import store as cases
from interlock.cases.case import Which
from interlock.cases.commands import Decision
from interlock.cases.replaying import Replayed, Selection, carry_out, parked
from interlock.console.door import Ask, forbidden, not_there
from interlock.flow import commands as flow
from interlock.foundation.errors import RefusedError, UsageError
from interlock.reconciliation import deciding
from interlock.reconciliation import store as breaks
from interlock.reconciliation.decision import Decision as Decided
from interlock.reconciliation.definition import definition_of
from interlock.reconciliation.store import Kept

APPROVING: Final = frozenset({Answer.APPROVE, Answer.DENY})
AT_ONCE: Final = 1_000
"""Runs of one replay: more are a canary, a look, and the next."""


def case_of(ask: Ask, identity: str, act: Act = Act.SEE) -> Case:
    """Return a case that may be seen, and on which this may be done.

    Raises:
        RefusalError: There is none, it may not be seen, or that may not be done with it.
    """
    try:
        with ask.desk.database.transaction() as connection:
            found = cases.get(connection, identity).case
    except UsageError as error:
        raise not_there("case") from error
    scope = ask.desk.scope_of_case(found)
    if found.id != identity or not ask.viewer.sees(scope):
        raise not_there("case")
    if not ask.viewer.may(act, scope):
        raise forbidden(act)
    return found


def assign(ask: Ask, identity: str, to: str) -> Case:
    """Give a case to somebody."""
    case = case_of(ask, identity, Act.WORK)
    desk = ask.desk
    return commands.assign(
        desk.writing, case.id, to[:200], by=ask.viewer.name, clock=desk.store.clock
    )


def comment(ask: Ask, identity: str, text: str) -> Case:
    """Write something down with a case."""
    case = case_of(ask, identity, Act.WORK)
    desk = ask.desk
    return commands.comment(
        desk.writing, case.id, text, by=ask.viewer.name, clock=desk.store.clock
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What is said to a case."""

    answer: Answer
    reason: str = ""
    correction: Mapping[str, object] | None = None


def answer(ask: Ask, identity: str, said: Said) -> Case:
    """Decide a case."""
    act = Act.APPROVE if said.answer in APPROVING else Act.ANSWER
    case = case_of(ask, identity, act)
    desk = ask.desk
    decision = Decision(
        answer=said.answer,
        by=ask.viewer.name,
        reason=said.reason,
        correction=said.correction or {},
    )
    return commands.answer(
        desk.writing, case.id, decision, tell=flow.answer, clock=desk.store.clock
    )


def answer_of(text: str) -> Answer:
    """Read an answer.

    Raises:
        UsageError: It is none.
    """
    try:
        return Answer(text)
    except ValueError as error:
        hint = f"There are: {', '.join(Answer)}."
        raise UsageError(f"`{text[:50]}` is no answer", hint=hint) from error


def chosen(ask: Ask, which: Which) -> Selection:
    """Return the parked runs that are meant and that may be replayed by who asks."""
    whole = parked(ask.desk.database, which)
    with ask.desk.database.transaction() as connection:
        targets = tuple(
            target
            for target in whole.targets
            if ask.viewer.may(
                Act.REPLAY, ask.desk.scope_of_case(cases.get(connection, target.case).case)
            )
        )
    left_out = dict(whole.left_out)
    if len(targets) < len(whole.targets):
        left_out["not yours to replay"] = len(whole.targets) - len(targets)
    return Selection(targets=targets, left_out=left_out)


def replay(ask: Ask, selection: Selection, reason: str) -> Replayed:
    """Try the runs of a selection again; each is an answer with a person and a reason.

    Raises:
        UsageError: No reason is given, or there are too many for one time.
    """
    if not reason.strip():
        raise UsageError("a replay needs a reason", hint="Say why: it stays with every run.")
    if len(selection.targets) > AT_ONCE:
        raise RefusedError(
            f"{len(selection.targets)} runs are too many for one time",
            hint=f"Replay a few first, then up to {AT_ONCE} at once.",
        )
    desk = ask.desk
    retry = Decision(answer=Answer.RETRY, by=ask.viewer.name, reason=reason)
    return carry_out(
        selection,
        lambda target: commands.answer(
            desk.writing, target.case, retry, tell=flow.answer, clock=desk.store.clock
        ),
    )


def break_of(ask: Ask, identity: str, act: Act = Act.SEE) -> Kept:
    """Return a break that may be seen, and on which this may be done.

    Raises:
        RefusalError: There is none, it may not be seen, or that may not be done with it.
    """
    with ask.desk.database.transaction() as connection:
        found = breaks.find(connection, identity)
    if found is None:
        raise not_there("break")
    scope = ask.desk.scope_of_break(found.name, found.legal_entity)
    if not ask.viewer.sees(scope):
        raise not_there("break")
    if not ask.viewer.may(act, scope):
        raise forbidden(act)
    return found


def give_up(ask: Ask, identity: str, reason: str, until: date | None) -> Decided:
    """Write a break off; or, until a day, carry it forward."""
    kept = break_of(ask, identity, Act.ANSWER)
    desk = ask.desk
    said = deciding.Said(by=ask.viewer.name, reason=reason, until=until)
    definition = definition_of(desk.estate(), kept.name)
    made = deciding.give_up(desk.writing, definition, kept.id, said, desk.store.clock)
    commands.collect(desk.writing)
    return made


def match(ask: Ask, identities: list[str], reason: str) -> Decided:
    """Say that the records of several breaks of one reconciliation belong together.

    Raises:
        UsageError: They are of several reconciliations, or none is named.
    """
    kept = [break_of(ask, identity, Act.ANSWER) for identity in identities]
    names = {each.name for each in kept}
    if len(names) != 1:
        raise UsageError(
            "these are no breaks of one reconciliation", hint="Pick those of one, at least one."
        )
    desk = ask.desk
    said = deciding.Said(by=ask.viewer.name, reason=reason)
    definition = definition_of(desk.estate(), names.pop())
    named = [each.id for each in kept]
    made = deciding.match(desk.writing, definition, named, said, desk.store.clock)
    commands.collect(desk.writing)
    return made


def decision_of(ask: Ask, identity: str, act: Act = Act.SEE) -> Decided:
    """Return a decision about breaks that may be seen, and on which this may be done.

    Raises:
        RefusalError: There is none, it may not be seen, or that may not be done with it.
    """
    try:
        with ask.desk.database.transaction() as connection:
            found = breaks.decision(connection, identity)
            about = [breaks.find(connection, each) for each in found.breaks]
    except UsageError as error:
        raise not_there("decision") from error
    scopes = [
        ask.desk.scope_of_break(found.name, each.legal_entity if each else "")
        for each in about or [None]
    ]
    if not all(map(ask.viewer.sees, scopes)):
        raise not_there("decision")
    if not all(ask.viewer.may(act, scope) for scope in scopes):
        raise forbidden(act)
    return found


def approve(ask: Ask, identity: str) -> Decided:
    """Agree, as a second person, to what somebody proposed."""
    found = decision_of(ask, identity, Act.APPROVE)
    desk = ask.desk
    made = deciding.approve(desk.writing, found.id, ask.viewer.name, desk.store.clock)
    commands.collect(desk.writing)
    return made
