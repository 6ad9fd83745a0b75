"""The example estate in a hurry: terms of weeks are seconds, so that a demo can let them pass."""

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from interlock.foundation.errors import InvariantError

COLLECTIONS: Final = Path("integrations") / "collections.estate.yaml"
TERMS: Final[Mapping[str, str]] = {"atMost: 7d}": "atMost: 4s}", "atMost: 14d}": "atMost: 8s}"}
"""How long collections waits for the money before its next step, as declared and as played."""


def hurried(example: Path, folder: Path) -> Path:
    """Copy an estate into `folder`, with short terms in collections and nothing else changed.

    Raises:
        InvariantError: A term is not declared as it is expected here: it would be waited for.
    """
    shutil.copytree(example, folder, ignore=shutil.ignore_patterns("__pycache__"))
    file = folder / COLLECTIONS
    text = file.read_text(encoding="utf-8")
    for declared, played in TERMS.items():
        if declared not in text:
            raise InvariantError(
                f"{COLLECTIONS} has no term `{declared}`",
                hint="Say in `hurry.py` which terms the demo shortens.",
            )
        text = text.replace(declared, played)
    file.write_text(text, encoding="utf-8")
    return folder
