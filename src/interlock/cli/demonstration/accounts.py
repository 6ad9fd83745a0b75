"""What became of every process: one account each, and all that was begun is in it."""

from collections.abc import Mapping
from typing import Final

from interlock.cli.demonstration.account import Account
from interlock.cli.demonstration.acts.act import Tied
from interlock.cli.demonstration.acts.programme import PROGRAMME
from interlock.cli.demonstration.scene import Scene

ENDS: Final[Mapping[str, str]] = {
    "completed": "completed",
    "compensated": "compensated",
    "cancelled": "withdrawn",
    "parked": "cases",
    "asking": "cases",
}
"""State of a run -> the column it is counted in; any other is no end."""


def accounts(scene: Scene) -> list[Account]:
    """Return the account of every process that the acts call for."""
    return [
        account(scene, process, tuple(tied for tied in found if tied.process == process))
        for act in PROGRAMME
        for found in [list(act.ties(scene))]
        for process in act.processes
    ]


def account(scene: Scene, process: str, tied: tuple[Tied, ...]) -> Account:
    """Return the account of one process: how its business keys ended, and what ties."""
    states = scene.states(process).values()
    counted = {name: sum(1 for s in states if ENDS.get(s) == name) for name in ENDS.values()}
    return Account(process=process, begun=len(states), tied=tied, **counted)
