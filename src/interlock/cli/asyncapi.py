"""``interlock asyncapi``: which events the estate sends and receives."""

from pathlib import Path

from interlock.cli.terminal import written


def asyncapi(directory: Path = Path(), *, version: str = "1.0.0", out: Path | None = None) -> int:
    """Print the AsyncAPI 3.0 document of the estate in DIRECTORY; always JSON.

    Example: ``interlock asyncapi examples/quote-to-cash --out asyncapi.json``

    Args:
        directory: The folder of the estate.
        version: The version of the document.
        out: Write it into this file instead.
    """
    from interlock.cli.estate_at import open_estate
    from interlock.estate.asyncapi import asyncapi as described
    from interlock.estate.asyncapi import to_text
    from interlock.foundation.errors import UsageError

    opened = open_estate(directory)
    if opened.problems:
        first = opened.problems[0]
        raise UsageError(
            f"the estate cannot be understood: {first.what}",
            hint="`interlock check` says everything.",
            where=first.where,
        )
    title = directory.resolve().name
    text = to_text(described(opened.inspection.estate, title=title, version=version))
    return written(text, out)
