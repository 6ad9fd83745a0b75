"""``interlock doctor``: what is configured, reachable, permitted and expiring."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Annotated, Final

from cyclopts import Parameter

from interlock.bootstrap.doctor.examination import Doctor
from interlock.bootstrap.doctor.item import Examined, Item, State, worst
from interlock.cli.terminal import Json, print_json, safe
from interlock.estate.estate import Estate
from interlock.foundation.errors import UsageError

CODES: Final[Mapping[State, int]] = {State.PROBLEM: 1, State.UNKNOWN: 2}
"""Everything else is 0: what ends soon is fine today, and the report says so."""
AT_ONCE: Final = 8
"""Connections that are examined at the same time: one that is away keeps nobody waiting."""
_SIGNS: Final[Mapping[State, str]] = {
    State.FINE: "ok",
    State.SOON: "SOON",
    State.PROBLEM: "PROBLEM",
    State.UNKNOWN: "UNKNOWN",
    State.UNTOLD: "-",
}


def doctor(
    directory: Path | None = None,
    *,
    connection: Annotated[Sequence[str], Parameter(negative="")] = (),
    offline: Annotated[bool, Parameter(negative="")] = False,
    home: Path | None = None,
    json: Json = False,
) -> int:
    """Examine every connection: configured, reachable, permitted, fitting, expiring.

    Asks each system by its cheapest authenticated reads and changes nothing. What could not be
    found out is UNKNOWN and never fine; "-" is what the system does not tell.

    Exit codes: 0 fine or soon, 1 a problem, 2 no problem, and something could not be found out,
    3 wrong use.

    Example: ``interlock doctor --connection crm``

    Args:
        directory: An estate in files; without it the one that was applied to this installation.
        connection: Only this system, subscription or channel; may be given several times.
        offline: Only what can be said without asking anybody: references and expiry.
        home: Where the installation lives.
        json: One JSON object instead of a report.
    """
    from interlock.bootstrap.doctor.opening import examining

    with examining(home, directory, offline=offline) as examination:
        found = list(_examined(examination, connection))
    state = worst(each.state for each in found)
    if json:
        print_json({"state": state, "connections": [_plain(each) for each in found]})
    else:
        _print(found)
    return CODES.get(state, 0)


def _examined(examination: Doctor, wanted: Sequence[str]) -> Iterator[Examined]:
    estate = examination.estate
    unknown = [name for name in wanted if name not in _names(estate)]
    if unknown or not _names(estate):
        raise UsageError(
            f"there is no connection `{unknown[0]}`" if unknown else "there are no connections",
            hint=f"The estate has: {', '.join(_names(estate)) or 'none; apply one first'}.",
        )

    jobs = _jobs(examination, frozenset(wanted or _names(estate)))
    with ThreadPoolExecutor(AT_ONCE) as pool:
        yield from pool.map(lambda job: job(), jobs)


def _jobs(examination: Doctor, wanted: frozenset[str]) -> list[Callable[[], Examined]]:
    estate = examination.estate
    jobs: list[tuple[str, Callable[[], Examined]]] = [
        *((each.name, partial(examination.system, each)) for each in estate.systems.values()),
        *(
            (each.name, partial(examination.subscription, each))
            for each in estate.subscriptions.values()
        ),
        *((each.name, partial(examination.channel, each)) for each in estate.channels.values()),
    ]
    return [job for name, job in jobs if name in wanted]


def _names(estate: Estate) -> list[str]:
    return [*estate.systems, *estate.subscriptions, *estate.channels]


def _plain(found: Examined) -> Mapping[str, object]:
    return {
        "connection": found.connection,
        "kind": found.kind,
        "state": found.state,
        "items": found.items,
    }


def _print(found: Sequence[Examined]) -> None:
    for each in found:
        untold = f", {each.untold} not told" if each.untold else ""
        print(f"{safe(each.connection)} ({each.kind}): {each.state}{untold}")
        for item in each.items:
            print("\n".join(_lines(item)))
    counts = {state: sum(each.state is state for each in found) for state in State}
    told = ", ".join(f"{many} {state}" for state, many in counts.items() if many)
    print(f"{len(found)} examined: {told}.")


def _lines(item: Item) -> Iterator[str]:
    yield f"  {_SIGNS[item.state]:<8} {item.question:<10} {safe(item.said)}"
    if item.next and item.state is not State.FINE:
        yield f"  {'':<8} {'':<10} -> {safe(item.next)}"
