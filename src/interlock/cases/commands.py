"""Everything that changes a case: `collect`, `assign`, `comment`, `answer`.

Each writes what it did into the case's own audit stream, in the same transaction. An answer is
told to the flow first: whether the run can still be answered is the flow's to say, and what the
flow wrote reaches the case again through the trail, so a crash in between leaves nothing undone.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final, Protocol

from interlock.audit import order, trail
from interlock.audit.chain import Head
from interlock.audit.entry import Entry
from interlock.audit.order import Page
from interlock.cases import store
from interlock.cases.case import ANSWERS, NEED_A_REASON, Answer, Case, CaseKind, State, may_move
from interlock.cases.intake import WANTED, Change, take_in
from interlock.cases.sent import before
from interlock.cases.separation import must_be_another
from interlock.cases.store import Filed
from interlock.cases.weighing import Weighing
from interlock.flow.core.facts import Answer as Said
from interlock.foundation.clock import Clock
from interlock.foundation.database import Connection, Database
from interlock.foundation.errors import RefusedError, UnavailableError, UsageError

PAGE: Final = 1_000
LONGEST_COMMENT: Final = 4_000
GAP_LOOKED_AT: Final = "somebody compared the systems"
COLLECTOR: Final = "cases"
"""The reader of the trail, and the actor of what follows from it by itself."""


class AnswerRun(Protocol):
    """Tells the flow what a person decided: `interlock.flow.commands.answer`."""

    def __call__(  # noqa: PLR0913 (the flow's command, named arguments only)
        self,
        database: Database,
        run_id: str,
        *,
        answer: Said,
        by: str,
        reason: str,
        correction: Mapping[str, object] | None,
        clock: Clock,
    ) -> None:
        """Record the answer and let the run go on; raises `RefusedError` if it cannot."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What a person says to a case, and who it is."""

    answer: Answer
    by: str
    reason: str = ""
    correction: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Collected:
    """What reading the trail brought."""

    entries: int
    opened: int
    changed: int
    closed: int


def collect(database: Database, weighing: Weighing | None = None) -> Collected:
    """Read what is new in the trail; open, change and close cases by it.

    Follows the gapless order (`audit.order`), so an entry that was committed late is read late and
    never missed; the cursor moves in the same transaction, so none is read twice.
    """
    order.number(database)
    seen, changes, more = 0, list[Change](), True
    while more:
        with database.transaction() as connection:
            page = order.take_up(connection, COLLECTOR, PAGE, WANTED)
            changes += _taken_in(connection, page, weighing or Weighing())
        seen, more = seen + page.read, page.more
    return _counted(seen, changes)


def _taken_in(connection: Connection, page: Page, weighing: Weighing) -> list[Change]:
    found = _filed_for(connection, {entry.stream for entry in page.entries})
    live = {stream: filed.case for stream, filed in found.items()}
    heads = {filed.case.id: filed.head for filed in found.values()}
    changes = take_in(live, page.entries, weighing)
    for change in changes:
        _file(connection, change, heads)
    return changes


def _counted(seen: int, changes: list[Change]) -> Collected:
    opened = sum(change.before is None for change in changes)
    closed = sum(not change.after.live for change in changes)
    return Collected(
        entries=seen, opened=opened, closed=closed, changed=len(changes) - opened - closed
    )


def _filed_for(connection: Connection, streams: set[str]) -> dict[str, Filed]:
    found = ((stream, store.live(connection, stream)) for stream in sorted(streams))
    return {stream: filed for stream, filed in found if filed is not None}


def _file(connection: Connection, change: Change, heads: dict[str, Head]) -> None:
    case = change.after
    verb = "opened" if change.before is None else "changed" if case.live else "closed"
    told = Entry(
        action=f"case.{verb}",
        at=change.entry.at,
        actor=COLLECTOR,
        data={**_facts(case), "from": change.entry.action, "entry": change.entry.hash},
        mentions=_mentions(case) if change.before is None else {},
    )
    was = heads.get(case.id, store.UNFILED)
    head = trail.append(connection, store.stream_of(case.id), was, [told])
    heads[case.id] = head
    if change.before is None:
        store.insert(connection, case, head)
    else:
        _updated(connection, Filed(case=case, head=was), head)


def _facts(case: Case) -> dict[str, object]:
    return {
        "state": case.state,
        "run": case.stream,
        "kind": case.kind,
        "cause": case.cause,
        "owner": case.owner,
        "due": case.due_at,
        "why": case.closed_why,
    }


def _mentions(case: Case) -> dict[str, str]:
    return {"case": case.id, "run": case.stream, **({"key": case.key} if case.key else {})}


def assign(database: Database, case: str, to: str, *, by: str, clock: Clock) -> Case:
    """Give a case to a person.

    Raises:
        RefusedError: It is answered or closed already.
        UsageError: There is no such case, or nobody is named.
    """
    if not to.strip():
        raise UsageError(
            "nobody is named", hint="Say to whom, e.g. `ana` or `group:finance-systems`."
        )
    with database.transaction() as connection:
        filed = store.get(connection, case)
        _must_move(filed.case, State.ASSIGNED)
        after = replace(filed.case, state=State.ASSIGNED, assignee=to)
        told = Entry(action="case.assigned", at=clock.now(), actor=f"user:{by}", data={"to": to})
        _written(connection, filed, after, told)
    return after


def comment(database: Database, case: str, text: str, *, by: str, clock: Clock) -> Case:
    """Write down what somebody has to say to a case; open or closed, it stays in its record.

    Raises:
        UsageError: There is no such case, or nothing is said.
    """
    said = text.strip()
    if not said or len(said) > LONGEST_COMMENT:
        raise UsageError(
            f"a comment has 1 to {LONGEST_COMMENT} characters", hint="Say it in fewer words."
        )
    with database.transaction() as connection:
        filed = store.get(connection, case)
        told = Entry(
            action="case.commented", at=clock.now(), actor=f"user:{by}", data={"text": said}
        )
        _written(connection, filed, filed.case, told)
    return filed.case


def answer(
    database: Database, case: str, decision: Decision, *, tell: AnswerRun, clock: Clock
) -> Case:
    """Decide a case: tell its run, and record who said what and why.

    Raises:
        RefusedError: This case does not take this answer, its run went on meanwhile, or it would
            be approved by who decided how it goes on.
        UsageError: A reason or a correction is missing.
    """
    with database.transaction() as connection:
        filed = store.get(connection, case)
    _must_be_answerable(filed.case, decision)
    if filed.case.kind is CaseKind.APPROVAL:
        entries = trail.read(database, filed.case.stream)
        must_be_another(filed.case, decision.answer, decision.by, entries)
    was = before(database, filed.case, decision.correction)
    if filed.case.kind is not CaseKind.GAP:
        tell(
            database,
            filed.case.stream,
            answer=decision.answer.value,
            by=decision.by,
            reason=decision.reason,
            correction=decision.correction or None,
            clock=clock,
        )
    return _answered(database, filed.case.id, decision, was, clock)


def _answered(
    database: Database,
    case: str,
    decision: Decision,
    was: Mapping[str, object],
    clock: Clock,
) -> Case:
    with database.transaction() as connection:
        filed = store.get(connection, case)
        told = Entry(
            action="case.answered",
            at=clock.now(),
            actor=f"user:{decision.by}",
            data={
                "answer": decision.answer,
                "reason": decision.reason,
                "before": was,
                "after": decision.correction,
            },
        )
        after = filed.case
        if may_move(after, State.ANSWERED):
            after = replace(
                after,
                state=State.ANSWERED,
                answer=decision.answer,
                answered_by=decision.by,
                reason=decision.reason,
            )
        if after.kind is CaseKind.GAP:
            after = replace(after, state=State.CLOSED, closed_at=told.at, closed_why=GAP_LOOKED_AT)
        # A collector may have been faster; who decided is recorded all the same.
        _written(connection, filed, after, told)
    return after


def _must_be_answerable(case: Case, decision: Decision) -> None:
    _must_move(case, State.ANSWERED)
    allowed = ANSWERS[case.kind]
    if decision.answer not in allowed:
        known = ", ".join(sorted(allowed))
        raise RefusedError(
            f"a case of kind {case.kind} does not take the answer `{decision.answer}`",
            hint=f"Answer {known}." if known else case.remedy,
        )
    if decision.answer in NEED_A_REASON and not decision.reason.strip():
        raise UsageError(
            f"`{decision.answer}` needs a reason",
            hint="Say why with --reason: an auditor will ask.",
        )
    if (decision.answer is Answer.CORRECT) != bool(decision.correction):
        raise UsageError(
            "the answer `correct`, and only it, comes with values",
            hint="Write --set ENTITY.FIELD=VALUE with --answer correct.",
        )


def _must_move(case: Case, state: State) -> None:
    if may_move(case, state):
        return
    said = f" ({case.answer} by {case.answered_by})" if case.answer else ""
    raise RefusedError(
        f"case {case.id} is {case.state}{said} and cannot become {state}",
        hint=case.closed_why or "Its run is about to go on; look again in a moment.",
    )


def _written(connection: Connection, filed: Filed, after: Case, told: Entry) -> None:
    head = trail.append(connection, store.stream_of(after.id), filed.head, [told])
    _updated(connection, Filed(case=after, head=filed.head), head)


def _updated(connection: Connection, filed: Filed, head: Head) -> None:
    if not store.update(connection, filed.case, head, filed.head):
        raise UnavailableError(
            f"case {filed.case.id} was changed by someone else in this moment",
            hint="Look at it again, then decide again.",
        )
