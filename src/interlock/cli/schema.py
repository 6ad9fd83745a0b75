"""``interlock schema``: what may be declared, as JSON Schema for editors."""

import json
from pathlib import Path

from interlock.foundation.errors import UsageError


def schema(*, kind: str = "", out: Path | None = None) -> int:
    """Print the JSON Schema of the estate's documents (draft 2020-12); always JSON.

    Example: ``interlock schema --kind Integration --out integration.schema.json``

    Args:
        kind: Only of this kind; by default of all, told apart by `kind:`.
        out: Write it into this file instead.
    """
    from interlock.estate.editor import editor_schema
    from interlock.estate.kinds import KINDS
    from interlock.expression.errors import did_you_mean

    if kind and kind not in KINDS:
        what = f"there is no kind `{kind}`{did_you_mean(kind, KINDS)}"
        raise UsageError(what, hint=f"There are: {', '.join(KINDS)}.")
    text = json.dumps(editor_schema(kind or None), indent=2)
    if out is None:
        print(text)
    else:
        out.write_text(text + "\n", encoding="utf-8")
    return 0
