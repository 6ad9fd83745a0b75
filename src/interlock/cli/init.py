"""``interlock init``: a complete working estate to start from."""

import json as jsons
import shutil
from pathlib import Path
from typing import Final

from interlock.cli.terminal import Json, print_json
from interlock.foundation.errors import UsageError

EXAMPLE: Final = Path(__file__).resolve().parents[3] / "examples" / "quote-to-cash"


def init(directory: Path = Path("estate"), *, json: Json = False) -> int:
    """Write a working estate into DIRECTORY: a SaaS company's quote-to-cash, green from the start.

    Example: ``interlock init my-estate && interlock check my-estate``

    Args:
        directory: A folder that does not exist yet, or is empty.
        json: One JSON object, with what was written, instead of a sentence.
    """
    if directory.exists() and any(directory.iterdir()):
        raise UsageError(
            f"`{directory}` is not empty", hint="Give a folder that does not exist yet."
        )
    if not EXAMPLE.is_dir():
        raise UsageError(
            "the example estate is not beside this installation",
            hint="Run from a checkout: the example lives in examples/quote-to-cash.",
        )
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(EXAMPLE, directory, dirs_exist_ok=True, ignore=ignored)
    _for_editors(directory)
    files = sorted(path for path in directory.rglob("*") if path.is_file())
    if json:
        written = [path.relative_to(directory).as_posix() for path in files]
        print_json({"directory": str(directory), "written": written})
    else:
        print(f"wrote {len(files)} files into {directory}; next: interlock check {directory}")
    return 0


def _for_editors(directory: Path) -> None:
    """Let editors complete and mark what is typed, from the first line on."""
    from interlock.estate.editor import FILE, editor_schema

    (directory / FILE).write_text(jsons.dumps(editor_schema(), indent=2) + "\n", encoding="utf-8")
    settings = {"yaml.schemas": {f"./{FILE}": "**/*.estate.yaml"}}
    folder = directory / ".vscode"
    folder.mkdir(exist_ok=True)
    (folder / "settings.json").write_text(jsons.dumps(settings, indent=2) + "\n", encoding="utf-8")
