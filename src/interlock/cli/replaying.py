"""What `interlock replay` does: choose, drive, report. Apart, because it needs the whole house."""

from collections.abc import Callable
from pathlib import Path

from interlock.bootstrap.house import Store
from interlock.cases import commands
from interlock.cases import store as cases
from interlock.cases.case import Answer, Which
from interlock.cases.replaying import Replayed, Selection, Target, carry_out, parked, together
from interlock.cli.office import open_office
from interlock.cli.replay import Chosen, Manner
from interlock.cli.terminal import print_json, print_table, safe, whoever
from interlock.flow import commands as flow
from interlock.foundation.errors import UsageError
from interlock.insight.summary import runs_in, summary
from interlock.insight.trace import trace


def replay_all(chosen: Chosen, manner: Manner, home: Path | None, *, as_json: bool) -> int:
    """Replay what is chosen in that manner; return the exit code."""
    with open_office(home) as store:
        whole = _selected(store, chosen)
        now = whole.first(manner.canary)
        done = Replayed(done=(), refused=())
        if not manner.dry_run:
            done = carry_out(now, _driver(store, manner))
    _report(manner, whole, now, done, as_json=as_json)
    if not whole.targets:
        return 2
    return 1 if done.refused else 0


def _selected(store: Store, chosen: Chosen) -> Selection:
    found: list[Selection] = []
    if chosen.case:
        found.append(_of_case(store, chosen.case))
    if chosen.key:
        found.append(_of_id(store, chosen.key))
    if chosen.integration or chosen.kind:
        which = Which(integration=chosen.integration, cause=chosen.kind)
        found.append(parked(store.database, which))
    if chosen.finished:
        found.append(_finished(store, chosen.integration))
    return together(found)


def _of_case(store: Store, case: str) -> Selection:
    with store.database.transaction() as connection:
        found = cases.get(connection, case).case
    target = Target(
        run=found.stream, money=found.money, case=found.id, cause=found.cause, key=found.key
    )
    return Selection(targets=(target,))


def _of_id(store: Store, any_id: str) -> Selection:
    targets = []
    for told in trace(store.database, any_id, limit=1_000).transactions:
        live = next((case for case in told.cases if case.live), None)
        if live is not None:
            targets.append(
                Target(
                    run=told.run, money=told.money, case=live.id, cause=live.cause, key=told.key
                )
            )
        elif told.state == "completed":
            targets.append(Target(run=told.run, money=told.money, cause="finished", key=told.key))
    return Selection(targets=tuple(targets))


def _finished(store: Store, integration: str) -> Selection:
    if not integration:
        hint = "Give --integration with --finished."
        raise UsageError("of which integration?", hint=hint)
    summary(store.database)
    found = runs_in(store.database, integration, "completed")
    return Selection(
        targets=tuple(Target(run=run, money=money, cause="finished") for run, money in found)
    )


def _driver(store: Store, manner: Manner) -> Callable[[Target], object]:
    by = whoever(manner.by)
    retry = commands.Decision(answer=Answer.RETRY, by=by, reason=manner.reason)

    def drive(target: Target) -> object:
        if target.case:
            return commands.answer(
                store.database, target.case, retry, tell=flow.answer, clock=store.clock
            )
        return flow.replay(
            store.database, target.run, by=by, reason=manner.reason, clock=store.clock
        )

    return drive


def _report(
    manner: Manner, whole: Selection, now: Selection, done: Replayed, *, as_json: bool
) -> None:
    left = len(whole.targets) - (0 if manner.dry_run else len(now.targets))
    if as_json:
        print_json(
            {
                "dry_run": manner.dry_run,
                "selected": len(whole.targets),
                "would_replay": len(now.targets),
                "money": whole.money,
                "causes": whole.causes,
                "left_out": whole.left_out,
                "replayed": [target.run for target in done.done],
                "refused": [{"run": target.run, "why": why} for target, why in done.refused],
                "left": left,
            }
        )
        return
    print_table("by cause", ["cause", "runs"], sorted(whole.causes.items()))
    print_table("money", ["currency", "amount"], list(whole.money.items()))
    print_table("left out", ["why", "cases"], sorted(whole.left_out.items()))
    for target, why in done.refused:
        print(f"refused: {safe(target.key or target.run)}: {safe(why)}")
    if manner.dry_run:
        print(f"would replay {len(now.targets)} of {len(whole.targets)}; nothing was done")
    else:
        print(f"{len(done.done)} go on again, {len(done.refused)} refused, {left} left for later")
