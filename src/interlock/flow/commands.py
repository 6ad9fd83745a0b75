"""What other rooms may ask of the flow: each command is one transaction and may be repeated."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from interlock.audit import GENESIS, Entry, trail
from interlock.estate.plan import Plan
from interlock.flow.core.facts import Answer, Answered, Changed, Fact, Started, as_json
from interlock.flow.run import ENDS, RANKS, Run, State, kept_under, run_id, run_of
from interlock.flow.store import QUERIES, wake
from interlock.foundation.clock import Clock, iso
from interlock.foundation.database import Connection, Database, one
from interlock.foundation.errors import RefusedError, UsageError
from interlock.foundation.ids import derived
from interlock.foundation.values import dump


@dataclass(frozen=True, slots=True, kw_only=True)
class Begin:
    """Start a run for a record that an event told of."""

    plan: Plan
    key: str
    ref: str
    """The vendor's id of the record."""
    version: str = ""
    """The vendor's version of the record: a run for every change needs one."""
    why: str = ""
    actor: str = "intake"
    correlation: str = ""
    """The business transaction that the event says it belongs to (CloudEvents correlation)."""
    again: bool = False
    """It comes after a run that was taken back: only if the record asks for something else."""


def begin(connection: Connection, wanted: Begin, now: datetime) -> str | None:
    """Start the run in the caller's transaction; return its id, or ``None`` if there is one.

    The identity of a run is its integration, its business key and its generation: the same event
    twice, or ten workers at once, start it exactly once (F12, F22).
    """
    generation = _generation(wanted, latest(connection, wanted.plan.integration, wanted.key))
    if generation is None:
        return None
    identity = run_id(wanted.plan.integration, wanted.key, generation)
    entry = Entry(
        action="run.started",
        at=now,
        actor=wanted.actor,
        data={
            "integration": wanted.plan.integration,
            "key": wanted.key,
            "generation": generation,
            "estate": wanted.plan.digest,
            "trigger": {"system": wanted.plan.trigger.system, "ref": wanted.ref},
            "version": wanted.version,
            "why": wanted.why,
        },
        mentions={wanted.plan.trigger.entity: wanted.ref, "key": wanted.key, "run": identity},
    )
    fact = Started(
        at=now,
        ref=wanted.ref,
        cause=wanted.version,
        correlation=wanted.correlation,
        again=wanted.again,
    )
    made = connection.execute(
        QUERIES["start"],
        {
            "id": identity,
            "integration": wanted.plan.integration,
            "key": wanted.key,
            "generation": generation,
            "estate": wanted.plan.digest,
            "criticality": RANKS[wanted.plan.criticality],
            "length": 1,
            "head_position": 1,
            "head_hash": "",
            "at": iso(now),
        },
    )
    if not made:
        return None
    if generation > 1:
        of_key = {"integration": wanted.plan.integration, "key": wanted.key}
        connection.execute(QUERIES["forget_replays"], of_key)
    head = trail.append(connection, identity, GENESIS, [entry])
    connection.execute(QUERIES["set_head"], {"id": identity, "hash": head.hash})
    row = {"run": identity, "seq": 1, "segment": 0, "body": dump(as_json(fact))}
    connection.execute(QUERIES["add_fact"], row)
    return identity


def _generation(wanted: Begin, last: Run | None) -> int | None:
    """Return which generation to start; ``None`` when the event calls for no new run."""
    if last is None:
        return 1
    if last.state not in ENDS:
        return None
    undone = last.state in {State.COMPENSATED, State.CANCELLED}
    if undone or wanted.plan.trigger.each == "change":
        return last.generation + 1
    return None


def latest(connection: Connection, integration: str, key: str) -> Run | None:
    """Return the last run of this business key."""
    row = one(connection.rows(QUERIES["latest"], {"integration": integration, "key": key}))
    return None if row is None else run_of(row)


def was_changed(connection: Connection, run: Run) -> bool:
    """Return whether `run` was ever told of a change of its source record."""
    return one(connection.rows(QUERIES["was_changed"], {"run": run.id})) is not None


def change(
    connection: Connection,
    run: Run,
    *,
    what: Literal["amended", "cancelled"],
    message: str,
    state: str,
    now: datetime,
) -> None:
    """Tell a run that its source record was amended or withdrawn (F21); a completed one too.

    `state` is the digest of what is carried of the record now: what was decided about it is not
    asked again at every later event that shows the same.
    """
    fact = Changed(at=now, what=what, message=message, late=run.state is State.COMPLETED)
    _address(connection, run.id, fact, derived(run.id, what, state), now)


def hear(
    connection: Connection,
    *,
    event_id: str,
    integration: str,
    names: tuple[str, str, str],
    value: Mapping[str, object],
    now: datetime,
) -> None:
    """Keep an event under (system, event, correlation), and wake who listens for it.

    It is kept for one integration: two that wait for the same payment both hear of it.
    """
    system, event, correlation = names
    known = {"system": system, "event": event, "correlation": kept_under(integration, correlation)}
    connection.execute(
        QUERIES["add_signal"],
        {
            "id": derived(event_id, *names, integration),
            "run": None,
            "kind": "event",
            **known,
            "body": dump(dict(value)),
            "at": iso(now),
        },
    )
    listening = {**known, "correlation": correlation, "integration": integration}
    for row in connection.rows(QUERIES["listeners"], listening):
        wake(connection, str(row["id"]), now)


def answer(  # noqa: PLR0913 (who, what and why of a decision belong together)
    database: Database,
    run_id: str,
    *,
    answer: Answer,
    by: str,
    reason: str,
    correction: Mapping[str, object] | None,
    clock: Clock,
) -> None:
    """Give a parked or asking run a person's decision.

    Raises:
        UsageError: There is no such run, it does not ask, or the answer does not fit.
    """
    now = clock.now()
    with database.transaction() as connection:
        run = _existing(connection, run_id)
        _check(run, answer, correction)
        fact = Answered(
            at=now,
            answer=answer,
            by=by,
            reason=reason,
            correction=correction,
            path=run.path or "",
        )
        # A double click is one answer: the same question, the same person, the same words.
        identity = derived(run_id, str(run.length), answer, by, reason)
        _address(connection, run_id, fact, identity, now)


def replay(database: Database, run_id: str, *, by: str, reason: str, clock: Clock) -> str:
    """Drive a run again under the same identity; what it did already is not done again (I6).

    Returns what was asked for: ``retry`` for a parked run, ``again`` for a finished one.

    Raises:
        RefusedError: A newer run of the same business key exists: the older one would put back
            what has changed since.
    """
    with database.transaction() as connection:
        run = _existing(connection, run_id)
        last = latest(connection, run.integration, run.key)
        if last is not None and last.generation > run.generation:
            raise RefusedError(
                f"`{run_id}` was followed by a newer run of `{run.key}`",
                hint=f"Replay that one: {last.id}. It carries the record as it is now.",
            )
        if run.state is State.COMPLETED:
            said = {"by": by, "answer": "replay", "reason": reason}
            entry = Entry(action="run.replayed", at=clock.now(), actor=f"user:{by}", data=said)
            head = trail.append(connection, run.id, run.head, [entry])
            wanted = {"id": run.id, "now": iso(clock.now()), "hash": head.hash}
            connection.execute(QUERIES["again"], {**wanted, "position": head.position})
            return "again"
    answer(database, run_id, answer="retry", by=by, reason=reason, correction=None, clock=clock)
    return "retry"


def _existing(connection: Connection, run_id: str) -> Run:
    row = one(connection.rows(QUERIES["run"], {"id": run_id}))
    if row is None:
        raise UsageError(f"there is no run `{run_id}`", hint="`interlock trace ID` finds runs.")
    return run_of(row)


def _check(run: Run, answer: Answer, correction: Mapping[str, object] | None) -> None:
    asking = run.state is State.ASKING
    if run.state not in {State.PARKED, State.ASKING}:
        raise UsageError(
            f"`{run.id}` is {run.state} and asks nothing", hint="Only parked runs take answers."
        )
    if asking != (answer in {"approve", "deny"}):
        hint = "Answer approve or deny." if asking else "Answer retry, correct, skip, accept …"
        raise UsageError(f"`{answer}` does not answer the question of `{run.id}`", hint=hint)
    if (answer == "correct") != bool(correction):
        raise UsageError(
            "a correction comes with the answer `correct`, and only with it",
            hint="Give --set FIELD=VALUE with it.",
        )


def _address(connection: Connection, run: str, fact: Fact, identity: str, now: datetime) -> None:
    connection.execute(
        QUERIES["add_signal"],
        {
            "id": identity,
            "run": run,
            "kind": fact.TAG,
            "system": None,
            "event": None,
            "correlation": None,
            "body": dump(as_json(fact)),
            "at": iso(now),
        },
    )
    wake(connection, run, now)
