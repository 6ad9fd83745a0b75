"""The scripts of the example estate's integrations, ready to be played."""

from collections.abc import Mapping
from contextlib import AbstractContextManager
from functools import cache
from pathlib import Path
from typing import Any, Final

import yaml

from interlock.bootstrap.house import Transforms
from interlock.connectors import catalogue
from interlock.estate.estate import Estate
from interlock.estate.reading.load import read_estate
from interlock.foundation.database import Database
from interlock.proving.rehearsal.crashing import Rehearse
from interlock.proving.rehearsal.stage import Script, Stage, staged

EXAMPLE: Final = Path(__file__).parents[2] / "examples" / "quote-to-cash"
SCRIPTS: Final = Path(__file__).parent / "rehearsals.yaml"


@cache
def estate() -> Estate:
    """Read the example estate."""
    reading = read_estate(EXAMPLE, capabilities=catalogue.every())
    assert reading.problems == ()
    return reading.estate


@cache
def scripts() -> Mapping[str, Script]:
    """Read what is played, by name: ``integration`` or ``integration, which way``."""
    told: dict[str, Any] = yaml.safe_load(SCRIPTS.read_text("utf-8"))
    return {name: _script(name, said) for name, said in told.items()}


def _script(name: str, said: Mapping[str, Any]) -> Script:
    system, entity, key = said["begins"].split(" ", 2)
    return Script(
        integration=name.partition(",")[0],
        begins=(system, entity, key),
        there=said["there"],
        adds=said.get("adds", {}),
        moves=said.get("moves", {}),
        event=said.get("event", ""),
        later=said.get("later", ()),
    )


def rehearsal(name: str) -> Rehearse:
    """Return what builds the stage of a script over a database."""
    able, transforms = catalogue.every(), Transforms().of

    def over(database: Database) -> AbstractContextManager[Stage]:
        return staged(estate(), able, scripts()[name], database, transforms)

    return over
