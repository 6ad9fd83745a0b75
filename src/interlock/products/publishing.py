"""A version as files: written aside, then all of them valid at once.

``HOME/products/NAME/current`` points to the folder of the valid version. Whoever has an older file
open reads on in it; the last few versions are kept.
"""

import json
import os
import shutil
from pathlib import Path
from typing import Final

from interlock.products.definition import Definition
from interlock.products.exporting import odcs, odps
from interlock.products.staging import Stage

CURRENT: Final = "current"
KEPT: Final = 3
"""Versions whose files are kept, the valid one included."""


def folder_of(home: Path, name: str) -> Path:
    """Return where everything of a product lies."""
    return home / "products" / name


def write(folder: Path, number: int, definition: Definition, stage: Stage) -> Path:
    """Write the files of a version; nobody reads them yet."""
    where = folder / f"v{number}"
    if where.exists():
        shutil.rmtree(where)  # left by a build that did not get to its end
    where.mkdir(parents=True)
    table = definition.table.name
    stage.write_parquet(where / f"{table}.parquet")
    stage.write_duckdb(where / f"{table}.duckdb")
    for name, document in (("odps", odps(definition)), ("odcs", odcs(definition))):
        text = json.dumps(document, indent=1, ensure_ascii=False) + "\n"
        (where / f"{table}.{name}.json").write_text(text, encoding="utf-8")
    return where


def written(folder: Path, number: int) -> bool:
    """Tell whether the files of a version are there: somebody may have removed them."""
    return (folder / f"v{number}").is_dir()


def point(folder: Path, number: int) -> None:
    """Let `current` be this version, and forget the oldest ones."""
    link, aside = folder / CURRENT, folder / f".{CURRENT}.{os.getpid()}"
    target = f"v{number}"
    if link.is_symlink() and str(link.readlink()) == target:
        return
    aside.unlink(missing_ok=True)
    aside.symlink_to(target, target_is_directory=True)
    aside.replace(link)
    for old in folder.glob("v*"):
        if old.name[1:].isdigit() and int(old.name[1:]) <= number - KEPT:
            shutil.rmtree(old)
