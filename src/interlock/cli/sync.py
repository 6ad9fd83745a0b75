"""``interlock sync``: carry every record that a source has, for the first time."""

import signal
import threading
from pathlib import Path
from typing import Final

from interlock.cli.terminal import Json, print_facts, print_json, print_table

_OVER: Final = frozenset({"completed", "compensated", "cancelled"})
_ASKED: Final = frozenset({"parked", "asking"})


def sync(integration: str, *, home: Path | None = None, json: Json = False) -> int:
    """Begin a run for every record of an integration's source, and work on them together.

    Every write goes through the gate on its own and has its own outcome; where the target takes
    many at once they leave in one job. Call it again after an interruption: it goes on where it
    stood, and sends nothing twice. Workers may run beside it.

    Exit codes: 0 every run ended, 1 some became cases, 2 some are still under way.

    Example: ``interlock sync customers-into-crm --home .interlock``

    Args:
        integration: Whose source is carried.
        home: Where the installation lives.
        json: One JSON object instead of the tables.
    """
    from interlock.bootstrap.syncing import sync as carried

    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    synced = carried(home, integration, stop)
    under_way = {*synced.states} - _OVER - _ASKED
    if json:
        print_json(synced)
    else:
        print_facts([("records seen", synced.seen), ("runs begun", synced.began)])
        rows = [(state, str(runs)) for state, runs in sorted(synced.states.items())]
        print_table(integration, ["state", "runs"], rows)
        causes = [(cause, str(number)) for cause, number in sorted(synced.causes.items())]
        print_table("open cases", ["cause", "cases"], causes)
        if causes:
            print(f"interlock cases list --integration {integration} --cause CAUSE")
    if under_way or synced.interrupted:
        return 2
    return 1 if synced.causes else 0
