"""``interlock events``: who was told what, who was not, and telling it again."""

import json as json_reader
from pathlib import Path
from typing import Annotated, Final

from cyclopts import App, Parameter

from interlock.cli.terminal import Json, print_facts, print_json, print_table, whoever
from interlock.foundation.errors import UsageError
from interlock.relay.deliveries import EVERYTHING, Which

app = App(name="events", help="List, show and deliver again what was told to subscribers.")
_COLUMNS: Final = ["event", "to", "state", "attempts", "type", "key", "due", "said"]


@app.command(name="list")
def list_(
    which: Annotated[Which, Parameter(name="*")] = EVERYTHING,
    *,
    limit: int = 50,
    home: Path | None = None,
    json: Json = False,
) -> int:
    """List deliveries, the latest first.

    Example: ``interlock events list --state dead --to warehouse``

    Args:
        which: Which ones.
        limit: At most so many.
        home: Where the installation lives.
        json: One JSON object instead of a table.
    """
    from interlock.bootstrap.house import open_existing
    from interlock.relay.deliveries import Deliveries

    with open_existing(home) as store:
        deliveries = Deliveries(store.database)
        found = deliveries.listed(which, limit)
        counts, held = deliveries.counts(), deliveries.held()
    if json:
        print_json({"deliveries": found, "counts": counts, "held": list(held.values())})
        return 0
    names = ("event", "subscriber", "state", "attempts", "type", "key", "due_at", "said")
    print_table("", _COLUMNS, [[row[name] for name in names] for row in found])
    print_table(
        "held until `interlock events resume NAME`",
        ["subscriber", "cause", "said", "since"],
        [[row["name"], row["cause"], row["said"], row["at"]] for row in held.values()],
    )
    for subscriber, states in sorted(counts.items()):
        said = ", ".join(f"{number} {state}" for state, number in sorted(states.items()))
        print(f"{subscriber}: {said}")
    if not counts:
        print("nothing was told to anybody yet")
    return 0


@app.command
def show(event: str, *, home: Path | None = None, json: Json = False) -> int:
    """Show EVENT as it is sent, and what became of every delivery of it.

    Example: ``interlock events show 6f1c0a52d7e94b1f8a3c5d2e7b906f14``

    Args:
        event: Its id: the `id` of the CloudEvent, and the `webhook-id` of its deliveries.
        home: Where the installation lives.
        json: One JSON object instead of text.
    """
    from interlock.bootstrap.house import open_existing
    from interlock.relay.deliveries import Deliveries

    with open_existing(home) as store:
        deliveries = Deliveries(store.database)
        body, found = deliveries.body(event), deliveries.listed(Which(event=event), 1_000)
    if body is None:
        raise UsageError(f"there is no event `{event}`", hint="`interlock events list` has ids.")
    content = json_reader.loads(body)
    if json:
        print_json({"event": content, "deliveries": found})
        return 0
    print_facts([(name, value) for name, value in content.items() if name != "data"])
    print(json_reader.dumps(content["data"], ensure_ascii=True, indent=2))
    names = ("subscriber", "state", "attempts", "due_at", "ended_at", "said")
    rows = [[row[name] or "" for name in names] for row in found]
    print_table("its deliveries", ["to", "state", "attempts", "due", "ended", "said"], rows)
    return 0


@app.command
def redeliver(
    which: Annotated[Which, Parameter(name="*")] = EVERYTHING,
    *,
    by: str | None = None,
    home: Path | None = None,
    json: Json = False,
) -> int:
    """Deliver events again, from the beginning of their schedule; the same id, the same bytes.

    Example: ``interlock events redeliver --to warehouse --state dead``

    Args:
        which: Which ones; say at least to whom, or which event.
        by: Who wants it; by default the account of this terminal.
        home: Where the installation lives.
        json: One JSON object instead of a sentence.
    """
    from interlock.bootstrap.house import open_existing
    from interlock.relay.deliveries import Deliveries

    if not (which.to or which.event):
        raise UsageError(
            "this would deliver everything to everybody again",
            hint="Say --to SUBSCRIBER or --event ID.",
        )
    with open_existing(home) as store:
        again = Deliveries(store.database).again(which, store.clock.now(), whoever(by))
    if json:
        print_json({"again": [{"to": to, "event": event} for to, event in again]})
    else:
        print(f"{len(again)} will be delivered again by the next worker")
    return 0


@app.command
def resume(
    subscriber: str, *, by: str | None = None, home: Path | None = None, json: Json = False
) -> int:
    """Offer events to SUBSCRIBER again, which was held: gone, or not to be called.

    Example: ``interlock events resume warehouse``

    Args:
        subscriber: The name of its Subscription.
        by: Who decides; by default the account of this terminal.
        home: Where the installation lives.
        json: One JSON object instead of a sentence.
    """
    from interlock.bootstrap.house import open_existing
    from interlock.relay.deliveries import Deliveries

    with open_existing(home) as store:
        resumed = Deliveries(store.database).resume(subscriber, store.clock.now(), whoever(by))
    if not resumed:
        raise UsageError(
            f"`{subscriber}` is not held", hint="`interlock events list` says who is."
        )
    if json:
        print_json({"resumed": subscriber})
    else:
        print(f"{subscriber} gets events again")
    return 0
